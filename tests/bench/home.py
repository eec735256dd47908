"""A user's home with a long history in it, and a server that knows the same webhooks."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from history import PROFILE, WEBHOOKS, filled

from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.webhooks import Durations, SimWebhook
from cordage_tui.simulator.world import PlannedOutcome, SimulatedWorkspace
from tests.homes import take_for_its_own

HISTORY = 100_000
COMMAND = (sys.executable, "-m", "cordage_tui")
_LASTS_S = 86_400.0


@dataclass(frozen=True)
class Home:
    """Where the program finds everything."""

    env: Mapping[str, str]
    newest: str
    """What the first row of the table shows: the beginning of the newest run's prompt."""
    world: SimulatedWorkspace
    """What the server serves."""
    runs_url: str
    """Where it lists the runs of one webhook."""


@contextmanager
def home(
    rows: int,
    running: int = 0,
    config: str = "",
    outputs: Callable[[int], str] | None = None,
    age_s: float = 0.0,
) -> Iterator[Home]:
    """A home with `rows` past runs, and a server in this process with `running` runs that outlast any bench, the first of
    them so old.

    `config` is TOML of its own tables. `outputs`: link of the one output that the nth run has; all have completed then.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cordage-bench-") as folder,
        closing(run_in_thread(_world(running, age_s))) as served,
    ):
        root = Path(folder)
        env = {f"XDG_{kind}_HOME": str(root / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
        _configure(root / "config" / "cordage-tui", served.base_url, config)
        data = root / "data" / "cordage-tui"
        data.mkdir(mode=0o700, parents=True)
        shutil.copyfile(_history(rows), data / "cordage.db")
        (data / "cordage.db").chmod(0o600)
        take_for_its_own(data / "cordage.db")
        if outputs is not None:
            _bring_forth(data / "cordage.db", outputs)
        yield Home(
            {**env, "HOME": folder, "CORDAGE_API_KEY": served.api_key},
            _newest(data / "cordage.db"),
            served.world,
            f"{served.base_url}/{WEBHOOKS[0]}/runs",
        )


def _world(running: int, age_s: float) -> SimulatedWorkspace:
    world = SimulatedWorkspace(
        [SimWebhook(key, f"Webhook {n}", Durations(9, 9)) for n, key in enumerate(WEBHOOKS)], time.time
    )
    for n in range(running):
        key = WEBHOOKS[n % len(WEBHOOKS)]
        world.fate(key, PlannedOutcome(_LASTS_S))
        world.trigger(key, {"prompt": "a fox"}, world.clock() - age_s - n)
    return world


def _configure(folder: Path, base_url: str, more: str) -> None:
    folder.mkdir(mode=0o700, parents=True)
    lines = [f'default_profile = "{PROFILE}"', f"[profiles.{PROFILE}]", f'base_url = "{base_url}"']
    for n, key in enumerate(WEBHOOKS):
        lines += [f"[[profiles.{PROFILE}.webhooks]]", f'key = "{key}"', f'name = "Webhook {n}"']
    (folder / "config.toml").write_text("\n".join([*lines, more]) + "\n")


def _history(rows: int) -> Path:
    """The filled database, made once for each version of the code that makes it."""
    import history

    import cordage_tui.store

    sources = [Path(history.__file__), *sorted(Path(cordage_tui.store.__file__).parent.glob("*.py"))]
    version = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"cordage-bench-{os.getuid()}-{version}"
    kept.mkdir(mode=0o700, exist_ok=True)
    path = kept / f"{rows}.db"
    if not path.exists():
        print(f"making a history of {rows:,} runs …", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=kept) as draft:
            filled(Path(draft), rows).rename(path)
    return path


def _bring_forth(database: Path, outputs: Callable[[int], str]) -> None:
    import sqlite3

    with closing(sqlite3.connect(database)) as connection, connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM runs")]
        links = [(json.dumps([outputs(n)]), id) for n, id in enumerate(ids)]
        connection.executemany("UPDATE details SET outputs = ? WHERE id = ?", links)
        connection.execute("UPDATE runs SET status = 'completed'")


def _newest(database: Path) -> str:
    import sqlite3

    sql = "SELECT prompt FROM runs WHERE profile = ? AND folded = 0 ORDER BY created_at DESC LIMIT 1"
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute(sql, (PROFILE,)).fetchone()[0])[:12]
