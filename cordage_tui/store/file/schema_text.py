"""Text of the database's own schema: what it must be, by the steps that made it, and damage in it."""

import contextlib
import sqlite3
from typing import Final

from cordage_tui.store.file.schema import version_of
from cordage_tui.store.file.schema_steps import STEPS, define_functions


def has_damaged_schema(connection: sqlite3.Connection) -> bool:
    """Return whether the text of the schema is another one than its steps make. Raises sqlite3.Error."""
    return bool(_schema_changes(connection))


def restore_schema(connection: sqlite3.Connection) -> list[str]:
    """Put the texts of the schema back that differ from what its steps make; return their names. Not committed."""
    changes = _schema_changes(connection)
    for row, wanted in changes:
        connection.execute(
            "UPDATE sqlite_master SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?", (*wanted, row)
        )
    if changes:
        (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute(f"PRAGMA schema_version = {int(cookie) + 1}")
        connection.execute("PRAGMA writable_schema = RESET")
    return [str(wanted[1]) for _, wanted in changes]


def _schema_changes(connection: sqlite3.Connection) -> "list[tuple[int, tuple[str | None, ...]]]":
    """Pair each text of the schema that no step makes with the one that it was, the nearest of equal length."""
    connection.text_factory = bytes
    try:
        rows = connection.execute("SELECT rowid, type, name, tbl_name, sql FROM sqlite_master").fetchall()
        version = version_of(connection)
    finally:
        connection.text_factory = str
    found = {int(row): tuple(values) for row, *values in rows}
    wanted = _expected(version)
    strange = {row: values for row, values in found.items() if values not in wanted}
    missing = [values for values in wanted if values not in set(found.values())]
    changes = []
    for row, values in strange.items():
        near = min(missing, key=lambda one: _distance(one, values), default=None)
        if near is not None and _distance(near, values) <= _MOST_FLIPPED:
            missing.remove(near)
            changes.append((row, tuple(None if part is None else part.decode() for part in near)))
    return changes


_MOST_FLIPPED: Final = 64
"""Bytes that may differ in one text of the schema: more is another text."""


def _expected(version: int) -> "set[tuple[bytes | None, ...]]":
    """The schema that the first `version` steps make."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        define_functions(fresh)
        for step in STEPS[:version]:
            for statement in step:
                fresh.execute(statement)
        fresh.text_factory = bytes
        rows = fresh.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return {tuple(row) for row in rows}


def _distance(wanted: "tuple[bytes | None, ...]", found: "tuple[bytes | None, ...]") -> int:
    """Count the bytes that differ; many if the lengths do."""
    one, other = (b"\0".join(part or b"" for part in values) for values in (wanted, found))
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else len(one) + len(other)
