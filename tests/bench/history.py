"""A database with a long history in it: the first runs go in through the store, the others are copies made by SQLite."""

import json
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.store import Store

WORDS = [
    "sunset",
    "mountain",
    "fox",
    "old",
    "sailor",
    "drone",
    "shot",
    "harbour",
    "light",
    "cinematic",
    "anime",
    "portrait",
    "bottle",
    "glass",
    "snow",
    "river",
]
PROFILE = "p"
WEBHOOKS = tuple(f"wh_{n}" for n in range(5))
_EVERY_S = 30.0
"""Seconds from one run to the next."""
_ORIGINALS = 10_000


class Clock:
    """This machine's, without an event loop."""

    def wall(self) -> float:
        return time.time()

    monotonic = wall


def filled(folder: Path, rows: int) -> Path:
    """A database with `rows` past runs of five webhooks."""
    path, originals = folder / f"{rows}.db", min(rows, _ORIGINALS)
    with closing(Store.open(path, Clock())) as store:
        store.runs.seed(PROFILE, _runs(originals))
        with store.database.write() as write:  # as if all had been submitted here
            write.execute(
                "INSERT INTO outbox (id, profile, webhook, state, attempt, fingerprint, submitted_at, sent_at, settled_at)"
                " SELECT id, profile, webhook, 'accepted', 1, run_id, created_at, created_at, created_at FROM runs"
            )
    if rows > originals:
        _copy(path, originals, rows)
    return path


def _runs(rows: int) -> list[tuple[str, RemoteRun, dict[str, str]]]:
    rng, runs = random.Random(1), []
    for n in range(rows):
        status = rng.choice([Status.COMPLETED] * 8 + [Status.FAILED, Status.CANCELLED])
        created = 1.7e9 + n * _EVERY_S + rng.random() * 60
        run_id, ended = f"{rng.getrandbits(64):016x}", created + rng.random() * 99
        outputs = (f"https://storage.trycordage.com/outputs/{run_id}/image_001.png",)
        raw = json.dumps({"runId": run_id, "status": status, "outputs": outputs})
        run = RemoteRun(run_id, status, SafeText(status), created, ended, 5, outputs, raw=raw)
        runs.append((WEBHOOKS[n % len(WEBHOOKS)], run, {"prompt": " ".join(rng.choices(WORDS, k=12))}))
    return runs


_NAME = "printf('%06x', copies.n) || substr(run_id, 7)"
_OLD_RUN = "(SELECT run_id FROM runs AS r WHERE r.id = details.id)"
_NEW_RUN = f"(SELECT {_NAME} FROM runs AS r WHERE r.id = details.id)"
_CHANGES = {
    "runs": {
        "run_id": _NAME,
        "prompt": "prompt || ' ' || copies.n",
        "search": f"replace(replace(search, run_id, {_NAME}), prompt, prompt || ' ' || copies.n)",
    },
    "details": {
        "inputs": "replace(inputs, '\"}', ' ' || copies.n || '\"}')",
        "outputs": f"replace(outputs, {_OLD_RUN}, {_NEW_RUN})",
        "raw": f"replace(raw, {_OLD_RUN}, {_NEW_RUN})",
    },
    "outbox": {"fingerprint": "fingerprint || copies.n"},
    "history": {"row": "row + copies.n * :step", "fingerprint": "fingerprint || copies.n"},
}
"""What a copy has of its own, besides its id and its times."""


def _copy(path: Path, step: int, rows: int) -> None:
    """Add copies of the first `step` runs until there are `rows`. Indexes are made afterwards: that is ten times as fast."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "cache_size = -400000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        kept = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in kept:
            connection.execute(f"DROP {kind} {name}")
        connection.execute("CREATE TEMP TABLE copies (n INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO copies VALUES (?)", [(n,) for n in range(1, -(-rows // step))])
        for table, changes in _CHANGES.items():
            _copy_table(connection, table, changes, step, rows)
        connection.execute("DELETE FROM tallies")
        connection.execute(
            "INSERT INTO tallies SELECT profile, webhook, status, folded, count(*) FROM runs GROUP BY 1, 2, 3, 4"
        )
        for _, _, sql in kept:
            connection.execute(sql)
        connection.execute("COMMIT")


def _copy_table(connection: sqlite3.Connection, table: str, changes: dict[str, str], step: int, rows: int) -> None:
    """Times of a copy are later by what `step` runs take."""
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    own = {"id": "id + copies.n * :step", **changes}
    own |= {name: f"{name} + copies.n * :later" for name in columns if name.endswith("_at")}
    values = ", ".join(own.get(name, name) for name in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM copies CROSS JOIN {table}"
        " WHERE id + copies.n * :step <= :rows",
        {"step": step, "later": step * _EVERY_S, "rows": rows},
    )
