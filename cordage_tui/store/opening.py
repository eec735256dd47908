"""Opens the database: creates it, chooses its journal, migrates it, and has a damaged one repaired."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.file_kind import exists
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.store.connecting import connect
from cordage_tui.store.database import Database, FileId, damage_mark, file_id, mark_damaged
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, NotWritable, StoreError, worded
from cordage_tui.store.home import DatabaseCopyCheck
from cordage_tui.store.journal import JournalMode, choose, file_system_of, is_network_file_system
from cordage_tui.store.privacy import keep_private
from cordage_tui.store.schema import migrate, version_of

_PARTIAL_INDEXES: Final = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"


@dataclass(frozen=True, slots=True)
class OpenResult:
    """An open database, and what the user must be told about how it was found."""

    database: Database
    notice: SafeText | None


def open_database(path: Path, clock: Clock, busy_s: float) -> OpenResult:
    """Open `path`, creating or repairing it; see Store.open for what is raised."""
    path = path.absolute()
    notices: list[str] = []
    with _worded(path):
        if not exists(path):
            from cordage_tui.store.draft import create

            create(path)
        keep_private(path)
        try:
            connection = _checked(path, busy_s)
        except DatabaseCorrupt:
            connection = _repaired(path, clock, busy_s, notices)
        notices += _warnings(path)
    opened_file: FileId | None = file_id(path)
    if opened_file is None:
        connection.close()
        raise NotWritable(f"{path} vanished while it was being opened.")
    database = Database(connection, path, opened_file)
    DatabaseCopyCheck(database).found()
    return OpenResult(database, safe(" ".join(notices)) if notices else None)


def _checked(path: Path, busy_s: float) -> sqlite3.Connection:
    """A connection to a database that is migrated and, as far as a quick look tells, sound. Raises DatabaseCorrupt."""
    if path.stat().st_size == 0:
        raise DatabaseCorrupt(f"{path} is empty.")
    if _was_interrupted(path):
        mark_damaged(path)
    with _worded(path), contextlib.ExitStack() as undo:
        connection = connect(path, busy_s)
        undo.callback(connection.close)
        version_of(connection)  # one that we do not know is left alone, damaged or not
        if exists(damage_mark(path)):
            _look_through(connection, path)
        migrate(connection)
        _set_journal(connection, path)
        undo.pop_all()
    return connection


def _was_interrupted(path: Path) -> bool:
    """Whether a transaction was left half-way. SQLite undoes it by the journal that lies there, and would do so as well by
    one of another database or of another day, as a restored backup may leave it (FAULTS.md C 152)."""
    journal = path.with_name(path.name + "-journal")
    return exists(journal) and journal.stat().st_size > 0


def _set_journal(connection: sqlite3.Connection, path: Path) -> None:
    wanted = choose(sqlite3.sqlite_version_info, file_system_of(path))
    current = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    if current == wanted:
        return
    try:
        current = str(connection.execute(f"PRAGMA journal_mode = {wanted.value}").fetchone()[0])
    except sqlite3.OperationalError as error:
        if wanted is JournalMode.TRUNCATE:
            raise DatabaseLocked(
                f"{path} is open in another window that runs with another SQLite, and this one ({sqlite3.sqlite_version}) "
                "can damage it in that mode. Close that window first."
            ) from error


def _look_through(connection: sqlite3.Connection, path: Path) -> None:
    """The whole check, which reads every page; only after damage was met. Raises DatabaseCorrupt, else takes the mark away."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseCorrupt(f"{path} is damaged: {found}")
    if os.access(path, os.W_OK):
        # Of an index that holds some rows only, the check does not notice entries too many.
        for (name,) in connection.execute(_PARTIAL_INDEXES).fetchall():
            connection.execute(f"REINDEX {name}")
    with contextlib.suppress(OSError):  # where nothing can be written it is looked through each time
        damage_mark(path).unlink(missing_ok=True)


def _repaired(path: Path, clock: Clock, busy_s: float, notices: list[str]) -> sqlite3.Connection:
    """Repair the database, unless another process has just done so, and open it; adds to `notices` what was done."""
    from cordage_tui.store.lock import FileLock
    from cordage_tui.store.repair import repair

    lock = FileLock(path.with_name(path.name + ".repair.lock"))
    if not lock.acquire():
        raise DatabaseLocked(f"Another window is repairing {path}. Try again in a moment.")
    try:
        with contextlib.suppress(DatabaseCorrupt):
            return _checked(path, busy_s)
        notices.append(repair(path, clock, busy_s))
        return _checked(path, busy_s)
    finally:
        lock.release()


def _warnings(path: Path) -> list[str]:
    found = []
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        found.append(f"{path} is read-only here: you can look, but nothing can be sent or kept.")
    if is_network_file_system(file_system := file_system_of(path)):
        found.append(
            f"{path} lies on a network file system ({file_system}), where locks may fail: use one window at a time."
        )
    return found


@contextlib.contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        known = worded(error, path)
        if known is None:
            raise
        raise known from error
    except StoreError:
        raise
    except OSError as error:
        raise NotWritable(f"{path} cannot be opened: {error.strerror or error}.") from error
