"""The detached worker's log: private, one line a happening, and never larger than a few hundred kilobytes."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.domain.file_kind import exists
from cordage_tui.domain.text import SafeText
from cordage_tui.store.open import make_private_dir

MAX_BYTES: Final = 256_000
"""From this size on the log is put aside as `….log.1`, in the place of the one before it."""


def open_log(path: Path) -> int:
    """A descriptor that appends to the log, which is made as 0600 if it is not there. Raises OSError."""
    make_private_dir(path.parent)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


class LogFile:
    """Takes the place of stdout and stderr, so that also what nobody foresaw is written there."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when the log cannot be written."""
        self._path = path
        self._turn_over()

    def write_line(self, words: SafeText) -> None:
        """One line with date and time. A full disk takes none, and ends no worker."""
        with suppress(OSError):
            os.write(2, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {words}\n".encode(errors="replace"))
            if os.fstat(2).st_size > MAX_BYTES:
                self._turn_over()

    def _turn_over(self) -> None:
        if exists(self._path) and self._path.stat().st_size > MAX_BYTES:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        descriptor = open_log(self._path)
        try:
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
        finally:
            os.close(descriptor)
