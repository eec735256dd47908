"""File system checks and private folders.

`Path.exists`, `is_file` and `is_dir` raise PermissionError, ENAMETOOLONG, ENOTCONN of a dead mount and more before Python
3.14; these never raise, and answer no where a path cannot be looked at.
"""

import errno
import os
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
    """Open a private file for appending and for reading, made as 0600 where it is missing; never through a link. Raises OSError."""
    make_private_dir(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def read_named(path: Path, limit: int, *, pipes: bool = False) -> bytes:
    """Read a file that the user has named, at most `limit` bytes of it. A regular one, or with `pipes` a pipe, of which the
    writer is waited for: another could be waited for for ever. Raises OSError, also for no such home or a name that cannot be."""
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
    """Create `path` and what is missing above it with mode 0700, whatever the umask (docs/faults.md rule 10); folders that
    exist keep their mode. Raises OSError."""
    if is_folder(path):
        return
    make_private_dir(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)


def foreign_owner(path: Path) -> str | None:
    """Name the owner of `path`, or else of its folder, if that is neither this user nor the system's administrator, who could
    change it anyway; None where it is, or where there is nothing."""
    for one in (path, path.parent):
        with suppress(OSError):
            owner = one.stat().st_uid
            if owner not in (os.geteuid(), 0):
                return _user_name(owner)
    return None


def other_owner(path: Path) -> str | None:
    """Name the owner of `path` if it is there, or else of its folder, if that is not this user. Unlike `foreign_owner` the
    system's administrator counts."""
    for one in (path, path.parent):
        with suppress(OSError):
            owner = one.lstat().st_uid
            return None if owner == os.geteuid() else _user_name(owner)
    return None


def _user_name(owner: int) -> str:
    import pwd  # only where something is strange

    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"user {owner}"


def is_open_to_others(path: Path) -> bool:
    """Return whether anybody on this machine may write at `path`; in a folder with the sticky bit nobody may replace what is ours."""
    with suppress(OSError):
        mode = path.stat().st_mode
        return bool(mode & 0o002 and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX))
    return False
