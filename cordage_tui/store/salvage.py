"""Saves what can still be read of a damaged database, row by row around the bad pages."""

import sqlite3
from collections.abc import Iterator
from typing import Final

_TABLES: Final = ("outbox", "details", "runs", "batches", "queues", "history", "drafts", "settings")
"""What is worth saving; the rest follows from it or comes again from the server."""

_BEYOND: Final = 2**24
"""Above any row id we expect, for when a table's last page cannot be read."""

_MAX_FAILURES: Final = 20_000
"""Ranges tried in vain before a table is given up; a bad page of a hundred rows costs about two hundred."""

_UNREADABLE: Final = "SELECT id FROM outbox WHERE id NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)"
_MENDING: Final = (
    "INSERT OR IGNORE INTO details (id) SELECT id FROM runs UNION SELECT id FROM outbox",
    "DELETE FROM history WHERE row NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)",
    # What was to be sent cannot be sent without its inputs. It goes the permitted way to `rejected` and says why.
    f"UPDATE details SET error = 'It was not sent: the database was damaged, and its inputs could not be read.'"
    f" WHERE id IN ({_UNREADABLE} AND state IN ('queued', 'held'))",
    f"UPDATE outbox SET state = 'queued' WHERE state = 'held' AND id IN ({_UNREADABLE})",
    f"UPDATE runs SET status = 'rejected' WHERE id IN ({_UNREADABLE} AND state = 'queued')",
    f"UPDATE outbox SET state = 'sending' WHERE state = 'queued' AND id IN ({_UNREADABLE})",
    f"UPDATE outbox SET state = 'rejected' WHERE state = 'sending' AND id IN ({_UNREADABLE} AND id IN "
    "(SELECT id FROM details WHERE error LIKE 'It was not sent: %'))",
    # A submission whose line in the table is gone gets a new one.
    """INSERT OR IGNORE INTO runs (id, profile, webhook, status, prompt, search, created_at)
        SELECT o.id, o.profile, o.webhook, CASE o.state WHEN 'accepted' THEN 'lost' ELSE o.state END,
            coalesce(substr(d.inputs, 1, 300), ''), lower(coalesce(substr(d.inputs, 1, 300), '')) || char(10) || char(10),
            o.submitted_at
        FROM outbox o JOIN details d ON d.id = o.id WHERE o.state <> 'dropped'""",
)
"""Run after copying: a row without its other half would show half of a truth."""


def salvage(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> dict[str, int]:
    """Copy the readable rows into `fresh`, in one transaction. Returns how many of each table."""
    fresh.execute("BEGIN IMMEDIATE")
    saved = {table: _copy(damaged, fresh, table) for table in _TABLES}
    for statement in _MENDING:
        fresh.execute(statement)
    fresh.execute("COMMIT")
    return saved


def _copy(damaged: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> int:
    columns = [name for _, name, *_ in fresh.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(columns)
    sql = f"INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES (?{', ?' * len(columns)})"
    copied = 0
    for row in _readable(damaged, table, names):
        try:
            copied += fresh.execute(sql, row).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError):
            continue  # a row of nonsense, such as text where a number must be
    return copied


def _readable(damaged: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[object, ...]]:
    """The readable rows in order: a range of row ids that holds a bad page is halved until only the bad is left out."""
    select = f"SELECT rowid, {names} FROM {table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    ranges = [(0, _last(damaged, table))]
    failures = 0
    while ranges and failures < _MAX_FAILURES:
        low, high = ranges.pop()
        try:
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
