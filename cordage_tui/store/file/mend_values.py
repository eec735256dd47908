"""Mending of damaged values in a database whose pages can be read: a byte that flipped in a stored value, or in the schema's text.

Like `repair`, but in place: the rest of the database is left as it is, and values that cannot be read are kept in a file next to it.
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
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.inputs import Inputs, digest
from cordage_tui.domain.match_set import SetKind
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.store.file.schema import VERSION, version_of, write_transitions
from cordage_tui.store.file.schema_later_steps import RATED
from cordage_tui.store.file.schema_steps import define_functions
from cordage_tui.store.file.schema_text import restore_number, restore_schema
from cordage_tui.store.file.value_rules import has_own_rule, rules_of
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


LAST_NUMBERS: Final = (
    "DELETE FROM sqlite_sequence WHERE name = 'runs'",
    """INSERT INTO sqlite_sequence SELECT 'runs', max(id) FROM (SELECT id FROM details UNION ALL SELECT id FROM outbox
        UNION ALL SELECT parent FROM runs UNION ALL SELECT run FROM linked_inputs)""",
)
"""No number is given twice, also not those of dropped submissions, which have no line."""
WITHOUT_INPUTS: Final = holding(
    "SELECT id FROM outbox WHERE id NOT IN (SELECT id FROM details WHERE inputs IS NOT NULL)",
    "'The database was damaged, and the inputs of this prompt are lost, so it cannot be sent.'"
    " || ' To run it, send it as a new prompt. Then drop this one: cordage-tui queue drop ' || id",
)
"""Hold what was to be sent and has lost its inputs."""
_UNSURE_NOTE: Final = advised(
    "The database was damaged, and whether this prompt may be sent is lost. Look at it, then approve or drop it.",
    "queue.approve",
)
_IS_TIME: Final = "typeof({0}) = 'real' AND {0} BETWEEN 0 AND 253402300800"
_NAMED: Final = 5
"""Rows that a notice names; the file has all."""
_DERIVED: Final = frozenset({"tallies", "healths", "changes", "sqlite_sequence", "settings", "questions"})
"""Tables whose rows follow from others, come again from the server, or are small choices: a damaged row is removed."""
_REFILLED: Final = frozenset({"buckets", "input_names", "transitions"})
"""Tables that are filled again as a whole."""
_WITHOUT_ROWID: Final = frozenset({"buckets", "input_names"})
_REFILLING: Final = (
    "DELETE FROM tallies",
    "INSERT INTO tallies SELECT profile, webhook, status, folded, count(*) FROM runs GROUP BY 1, 2, 3, 4",
    "DELETE FROM buckets",
    "DELETE FROM input_names",
    "INSERT OR IGNORE INTO input_names SELECT key FROM details, json_each(inputs) WHERE inputs IS NOT NULL",
)
"""Fill the tables that follow from others."""
_OTHER_HALF: Final = {("runs", "profile"), ("runs", "webhook"), ("outbox", "profile"), ("outbox", "webhook")}
"""Columns that both tables have, so that one can be restored from the other."""
WHOLE_BATCHES: Final = (
    "DELETE FROM batches WHERE id NOT IN (SELECT id FROM runs WHERE status = 'batch')",
    "DELETE FROM runs WHERE status = 'batch' AND id NOT IN (SELECT id FROM batches)",
    "UPDATE runs SET batch = NULL, folded = 0 WHERE batch IS NOT NULL AND batch NOT IN (SELECT id FROM batches)",
)
"""Rows of a batch without its line would be folded away for ever, and a line without its source says nothing."""
_UNSURE: Final = frozenset({"unapproved", "editor"})
"""Columns of outbox that keep a prompt from being sent: without them it is held."""


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
    """Find the texts that are not UTF-8, and the values that the rules of their columns do not allow. Reads each row."""
    values = {(value.table, value.row, value.column): value for value in _not_text(connection)}
    for value in _against_rules(connection):
        values.setdefault((value.table, value.row, value.column), value)
    return [*values.values()]


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
    names = restore_number(connection)
    if version_of(connection) < VERSION:
        return None
    names += restore_schema(connection)
    damaged = damaged_values(connection)
    if not names and not damaged:
        return None
    was_whole = _is_whole(connection)
    define_functions(connection)
    connection.execute("REINDEX")
    tables = {value.table for value in damaged}
    write_transitions(connection)
    for value in damaged:
        mend_value(connection, value)
    for statement in (
        *WITHOUT_INPUTS,
        *WHOLE_BATCHES,
        *_REFILLING,
        *(LAST_NUMBERS if "sqlite_sequence" in tables else ()),
    ):
        connection.execute(statement)
    is_paused = not was_whole or "queues" in tables
    if is_paused:  # an index that contradicts its table: the one may be of another day than the other
        connection.execute(PAUSING, (message_column(PAUSED), clock.wall()))
    if not _is_whole(connection):
        return None
    aside = _set_aside(damaged, path, clock) if damaged else None
    return _notice(path, names, damaged, aside, paused=is_paused)


def _is_whole(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")


def _notice(
    path: Path, names: Sequence[str], damaged: Sequence[DamagedValue], aside: Path | None, *, paused: bool
) -> str:
    parts = []
    if names:
        parts.append(f"The definition of {', '.join(names[:_NAMED])} in {path} was damaged and is restored.")
    if damaged:
        rows = dict.fromkeys(named(value) for value in damaged)
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        parts.append(
            f"Damaged values in {path} could not be read: {', '.join([*rows][:_NAMED])}{more}. They were set aside in {aside}; "
            "all else is as it was. A prompt without its inputs is held and cannot be sent. A prompt without its state is "
            "uncertain and may have been sent."
        )
    if paused:
        parts.append("The queue is paused: what is queued may have been sent already. Look, then resume it.")
    return " ".join(parts)


def named(value: DamagedValue) -> str:
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


def _tables(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'")
    return [name for (name,) in names.fetchall()]


def _row_number(table: str) -> str:
    """Return the SQL of the number of a row; 0 in a table without such numbers."""
    return "0" if table in _WITHOUT_ROWID else "rowid"


def _not_text(connection: sqlite3.Connection) -> Iterator[DamagedValue]:
    for table in _tables(connection):
        if table in _WITHOUT_ROWID:  # the name of an input may have half a character, which SQLite stores as it is
            continue
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        sql = f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"
        if _is_all_text(connection, sql):
            continue
        with lenient(connection):
            for row, *values in connection.execute(sql):
                for column, value in zip(columns, values, strict=True):
                    if isinstance(value, Unreadable):
                        yield DamagedValue(table, row, column, bytes(value))


def _is_all_text(connection: sqlite3.Connection, sql: str) -> bool:
    """Return whether each text of a query is UTF-8. It takes a third of the time of `lenient`."""
    try:
        for _ in connection.execute(sql):
            pass
    except sqlite3.OperationalError:
        return False
    return True


def _against_rules(connection: sqlite3.Connection) -> Iterator[DamagedValue]:
    for table in _tables(connection):
        if not (rules := rules_of(connection, table)):  # a table of somebody else
            continue
        flags = ", ".join(f"({rule})" for rule in rules.values())
        values = ", ".join(f"CAST({column} AS BLOB)" for column in rules)
        allowed = " AND ".join(f"({rule})" for rule in rules.values())
        sql = f"SELECT {_row_number(table)}, {flags}, {values} FROM {table} NOT INDEXED WHERE NOT ({allowed})"
        for row, *found in connection.execute(sql).fetchall():
            for column, is_allowed, value in zip(rules, found[: len(rules)], found[len(rules) :], strict=True):
                if not is_allowed:
                    yield DamagedValue(table, row, column, value or b"")


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
    if table in _REFILLED:
        return
    if table in _DERIVED and not _is_repair_record(connection, value):
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        return
    if (table, column) == ("outbox", "state"):  # it may have been sent: the user decides
        _move(connection, row)
        return
    if table == "runs" and column in ("top_stars", "decision"):  # as the ratings of its outputs say
        connection.execute(RATED.format("= ?"), (row,))
        return
    _hold_unsure(connection, value)
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_best(connection, value), row))
    except sqlite3.IntegrityError:
        with contextlib.suppress(sqlite3.IntegrityError):  # a submission is kept, whatever it says
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))


def _hold_unsure(connection: sqlite3.Connection, value: DamagedValue) -> None:
    """Hold the prompt that a damaged value could send against the user's word, or with another input."""
    prompts = ""
    if value.table == "outbox" and (value.column in _UNSURE or _is_lost(connection, value)):
        prompts = str(value.row)
    elif value.table == "linked_inputs":
        prompts = f"SELECT id FROM linked_inputs WHERE rowid = {value.row}"
    if prompts:
        for statement in holding(prompts, ":note"):
            connection.execute(statement, {"note": message_column(_UNSURE_NOTE)})


