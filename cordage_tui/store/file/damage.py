"""Damage of a database that is being opened: found in its texts, mended in place, or repaired."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from cordage_tui.domain.base.clock import Clock
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, worded
from cordage_tui.store.file.database import connect, damage_mark
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.file.mend_texts import damaged_values, mend
from cordage_tui.store.file.rebuild import repair
from cordage_tui.store.file.schema_text import has_damaged_schema


def look_through_texts(connection: sqlite3.Connection, path: Path) -> None:
    """Check every text, which the check of the pages takes as it is. Raises DatabaseCorrupt, else takes the mark away."""
    if has_damaged_schema(connection) or damaged_values(connection):
        raise DatabaseCorrupt(f"{path} is damaged: a text in it cannot be read.")
    with contextlib.suppress(OSError):  # if nothing can be written, the file is checked each time
        damage_mark(path).unlink(missing_ok=True)


def repaired(
    path: Path, clock: Clock, busy_s: float, notices: list[str], checked: Callable[[], sqlite3.Connection]
) -> sqlite3.Connection:
    """Repair the database, unless another process has just done so, and open it by `checked`; adds to `notices` what was
    done."""
    lock = FileLock(path.with_name(path.name + ".repair.lock"))
    if not lock.acquire():
        raise DatabaseLocked(f"Another window is repairing {path}. Try again in a moment.")
    try:
        with contextlib.suppress(DatabaseCorrupt):
            return checked()
        notices.append(_mended(path, clock, busy_s) or repair(path, clock, busy_s))
        return checked()
    finally:
        lock.release()


def _mended(path: Path, clock: Clock, busy_s: float) -> str | None:
    """Repair damaged text in place. Returns a notice; None if the damage is of another kind."""
    try:
        with contextlib.closing(connect(path, busy_s, any_schema=True)) as connection:
            return mend(connection, path, clock)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if isinstance(worded(error, path), DatabaseCorrupt | None):
            return None  # the damage is of another kind
        raise
