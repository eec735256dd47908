"""Saves what can still be read of a damaged database, row by row around the bad pages."""

import sqlite3
from collections.abc import Iterator
from typing import Final

_TABLES: Final = ("outbox", "details", "runs", "history", "drafts", "settings")
"""What is worth saving; the rest follows from it or comes again from the server."""

_BEYOND: Final = 2**40
"""Above any row id, for when a table's last page cannot be read."""


def salvage(damaged: sqlite3.Connection, fresh: sqlite3.Connection) -> dict[str, int]:
    """Copy the readable rows into `fresh`, in one transaction. Returns how many of each table."""
    fresh.execute("BEGIN IMMEDIATE")
    saved = {table: _copy(damaged, fresh, table) for table in _TABLES}
    # A row without its other half would show half of a truth; a submission is worth most, so its line is made anew.
    fresh.execute("INSERT OR IGNORE INTO details (id) SELECT id FROM runs")
    fresh.execute("DELETE FROM history WHERE row NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)")
    fresh.execute(
        """INSERT OR IGNORE INTO runs (id, profile, webhook, status, prompt, search, created_at)
        SELECT o.id, o.profile, o.webhook, CASE o.state WHEN 'accepted' THEN 'lost' ELSE o.state END,
            substr(d.inputs, 1, 300), lower(substr(d.inputs, 1, 300)), o.submitted_at
        FROM outbox o JOIN details d ON d.id = o.id WHERE o.state <> 'dropped' AND d.inputs IS NOT NULL"""
    )
    fresh.execute("COMMIT")
    return saved


def _copy(damaged: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> int:
    columns = [name for _, name, *_ in fresh.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(columns)
    sql = f"INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES (?{', ?' * len(columns)})"
    copied = 0
    for row in _readable(damaged, f"SELECT rowid, {names} FROM {table} NOT INDEXED", 0, _last(damaged, table)):
        try:
            copied += fresh.execute(sql, row).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError):
            continue  # a row of nonsense, such as NULL where nothing may be missing
    return copied


def _last(damaged: sqlite3.Connection, table: str) -> int:
    try:
        return int(damaged.execute(f"SELECT coalesce(max(rowid), 0) FROM {table} NOT INDEXED").fetchone()[0])
    except sqlite3.DatabaseError:
        return _BEYOND


def _readable(damaged: sqlite3.Connection, select: str, low: int, high: int) -> Iterator[tuple[object, ...]]:
    """The rows with low ≤ rowid ≤ high, halving the range where a page in it cannot be read."""
    try:
        rows = damaged.execute(f"{select} WHERE rowid BETWEEN ? AND ?", (low, high)).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        if low < high:
            middle = (low + high) // 2
            yield from _readable(damaged, select, low, middle)
            yield from _readable(damaged, select, middle + 1, high)
        return
    yield from rows
