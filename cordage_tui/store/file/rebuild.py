"""Repair of a damaged database."""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.inputs import digest
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.errors import DatabaseCorrupt, StoreError, worded
from cordage_tui.store.file.carving import PAGE, carve, restored_head
from cordage_tui.store.file.database import COMPANIONS, connect, damage_mark, discard, draft_of
from cordage_tui.store.file.mend_values import (
    LAST_NUMBERS,
    PAUSED,
    PAUSING,
    WHOLE_BATCHES,
    WITHOUT_INPUTS,
    damaged_values,
    free_name,
    holding,
    lenient,
    mend_value,
    usable,
)
from cordage_tui.store.file.repair_record import record_repair
from cordage_tui.store.file.schema_steps import SEARCH_ALL_INPUTS, define_functions
from cordage_tui.store.file.schema_text import restore_schema
from cordage_tui.store.runs.row_codecs import message_column, read_inputs

# Saves what can still be read of a damaged database, row by row around the bad pages.

_TABLES: Final = (
    "outbox",
    "details",
    "runs",
    "batches",
    "queues",
    "servers",
    "history",
    "drafts",
    "settings",
    "verdicts",
    "tags",
    "downloads",
    "match_sets",
    "match_set_prompts",
    "match_set_runs",
    "given_up",
    "pinned_prompts",
    "pruned",
    "linked_inputs",
    "requests",
)
"""What is worth saving; the rest follows from it or comes again from the server."""

_BEYOND: Final = 2**24
"""Above any row id we expect, for when a table's last page cannot be read."""

_MAX_FAILURES: Final = 20_000
"""Unreadable ranges after which a table is given up; a bad page of a hundred rows costs about two hundred."""

_FOUND: Final = ("outbox", "runs", "details")
"""Tables whose rows are also looked for in the pages of the file."""

_WHOLE: Final = "SELECT o.id FROM outbox AS o JOIN details USING (id) WHERE inputs IS NOT NULL"
"""Submissions that were read as a whole."""

_FOUND_NOTE: Final = advised(
    "Found in a damaged database, perhaps in an older state: it may have been sent already. Look at the run list, then approve"
    " or drop it.",
    "queue.approve",
)
_MENDING: Final = (
    "INSERT OR IGNORE INTO details (id) SELECT id FROM runs UNION SELECT id FROM outbox WHERE pruned_at IS NULL",
    "DELETE FROM history WHERE row NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)",
    SEARCH_ALL_INPUTS,
    "UPDATE outbox SET place = id WHERE place IS NULL",  # of a schema without places
    # A line that shows a submission which is gone tells its state as truly: both were always written as one.
    """INSERT INTO outbox (id, profile, webhook, state, fingerprint, submitted_at, sent_at, settled_at, place, unapproved)
        SELECT id, profile, webhook, status, fingerprint(inputs), created_at,
            iif(status IN ('sending', 'uncertain'), created_at, NULL), iif(status = 'uncertain', created_at, NULL), id,
            status = 'held' AND author IS NOT NULL  -- it may have been held for approval
        FROM runs JOIN details USING (id)
        WHERE status IN ('queued', 'sending', 'rejected', 'held', 'uncertain') AND id NOT IN (SELECT id FROM outbox)""",
    *WITHOUT_INPUTS,
    # A submission whose line in the table is gone gets a new one.
    """INSERT OR IGNORE INTO runs (id, profile, webhook, status, prompt, search, created_at)
        SELECT o.id, o.profile, o.webhook, CASE o.state WHEN 'accepted' THEN 'lost' ELSE o.state END,
            coalesce(substr(d.inputs, 1, 300), ''), lower(coalesce(substr(d.inputs, 1, 300), '')) || char(10) || char(10),
            o.submitted_at
        FROM outbox o JOIN details d ON d.id = o.id WHERE o.state <> 'dropped' AND o.pruned_at IS NULL""",
    *WHOLE_BATCHES,
    # A try is known by its count: none is given twice.
    "INSERT OR IGNORE INTO queues (profile) SELECT DISTINCT profile FROM outbox WHERE intent IS NOT NULL",
    """UPDATE queues SET generation = max(generation,
        (SELECT coalesce(max(intent), 0) FROM outbox WHERE outbox.profile = queues.profile))""",
    *LAST_NUMBERS,
)
"""Run after copying: a row without its other half would show half of a truth."""


