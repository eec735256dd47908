"""Open the database: create, migrate, journal mode, permissions."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from shlex import quote
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import exists, foreign_owner, is_open_to_others
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, NotWritable, StoreError, worded
from cordage_tui.store.file.database import Database, FileId, connect, create, damage_mark, file_id, mark_damaged
from cordage_tui.store.file.schema import has_known_text, migrate, version_of

# Journal of the database: WAL only if the running SQLite can be trusted with it.


class JournalMode(StrEnum):
    """Values of `PRAGMA journal_mode` that we use."""

    WAL = "wal"
    TRUNCATE = "truncate"
    """A rollback journal. With synchronous=FULL its truncation is synced, so a commit survives a power cut.

    The default mode DELETE would need EXTRA for that, and a claim undone by a power cut would be sent twice.
    """


_MOUNTS: Final = Path("/proc/self/mountinfo")
_REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "glusterfs", "davfs"}
)
_FIXED_BRANCHES: Final = {(3, 44): 6, (3, 50): 7}


def wal_is_sound(version: tuple[int, ...]) -> bool:
    """Return whether SQLite `version` is free of the bug that corrupts WAL databases with several connections.

    Fixed in 3.51.3, and in the branches 3.50 (from .7) and 3.44 (from .6): docs/dev/faults.md 157.
    """
    fixed = _FIXED_BRANCHES.get((version[0], version[1]))
    return version >= (3, 51, 3) or (fixed is not None and version[2] >= fixed)


def choose(version: tuple[int, ...], file_system: str) -> JournalMode:
    """The journal for this SQLite on this file system."""
    return (
        JournalMode.WAL if wal_is_sound(version) and not is_network_file_system(file_system) else JournalMode.TRUNCATE
    )


def is_network_file_system(file_system: str) -> bool:
    """Return whether locks and shared memory of `file_system`, as the kernel names it, are unreliable."""
    return file_system in _REMOTE or file_system.startswith("fuse.") or file_system == "fuse"


def file_system_of(path: Path) -> str:
    """Return the kernel's name of the file system that holds `path`; empty if unknown (not Linux)."""
    try:
        return file_system_in(_MOUNTS.read_text("utf-8", "surrogateescape"), path.resolve())
    except (OSError, RuntimeError):  # RuntimeError: links that lead in a circle
        return ""


def file_system_in(mountinfo: str, path: Path) -> str:
    """The type of the longest mount point above the absolute `path` in the text of /proc/self/mountinfo; empty if none."""
    best, type_name = -1, ""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split()
        if len(fields) < 5 or not tail:
            continue
        point = (
            fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
            if "\\" in fields[4]
            else fields[4]
        )
        if len(point) >= best and (os.fspath(path) + "/").startswith(point.rstrip("/") + "/"):
            best, type_name = len(point), tail.split()[0]
    return type_name


_WRITES_S: Final = 0.25
"""Longest time that a transaction under way is given to end before it counts as left half-way."""
_LOOK_S: Final = 0.002

# Opens the database: creates it, chooses its journal, migrates it, and has a damaged one repaired.

_PARTIAL_INDEXES: Final = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"


@dataclass(frozen=True, slots=True)
class OpenResult:
    """An open database, and a notice to show the user about how it was found."""

    database: Database
    notice: SafeText | None


def open_database(path: Path, clock: Clock, busy_s: float, opening_s: float | None = None) -> OpenResult:
    """Open `path`, creating or repairing it; see Store.open for what is raised, and for the times."""
    path, later_s, busy_s = path.absolute(), busy_s, busy_s if opening_s is None else opening_s
    notices: list[str] = []
    with _worded(path):
        if not exists(path):
            create(path)
        notices += _exposures(path)
        _keep_private(path)
        file_system = file_system_of(path)
        try:
            connection = _checked(path, busy_s, file_system)
        except DatabaseCorrupt:
            from cordage_tui.store.file.damage import repaired  # late: few databases are ever damaged

            connection = repaired(path, clock, busy_s, notices, lambda: _checked(path, busy_s, file_system))
        notices += _warnings(path, file_system, connection)
    connection.execute(f"PRAGMA busy_timeout = {round(later_s * 1000)}")
    opened_file: FileId | None = file_id(path)
    if opened_file is None:
        connection.close()
        raise NotWritable(f"{path} vanished while it was being opened.")
    database = Database(connection, path, opened_file)
    if database.row("SELECT 1 FROM home") is None:
        from cordage_tui.store.file.copy_check import DatabaseCopyCheck  # late: once in a database's life

        DatabaseCopyCheck(database).found()
    return OpenResult(database, safe(" ".join(notices)) if notices else None)


