"""Part files below a directory handle."""

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

from cordage_tui.domain.base.file_system import exists, make_private_dir
from cordage_tui.domain.media_type import HEAD, MediaType, sniff

# Files are reached through directory handles: no symbolic link below the user's folder is followed, and no file is
# ever overwritten (docs/dev/faults.md 136, 140). All methods block and raise OSError.

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""`O_NONBLOCK`: opening a FIFO in the way does not wait for a writer."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""Errors of file systems without hard links."""
_TRIED: Final = 4096
"""Bytes that are written as a test."""
_NOREPLACE: Final = 1
_EXCL: Final = 4


class NoHardLinks(Exception):
    """Hard link that the file system refuses."""


class SafeDirectory:
    """Open directory, as a context manager."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def below(cls, folder: Path, parts: Sequence[str]) -> "SafeDirectory":
        """Open the folder `parts` below `folder`. Missing folders are created, accessible only for their owner."""
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
        """Create a file for reading and writing. Raises FileExistsError when the name is taken, also by a link."""
        fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE, 0o600, dir_fd=self._fd)
        os.fchmod(fd, 0o600)
        return fd

    def open(self, name: str, flags: int = os.O_RDWR) -> int | None:
        """Open a regular file. None: there is no such file, or that name is not a regular file, such as a link."""
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
        """Return whether the name is taken, also by a dangling link."""
        try:
            os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def is_same(self, name: str, other: str) -> bool:
        """Return whether both names exist and are the same file."""
        try:
            first, second = (os.stat(path, dir_fd=self._fd, follow_symlinks=False) for path in (name, other))
        except FileNotFoundError:
            return False
        return os.path.samestat(first, second)

    def rename(self, name: str, to: str) -> None:
        """Rename `name` to `to`. Raises FileExistsError when that name is taken; then nothing has changed."""
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
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def sync(self) -> None:
        """Sync the directory to disk, if the file system can."""
        with suppress(OSError):
            os.fsync(self._fd)

    def free(self) -> int:
        """Free space for the user, in bytes."""
        stats = os.fstatvfs(self._fd)
        return stats.f_bavail * stats.f_frsize

    def _inner(self, part: str) -> "SafeDirectory":
        if part in ("", ".", ".."):  # a path from the database that another program wrote there
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), part)
        is_new = True
        try:
            os.mkdir(part, 0o700, dir_fd=self._fd)
        except FileExistsError:
            is_new = False
        fd = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
        if is_new:
            os.fchmod(fd, 0o700)
            self.sync()
        return SafeDirectory(fd)


def try_folder(folder: Path) -> None:
    """Write a file to `folder`, and remove it and all folders that were created for it. Raises OSError."""
    missing = [path for path in (folder, *folder.parents) if not exists(path)]
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
        for path in missing:
            with suppress(OSError):  # it was not made, or is used already
                path.rmdir()


def _rename_exclusively(folder: int, name: str, to: str) -> None:
    """Rename on file systems without hard links.

    If the system has no exclusive rename, the name is checked before.
    """
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


# Parts: incomplete files (docs/dev/faults.md 137–140).

_PIECE: Final = 1 << 20


class PartFile:
    """Open file that grows. Methods block and raise OSError; they may be called from any thread, one at a time."""

    def __init__(self, fd: int, name: str) -> None:
        self.name = name
        """File name, in its folder."""
        self.size = 0
        """Bytes so far."""
        self._fd = fd
        self.digest = sha256()
        self._head = b""

    @classmethod
    def create(cls, place: SafeDirectory, name: str) -> "PartFile":
        """Create an empty part. Raises FileExistsError when the name is taken."""
        return cls(place.create(name), name)

    @classmethod
    def reopen(cls, place: SafeDirectory, name: str, keep: int) -> "PartFile | None":
        """Open a part, cut to its first `keep` bytes; None: the file does not exist."""
        fd = place.open(name)
        if fd is None:
            return None
        part = cls(fd, name)
        part._cut(keep)
        return part

    @property
    def media(self) -> MediaType:
        """Media type by the first bytes."""
        return sniff(self._head)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._grown(data)

    def restart(self) -> None:
        """Discard the content."""
        self._cut(0)

    def sync(self) -> None:
        """Sync the content to disk."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _cut(self, keep: int) -> None:
        """Truncate to `keep` bytes, and hash them again."""
        self.size, self.digest, self._head = 0, sha256(), b""
        os.ftruncate(self._fd, min(keep, os.fstat(self._fd).st_size))
        os.lseek(self._fd, 0, os.SEEK_SET)
        while piece := os.read(self._fd, _PIECE):
            self._grown(piece)

    def _grown(self, data: bytes) -> None:
        self.digest.update(data)
        self._head += data[: HEAD - len(self._head)]
        self.size += len(data)
