"""File lock: a `flock`, which the kernel frees however its holder dies."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from shlex import quote
from typing import Final

from cordage_tui.domain.base.file_system import make_private_dir, other_owner
from cordage_tui.store.errors import ForeignLock, NoLocks, NotWritable

_SIGNED: Final = 200
"""Bytes of a signature that are read."""


class FileLock:
    """An exclusive lock on a file, held until `release` or the death of the process. No heartbeat is needed: the kernel
    decides."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """True if this object holds the lock."""
        return self._fd is not None

    def acquire(self) -> bool:
        """Acquire the lock if it is free, without waiting; True when held. Raises NotWritable if no lock can be
        made."""
        if self._fd is not None:
            return True
        try:
            make_private_dir(self._path.parent)
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _not_made(self._path, error) from error
        if self._take(fd):
            self._fd = fd
        else:
            os.close(fd)
        return self.held

    def check(self) -> None:
        """Check that the lock could be acquired if nobody held it; nothing is acquired or made. Raises NotWritable."""
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_NOFOLLOW))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _not_made(self._path, error) from error

    def sign(self, words: str) -> None:
        """Write `words` into the lock file for other processes to read. Raises NotWritable."""
        try:
            if self._fd is not None:
                os.ftruncate(self._fd, 0)
                os.pwrite(self._fd, words.encode(), 0)
        except OSError as error:
            raise NotWritable(f"{self._path} cannot be written: {error.strerror}.") from error

    def beat(self, now: float) -> None:
        """Set the file's modification time to `now`, epoch seconds, as a sign of life. Does nothing if the lock is not held
        or the time cannot be set."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.utime(self._fd, (now, now))

    def mark(self) -> tuple[str, float]:
        """Read the last holder's words, and when it last gave a sign of life, epoch seconds, without touching the lock;
        empty and 0 if there is none."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return "", 0.0
        try:
            return os.pread(fd, _SIGNED, 0).decode(errors="replace"), os.fstat(fd).st_mtime
        except OSError:
            return "", 0.0
        finally:
            os.close(fd)

    def signature(self) -> str | None:
        """Read the present holder's words; empty when it has written none (yet). None: the lock is free.

        The check takes the lock for a moment, shared: `acquire` in another process at that moment returns False.
        """
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.pread(fd, _SIGNED, 0).decode(errors="replace")
        except OSError:
            return None
        finally:
            os.close(fd)
        return None

    def release(self) -> None:
        """Release the lock; harmless when not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _take(self, fd: int) -> bool:
        try:
            with contextlib.suppress(PermissionError):  # of another user, who lets us write it
                os.fchmod(fd, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return False
            os.close(fd)
            raise NoLocks(
                f"{self._path} cannot be locked ({error.strerror}): its file system has no flock. Without locks two programs could "
                "send the same prompt, so nothing is sent. Choose another folder for data: XDG_DATA_HOME."
            ) from error
        return self._is_still_the_file(fd)

    def _is_still_the_file(self, fd: int) -> bool:
        """Return whether the path still leads to this file: deleted between our open and our flock, it would guard
        nothing."""
        with contextlib.suppress(OSError):
            here, there = os.fstat(fd), self._path.stat()
            return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
        return False


def _not_made(path: Path, error: OSError) -> NotWritable:
    """Make the error for a lock that cannot be opened. A file of another user is handed over and not deleted: its holder may be
    alive."""
    owner = other_owner(path) if isinstance(error, PermissionError) else None
    if owner is None:
        return NotWritable(f"The lock {path} cannot be made: {error.strerror}.")
    return ForeignLock(
        f"The lock {path} cannot be opened: it belongs to {owner}, perhaps because cordage-tui was once run with sudo. Nothing can "
        f'be sent. Run: sudo chown -R "$(id -un)" {quote(str(path.parent))}'
    )