def _is_lost(connection: sqlite3.Connection, value: DamagedValue) -> bool:
    return (value.table, value.column) in _OTHER_HALF and _other_half(connection, value) is None


def _best(connection: sqlite3.Connection, value: DamagedValue) -> object:
    """Return the value that a column had, as far as others say it, else an empty one."""
    table, row, column = value.table, value.row, value.column
    if (table, column) in _OTHER_HALF and (other := _other_half(connection, value)) is not None:
        return other
    match table, column:
        case "outbox", "fingerprint":
            return digest(_inputs(connection, row) or {})
        case "outbox", "unapproved":  # a prompt that waits is held by now
            sql = "SELECT state = 'held' FROM outbox WHERE id = ?"
            return connection.execute(sql, (row,)).fetchone()[0]
        case "runs", "status":
            return _status(connection, row)
        case "runs" | "outbox", "created_at" | "submitted_at":
            return _begun(connection, row)
        case "downloads", "state":
            return DownloadState.FAILED.value
        case "endings", "taken" | "loaded":
            return 0.0  # the hook of a run is not run twice
        case "match_sets", "kind":
            return SetKind.MORE_RUNS.value  # the kind that concludes nothing
        case "requests", "place":
            return 0  # without its row the same request could be given again
        case "given_up", "row":
            return 0  # the try may still have run
        case "runs", "kinds":
            sql = "SELECT output_kinds(CAST(outputs AS BLOB)) FROM details WHERE id = ?"
            return next(iter(connection.execute(sql, (row,)).fetchone() or ()), 0)
        case "runs", "size":
            return connection.execute("SELECT count(*) FROM runs WHERE batch = ?", (row,)).fetchone()[0]
    return _empty(connection, value)


