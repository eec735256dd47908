"""Mending of damaged text in a database whose pages can be read: a byte that flipped in a stored text, or in the schema's.

Like `repair`, but in place: the rest of the database is left as it is, and what could not be read is kept in a file beside it.
"""

import base64
import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import exists
from cordage_tui.domain.inputs import Inputs, digest
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.store.file.schema import VERSION, version_of
from cordage_tui.store.file.schema_steps import define_functions
from cordage_tui.store.file.schema_text import restore_schema
from cordage_tui.store.runs.row_codecs import message_column, read_inputs

PAUSED: Final = advised(
    "The database was damaged and had to be repaired, so what is queued here may have been sent already. "
    "Nothing is sent until you resume.",
    "queue.resume",
)
PAUSING: Final = """INSERT INTO queues (profile, paused, paused_at)
    SELECT DISTINCT profile, ?, ? FROM outbox WHERE state IN ('queued', 'held')
    ON CONFLICT (profile) DO UPDATE SET paused = excluded.paused, paused_at = excluded.paused_at"""
"""Pause each queue that has something to send."""
JSON_COLUMNS: Final = {"inputs": "NULL", "outputs": "NULL", "raw": "'{}'"}
"""Columns of details that are read as JSON, and their empty values: damage inside a text shows nowhere else."""


def holding(rows: str, note: str) -> tuple[str, ...]:
    """Return the statements that hold what was to be sent of these rows, a list or a query, with a note, an SQL expression.
    `unapproved` has the database refuse that it is queued."""
    waiting = f"SELECT id FROM outbox WHERE state IN ('queued', 'held') AND id IN ({rows})"
    return (
        f"UPDATE details SET error = NULL, note = {note} WHERE id IN ({waiting})",
        f"UPDATE runs SET status = 'held' WHERE id IN ({waiting})",
        f"UPDATE outbox SET unapproved = 1, editor = NULL WHERE id IN ({waiting})",
        f"UPDATE outbox SET state = 'held' WHERE state = 'queued' AND id IN ({waiting})",
    )


WITHOUT_INPUTS: Final = holding(
    "SELECT id FROM outbox WHERE id NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)",
    "'The database was damaged, and the inputs of this prompt are lost, so it cannot be sent.'"
    " || ' To run it, send it as a new prompt. Then drop this one: cordage-tui queue drop ' || id",
)
"""Hold what was to be sent and has lost its inputs."""
_NAMED: Final = 5
"""Rows that a notice names; the file has all."""
_DERIVED: Final = frozenset(
    {"tallies", "buckets", "input_names", "transitions", "healths", "changes", "sqlite_sequence"}
)
"""Tables whose rows follow from others, or come again from the server: a damaged row is removed."""
_WITHOUT_ROWID: Final = frozenset({"buckets", "input_names"})
_TALLIES: Final = (
    "DELETE FROM tallies",
    "INSERT INTO tallies SELECT profile, webhook, status, folded, count(*) FROM runs GROUP BY 1, 2, 3, 4",
)
_OTHER_HALF: Final = {("runs", "profile"), ("runs", "webhook"), ("outbox", "profile"), ("outbox", "webhook")}
"""Columns that both tables have, so that one can be restored from the other."""
_WHOLE: Final = {
    "batches": (("source", ""),),
    "details": tuple(JSON_COLUMNS.items()),
    "drafts": (("lineage", "NULL"),),
}
"""Columns that hold JSON, by table."""


class Unreadable(bytes):
    """Bytes of a text that is not UTF-8."""


@dataclass(frozen=True, slots=True)
class DamagedValue:
    """Value of one column of one row that cannot be used."""

    table: str
    row: int
    column: str
    found: bytes


def damaged_values(connection: sqlite3.Connection) -> list[DamagedValue]:
    """Find the texts that are not UTF-8, not JSON although they must be, or not a state although they must be one. Reads each row."""
    return [*_not_text(connection), *_not_json(connection), *_no_state(connection)]


