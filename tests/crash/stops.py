"""Many windows on one home, stopped and continued at random while they send, and a user who has each lost prompt sent again at once.

    python tests/crash/stops.py [--windows 12] [--seconds 120] [--seed 1]

SIGTSTP lets a window give up its locks before it stops, so that another one takes over what it has on the wire; continued, it
tells of an old request. Each window is a program in a terminal of its own. Ends with 1 if a prompt was lost, ran more often than
the user has said, ran out of sight or was claimed out of its order, or if a window ended.
"""

import argparse
import json
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.processes.process_locks import sending_lock
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store
from tests.acceptance.server import KEY, Judge
from tests.crash.lane import ORDER
from tests.e2e.home import Home
from tests.e2e.terminal import Terminal

PROFILE = "studio"
WEBHOOKS = ("wh_sunset00001", "wh_portrait002")
QUEUED = 8
ANSWERS_AFTER_S = (0.05, 1.0, 2.0, 4.0)
LIMITED = 0.3
"""Share of the triggers that meet a 429."""
STOPPED_S = (0.3, 1.0, 5.0)
OF_SENDER = 0.7
"""Share of the stops that strike the window that sends, while a request of it is on the wire."""
CLOSED_EVERY_S = 1.0
"""A window is ended by SIGTERM and another one opened: it may be stopped while it starts."""
STARTING = 0.5
"""Share of the windows opened later that are stopped within their first moments."""
STARTING_S = 0.4
STEP_S = 0.05
REST_S = 120.0
ENDED_BY_SIGTERM = (ExitCode.TERMINATED, -signal.SIGTERM)
"""The second one: before the program has come so far as to hear it."""


