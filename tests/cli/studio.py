"""A Cordage on loopback and a home that is connected to it, for commands that are run in this process."""

import contextlib
import io
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cordage_tui.cli.main import main
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.webhook import Profile
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.server import ServerThread
from cordage_tui.store.store import Store
from tests.cli.conftest import Cordage


class Stream(io.StringIO):
    """What a command writes to; it may say that it is a terminal."""

    def __init__(self, text: str = "", terminal: bool = False) -> None:
        super().__init__(text)
        self.buffer = io.BytesIO(text.encode())
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Studio:
    """`studio("runs", "--json")` is what a user's shell would do; `studio.server` is the other side."""

    home: Cordage
    server: ServerThread
    monkeypatch: pytest.MonkeyPatch
    name: str = "Sunset"

    def __post_init__(self) -> None:
        self.key = self.server.world.webhooks[0].key
        self.configure()
        self.monkeypatch.setenv("CORDAGE_API_KEY", self.server.api_key)

    def configure(self, more: str = "", profile: str = "", webhook: str = "") -> None:
        self.home.config(
            f"{more}\n[profiles.studio]\nbase_url = '{self.server.base_url}'\n{profile}\n"
            f"[[profiles.studio.webhooks]]\nkey = '{self.key}'\nname = {json.dumps(self.name)}\n{webhook}\n"
        )

    def __call__(self, *argv: str, stdin: str = "", terminal: bool = False) -> Ended:
        out, err = Stream(terminal=terminal), Stream()
        self.monkeypatch.setattr(sys, "stdin", Stream(stdin, terminal))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*argv])
        return Ended(int(code), out.getvalue(), err.getvalue())

    def fails(self, call: Call, kind: FaultKind, **fault: Any) -> None:
        """From now on every such call goes wrong so."""
        self.server.world.faults.add(call, Fault(kind, **fault), count=None)

    def started(self, seconds: float = 1e6, **inputs: Any) -> str:
        """The id of a run that somebody started elsewhere and that lasts so long."""
        from cordage_tui.simulator.world import PlannedOutcome

        self.server.world.fate(self.key, PlannedOutcome(seconds))
        return self.server.world.trigger(self.key, inputs or {"prompt": "a fox"}).run_id

    def ends(self, *run_ids: str, in_s: float = 0.0) -> None:
        """These runs complete so soon, however long they were to last."""
        runs = self.server.world._runs[self.key]
        for run_id in run_ids:
            runs[run_id] = replace(runs[run_id], ends_at=time.time() + in_s)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.open(self.home.paths.database, SystemClock())
        try:
            yield store
        finally:
            store.close()

    def read_long_ago(self) -> None:
        """What was read a moment ago is to be read again."""
        with contextlib.closing(sqlite3.connect(self.home.paths.database)) as database, database:
            database.execute("UPDATE healths SET ok_at = ok_at - 60")

    def clock_was_ahead(self) -> None:
        """All that was read, was read while this machine's clock was two hours ahead."""
        with contextlib.closing(sqlite3.connect(self.home.paths.database)) as database, database:
            database.execute("UPDATE healths SET ok_at = ok_at + 7200")
            database.execute("UPDATE details SET seen_at = seen_at + 7200")
            database.execute(
                "UPDATE settings SET value = json_set(value, '$.at', json_extract(value, '$.at') + 7200)"
                " WHERE name LIKE 'key-answer %'"
            )

    @property
    def profile(self) -> Profile:
        """The one that is configured."""
        return Profile("studio", self.server.base_url)

    @property
    def triggers(self) -> int:
        """Calls that start a run which have arrived."""
        return sum(exchange.path.endswith("/trigger") for exchange in list(self.server.log))