def salvage(
    damaged: sqlite3.Connection, fresh: sqlite3.Connection, now: float, file: BinaryIO | None = None
) -> dict[str, int]:
    """Copy the readable rows into `fresh`, in one transaction, at `now` (epoch seconds). Returns how many of each table.

    A damaged file may be half of a newer and half of an older one, so what it calls queued waits for the user's word.
    If rows of the queue cannot be read, they are searched for in the pages of the `file`, and those that are found are held.
    """
    define_functions(fresh)
    fresh.create_function("fingerprint", 1, lambda text: digest(read_inputs(text) or {}), deterministic=True)
    fresh.execute("PRAGMA ignore_check_constraints = ON")  # damaged values are mended below
    fresh.execute("BEGIN IMMEDIATE")
    unreadable: set[str] = set()
    saved = {table: _copy(damaged, fresh, table, unreadable) for table in _TABLES}
    whole = {row for (row,) in fresh.execute(_WHOLE)}
    if file is not None and not unreadable.isdisjoint(_FOUND):
        for table, count in _copy_found(file, fresh).items():
            saved[table] += count
    for value in damaged_values(fresh):
        mend_value(fresh, value)
    for statement in _MENDING:
        fresh.execute(statement)
    if file is not None and not unreadable.isdisjoint(_FOUND):
        _hold_found(fresh, whole)
    fresh.execute(PAUSING, (message_column(PAUSED), now))
    fresh.execute("COMMIT")
    fresh.execute("PRAGMA ignore_check_constraints = OFF")
    return saved


