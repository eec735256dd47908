"""Version of the database schema, and its migration by the numbered steps of `schema_steps`."""

import sqlite3
from typing import Final

from cordage_tui.domain.outbox_states import TRANSITIONS
from cordage_tui.store.errors import DatabaseCorrupt, NewerSchema

VERSION: Final = 22
"""Number of steps: `PRAGMA user_version` of a database that has had all of them."""
_MOST: Final = 1_000
"""Number of steps that no version of this program will have: a higher number is damage."""
_REMAINDERS: Final = frozenset({89_933_889_935_076_637, 1_261_045_714_937_443_223})
"""Remainders of the text of the whole schema, divided by `_DIVISOR`: of a new database, and of those that earlier versions made
with other comments. A test says the one that is missing."""
_DIVISOR: Final = 2**61 - 1
_WHOLE_TEXT: Final = """SELECT CAST(group_concat(replace(replace(type || name || tbl_name || coalesce(sql, ''), ' ', ''), char(10), ''))
    AS BLOB) FROM (SELECT * FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlite_stat%' ORDER BY type, name)"""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the last step, in one transaction. Raises NewerSchema, and sqlite3.Error with nothing changed."""
    if version_of(connection) < VERSION or _transitions(connection) != TRANSITIONS:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _step(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _step(connection: sqlite3.Connection) -> None:
    from cordage_tui.store.file.schema_steps import STEPS, define_functions  # late: most starts find nothing to do

    version = version_of(connection)
    define_functions(connection)
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    write_transitions(connection)


def write_transitions(connection: sqlite3.Connection) -> None:
    """Store the steps between states that the domain allows, in place of those that are there."""
    connection.execute("DELETE FROM transitions")
    connection.executemany("INSERT INTO transitions VALUES (?, ?)", sorted(TRANSITIONS))


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps it has had. Raises NewerSchema, DatabaseCorrupt, and sqlite3.Error if it is not a database."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if not is_number(version):
        raise DatabaseCorrupt(f"The database is damaged: its schema has the number {version}.")
    if version > VERSION:
        raise NewerSchema(
            f"The database was written by a newer version of cordage-tui (its schema is {version}, "
            f"this version knows {VERSION}). Nothing was changed; update this program."
        )
    return version


def is_number(version: int) -> bool:
    """Return whether a schema can have this number."""
    return 0 <= version <= _MOST


def has_known_text(connection: sqlite3.Connection) -> bool:
    """Return whether the schema is, byte by byte, the one that all steps make. Like `has_damaged_schema`, but fast and for the
    last version only: another SQLite may have written another text of the same meaning."""
    (text,) = connection.execute(_WHOLE_TEXT).fetchone()
    # A remainder notices each damaged byte, and needs no module that a start would have to load.
    return int.from_bytes(text or b"", "big") % _DIVISOR in _REMAINDERS


def _transitions(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    try:
        return {(old, new) for old, new in connection.execute("SELECT old, new FROM transitions")}
    except sqlite3.OperationalError as error:
        if not str(error).startswith("Could not decode"):
            raise
        return set()  # damaged: written again
