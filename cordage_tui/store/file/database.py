"""SQLite connection, transactions, the feed of changes, and new database files."""

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.file_system import exists, make_private_dir
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.errors import (
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseReplaced,
    StoreError,
    damage_words,
    worded,
)
from cordage_tui.store.file.schema import migrate
from cordage_tui.store.runs.batch_ends import CHANGED_END

# The one connection: reads, write transactions, and SQLite's errors in words.

Row: TypeAlias = tuple[Any, ...]
Params: TypeAlias = Sequence[object] | Mapping[str, object]
FileId: TypeAlias = tuple[int, int]

BRIEFLY_MS: Final = 20
"""How long a call waits for a lock after an earlier call has timed out on it, milliseconds."""
BEYOND_RUNS = RowId(0)
"""Touched when something outside the table changed, such as a webhook's health."""

AMONG: Final = "IN (SELECT value FROM json_each(?))"
"""The condition that a value is among those of a JSON array: one statement for any number. Each prepared statement is kept,
the larger ones with 20 KB."""
_LINES: Final = f"""SELECT DISTINCT coalesce(batch, id) FROM runs WHERE id {AMONG}
    AND (batch IS NOT NULL OR size > 0)"""


class Transaction:
    """An open write transaction. Pass rows that a screen may show differently afterwards to `touch`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.touched: set[RowId] = set()

    def execute(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, params)

    def insert(self, table: str, values: Mapping[str, object]) -> int:
        """Add a row and return its id. Table and column names are ours, never data."""
        sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        return self._connection.execute(sql, tuple(values.values())).lastrowid or 0

    def update(self, table: str, row: int, values: Mapping[str, object]) -> None:
        """Set columns of the row with this id."""
        sql = f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in values)} WHERE id = ?"
        self._connection.execute(sql, (*values.values(), row))

    def touch(self, *rows: RowId) -> None:
        """Mark rows as changed, added or removed."""
        self.touched.update(rows)

    def number(self) -> int:
        """Record the touched rows under the next sequence number and return it; 0 when there are none. With a row of a
        batch its line differs too, and has ended when all of them have."""
        if not self.touched:
            return 0
        touched = (json.dumps([*self.touched]),)
        lines = [RowId(line) for (line,) in self._connection.execute(_LINES, touched).fetchall()]
        ends = [(ended_at, line) for line in lines for (ended_at,) in self._connection.execute(CHANGED_END, (line,))]
        self._connection.executemany("UPDATE runs SET ended_at = ? WHERE id = ?", ends)
        self.touch(*lines)
        seq = int(self._connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM changes").fetchone()[0])
        rows = [(row, seq) for row in self.touched]
        self._connection.executemany("INSERT OR REPLACE INTO changes VALUES (?, ?)", rows)
        return seq


class Database:
    """Wraps a connection in autocommit mode. Every sqlite3.Error becomes a StoreError, unless it is a bug of this
    program."""

    def __init__(self, connection: sqlite3.Connection, path: Path, file_id: FileId) -> None:
        """`file_id` is device and inode of the file that was opened."""
        self._connection = connection
        self.path = path
        self._file_id = file_id
        self._commits = 0
        self._busy_ms = int(connection.execute("PRAGMA busy_timeout").fetchone()[0])
        self._found_locked = False
        self.damaged: SafeText | None = None
        """Damage found since it was opened; None: none."""
        self.on_commit: Callable[[Collection[RowId], int], None] = lambda rows, seq: None
        """Called after each commit that touched rows, with them and the commit's sequence number."""

    def define(self, name: str, arguments: int, function: Callable[..., str | None]) -> None:
        """Define a pure function for the SQL of this connection; it must never raise."""
        self._connection.create_function(name, arguments, function, deterministic=True)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """Fetch all rows of a SELECT: nothing is left open that would hold a lock."""
        with self._worded():
            return self._connection.execute(sql, params).fetchall()

    def each(self, sql: str, params: Params = ()) -> Iterator[Row]:
        """Yield the rows of a SELECT for a caller that reads them all without a pause.

        Until then they hold a lock, but only one row is in memory.
        """
        with self._worded():
            yield from self._connection.execute(sql, params)

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(sql, params)), None)

    def column(self, sql: str, params: Params = ()) -> Iterable[Any]:
        """The first column of all rows."""
        return (row[0] for row in self.rows(sql, params))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read the same state of the database several times."""
        with self._worded():
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Run one transaction, on disk when the block ends; undone when it raises. Raises StoreError, also
        DatabaseReplaced."""
        with self._worded():
            self._connection.execute("BEGIN IMMEDIATE")
            write = Transaction(self._connection)
            try:
                self._refuse_if_replaced()  # now that no other process writes: a repair replaces the file under this lock
                yield write
                seq = write.number()
                self._commit()
            finally:
                # SQLite has already rolled back after some errors, such as a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        if seq:
            self.on_commit(write.touched, seq)

    def version(self) -> tuple[int, int]:
        """Equal as long as no process has committed anything; cheap."""
        return self._commits, self.foreign_version()

    def foreign_version(self) -> int:
        """Return a number that changes whenever another connection has committed."""
        with self._worded():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def for_reading(self) -> "Database":
        """Open a further connection to the file, for another thread, which refuses to write. Raises StoreError.

        It is not opened read-only: after another process was killed in mid-commit, the first to read undoes that commit.
        """
        try:
            connection = connect(self.path, self._busy_ms / 1000)
            connection.execute("PRAGMA query_only = ON")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise worded(error, self.path) or error from error
        reading = Database(connection, self.path, self._file_id)
        if file_id(self.path) != self._file_id:
            reading.close()
            raise self._replaced()
        return reading

    def interrupt(self) -> None:
        """Interrupt the statement that runs in the connection's thread; any thread may call it."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file. Closing it twice is harmless."""
        self._connection.close()

    def damage(self, damage_found: str) -> DatabaseCorrupt:
        """Build the error for a database that contradicts itself, although each page can be read; the next start
        repairs it."""
        mark_damaged(self.path)
        error = DatabaseCorrupt(damage_words(self.path, damage_found))
        self.damaged = error.what
        return error

    def _damaged_schema(self, error: Exception) -> DatabaseCorrupt | None:
        """Build the error for a statement that names what the damaged schema does not; None: it is a bug of ours."""
        if not isinstance(error, sqlite3.OperationalError) or error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        from cordage_tui.store.file.schema_text import (
            has_damaged_schema,  # late: only after an error that nobody expects
        )

        with contextlib.suppress(sqlite3.Error, StoreError):
            if has_damaged_schema(self._connection):
                return DatabaseCorrupt(damage_words(self.path, error))
        return None

    def _commit(self) -> None:
        """Commit: a method of its own, so that the crash campaign can end the process before and after it."""
        self._connection.execute("COMMIT")
        self._commits += 1

    def _refuse_if_replaced(self) -> None:
        if file_id(self.path) != self._file_id:
            raise self._replaced()

    def _replaced(self) -> DatabaseReplaced:
        return DatabaseReplaced(
            f"{self.path} was deleted or replaced while the program ran. Nothing more is sent or kept; "
            "restart to use the file that is there now."
        )

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            store_error = worded(error, self.path) or self._damaged_schema(error)
            if store_error is None:
                raise
            if isinstance(store_error, DatabaseCorrupt):
                mark_damaged(self.path)
                self.damaged = store_error.what
            self._wait_for_locks(briefly=isinstance(store_error, DatabaseLocked))
            raise store_error from error
        self._wait_for_locks(briefly=False)

    def _wait_for_locks(self, *, briefly: bool) -> None:
        """Set how long statements wait for locks.

        After another program has held a lock for long, they wait only briefly, so that the screen stays responsive.
        """
        if briefly is not self._found_locked:
            self._found_locked = briefly
            self._connection.execute(f"PRAGMA busy_timeout = {BRIEFLY_MS if briefly else self._busy_ms}")


