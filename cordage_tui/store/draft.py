"""A database is made under another name and put into place whole, so that an empty or half-made file is always a damaged one."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cordage_tui.domain.file_kind import exists
from cordage_tui.store.connecting import connect
from cordage_tui.store.privacy import make_private_dir, make_private_file
from cordage_tui.store.schema import migrate

COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite adds to a database's name for the files that belong to it."""


def create(path: Path) -> None:
    """Make the database `path`, unless another process has just done so. Raises OSError and sqlite3.Error."""
    with draft_of(path, str(os.getpid())) as draft:
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not exists(path):
                draft.rename(path)


@contextlib.contextmanager
def draft_of(path: Path, maker: str) -> Iterator[Path]:
    """A new and empty database beside `path`, private, which is gone afterwards unless it was put somewhere. What a `maker` of
    the same name has left behind goes too."""
    make_private_dir(path.parent)
    draft = path.with_name(f".{path.name}.{maker}.new")
    _discard(draft)
    make_private_file(draft)
    try:
        with contextlib.closing(connect(draft, 0.0)) as connection:
            migrate(connection)
        yield draft
    finally:
        _discard(draft)


def _discard(draft: Path) -> None:
    for name in COMPANIONS:
        draft.with_name(draft.name + name).unlink(missing_ok=True)
