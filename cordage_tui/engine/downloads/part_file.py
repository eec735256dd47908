""".part files below a directory handle."""

import errno
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final

from cordage_tui.domain.file_kind import exists
from cordage_tui.domain.media_type import HEAD, MediaType, sniff
from cordage_tui.store.open import make_private_dir

# The folder a file goes to, held open: nothing below the user's folder is reached through a link, and nothing there is
# ever overwritten (docs/faults.md 136, 140). Every method may block and raises OSError.

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""`O_NONBLOCK`: a FIFO that lies in the way is opened without waiting for whoever writes to it."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""How file systems say that they have no hard links."""
_TRIED: Final = 4096
"""Bytes that are written to find out whether anything can be."""
_NOREPLACE: Final = 1
_EXCL: Final = 4


class NoHardLinks(Exception):
    """A file cannot get a second name here."""


class SafeDirectory:
    """An open folder. Closed with `with`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def below(cls, folder: Path, parts: Sequence[str]) -> "SafeDirectory":
        """The folder `parts` below `folder`; what is missing is made, for its owner alone."""
        make_private_dir(folder)
        place = cls(os.open(folder, _FOLDER))
        for part in parts:
            with place:
                place = place._inner(part)
        return place

    def __enter__(self) -> "SafeDirectory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def create(self, name: str) -> int:
        """A new file, open for reading and writing. Raises FileExistsError when anything has that name, be it a link."""
        fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE, 0o600, dir_fd=self._fd)
        os.fchmod(fd, 0o600)
        return fd

    def open(self, name: str, flags: int = os.O_RDWR) -> int | None:
        """A regular file that is there; None when there is none, or when it is a link or anything else."""
        try:
            fd = os.open(name, flags | _FILE, dir_fd=self._fd)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EISDIR):
                return None
            raise
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            return None
        return fd

    def has(self, name: str) -> bool:
        """Whether anything has that name, be it a link that leads nowhere."""
        try:
            os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def is_same(self, name: str, other: str) -> bool:
        """Whether both names are there and lead to one file."""
        try:
            one, two = (os.stat(found, dir_fd=self._fd, follow_symlinks=False) for found in (name, other))
        except FileNotFoundError:
            return False
        return os.path.samestat(one, two)

    def rename(self, name: str, to: str) -> None:
        """`name` is called `to` from now on. Raises FileExistsError when anything has that name; then nothing has changed."""
        try:
            os.link(name, to, src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename_exclusively(self._fd, name, to)
        else:
            self.sync()
            os.unlink(name, dir_fd=self._fd)
        self.sync()

    def link_from(self, file: Path, to: str) -> None:
        """Hard-link a file of another folder. Raises FileExistsError when the name is taken, NoHardLinks for other errors."""
        try:
            os.link(file, to, dst_dir_fd=self._fd, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError as error:
            raise NoHardLinks from error
        self.sync()

    def remove(self, name: str) -> None:
        """Takes a file away; harmless when it is gone."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def sync(self) -> None:
        """Has the disk remember the names, where it can be told to."""
        with suppress(OSError):
            os.fsync(self._fd)

    def free(self) -> int:
        """Bytes that a user may still write here."""
        found = os.fstatvfs(self._fd)
        return found.f_bavail * found.f_frsize

    def _inner(self, part: str) -> "SafeDirectory":
        if part in ("", ".", ".."):  # a path that the database holds, and somebody else wrote there
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), part)
        made = True
        try:
            os.mkdir(part, 0o700, dir_fd=self._fd)
        except FileExistsError:
            made = False
        fd = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
        if made:
            os.fchmod(fd, 0o700)
            self.sync()
        return SafeDirectory(fd)


def try_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, write a file there, and remove all of it again. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not exists(one)]
    try:
        with SafeDirectory.below(folder, ()) as place:
            name = f".cordage-{os.urandom(6).hex()}.part"
            fd = place.create(name)
            try:
                os.write(fd, bytes(_TRIED))
                os.fsync(fd)
            finally:
                os.close(fd)
                place.remove(name)
    finally:
        for one in missing:
            with suppress(OSError):  # it was not made, or is used already
                one.rmdir()


def _rename_exclusively(folder: int, name: str, to: str) -> None:
    """For file systems without hard links. Where the system has no such call either, a look beforehand must do."""
    import ctypes  # for few disks

    system = ctypes.CDLL(None, use_errno=True)
    call, flag = ("renameatx_np", _EXCL) if sys.platform == "darwin" else ("renameat2", _NOREPLACE)
    rename = getattr(system, call, None)
    if rename is not None:
        if rename(folder, os.fsencode(name), folder, os.fsencode(to), flag) == 0:
            return
        code = ctypes.get_errno()
        if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise OSError(code, os.strerror(code), to)
    if SafeDirectory(folder).has(to):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), to)
    os.rename(name, to, src_dir_fd=folder, dst_dir_fd=folder)


# The beginning of a file, until it is whole (docs/faults.md 137–140).

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
