"""The same address twice is one file with two names (FAULTS.md C 131), where nobody has changed it since."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.media_type import HEAD, MediaType, sniff
from cordage_tui.engine.downloads.fingerprint import sha256_of


@dataclass(frozen=True, slots=True)
class ExistingFile:
    """An output of the same address whose file is here."""

    load: DownloadJob
    file: Path
    media: MediaType


def find_unmodified(loads: Iterable[DownloadJob]) -> ExistingFile | None:
    """The first whose file is still as it was downloaded. Blocks: the file is read."""
    for load in loads:
        if load.path is None or load.sha256 is None:
            continue
        file = load.folder / load.path
        if (media := _media_if_same(file, load.sha256)) is not None:
            return ExistingFile(load, file, media)
    return None


def _media_if_same(file: Path, sha256: str) -> MediaType | None:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            return None
        head = os.pread(fd, HEAD, 0)
        return sniff(head) if sha256_of(fd) == sha256 else None
    except OSError:
        return None
