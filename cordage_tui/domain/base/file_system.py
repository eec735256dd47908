"""File system checks and private folders.

Before Python 3.14 `Path.exists`, `is_file` and `is_dir` raise PermissionError, ENAMETOOLONG, ENOTCONN of a dead mount
and more. These functions never raise, and return False if a path cannot be examined.
"""

import errno
import os
import pwd
import stat
from contextlib import suppress
from io import BufferedReader
from pathlib import Path


def exists(path: Path) -> bool:
    """Return whether there is anything at `path`."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Return whether there is a regular file at `path`."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return whether there is a folder at `path`."""
    return os.path.isdir(path)  # noqa: PTH112


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading, without following a link or waiting for a pipe. Raises OSError, also for other
    kinds of files."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def open_append(path: Path) -> int:
    """Open a private file for appending and reading, created as 0600 if missing; never through a link. Raises
    OSError."""
    make_private_dir(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def read_named(path: Path, limit: int, *, pipes: bool = False) -> bytes:
    """Read at most `limit` bytes of a file that the user named.

    It must be a regular file, or with `pipes` a pipe, whose writer is awaited; other kinds could block forever.
    Raises OSError, also for an unknown home folder or an impossible name.
    """
    try:
        descriptor = os.open(path.expanduser(), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (ValueError, RuntimeError) as error:
        raise OSError(errno.EINVAL, str(error)) from error
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if pipes and stat.S_ISFIFO(mode):
            os.set_blocking(descriptor, True)
        elif not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(limit)


def make_private_dir(path: Path) -> None:
    """Create `path` and missing folders above it with mode 0700 under any umask (docs/dev/faults.md rule 10). Raises
    OSError.

    Existing folders keep their mode.
    """
    if is_folder(path):
        return
    make_private_dir(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)


def foreign_owner(path: Path) -> str | None:
    """Name the owner of `path`, or of its folder, if it is neither this user nor the administrator.

    The administrator could change it anyway. None: the owner is one of these, or there is no such path.
    """
    for owned in (path, path.parent):
        with suppress(OSError):
            owner = owned.stat().st_uid
            if owner not in (os.geteuid(), 0):
                return _user_name(owner)
    return None


def other_owner(path: Path) -> str | None:
    """Name the owner of `path` if it exists, or of its folder, if that is not this user.

    Unlike in `foreign_owner` the system's administrator counts.
    """
    for owned in (path, path.parent):
        with suppress(OSError):
            owner = owned.lstat().st_uid
            return None if owner == os.geteuid() else _user_name(owner)
    return None


def _user_name(owner: int) -> str:
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"user {owner}"


def is_open_to_others(path: Path) -> bool:
    """Return whether any user of this machine may write at `path`.

    In a folder with the sticky bit others cannot replace our files.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        return bool(mode & 0o002 and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX))
    return False