def mend(connection: sqlite3.Connection, path: Path, clock: Clock) -> str | None:
    """Mend damaged text in one transaction, and return a notice for the user; None: that is not what is wrong, or not all.

    The connection was opened with `writable_schema`, since SQLite reads nothing below a schema that it cannot parse. Raises
    OSError, and sqlite3.Error with nothing changed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        notice = _mended(connection, path, clock)
        connection.execute("COMMIT" if notice else "ROLLBACK")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return notice


def _mended(connection: sqlite3.Connection, path: Path, clock: Clock) -> str | None:
    if version_of(connection) < VERSION:
        return None
    names = restore_schema(connection)
    damaged = damaged_values(connection)
    if not names and not damaged:
        return None
    was_whole = _is_whole(connection)
    define_functions(connection)
    connection.execute("REINDEX")
    for value in damaged:
        mend_value(connection, value)
    for statement in (*WITHOUT_INPUTS, *_TALLIES):
        connection.execute(statement)
    if not was_whole:  # an index that contradicts its table: the one may be of another day than the other
        connection.execute(PAUSING, (message_column(PAUSED), clock.wall()))
    if not _is_whole(connection):
        return None
    aside = _set_aside(damaged, path, clock) if damaged else None
    return _notice(path, names, damaged, aside, paused=not was_whole)


def _is_whole(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")


def _notice(
    path: Path, names: Sequence[str], damaged: Sequence[DamagedValue], aside: Path | None, *, paused: bool
) -> str:
    parts = []
    if names:
        parts.append(f"The definition of {', '.join(names[:_NAMED])} in {path} was damaged and is restored.")
    if damaged:
        rows = dict.fromkeys(_named(value) for value in damaged)
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        parts.append(
            f"Damaged text in {path} could not be read: {', '.join([*rows][:_NAMED])}{more}. It was set aside in {aside}; all "
            "else is as it was. A prompt without its inputs is held and cannot be sent."
        )
    if paused:
        parts.append("The queue is paused: what is queued may have been sent already. Look, then resume it.")
    return " ".join(parts)


def _named(value: DamagedValue) -> str:
    row = f"run {value.row}" if value.table in ("runs", "details", "outbox") else f"row {value.row} of {value.table}"
    return f"{row} ({value.column})"


def _set_aside(damaged: Sequence[DamagedValue], path: Path, clock: Clock) -> Path:
    at = time.strftime("%Y%m%d-%H%M%S", time.localtime(clock.wall()))
    file = free_name(path.with_name(f"{path.name}.unreadable-{at}.json"))
    values = [
        {"table": one.table, "row": one.row, "column": one.column, "base64": base64.b64encode(one.found).decode()}
        for one in damaged
    ]
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(json.dumps(values, indent=1) + "\n")
    return file


# Damaged values: found, and given another value.


def _not_text(connection: sqlite3.Connection) -> Iterator[DamagedValue]:
    with lenient(connection):
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table in _WITHOUT_ROWID or table.startswith("sqlite_stat"):
                continue
            columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            for row, *values in connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"):
                for column, value in zip(columns, values, strict=True):
                    if isinstance(value, Unreadable):
                        yield DamagedValue(table, row, column, bytes(value))


def _not_json(connection: sqlite3.Connection) -> Iterator[DamagedValue]:
    for table, columns in _WHOLE.items():
        for column, _ in columns:
            sql = f"SELECT rowid, CAST({column} AS BLOB) FROM {table} NOT INDEXED WHERE NOT json_valid({column})"
            for row, found in connection.execute(sql):
                if _is_text(found):  # the others are found by their bytes
                    yield DamagedValue(table, row, column, found)


def _no_state(connection: sqlite3.Connection) -> Iterator[DamagedValue]:
    for table, column, states in (("runs", "status", Status), ("outbox", "state", OutboxState)):
        known = ", ".join(f"'{state.value}'" for state in states)
        sql = f"SELECT rowid, CAST({column} AS BLOB) FROM {table} NOT INDEXED WHERE {column} NOT IN ({known})"
        for row, found in connection.execute(sql):
            if _is_text(found):
                yield DamagedValue(table, row, column, found)


def _is_text(found: bytes) -> bool:
    try:
        found.decode()
    except UnicodeDecodeError:
        return False
    return True


@contextlib.contextmanager
def lenient(connection: sqlite3.Connection) -> Iterator[None]:
    """Read text that is not UTF-8 as `Unreadable`."""

    def text(found: bytes) -> object:
        return found.decode() if _is_text(found) else Unreadable(found)

    connection.text_factory = text
    try:
        yield
    finally:
        connection.text_factory = str


def usable(table: str, column: str, value: object) -> object:
    """Return a value as it may be stored; for unreadable bytes the empty value of the column, or what is left of the text."""
    if not isinstance(value, Unreadable):
        return value
    if table == "details" and column in JSON_COLUMNS:
        return "{}" if column == "raw" else None
    return value.decode(errors="replace")


def mend_value(connection: sqlite3.Connection, value: DamagedValue) -> None:
    """Give a damaged value the best one that is known, or remove its row."""
    table, row, column = value.table, value.row, value.column
    if table in _DERIVED:
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        return
    if (table, column) == ("outbox", "state"):  # it may have been sent: the user decides
        _move(connection, row, value.found)
        return
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_best(connection, value), row))
    except sqlite3.IntegrityError:
        with contextlib.suppress(sqlite3.IntegrityError):  # a submission is kept, whatever it says
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))


def _best(connection: sqlite3.Connection, value: DamagedValue) -> object:
    table, row, column = value.table, value.row, value.column
    if table in _WHOLE and table != "details" and column in dict(_WHOLE[table]):
        return None
    if (table, column) in _OTHER_HALF:
        other = "outbox" if table == "runs" else "runs"
        found = connection.execute(f"SELECT CAST({column} AS BLOB) FROM {other} WHERE id = ?", (row,)).fetchone()
        if found and _is_text(found[0]):
            return found[0].decode()
    if (table, column) == ("outbox", "fingerprint"):
        return digest(_inputs(connection, row) or {})
    if (table, column) == ("runs", "status"):
        return _status(connection, row)
    return usable(table, column, Unreadable(value.found))


def _inputs(connection: sqlite3.Connection, row: int) -> Inputs | None:
    found = connection.execute("SELECT CAST(inputs AS BLOB) FROM details WHERE id = ?", (row,)).fetchone()
    if not found or found[0] is None or not _is_text(found[0]):
        return None
    return read_inputs(found[0].decode())


def _status(connection: sqlite3.Connection, row: int) -> str:
    found = connection.execute("SELECT CAST(state AS BLOB) FROM outbox WHERE id = ?", (row,)).fetchone()
    states = {state.value.encode(): state for state in SHOWN_AS}
    return (SHOWN_AS[states[found[0]]] if found and found[0] in states else Status.MISSING).value


def _move(connection: sqlite3.Connection, row: int, found: bytes) -> None:
    """Give a submission whose state cannot be read the one that it must have: `accepted` with a run, else `uncertain`. The table
    of ways between states has none for that."""
    has_run = connection.execute("SELECT 1 FROM runs WHERE id = ? AND run_id IS NOT NULL", (row,)).fetchone()
    new = "accepted" if has_run else "uncertain"
    connection.execute("INSERT INTO transitions SELECT state, ? FROM outbox WHERE id = ?", (new, row))
    connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (new, row))
    if not has_run:
        connection.execute("UPDATE runs SET status = 'uncertain' WHERE id = ?", (row,))
    connection.execute("DELETE FROM transitions WHERE CAST(old AS BLOB) = ?", (found,))


def free_name(wanted: Path) -> Path:
    """Return `wanted`, or with a number behind it a name that is not taken."""
    taken = 1
    free = wanted
    while exists(free):
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free
