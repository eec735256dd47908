"""A database with rows in every table, and damage written into it as a bad disk would do it."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.store.store import Store
from tests.store.conftest import NOON
from tests.tries import settle

_ROWS = (
    "INSERT INTO runs (profile, webhook, run_id, status, prompt, search, created_at, started_at, ended_at, output_count, matched)"
    " VALUES ('p', 'wh_a', 'r-9', 'completed', 'a heron', 'a heron', {now} - 60, {now} - 50, {now} - 9, 1, 'guess')",
    "INSERT INTO details (id, outputs, node_count, told_created, seen_at)"
    " SELECT id, '[\"https://x/1.png\"]', 5, {now}, {now} FROM runs WHERE run_id = 'r-9'",
    "INSERT INTO drafts VALUES ('p', 'wh_a', '{{\"prompt\": \"draft\"}}', NULL)",
    "INSERT INTO healths VALUES ('p', 'wh_a', 'live', NULL, {now}, NULL)",
    "INSERT INTO settings VALUES ('theme', 'dark')",
    "INSERT INTO queues (profile, max_active) VALUES ('p', 5)",
    "INSERT INTO endings (profile, webhook, run_id) VALUES ('p', 'wh_a', 'r-9')",
    "INSERT INTO verdicts (run, number, kept) VALUES (1, 1, 1)",
    "INSERT INTO downloads (profile, run, number, key, folder, template, state, asked_at)"
    " VALUES ('p', 1, 1, 'k', '/f', 't', 'waiting', {now})",
    "INSERT INTO servers VALUES ('p', 'p', 'http://x')",
    "INSERT INTO match_sets (profile, webhook, kind, found_at) VALUES ('p', 'wh_a', 'some ran', {now})",
    "INSERT INTO match_set_prompts VALUES (1, 1, 'r-9')",
    "INSERT INTO match_set_runs VALUES (1, 'r-9', 1)",
    "INSERT INTO given_up (row, profile, webhook, sent_at) VALUES (1, 'p', 'wh_a', {now})",
    "INSERT INTO pinned_prompts VALUES ('p', 'wh_a', 'f', 'mine')",
    "INSERT INTO pruned VALUES ('p', 'wh_b', {now})",
    "INSERT INTO linked_inputs VALUES (2, 'image', 1, 1)",
    "INSERT INTO tags (run, tag) VALUES (1, 'good')",
    "INSERT INTO requests VALUES (3, 'p', 'agent', 'r1', 0, 'd')",
    "INSERT INTO questions (profile, rows, until) VALUES ('p', '[2]', {now})",
    "INSERT INTO unlisted VALUES (1, {now}, NULL)",
)


def fill(store: Store) -> None:
    """Three prompts of which one is held, a batch of two, and a row in each other table."""
    rows = [store.outbox.submit("p", "wh_a", {"prompt": f"fox {n}", "style": "noir"}) for n in range(3)]
    store.batches.submit("p", "wh_a", BatchSource("{red|blue} owl"), [{"prompt": "red owl"}, {"prompt": "blue owl"}])
    settle(store, rows[0], OutboxState.HELD, "x")
    with closing(sqlite3.connect(store.database.path, isolation_level=None)) as connection:
        for sql in _ROWS:
            connection.execute(sql.format(now=NOON))


def columns(path: Path) -> Iterator[tuple[str, str, str, bool]]:
    """Yield table, column, declared type and whether a value must be there, of all columns but the numbers of rows."""
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for _, column, declared, is_required, _, key in connection.execute(f"PRAGMA table_info({table})"):
                if not (key and declared == "INTEGER" and not is_required):
                    yield table, column, declared, bool(is_required)


def write_value(path: Path, table: str, column: str, value: object) -> None:
    """Write a value into the first row of a table, against every constraint and trigger."""
    write_values(path, [(table, column, value)])


def write_values(path: Path, wrong: Sequence[tuple[str, str, object]]) -> None:
    """Write a value into the first row of each of these tables."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        tables = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        _redefine(
            connection, {name: re.sub(r"(TEXT|REAL|INTEGER) NOT NULL", r"\1         ", sql) for name, sql in tables}
        )
        connection.execute("COMMIT")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("BEGIN")
        for table, column, value in wrong:
            key = "name" if table == "input_names" else "rowid"
            first = f"WHERE {key} = (SELECT min({key}) FROM {table})"
            connection.execute(f"UPDATE {table} SET {column} = ? {first}", (value,))
        for _, trigger in triggers:
            connection.execute(trigger)
        _redefine(connection, dict(tables))
        connection.execute("COMMIT")


def _redefine(connection: sqlite3.Connection, tables: Mapping[str, str]) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.executemany(
        "UPDATE sqlite_master SET sql = ? WHERE name = ?", [(sql, name) for name, sql in tables.items()]
    )
    (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute(f"PRAGMA schema_version = {cookie + 1}")