def _empty(connection: sqlite3.Connection, value: DamagedValue) -> object:
    """Return what is left of a text that only a person reads, else the default of the column. A row that says nothing
    without the value gets NULL where NULL is not allowed."""
    columns = {column: rest for _, column, *rest in connection.execute(f"PRAGMA table_info({value.table})")}
    declared, is_required, default, _ = columns[value.column]
    if value.table == "details" and value.column == "raw":
        return "{}"
    if declared == "TEXT" and not has_own_rule(value.table, value.column):
        return value.found.decode(errors="replace") if value.found or is_required else None
    if is_required and declared != "TEXT":
        return default if default is not None or declared == "INTEGER" else 0.0
    return None


def _is_repair_record(connection: sqlite3.Connection, value: DamagedValue) -> bool:
    """Return whether the value has the words about the last repair, which are shown until the user has seen them."""
    if (value.table, value.column) != ("settings", "value"):
        return False
    sql = "SELECT 1 FROM settings WHERE rowid = ? AND name = 'repair'"
    return connection.execute(sql, (value.row,)).fetchone() is not None


def _other_half(connection: sqlite3.Connection, value: DamagedValue) -> str | None:
    """Return what the other table has in the same column; None: it is damaged there too."""
    other = "outbox" if value.table == "runs" else "runs"
    sql = f"SELECT {value.column} FROM {other} WHERE id = ? AND typeof({value.column}) = 'text'"
    with lenient(connection):
        found = connection.execute(sql, (value.row,)).fetchone()
    return None if found is None or isinstance(found[0], Unreadable) else str(found[0])


def _begun(connection: sqlite3.Connection, row: int) -> float:
    """Return when a row began by the columns that can be read, else when the one before it did."""
    sql = f"""SELECT coalesce(
        (SELECT submitted_at FROM outbox WHERE id = :row AND {_IS_TIME.format("submitted_at")}),
        (SELECT created_at FROM runs WHERE id = :row AND {_IS_TIME.format("created_at")}),
        (SELECT told_created FROM details WHERE id = :row AND {_IS_TIME.format("told_created")}),
        (SELECT created_at FROM runs NOT INDEXED WHERE id < :row AND {_IS_TIME.format("created_at")}
            ORDER BY id DESC LIMIT 1), 0.0)"""
    return float(connection.execute(sql, {"row": row}).fetchone()[0])


def _inputs(connection: sqlite3.Connection, row: int) -> Inputs | None:
    found = connection.execute("SELECT CAST(inputs AS BLOB) FROM details WHERE id = ?", (row,)).fetchone()
    if not found or found[0] is None or not _is_text(found[0]):
        return None
    return read_inputs(found[0].decode())


def _status(connection: sqlite3.Connection, row: int) -> str:
    found = connection.execute("SELECT CAST(state AS BLOB) FROM outbox WHERE id = ?", (row,)).fetchone()
    states = {state.value.encode(): state for state in SHOWN_AS}
    return (SHOWN_AS[states[found[0]]] if found and found[0] in states else Status.MISSING).value


def _move(connection: sqlite3.Connection, row: int) -> None:
    """Give a submission whose state cannot be read the one that it must have: `accepted` with a run, `held` if it waits for
    approval, else `uncertain`. The trigger that keeps the ways between states knows none for that."""
    has_run = connection.execute("SELECT 1 FROM runs WHERE id = ? AND run_id IS NOT NULL", (row,)).fetchone()
    is_unapproved = connection.execute("SELECT 1 FROM outbox WHERE id = ? AND unapproved = 1", (row,)).fetchone()
    new = OutboxState.ACCEPTED if has_run else OutboxState.HELD if is_unapproved else OutboxState.UNCERTAIN
    (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'outbox_moves'").fetchone()
    connection.execute("DROP TRIGGER outbox_moves")
    connection.execute(
        "UPDATE outbox SET state = ?, unapproved = ? WHERE id = ?", (new.value, int(new is OutboxState.HELD), row)
    )
    connection.execute(trigger)
    if not has_run:
        connection.execute("UPDATE runs SET status = ? WHERE id = ?", (SHOWN_AS[new].value, row))


def free_name(wanted: Path) -> Path:
    """Return `wanted`, or with a number behind it a name that is not taken."""
    taken = 1
    free = wanted
    while exists(free):
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free
