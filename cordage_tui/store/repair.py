"""Repair of a damaged database."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.inputs import digest
from cordage_tui.store.database import COMPANIONS, connect, damage_mark, draft_of
from cordage_tui.store.errors import DatabaseCorrupt, worded
from cordage_tui.store.mending import (
    JSON_COLUMNS,
    PAUSED,
    PAUSING,
    WITHOUT_INPUTS,
    damaged_values,
    free_name,
    lenient,
    mend_value,
    usable,
)
from cordage_tui.store.row_codecs import message_column, read_inputs
from cordage_tui.store.schema import define_functions
from cordage_tui.store.schema_steps import SEARCH_ALL_INPUTS
from cordage_tui.store.schema_text import restore_schema

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

_MENDING: Final = (
    "INSERT OR IGNORE INTO details (id) SELECT id FROM runs UNION SELECT id FROM outbox WHERE pruned_at IS NULL",
    *(
        f"UPDATE details SET {column} = {empty} WHERE NOT json_valid({column})"
        for column, empty in JSON_COLUMNS.items()
    ),
    "DELETE FROM batches WHERE NOT json_valid(source)",
    "UPDATE drafts SET lineage = NULL WHERE NOT json_valid(lineage)",
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
    # Rows of a batch without its line would be folded away for ever, and a line without its source says nothing.
    "DELETE FROM batches WHERE id NOT IN (SELECT id FROM runs WHERE status = 'batch')",
    "DELETE FROM runs WHERE status = 'batch' AND id NOT IN (SELECT id FROM batches)",
    "UPDATE runs SET batch = NULL, folded = 0 WHERE batch IS NOT NULL AND batch NOT IN (SELECT id FROM batches)",
    # Ids are never given twice, also not those of dropped submissions, which have no line.
    "DELETE FROM sqlite_sequence WHERE name = 'runs'",
    """INSERT INTO sqlite_sequence SELECT 'runs', max(id) FROM (SELECT id FROM details UNION ALL SELECT id FROM outbox
        UNION ALL SELECT parent FROM runs UNION ALL SELECT run FROM linked_inputs)""",
)
"""Run after copying: a row without its other half would show half of a truth."""


def salvage(damaged: sqlite3.Connection, fresh: sqlite3.Connection, now: float) -> dict[str, int]:
    """Copy the readable rows into `fresh`, in one transaction, at `now` (epoch seconds). Returns how many of each table.

    A damaged file may be half of a newer and half of an older one, so what it calls queued waits for the user's word.
    """
    define_functions(fresh)
    fresh.create_function("fingerprint", 1, lambda text: digest(read_inputs(text) or {}), deterministic=True)
    fresh.execute("BEGIN IMMEDIATE")
    saved = {table: _copy(damaged, fresh, table) for table in _TABLES}
    for statement in _MENDING:
        fresh.execute(statement)
    for value in damaged_values(fresh):
        mend_value(fresh, value)
    fresh.execute(PAUSING, (message_column(PAUSED), now))
    fresh.execute("COMMIT")
    return saved


def _copy(damaged: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> int:
    columns = [name for name in _columns(fresh, table) if name in _columns(damaged, table)]
    if not columns:
        return 0
    names = ", ".join(columns)
    sql = f"INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES (?{', ?' * len(columns)})"
    copied = 0
    for row in _readable(damaged, table, names):
        try:
            copied += fresh.execute(
                sql, [usable(table, *pair) for pair in zip(("", *columns), row, strict=True)]
            ).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError):
            continue  # a row of nonsense, such as text where a number must be
    return copied


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """List the columns that can be written. A file that was damaged before it was migrated lacks the newer ones, and
    newer tables."""
    try:
        return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    except sqlite3.DatabaseError:
        return []


def _readable(damaged: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[object, ...]]:
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
            middle = (low + high) // 2
            if low < high:
                ranges += [(middle + 1, high), (low, middle)]
        else:
            yield from rows


def _last(damaged: sqlite3.Connection, table: str) -> int:
    """The highest row id, or a number beyond it where the last page cannot be read."""
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
    with draft_of(path, "repair") as draft, _held(path, busy_s) as damaged:
        saved = _saved(damaged, draft, clock.wall()) if damaged else {}
        _move_aside(path, aside)
        draft.replace(path)
    damage_mark(path).unlink(missing_ok=True)
    kept = f"{saved.get('outbox', 0)} submissions and {saved.get('runs', 0)} runs could be saved from it"
    outcome = kept if any(saved.values()) else "nothing in it could be read"
    return f"The database was damaged and was moved aside to {aside}; {outcome}."


def _saved(damaged: sqlite3.Connection, draft: Path, now: float) -> dict[str, int]:
    with contextlib.closing(connect(draft, 0.0)) as fresh:
        return salvage(damaged, fresh, now)


@contextlib.contextmanager
def _held(path: Path, busy_s: float) -> Iterator[sqlite3.Connection | None]:
    """Open the damaged database and hold off other writers; None where SQLite cannot open it."""
    with contextlib.ExitStack() as undo:
        damaged: sqlite3.Connection | None = None
        try:
            damaged = undo.enter_context(contextlib.closing(connect(path, busy_s, any_schema=True)))
            damaged.execute("BEGIN IMMEDIATE")
            with contextlib.suppress(sqlite3.Error):
                restore_schema(damaged)  # never committed: the file that is moved aside stays as it is
            damaged.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.DatabaseError as error:
            if not isinstance(worded(error, path), DatabaseCorrupt):
                raise
            damaged = None
        yield damaged


def _move_aside(path: Path, aside: Path) -> None:
    """The file itself last, and where it can be, by a second name: there is never none at `path`."""
    for name in COMPANIONS[1:]:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + name).rename(aside.with_name(aside.name + name))
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without hard links
        path.rename(aside)