class SlowJudge(Judge):
    """Judge whose answers to triggers take their time, and some of which are a 429."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(list(WEBHOOKS))
        self.limits = {"trigger": 60_000, "read": 60_000, "kill": 60_000}
        self.is_fair = False
        """Answers come at once, and none is a 429."""
        self._rng = rng

    def _trigger(self, webhook: str, body: dict[str, Any]) -> tuple[int, Any]:
        if not self.is_fair and self._rng.random() < LIMITED:
            return 429, {"error": "Rate limit exceeded.", "retry_after": 1}
        return super()._trigger(webhook, body)

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        if budget == "trigger" and not self.is_fair:
            self.closed.wait(self._rng.choice(ANSWERS_AFTER_S))
        return super().mutate(budget, status, body)


@dataclass
class Report:
    """What a campaign has shown."""

    prompts: int = 0
    runs: int = 0
    stops: int = 0
    resent: int = 0
    beside: int = 0
    """Runs that stand beside their prompt, as a later try of it ran too."""
    waiting: int = 0
    ended: list[str] = field(default_factory=list)
    """Windows that ended, with their exit code and last screen."""
    lost: list[str] = field(default_factory=list)
    too_often: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    """Runs of the server that the table does not show."""
    out_of_order: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.ended, *self.lost, *self.too_often, *self.unseen, *self.out_of_order]

    def __str__(self) -> str:
        return ", ".join(
            f"{len(value) if isinstance(value, list) else value} {name.replace('_', ' ')}"
            for name, value in vars(self).items()
        )


class Campaign:
    """One home, its windows, its server and its user."""

    def __init__(self, root: Path, windows: int, seed: int) -> None:
        self.report = Report()
        self._rng = random.Random(seed)
        self.judge = SlowJudge(random.Random(seed))
        self._home = Home(root, forked=True)
        self._home.configure(self.judge.base_url, dict.fromkeys(WEBHOOKS, "Sunset") | {WEBHOOKS[1]: "Portrait"})
        self.store = Store.open(self._home.paths.database, SystemClock(), busy_s=20.0)
        with closing(sqlite3.connect(self._home.paths.database)) as connection:
            connection.executescript(ORDER)
        self._prompts: dict[RowId, str] = {}
        self._words: Counter[str] = Counter()
        self._stopped: dict[Terminal, float] = {}
        self._closing: set[Terminal] = set()
        self._profile = Profile(PROFILE, self.judge.base_url, tuple(Webhook(key, key) for key in WEBHOOKS))
        self._windows = [self._opened() for _ in range(windows)]

    def play(self, seconds: float) -> Report:
        """Stop and continue windows for so long, then let all come to rest."""
        end, closes_at = time.monotonic() + seconds, 0.0
        while time.monotonic() < end:
            self._keep_queued()
            self._stop_one()
            if time.monotonic() > closes_at:
                self._close_one()
                closes_at = time.monotonic() + CLOSED_EVERY_S
            self._step()
        self.judge.is_fair = True
        self._continue(lambda until: True)
        end = time.monotonic() + REST_S
        while self.store.queue.counts(PROFILE) and time.monotonic() < end:
            self._step()
        self._reckon()
        return self.report

    def close(self) -> None:
        for window in self._windows:
            window.__exit__(None, None, None)
        self.store.close()
        self.judge.close()

    def _opened(self) -> Terminal:
        return self._home.open(self._home.environ(KEY))

    def _step(self) -> None:
        self._continue(lambda until: time.monotonic() >= until)
        with suppress(StoreError):
            self._answer()
        end = time.monotonic() + STEP_S
        for window in self._windows:
            window.read_for(0.001)
            if window.process.poll() is not None:
                if window not in self._closing or window.process.returncode not in ENDED_BY_SIGTERM:
                    last = "\n".join(line for line in window.text().splitlines() if line.strip())
                    self.report.ended.append(f"a window ended with {window.process.returncode}:\n{last[-900:]}")
                self._stopped.pop(window, None)
                window.__exit__(None, None, None)
                self._windows[self._windows.index(window)] = opened = self._opened()
                if not self.judge.is_fair and self._rng.random() < STARTING:
                    time.sleep(self._rng.uniform(0.0, STARTING_S))
                    self._stop(opened)
        time.sleep(max(0.0, end - time.monotonic()))

    def _close_one(self) -> None:
        window = self._rng.choice(self._windows)
        if window not in self._stopped:
            self._closing.add(window)
            window.signal(signal.SIGTERM)

    def _stop_one(self) -> None:
        """The one that sends, if a request is on the wire, or any."""
        window = self._rng.choice(self._windows)
        if self._rng.random() < OF_SENDER:
            told = sending_lock(self._profile, self._home.paths).signature() or ""
            sender = next((one for one in self._windows if str(one.process.pid) in told.split()), None)
            if sender is None or not self.store.queue.counts(PROFILE).get(OutboxState.SENDING):
                return
            window = sender
        if len(self._stopped) < len(self._windows) * 2 // 3 and window not in self._stopped:
            self._stop(window)

    def _stop(self, window: Terminal) -> None:
        if window.process.poll() is None:
            window.signal(signal.SIGTSTP)
            self._stopped[window] = time.monotonic() + self._rng.choice(STOPPED_S)
            self.report.stops += 1

    def _continue(self, is_due: Callable[[float], bool]) -> None:
        for window in [window for window, until in self._stopped.items() if is_due(until)]:
            del self._stopped[window]
            window.signal(signal.SIGCONT)

    def _keep_queued(self) -> None:
        with suppress(StoreError):
            for _ in range(QUEUED - self.store.queue.counts(PROFILE).get(OutboxState.QUEUED, 0)):
                text = f"prompt {len(self._prompts)}"
                row = self.store.outbox.submit(PROFILE, self._rng.choice(WEBHOOKS), {"prompt": text})
                self._prompts[row] = text

    def _answer(self) -> None:
        """Let the queue go on, and send again at once what is uncertain."""
        if self.store.queue_control.read(PROFILE).paused is not None:
            self.store.queue_control.resume(PROFILE)
        for line in self.store.queue.waiting(PROFILE):
            if line.state is OutboxState.UNCERTAIN and self.store.queue.resend(line.row, line.expected).done:
                self._words[self._prompts[line.row]] += 1
                self.report.resent += 1

    def _reckon(self) -> None:
        report, ran = self.report, Counter(str(run.body["prompt"]) for run in self.judge.runs)
        with closing(sqlite3.connect(self._home.paths.database)) as connection:
            told = "SELECT run_id, outbox.id IS NULL FROM runs LEFT JOIN outbox USING (id) WHERE run_id IS NOT NULL"
            shown = dict(connection.execute(told).fetchall())
            states = dict(connection.execute("SELECT id, state FROM outbox").fetchall())
            late = [row for (row,) in connection.execute("SELECT row FROM out_of_order").fetchall()]
        waiting = {row for row, state in states.items() if state not in ("accepted", "dropped")}
        report.prompts, report.runs, report.waiting = len(self._prompts), ran.total(), len(waiting)
        report.beside = sum(shown.values())
        report.lost = [text for row, text in self._prompts.items() if not ran[text] and row not in waiting]
        report.too_often = [
            f"{text}: {count} runs, sent again {self._words[text]} times"
            for text, count in ran.items()
            if count > 1 + self._words[text]
        ]
        report.unseen = [run.id for run in self.judge.runs if run.id not in shown]
        report.out_of_order = [self._prompts.get(RowId(row), str(row)) for row in late]


def play(windows: int, seconds: float, seed: int) -> Report:
    """A campaign in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="cordage-stops-") as root:
        campaign = Campaign(Path(root), windows, seed)
        try:
            return campaign.play(seconds)
        finally:
            campaign.close()


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--windows", type=int, default=12)
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    report = play(asked.windows, asked.seconds, asked.seed)
    print(report)
    for fault in report.faults:
        print(json.dumps(fault) if "\n" not in fault else fault)
    return bool(report.faults)


if __name__ == "__main__":
    sys.exit(main())
