"""What a list of runs cannot do without, and nothing else: the least that `cli.py` could measure.

    python tests/bench/cli_floor.py list | rows

`list`: arguments, the parsed settings, the database, and the newest 30 rows as `json` writes them; none is checked, escaped or
reckoned. `rows`: all rows, written by SQLite's own `json_object` with its own formats of times and numbers; no settings.
"""

import argparse
import json
import os
import sqlite3
import sys

DATABASE = f"file:{os.environ['XDG_DATA_HOME']}/cordage-tui/cordage.db?mode=rw"
PRAGMAS = ("synchronous = FULL", "temp_store = MEMORY", "trusted_schema = OFF", "cache_size = -2000", "user_version")
NEWEST = "FROM runs WHERE profile = ? AND folded = 0 AND status <> 'batch' ORDER BY created_at DESC, id DESC"
MOMENT = "strftime('%Y-%m-%dT%H:%M:%fZ', {}, 'unixepoch')"
FIELDS = {
    "id": "run_id",
    "row": "id",
    "webhook": "webhook",
    "webhook_key": "webhook",
    "status": "status",
    "status_name": "coalesce(word, status)",
    "prompt": "prompt",
    **{name: MOMENT.format(name) for name in ("created_at", "started_at", "ended_at")},
    "waiting_here_s": "NULL",
    "waiting_at_cordage_s": "round(started_at - created_at, 3)",
    "running_s": "round(ended_at - started_at, 3)",
    "elapsed_s": "round(ended_at - created_at, 3)",
    "output_count": "output_count",
    "matched": "matched",
    "tags": "json('[]')",
    "author": "author",
    "own_queue_s": "NULL",
    "queued_s": "round(started_at - created_at, 3)",
    "parent": "parent",
}


def opened() -> sqlite3.Connection:
    """The database, set up as the program does."""
    connection = sqlite3.connect(DATABASE, uri=True, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def newest() -> str:
    """The newest 30 rows of the settings' profile."""
    from pathlib import Path

    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.parse_args([])
    cache = Path(os.environ["XDG_DATA_HOME"]) / "cordage-tui" / "parsed-config.json"
    profile = json.loads(cache.read_text())["values"]["default_profile"]
    names = [name for name, sql in FIELDS.items() if name == sql]
    rows = opened().execute(f"SELECT {', '.join(names)} {NEWEST} LIMIT 30", (profile,))
    return json.dumps({"profile": profile, "runs": [dict(zip(names, row, strict=True)) for row in rows]})


def all_rows() -> str:
    """Every row as SQLite writes it."""
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in FIELDS.items())
    return ", ".join(text for (text,) in opened().execute(f"SELECT json_object({pairs}) {NEWEST}", ("p",)))


if __name__ == "__main__":
    print({"list": newest, "rows": all_rows}[sys.argv[1]](), flush=True)
    os._exit(0)
