"""A Cordage on loopback and a home that is connected to it, for commands that run in this process."""

import contextlib
import io
import json
import signal
import sqlite3
import sys
import threading
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
    """Output of a command, which may say that it is a terminal."""

    def __init__(self, text: str = "", terminal: bool = False) -> None:
        super().__init__(text)
        self.buffer = io.BytesIO(text.encode())
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@dataclass(frozen=True)
class Ended:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


@dataclass
class Studio:
    """A home with a connected server: `studio("runs", "--json")` runs a command as a shell would."""

    home: Cordage
    server: ServerThread
    monkeypatch: pytest.MonkeyPatch
    name: str = "Sunset"

    def __post_init__(self) -> None:
        self.key = self.server.world.webhooks[0].key
        self.configure()
        self.monkeypatch.setenv("CORDAGE_API_KEY", self.server.api_key)

    def configure(self, more: str = "", profile: str = "", webhook: str = "") -> None:
        """Write the settings, with these additional lines."""
        self.home.config(
            f"{more}\n[profiles.studio]\nbase_url = '{self.server.base_url}'\n{profile}\n"
            f"[[profiles.studio.webhooks]]\nkey = '{self.key}'\nname = {json.dumps(self.name)}\n{webhook}\n"
        )

    def __call__(self, *argv: str, stdin: str = "", terminal: bool = False) -> Ended:
        out, err = Stream(terminal=terminal), Stream()
        self.monkeypatch.setattr(sys, "stdin", Stream(stdin, terminal))
        interrupts = signal.getsignal(signal.SIGINT)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main([*argv])
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, interrupts)  # a command leaves it ignored, as its process ends
        return Ended(int(code), out.getvalue(), err.getvalue())

    def fails(self, call: Call, kind: FaultKind, **fault: Any) -> None:
        """Let every call of that kind fail from now on."""
        self.server.world.faults.add(call, Fault(kind, **fault), count=None)

    def started(self, seconds: float = 1e6, **inputs: Any) -> str:
        """Start a run elsewhere that lasts so long, and return its id."""
        from cordage_tui.simulator.world import PlannedOutcome

        self.server.world.fate(self.key, PlannedOutcome(seconds))
        return self.server.world.trigger(self.key, inputs or {"prompt": "a fox"}).run_id

    def ends(self, *run_ids: str, in_s: float = 0.0) -> None:
        """Let these runs complete after so many seconds."""
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
        """Make the last read old, so that the next command reads again."""
        with contextlib.closing(sqlite3.connect(self.home.paths.database)) as database, database:
            database.execute("UPDATE healths SET ok_at = ok_at - 60")

    def clock_was_ahead(self) -> None:
        """Move the times of all reads two hours ahead, as if the clock had been wrong."""
        with contextlib.closing(sqlite3.connect(self.home.paths.database)) as database, database:
            database.execute("UPDATE healths SET ok_at = ok_at + 7200")
            database.execute("UPDATE details SET seen_at = seen_at + 7200")
            database.execute(
                "UPDATE settings SET value = json_set(value, '$.at', json_extract(value, '$.at') + 7200)"
                " WHERE name LIKE 'key-answer %'"
            )

    @property
    def profile(self) -> Profile:
        """Return the configured profile."""
        return Profile("studio", self.server.base_url)

    @property
    def triggers(self) -> int:
        """Return the number of triggers that reached the server."""
        return sum(exchange.path.endswith("/trigger") for exchange in list(self.server.log))
