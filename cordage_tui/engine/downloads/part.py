"""The beginning of a file, until it is whole (FAULTS.md C 137–140)."""

import os
from hashlib import sha256
from typing import Final

from cordage_tui.domain.media_type import HEAD, MediaType, sniff
from cordage_tui.engine.downloads.disk import SafeDirectory

_PIECE: Final = 1 << 20


class PartFile:
    """An open file that grows. Its methods block and raise OSError; one at a time is called, from whichever thread."""

    def __init__(self, fd: int, name: str) -> None:
        self.name = name
        """In its folder."""
        self.size = 0
        """Bytes so far."""
        self._fd = fd
        self._digest = sha256()
        self._head = b""

    @classmethod
    def create(cls, place: SafeDirectory, name: str) -> "PartFile":
        """An empty one. Raises FileExistsError when the name is taken."""
        return cls(place.create(name), name)

    @classmethod
    def reopen(cls, place: SafeDirectory, name: str, keep: int) -> "PartFile | None":
        """The one of that name with its first `keep` bytes, or fewer if it has no more; None when it is not there."""
        fd = place.open(name)
        if fd is None:
            return None
        part = cls(fd, name)
        part._cut(keep)
        return part

    @property
    def media(self) -> MediaType:
        """What its first bytes say it is."""
        return sniff(self._head)

    @property
    def sha256(self) -> str:
        """Of all that is in it, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Appends it."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._grown(data)

    def restart(self) -> None:
        """Forgets what is in it."""
        self._cut(0)

    def sync(self) -> None:
        """Returns when all of it is on the disk itself."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Lets go of the file; harmless when it is closed."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _cut(self, keep: int) -> None:
        """Keeps that much, and reads it once more: its hash is part of the whole's."""
        self.size, self._digest, self._head = 0, sha256(), b""
        os.ftruncate(self._fd, min(keep, os.fstat(self._fd).st_size))
        os.lseek(self._fd, 0, os.SEEK_SET)
        while piece := os.read(self._fd, _PIECE):
            self._grown(piece)

    def _grown(self, data: bytes) -> None:
        self._digest.update(data)
        self._head += data[: HEAD - len(self._head)]
        self.size += len(data)
