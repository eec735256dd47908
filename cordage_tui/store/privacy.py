"""Files and folders that only their owner can read, whatever the umask (FAULTS.md D 10)."""

import contextlib
import os
from pathlib import Path

from cordage_tui.domain.file_kind import is_folder


def make_private_dir(path: Path) -> None:
    """Create `path` and what is missing above it with mode 0700; folders that exist keep their mode. Raises OSError."""
    if is_folder(path):
        return
    make_private_dir(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(0o700)


def make_private_file(path: Path) -> None:
    """Create the empty file `path` with mode 0600. Raises FileExistsError when it is there, else OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(fd, 0o600)
    finally:
        os.close(fd)


def keep_private(path: Path) -> None:
    """Take the access of group and others from our own file `path`, where that is possible."""
    # By path and not by descriptor: closing any descriptor of a database drops the locks SQLite holds on it.
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