def _checked(path: Path, busy_s: float, file_system: str) -> sqlite3.Connection:
    """Open a database, migrate it and check it quickly. Raises DatabaseCorrupt."""
    if path.stat().st_size == 0:
        raise DatabaseCorrupt(f"{path} is empty.")
    if _was_interrupted(path):
        mark_damaged(path)
    with _worded(path), contextlib.ExitStack() as undo:
        connection = connect(path, busy_s)
        undo.callback(connection.close)
        version_of(connection)  # one that we do not know is left alone, damaged or not
        with _schema_suspected(connection, path):
            if is_marked := exists(damage_mark(path)):
                _look_through(connection, path)
            migrate(connection)
            if is_marked or not has_known_text(connection):
                _look_closer(connection, path, values=is_marked)
            _set_journal(connection, path, file_system)
        undo.pop_all()
    return connection


@contextlib.contextmanager
def _schema_suspected(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Raise DatabaseCorrupt for an error that nobody expects, if the schema is damaged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if worded(error, path) is None:
            _look_closer(connection, path)
        raise


def _look_closer(connection: sqlite3.Connection, path: Path, *, values: bool = False) -> None:
    """Check each definition, and each of the values. Raises DatabaseCorrupt."""
    from cordage_tui.store.file.damage import look_through_schema, look_through_values  # late: as above

    look_through_schema(connection, path)
    if values:
        look_through_values(connection, path)


def _keep_private(path: Path) -> None:
    """Remove the access of group and others from our own file `path`, if possible."""
    # By path and not by descriptor: closing any descriptor of a database drops the locks SQLite holds on it.
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)


def _exposures(path: Path) -> Iterator[str]:
    """Yield warnings about others who can change the database: they can have prompts sent and charged with the user's
    key."""
    if (owner := foreign_owner(path)) is not None:
        yield f"{path} belongs to {owner}, or its folder does, who can have prompts sent with your API key."
    if is_open_to_others(path.parent):
        yield (
            f"Anyone on this machine can change the files in {path.parent}, and so have prompts sent with your API key. "
            f"Run: chmod 700 {quote(str(path.parent))}"
        )
    elif is_open_to_others(path):
        yield f"Anyone on this machine could change {path}, and so have prompts sent. Its mode is 0600 now; look at the queue."


def _was_interrupted(path: Path) -> bool:
    """Return whether a transaction was left half-way.

    SQLite undoes it with the journal next to the file. It would also apply a journal of another database or another
    day, which a restored backup may leave (docs/dev/faults.md 152). A process that is writing has such a journal too, for
    some milliseconds. With many windows, most starts would see one and check the whole database, so this waits a
    little.
    """
    journal = path.with_name(path.name + "-journal")
    end = time.monotonic() + _WRITES_S
    while exists(journal) and journal.stat().st_size > 0:
        if time.monotonic() >= end:
            return True
        time.sleep(_LOOK_S)
    return False


def _set_journal(connection: sqlite3.Connection, path: Path, file_system: str) -> None:
    wanted = choose(sqlite3.sqlite_version_info, file_system)
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
    """The whole check, which reads every page; only after damage was met. Raises DatabaseCorrupt."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseCorrupt(f"{path} is damaged: {found}")
    if os.access(path, os.W_OK):
        # The check does not find surplus entries in a partial index, so those indexes are built again.
        for (name,) in connection.execute(_PARTIAL_INDEXES).fetchall():
            connection.execute(f"REINDEX {name}")


def _warnings(path: Path, file_system: str, connection: sqlite3.Connection) -> list[str]:
    warnings = []
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        if _takes_writes(connection):
            warnings.append(
                f"The folder {path.parent} cannot be written. Prompts are sent and kept, but a damaged database could not be "
                f"repaired. Run: chmod u+w {quote(str(path.parent))}"
            )
        else:
            warnings.append(f"{path} is read-only here: you can look, but nothing can be sent or kept.")
    if is_network_file_system(file_system):
        warnings.append(
            f"{path} lies on a network file system ({file_system}), where locks may fail: use one window at a time."
        )
    return warnings


def _takes_writes(connection: sqlite3.Connection) -> bool:
    """Return whether a transaction can be written. In a folder that cannot be written it can, if the journal is there from
    earlier. Nothing is changed."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {version_of(connection)}")  # to write its journal
    except sqlite3.Error:
        return False
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return True


@contextlib.contextmanager
def _worded(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        store_error = worded(error, path)
        if store_error is None:
            raise
        raise store_error from error
    except StoreError:
        raise
    except OSError as error:
        raise NotWritable(f"{path} cannot be opened: {error.strerror or error}.") from error
