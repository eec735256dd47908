"""What a path leads to. `Path.exists`, `is_file` and `is_dir` raise PermissionError, ENAMETOOLONG, ENOTCONN of a dead mount and
more before Python 3.14; these never raise, and say no of what cannot be looked at."""

import os
from pathlib import Path


def exists(path: Path) -> bool:
    """Whether there is anything at `path`."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Whether there is a regular file at `path`."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`."""
    return os.path.isdir(path)  # noqa: PTH112