def _copy_found(file: BinaryIO, fresh: sqlite3.Connection) -> dict[str, int]:
    """Copy those rows that are found in the pages of the file and not there yet; returns how many of each table."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as found:
        file.seek(0)
        carve(file.read(), found, lambda table: _columns(fresh, table))
        return {table: _copy(found, fresh, table, set()) for table in _FOUND}


def _hold_found(fresh: sqlite3.Connection, whole: Collection[int]) -> None:
    """Hold what would be sent and is not one of those that were read as a `whole`. What has no inputs is held already."""
    with_inputs = fresh.execute("SELECT id FROM outbox JOIN details USING (id) WHERE inputs IS NOT NULL").fetchall()
    found = ", ".join(str(row) for (row,) in with_inputs if row not in whole)
    for statement in holding(found, ":note"):
        fresh.execute(statement, {"note": message_column(_FOUND_NOTE)})


def _copy(damaged: sqlite3.Connection, fresh: sqlite3.Connection, table: str, unreadable: set[str]) -> int:
    """Copy the rows of a table; it is added to `unreadable` if some of it cannot be read."""
    known = _columns(damaged, table)
    columns = [name for name in _columns(fresh, table) if name in known]
    if not columns:
        unreadable.add(table)
        return 0
    required = _required(fresh, table)
    names = ", ".join(columns)
    sql = f"INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES (?{', ?' * len(columns)})"
    copied = 0
    for row, *values in _readable(damaged, table, names, unreadable):
        pairs = zip(columns, values, strict=True)
        stored = [_LOST if value is None and name in required else usable(table, name, value) for name, value in pairs]
        try:
            copied += fresh.execute(sql, [row, *stored]).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError):
            continue  # a row of nonsense, such as text instead of a number
    return copied


_LOST: Final = b""
"""Stored in place of a value that must be there and is not: no rule allows it, so that it is mended as a damaged one."""


def _required(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Return the columns that must have a value."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return frozenset(name for _, name, _, is_required, *_ in rows if is_required)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """List the columns that can be written. A file that was damaged before it was migrated lacks the newer ones, and
    newer tables."""
    try:
        return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    except sqlite3.DatabaseError:
        return []


def _readable(
    damaged: sqlite3.Connection, table: str, names: str, unreadable: set[str]
) -> Iterator[tuple[object, ...]]:
    """The readable rows in order: a range of row ids that holds a bad page is halved until only the bad is left out."""
    select = f"SELECT rowid, {names} FROM {table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    ranges = [(0, _last(damaged, table))]
    failures = 0
    while ranges and failures < _MAX_FAILURES:
        low, high = ranges.pop()
        try:
            with lenient(damaged):
                rows = damaged.execute(select, (low, high)).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            failures += 1
            unreadable.add(table)
            middle = (low + high) // 2
            if low < high:
                ranges += [(middle + 1, high), (low, middle)]
        else:
            yield from rows


def _last(damaged: sqlite3.Connection, table: str) -> int:
    """Return the highest row id, or a higher number if the last page cannot be read."""
    try:
        return int(damaged.execute(f"SELECT coalesce(max(rowid), 0) FROM {table} NOT INDEXED").fetchone()[0])
    except sqlite3.DatabaseError:
        return _BEYOND


# A damaged database: what can be read of it goes into a new one, and the old one is kept beside it.


def repair(path: Path, clock: Clock, busy_s: float) -> str:
    """Replace the database at `path` by a new one with all that can be saved, keep the old one beside it, and return a
    notice for the user.

    Until the new one is complete the damaged one stays where it is: after a kill or on a full disk the next start finds
    it. The caller sees to it that only one process does this. Raises OSError and sqlite3.Error.
    """
    at = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.wall()))
    aside = free_name(path.with_name(f"{path.name}.damaged-{at}"))
    # The file stays open as long as the lock is to be held: to close a descriptor of it takes SQLite's lock away.
    with draft_of(path, "repair") as draft, path.open("rb") as file, _held(path, busy_s) as damaged:
        saved = _saved(damaged, draft, path, file, clock.wall())
        words = _words(saved, aside, clock.wall())
        with contextlib.closing(connect(draft, 0.0)) as fresh:
            record_repair(fresh, words)
        _move_aside(path, aside)
        draft.replace(path)
    damage_mark(path).unlink(missing_ok=True)
    return words


def _words(saved: Mapping[str, int], aside: Path, now: float) -> SafeText:
    """Say what was saved, and what may be lost."""
    kept = f"{saved.get('outbox', 0)} submissions and {saved.get('runs', 0)} runs could be saved from it"
    outcome = kept if any(saved.values()) else "nothing in it could be read"
    at = time.strftime("%d %b %H:%M", time.localtime(now))
    return advised(
        f"The database was damaged and was moved aside to {aside} on {at}; {outcome}. Prompts may be missing here, and what is"
        " queued may have been sent already. Nothing is sent until you resume. First look at the run list, whether they ran.",
        "queue.resume",
    )


def _saved(damaged: sqlite3.Connection | None, draft: Path, path: Path, file: BinaryIO, now: float) -> dict[str, int]:
    with contextlib.ExitStack() as undo:
        fresh = undo.enter_context(contextlib.closing(connect(draft, 0.0)))
        readable = damaged or undo.enter_context(_with_restored_head(path, file, draft))
        return salvage(readable, fresh, now, file)


@contextlib.contextmanager
def _with_restored_head(path: Path, damaged: BinaryIO, good: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of the file whose first page is restored, for as long as its rows are read; its schema may be unreadable."""
    copy = path.with_name(f".{path.name}.restored.new")
    discard(copy)
    try:
        with good.open("rb") as other:
            head = other.read(PAGE)
        _copy_private(path, damaged, copy)
        with copy.open("r+b") as file:
            page = file.read(PAGE)
            file.seek(0)
            file.write(restored_head(page, head) if len(page) == PAGE else head)
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as restored:
            with contextlib.suppress(sqlite3.Error, StoreError):
                restored.execute("PRAGMA writable_schema = ON")
                restore_schema(restored)
            yield restored
    finally:
        discard(copy)


def _copy_private(path: Path, file: BinaryIO, copy: Path) -> None:
    file.seek(0)
    with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
        shutil.copyfileobj(file, private)
    for name in COMPANIONS[1:3]:
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path.with_name(path.name + name), copy.with_name(copy.name + name))


@contextlib.contextmanager
def _held(path: Path, busy_s: float) -> Iterator[sqlite3.Connection | None]:
    """Open the damaged database and keep other writers out. Return None if SQLite cannot open it."""
    with contextlib.ExitStack() as undo:
        damaged: sqlite3.Connection | None = None
        try:
            damaged = undo.enter_context(contextlib.closing(connect(path, busy_s, any_schema=True)))
            damaged.execute("BEGIN IMMEDIATE")
            with contextlib.suppress(sqlite3.Error, StoreError):
                restore_schema(damaged)  # never committed: the file that is moved aside stays as it is
            damaged.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.DatabaseError as error:
            if not isinstance(worded(error, path), DatabaseCorrupt):
                raise
            damaged = None
        yield damaged


def _move_aside(path: Path, aside: Path) -> None:
    """Move the companions of the file aside, then the file. If possible it gets a second name, so that `path` stays in place."""
    for name in COMPANIONS[1:]:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + name).rename(aside.with_name(aside.name + name))
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without hard links
        path.rename(aside)
