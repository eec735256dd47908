"""Backup of the database while other processes use it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from cordage_tui.store.errors import DatabaseCorrupt, worded
from cordage_tui.store.file.database import connect

_PAGES: Final = 1_024
"""Pages that are copied under one lock: others wait for some milliseconds."""
_PAUSE_S: Final = 0.01
_RESTARTS: Final = 5
"""Writes of others after each of which the copy begins again; then it is made under one lock."""
_BUSY_S: Final = 10.0


def back_up(source: Path, target: Path, progress: Callable[[float], None]) -> None:
    """Copy the database `source` to a new file, 0600, whole and on disk when this returns; `progress` gets the share, 0 to 1.

    The copy keeps the identity of the source, so that its queue is on hold wherever it is opened. Raises FileExistsError,
    OSError and StoreError; then there is no file.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(connect(source, _BUSY_S)) as reads, closing(connect(target, 0.0)) as writes:
            _copy(reads, writes, progress)
            found = writes.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise DatabaseCorrupt(f"{source} is damaged ({found}); no backup was made.")
        with target.open("rb+") as file:
            os.fsync(file.fileno())
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error) and (known := worded(error, source)) is not None:
            raise known from error
        raise


def _copy(reads: sqlite3.Connection, writes: sqlite3.Connection, progress: Callable[[float], None]) -> None:
    last, restarts = 0, 0

    def copied(status: int, remaining: int, total: int) -> None:
        nonlocal last, restarts
        restarts += remaining > last > 0
        last = remaining
        progress(1 - remaining / max(1, total))
        if restarts > _RESTARTS:
            raise _Restarted

    try:
        reads.backup(writes, pages=_PAGES, progress=copied, sleep=_PAUSE_S)
    except _Restarted:
        reads.backup(writes)


class _Restarted(Exception):
    """Error of a copy that others have made begin again too often."""
