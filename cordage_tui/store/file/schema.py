"""Version of the database schema, and its migration by the numbered steps of `schema_steps`."""

import sqlite3
from typing import Final

from cordage_tui.domain.outbox_states import TRANSITIONS
from cordage_tui.store.errors import NewerSchema

VERSION: Final = 22
"""Number of steps: `PRAGMA user_version` of a database that has had all of them."""


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
    connection.execute("DELETE FROM transitions")
    connection.executemany("INSERT INTO transitions VALUES (?, ?)", sorted(TRANSITIONS))


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps it has had. Raises NewerSchema, and sqlite3.Error if it is not a database."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise NewerSchema(
            f"The database was written by a newer version of cordage-tui (its schema is {version}, "
            f"this version knows {VERSION}). Nothing was changed; update this program."
        )
    return version


def _transitions(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    try:
        return {(old, new) for old, new in connection.execute("SELECT old, new FROM transitions")}
    except sqlite3.OperationalError as error:
        if not str(error).startswith("Could not decode"):
            raise
        return set()  # damaged: written again
