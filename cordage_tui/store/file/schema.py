"""Version of the database schema, and its migration by the numbered steps of `schema_steps`."""

import sqlite3
from typing import Final

from cordage_tui.domain.inputs import digest, readable_inputs, with_inputs
from cordage_tui.domain.run import TRANSITIONS
from cordage_tui.store.errors import NewerSchema

VERSION: Final = 21
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
    from cordage_tui.store.file.schema_steps import STEPS  # late: most starts find nothing to do

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


# Functions that steps use.


def define_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL functions of the steps."""
    connection.create_function("with_inputs", 2, with_inputs, deterministic=True)
    connection.create_function("body_digest", 1, _body_digest, deterministic=True)


def _body_digest(inputs: bytes | None) -> str | None:
    """Return the fingerprint of stored inputs, as `outbox.fingerprint` has it; None: they cannot be read."""
    readable = readable_inputs(inputs)
    return None if readable is None else digest(readable)
