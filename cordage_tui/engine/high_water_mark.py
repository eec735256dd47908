"""High-water mark: number of prompts sent from this machine. A database with a lower number is an older copy."""

import os
from contextlib import suppress
from pathlib import Path

from cordage_tui.domain.file_system import make_private_dir


class HighWaterMark:
    """Number in a file of the state folder, which restoring the data folder does not change. A file that cannot be read
    or written counts as 0: then the database is believed."""

    def __init__(self, path: Path | None) -> None:
        """Use the file at `path`; None: keep nothing."""
        self._path = path

    def read(self) -> int:
        """Read the generation of the last intent, as in `domain.outbox.ClaimedSubmission`."""
        if self._path is not None:
            with suppress(OSError, ValueError):
                return int(self._path.read_text("ascii"))
        return 0

    def write(self, generation: int) -> None:
        """Keep it. Not synced: after a power cut it may be lower than the truth, which does no harm."""
        if self._path is None:
            return
        with suppress(OSError):
            make_private_dir(self._path.parent)
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.pwrite(fd, f"{generation:<20}\n".encode(), 0)
            finally:
                os.close(fd)
