"""Opens the database: creates it private, chooses its journal, migrates it, and moves a damaged one aside."""

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.store.database import Database, FileId, damage_mark, file_id
from cordage_tui.store.errors import Damaged, Locked, NotWritable, StoreError, worded
from cordage_tui.store.journal import Journal, choose, file_system_of, is_remote
from cordage_tui.store.lock import Lock
from cordage_tui.store.privacy import keep_private, make_private_dir, make_private_file
from cordage_tui.store.salvage import salvage
from cordage_tui.store.schema import migrate

_COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
_PRAGMAS: Final = (
    "synchronous = FULL",
    "temp_store = MEMORY",  # prompts are private: none in temporary files
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "cache_size = -16000",  # KiB
)
_MAC_PRAGMAS: Final = ("fullfsync = ON", "checkpoint_fullfsync = ON")
"""There fsync alone leaves the data in the drive's cache."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database, and what the user must be told about how it was found."""

    database: Database
    notice: SafeText | None


def open_database(path: Path, clock: Clock, busy_s: float) -> Opened:
    """Open `path`, creating or repairing it; see Store.open for what is raised."""
    path = path.absolute()
    notices: list[str] = []
    with _worded(path):
        if not path.exists():
            _create(path)
        keep_private(path)
        try:
            connection = _checked(path, busy_s)
        except Damaged:
            connection = _repaired(path, clock, busy_s, notices)
        notices += _warnings(path)
    opened_file: FileId | None = file_id(path)
    if opened_file is None:
        connection.close()
        raise NotWritable(f"{path} vanished while it was being opened.")
    return Opened(Database(connection, path, opened_file), safe(" ".join(notices)) if notices else None)


def _create(path: Path) -> None:
    """Make the database elsewhere and link it into place whole, so that an empty file is always a damaged one."""
    make_private_dir(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    for name in _COMPANIONS:
        draft.with_name(draft.name + name).unlink(missing_ok=True)
    make_private_file(draft)
    try:
        with contextlib.closing(_connect(draft, 0.0)) as connection:
            migrate(connection)
        _put(draft, path)
    finally:
        for name in _COMPANIONS:
            draft.with_name(draft.name + name).unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    """Give `draft` the name `path`, unless another process has just done so."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            draft.rename(path)


def _checked(path: Path, busy_s: float) -> sqlite3.Connection:
    """A connection to a database that is migrated and, as far as a quick look tells, sound. Raises Damaged."""
    if path.stat().st_size == 0:
        raise Damaged(f"{path} is empty.")
    with _worded(path), contextlib.ExitStack() as undo:
        connection = _connect(path, busy_s)
        undo.callback(connection.close)
        if damage_mark(path).exists():
            _look_through(connection, path)
        migrate(connection)
        _set_journal(connection, path)
        undo.pop_all()
    return connection


def _connect(path: Path, busy_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=busy_s, isolation_level=None, cached_statements=256
    )
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        for pragma in _PRAGMAS + (_MAC_PRAGMAS if sys.platform == "darwin" else ()):
            connection.execute(f"PRAGMA {pragma}")
        undo.pop_all()
    return connection


def _set_journal(connection: sqlite3.Connection, path: Path) -> None:
    wanted = choose(sqlite3.sqlite_version_info, file_system_of(path))
    current = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    if current == wanted:
        return
    try:
        current = str(connection.execute(f"PRAGMA journal_mode = {wanted.value}").fetchone()[0])
    except sqlite3.OperationalError as error:
        if wanted is Journal.TRUNCATE:
            raise Locked(
                f"{path} is open in another window that runs with another SQLite, and this one ({sqlite3.sqlite_version}) "
                "can damage it in that mode. Close that window first."
            ) from error


def _look_through(connection: sqlite3.Connection, path: Path) -> None:
    """The whole check, which reads every page; only after damage was met. Raises Damaged, else takes the mark away."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(f"{path} is damaged: {found}")
    damage_mark(path).unlink(missing_ok=True)


def _repaired(path: Path, clock: Clock, busy_s: float, notices: list[str]) -> sqlite3.Connection:
    """Repair the database, unless another process has just done so, and open it; adds to `notices` what was done."""
    lock = Lock(path.with_name(path.name + ".repair.lock"))
    if not lock.acquire():
        raise Locked(f"Another window is repairing {path}. Try again in a moment.")
    try:
        with contextlib.suppress(Damaged):
            return _checked(path, busy_s)
        notices.append(_repair(path, clock, busy_s))
        return _checked(path, busy_s)
    finally:
        lock.release()


def _repair(path: Path, clock: Clock, busy_s: float) -> str:
    """Move the damaged file aside, save what can be read into a new one, and return what to tell."""
    at = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.wall()))
    aside = _free_name(path.with_name(f"{path.name}.damaged-{at}"))
    for name in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + name).rename(aside.with_name(aside.name + name))
    damage_mark(path).unlink(missing_ok=True)
    _create(path)
    saved = _save_into(path, aside, busy_s)
    kept = f"{saved.get('outbox', 0)} submissions and {saved.get('runs', 0)} runs could be saved from it"
    outcome = kept if any(saved.values()) else "nothing in it could be read"
    return f"The database was damaged and was moved aside to {aside}; {outcome}."


def _save_into(path: Path, aside: Path, busy_s: float) -> dict[str, int]:
    try:
        with (
            contextlib.closing(_connect(aside, busy_s)) as damaged,
            contextlib.closing(_connect(path, busy_s)) as fresh,
        ):
            damaged.execute("SELECT 1 FROM outbox LIMIT 1").fetchall()
            return salvage(damaged, fresh)
    except sqlite3.DatabaseError:
        return {}


def _free_name(wanted: Path) -> Path:
    taken = 1
    free = wanted
    while free.exists():
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free


def _warnings(path: Path) -> list[str]:
    found = []
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        found.append(f"{path} is read-only here: you can look, but nothing can be sent or kept.")
    if is_remote(file_system := file_system_of(path)):
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