def file_id(path: Path) -> FileId | None:
    """Return device and inode of the file at `path`; None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def damage_mark(path: Path) -> Path:
    """The file whose presence makes the next start look through the whole database."""
    return path.with_name(path.name + ".check")


def mark_damaged(path: Path) -> None:
    """Have the next start look through the whole database: damage deep inside shows only when a page is read."""
    try:
        damage_mark(path).touch(mode=0o600)
    except OSError:
        return  # a disk that refuses even this will be met again by the next start


# Setup of every connection to our databases.

ERASE_CELLS: Final = "secure_delete = FAST"
"""Setting: overwritten data is erased between the rows; whole pages are not, except those that pruning frees."""
_PRAGMAS: Final = (
    "synchronous = FULL",
    "temp_store = MEMORY",  # prompts are private: none in temporary files
    "trusted_schema = OFF",
    "cell_size_check = ON",
    ERASE_CELLS,
    "cache_size = -2000",  # KiB; the system caches the file besides
)
_MAC_PRAGMAS: Final = ("fullfsync = ON", "checkpoint_fullfsync = ON")
"""On a Mac, fsync alone leaves the data in the drive's cache."""


def connect(path: Path, busy_s: float, *, any_schema: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode to a file that is there; with `any_schema` also if not all of its schema can be parsed.
    Raises sqlite3.Error, and UnicodeDecodeError for a damaged schema."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=busy_s, isolation_level=None, cached_statements=256
    )
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        if any_schema:
            connection.execute("PRAGMA writable_schema = ON")
        for pragma in _PRAGMAS + (_MAC_PRAGMAS if sys.platform == "darwin" else ()):
            connection.execute(f"PRAGMA {pragma}")
        undo.pop_all()
    return connection


