"""Migration of a database to the last step of the schema."""

import sqlite3

from cordage_tui.domain.inputs import with_inputs
from cordage_tui.domain.outbox import TRANSITIONS
from cordage_tui.store.errors import NewerSchema
from cordage_tui.store.schema import STEPS


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the last step, in one transaction. Raises NewerSchema, and sqlite3.Error with nothing changed."""
    if version_of(connection) < len(STEPS) or _transitions(connection) != TRANSITIONS:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _step(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _step(connection: sqlite3.Connection) -> None:
    version = version_of(connection)
    define_with_inputs(connection)
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")
    connection.execute("DELETE FROM transitions")
    connection.executemany("INSERT INTO transitions VALUES (?, ?)", sorted(TRANSITIONS))


def define_with_inputs(connection: sqlite3.Connection) -> None:
    """Define the function of `SEARCH_ALL_INPUTS`."""
    connection.create_function("with_inputs", 2, with_inputs, deterministic=True)


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps it has had. Raises NewerSchema, and sqlite3.Error where it is no database."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise NewerSchema(
            f"The database was written by a newer version of cordage-tui (its schema is {version}, "
            f"this version knows {len(STEPS)}). Nothing was changed; update this program."
        )
    return version


def _transitions(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {(old, new) for old, new in connection.execute("SELECT old, new FROM transitions")}
