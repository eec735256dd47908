"""Damage of a database: found in all that it holds, and mended in place or repaired while it is opened."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, StoreError, damage_words, worded
from cordage_tui.store.file.database import connect, damage_mark
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.file.mend_values import damaged_values, mend, named
from cordage_tui.store.file.rebuild import repair
from cordage_tui.store.file.schema_text import damaged_definitions, has_damaged_schema

_BUSY_S: Final = 2.0


def look_through_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Check each definition. Raises DatabaseCorrupt."""
    if has_damaged_schema(connection):
        raise DatabaseCorrupt(f"{path} is damaged: a definition in it cannot be read.")


def look_through_values(connection: sqlite3.Connection, path: Path) -> None:
    """Check every value, which the check of the pages takes as it is. Raises DatabaseCorrupt, else takes the mark away."""
    if damaged_values(connection):
        raise DatabaseCorrupt(f"{path} is damaged: a value in it cannot be read.")
    with contextlib.suppress(OSError):  # if nothing can be written, the file is checked each time
        damage_mark(path).unlink(missing_ok=True)


def damage_in(path: Path) -> DatabaseCorrupt | None:
    """Look through the whole database without changing it. Return the damage in words; None: it is whole, or cannot be read for
    another reason. It takes as long as reading the file."""
    try:
        with contextlib.closing(connect(path, _BUSY_S)) as connection:
            connection.execute("PRAGMA query_only = ON")
            found = next(_damage_in(connection), None)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        store_error = worded(error, path)
        return store_error if isinstance(store_error, DatabaseCorrupt) else None
    except DatabaseCorrupt as error:
        return error
    except StoreError:
        return None
    return None if found is None else DatabaseCorrupt(damage_words(path, found))


def _damage_in(connection: sqlite3.Connection) -> Iterator[str]:
    yield from (f"the definition of {name}" for name in damaged_definitions(connection))
    yield from (named(value) for value in damaged_values(connection))
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        yield str(found)


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
        if (notice := _mended(path, clock, busy_s)) is not None:
            with contextlib.suppress(DatabaseCorrupt):
                connection = checked()
                notices.append(notice)
                return connection
        notices.append(repair(path, clock, busy_s))
        return checked()
    finally:
        lock.release()


def _mended(path: Path, clock: Clock, busy_s: float) -> str | None:
    """Repair damaged values in place. Returns a notice; None if the damage is of another kind."""
    try:
        with contextlib.closing(connect(path, busy_s, any_schema=True)) as connection:
            return mend(connection, path, clock)
    except DatabaseCorrupt:
        return None
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if isinstance(worded(error, path), DatabaseCorrupt | None):
            return None  # the damage is of another kind
        raise