# Change feed: the rows of every commit, of this and of other processes, for all screens.

Listener: TypeAlias = Callable[[frozenset[RowId]], None]


class Table:
    """Reads and writes of one table or question over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


class TimedTable(Table):
    """Table whose rows have times by `clock`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock


class ChangeFeed:
    """Notifies subscribers of the rows of each commit; an empty set means another change, such as a webhook's
    health."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Listener] = []
        self._foreign = database.foreign_version()
        self._seen = self.tail()
        self.on_own_commit: Callable[[Collection[RowId]], None] = lambda rows: None
        """Called with the rows of each commit of this process, before all subscribers, to record it; must not raise."""
        database.on_commit = self._committed

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each commit that changed rows or health; returns a function that ends it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def tail(self) -> int:
        """The sequence number of the last commit that changed something, by whichever process; 0 at the beginning."""
        return int(next(iter(self._database.column("SELECT coalesce(max(seq), 0) FROM changes"))))

    def since(self, seq: int) -> frozenset[RowId]:
        """The rows that changed, came or went after commit `seq`."""
        rows = self._database.column("SELECT row FROM changes WHERE seq > ?", (seq,))
        return frozenset(RowId(row) for row in rows if row != BEYOND_RUNS)

    def poll_others(self) -> None:
        """Notify subscribers of changes by other processes since the last call; a few microseconds if there are
        none."""
        foreign = self._database.foreign_version()
        if foreign == self._foreign:
            return
        with self._database.snapshot():
            tail, rows = self.tail(), self.since(self._seen)
        self._foreign = foreign
        if tail > self._seen:
            self._seen = tail
            self._tell(rows)

    def _committed(self, rows: Collection[RowId], seq: int) -> None:
        # With a gap, others have committed in between: the next poll reports their rows, and these once more.
        if seq == self._seen + 1:
            self._seen = seq
        self.on_own_commit(rows)
        self._tell(frozenset(row for row in rows if row != BEYOND_RUNS))

    def _tell(self, rows: frozenset[RowId]) -> None:
        for listener in tuple(self._listeners):
            listener(rows)


# A database is made under another name and put into place whole, so that an empty or half-made file is always a
# damaged one.

COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
"""Suffixes of the files that SQLite keeps for a database, the empty one for the database itself."""


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
    """Make a new, empty, private database next to `path`, which is deleted afterwards unless it was moved.

    A draft that a `maker` of the same name left is deleted too.
    """
    make_private_dir(path.parent)
    draft = path.with_name(f".{path.name}.{maker}.new")
    discard(draft)
    fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(fd, 0o600)
    finally:
        os.close(fd)
    try:
        with contextlib.closing(connect(draft, 0.0)) as connection:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table: pruning gives space back
            migrate(connection)
        yield draft
    finally:
        discard(draft)


def discard(draft: Path) -> None:
    """Delete a database that is not open, with SQLite's companion files."""
    for name in COMPANIONS:
        draft.with_name(draft.name + name).unlink(missing_ok=True)
