"""Text of the database's own schema: what it must be, by the steps that made it, and damage in it."""

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

from cordage_tui.store.file.schema import VERSION, is_number, version_of
from cordage_tui.store.file.schema_steps import STEPS, define_functions

Definition: TypeAlias = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
"""Type, name, table and SQL of an entry of the schema."""

_DEFINITIONS: Final = """SELECT rowid, CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)
    FROM sqlite_master"""


def damaged_definitions(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the entries that the schema must have by its steps, and has not. Raises sqlite3.Error."""
    definitions = _definitions(connection)
    return [_name(entry) for entry in _missing(definitions.values(), _expected(version_of(connection)))]


def has_damaged_schema(connection: sqlite3.Connection) -> bool:
    """Return whether the schema lacks an entry that its steps make, or has the wrong number. Raises sqlite3.Error."""
    return has_wrong_number(connection) or bool(damaged_definitions(connection))


def has_wrong_number(connection: sqlite3.Connection) -> bool:
    """Return whether the schema has all entries of the last step and another number, which no version gives it."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    if number >= VERSION and is_number(number):
        return False
    return not _missing(_definitions(connection).values(), _expected(VERSION))


def restore_number(connection: sqlite3.Connection) -> list[str]:
    """Give a schema with a wrong number its own. Return what was restored, for a notice. Not committed."""
    if not has_wrong_number(connection):
        return []
    connection.execute(f"PRAGMA user_version = {VERSION}")
    return ["the schema"]


def restore_schema(connection: sqlite3.Connection) -> list[str]:
    """Put the entries of the schema back that differ from what its steps make; return their names. Not committed.

    A table whose entry is gone is not made again: nobody knows where its rows are.
    """
    changes = _schema_changes(connection)
    for row, wanted in changes:
        connection.execute(
            "UPDATE sqlite_master SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?", (*wanted, row)
        )
    if changes:
        (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute(f"PRAGMA schema_version = {int(cookie) + 1}")
        connection.execute("PRAGMA writable_schema = RESET")
    return [str(wanted[1]) for _, wanted in changes] + _made_again(connection)


def _made_again(connection: sqlite3.Connection) -> list[str]:
    """Make the triggers and indexes again whose entries are gone; return their names."""
    missing = _missing(_definitions(connection).values(), _expected(version_of(connection)))
    gone = [entry for entry in missing if entry[0] in (b"trigger", b"index") and entry[3] is not None]
    for _, _, _, sql in gone:
        connection.execute((sql or b"").decode())
    return [_name(entry) for entry in gone]


def _schema_changes(connection: sqlite3.Connection) -> "list[tuple[int, tuple[str | None, ...]]]":
    """Pair each entry of the schema that no step makes with the one that it was: that of its name, else the nearest of equal
    length."""
    definitions = _definitions(connection)
    expected = _expected(version_of(connection))
    missing = _missing(definitions.values(), expected)
    known = {_compared(entry) for entry in expected}
    strange = {row: entry for row, entry in definitions.items() if _compared(entry) not in known}
    changes = []
    for row, entry in strange.items():
        if (original := _original(entry, missing)) is not None:
            missing.remove(original)
            changes.append((row, tuple(None if part is None else part.decode() for part in original)))
    return changes


def _definitions(connection: sqlite3.Connection) -> Mapping[int, Definition]:
    return {int(row): tuple(entry) for row, *entry in connection.execute(_DEFINITIONS).fetchall()}


def _missing(definitions: Iterable[Definition], expected: Iterable[Definition]) -> list[Definition]:
    """Return the expected entries that are not there."""
    present = {_compared(entry) for entry in definitions}
    return [entry for entry in expected if _compared(entry) not in present]


def _compared(entry: Definition) -> Definition:
    """Return an entry without the comments and blanks of its SQL: earlier versions had other comments, and another SQLite may set
    other blanks where it alters a table."""
    kind, name, table, sql = entry
    return kind, name, table, None if sql is None else b"".join(re.sub(rb"--[^\n]*", b"", sql).split())


def _original(entry: Definition, missing: Iterable[Definition]) -> Definition | None:
    """Return the missing entry that a strange one was; None: it is not known."""
    for wanted in missing:
        if wanted[:2] == entry[:2]:
            return wanted
    near = min(missing, key=lambda wanted: _distance(wanted, entry), default=None)
    return near if near is not None and _distance(near, entry) <= _MOST_FLIPPED else None


_MOST_FLIPPED: Final = 64
"""Bytes that may differ in one text of the schema: more is another text."""


def _name(entry: Definition) -> str:
    return (entry[1] or b"").decode(errors="replace")


@cache
def _expected(version: int) -> tuple[Definition, ...]:
    """Return the schema that the first `version` steps make."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        define_functions(fresh)
        for step in STEPS[:version]:
            for statement in step:
                fresh.execute(statement)
        return tuple(_definitions(fresh).values())


def _distance(wanted: Definition, entry: Definition) -> int:
    """Count the bytes that differ; many if the lengths do."""
    one, other = (b"\0".join(part or b"" for part in values) for values in (wanted, entry))
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else len(one) + len(other)
