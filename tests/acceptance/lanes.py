"""A file of prompts and a few typed ones, while whatever sends them is killed at random: at the server's end of the wire.

    python tests/acceptance/lanes.py [--prompts 500] [--rounds 20] [--kills 60] [--seed 1]

Each round is a home of its own against the judge, a server that shares no line with the simulator. A command submits the file
and is killed, workers that go on with it are killed, triggers are accepted whose answers never come. Then prompts are typed
while one of the file is on the wire, and what sends is killed there too: the typed ones must arrive next, in their order. In
the end each prompt has arrived once, or stands in the queue as uncertain.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.acceptance.server import KEY, Judge
from tests.e2e.home import Home
from tests.fork_server import ForkedProcess

WEBHOOK = "wh_sunset00001"
TYPED = 3
CUT_OFF = 0.04
"""Share of the accepted triggers whose answers never come."""
LONGEST_S = 60.0
TRY_AGAIN = 3
"""Exit code after which nothing was started."""


class Recorder(Judge):
    """Judge that records which prompts arrive, in order, and can hold its answers back."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__([WEBHOOK])
        self.limits = {"trigger": 60_000, "read": 60_000, "kill": 60_000}
        self.arrived: list[str] = []
        self.open = threading.Event()
        """Triggers are answered only while it is set."""
        self.open.set()
        self.held = 0
        """Triggers whose answers are held back."""
        self._rng = rng

    def _trigger(self, webhook: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.arrived.append(str(body.get("prompt")))
        return super()._trigger(webhook, body)

    def answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        with suppress(ConnectionError):
            super().answer(request, method)
            return
        request.close_connection = True

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        """Wait until answers are allowed; some answers never come."""
        if budget == "trigger":
            self.held += 1
            while not self.open.wait(0.05) and not self.closed.is_set():
                pass
            self.held -= 1
            if self._rng.random() < CUT_OFF:
                raise ConnectionAbortedError
        return super().mutate(budget, status, body)


@dataclass
class Report:
    """The results of the rounds; `faults` must be empty."""

    prompts: int = 0
    arrived: int = 0
    kills: int = 0
    """Processes that were killed at random."""
    cut_off: int = 0
    """Prompts that had arrived and are uncertain at the end."""
    lost: list[str] = field(default_factory=list)
    """Prompts that neither arrived nor wait in the queue."""
    twice: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    """Prompts that arrived after a later one of the same lane."""
    overtaken: list[str] = field(default_factory=list)
    """Prompts that arrived in the place of a typed one."""

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.twice, *self.out_of_order, *self.overtaken]

    def __add__(self, other: "Report") -> "Report":
        return Report(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Report)))

    def __str__(self) -> str:
        counts = {f.name: getattr(self, f.name) for f in fields(self)}
        return ", ".join(
            f"{n if isinstance(n, int) else len(n)} {name.replace('_', ' ')}" for name, n in counts.items()
        )


class Round:
    """One home and its server. `spoil` damages the queue in the database while the typed prompts wait there."""

    def __init__(self, root: Path, rng: random.Random, spoil: Callable[[sqlite3.Connection], object] | None) -> None:
        self.judge = Recorder(rng)
        self.home = Home(root)
        self.home.configure(self.judge.base_url, {WEBHOOK: "Sunset"})
        self.report = Report()
        self._rng = rng
        self._spoil = spoil
        self._alive: list[ForkedProcess] = []

    def play(self, count: int, kills: int) -> Report:
        """Submit the file and the typed prompts, kill the sender `kills` times, and send the rest."""
        lines = [f"line {n:04}" for n in range(count)]
        typed = [f"typed {n}" for n in range(TYPED)]
        file = self.home.root / "prompts.txt"
        file.write_text("\n".join(lines) + "\n")
        self._start("trigger", "Sunset", "--file", str(file), "--yes")
        self._wait(lambda: sum(self._states().values()) == count)
        before = sorted(self._rng.randrange(1, count // 2) for _ in range(kills // 2))
        for arrivals in before:
            self._kill_at(arrivals)
        self._type(typed)
        for arrivals in sorted(self._rng.randrange(count // 2, count) for _ in range(kills - len(before))):
            self._kill_at(arrivals)
        self._drain()
        self._reckon(lines, typed)
        return self.report

    def close(self) -> None:
        self.judge.open.set()
        self._kill()
        self.judge.close()

    def _start(self, *argv: str) -> None:
        with (self.home.root / "log.txt").open("a") as log:
            environ = self.home.environ(KEY)
            self._alive.append(ForkedProcess(argv, environ, stdout=log.fileno(), stderr=log.fileno()))

    def _kill(self) -> int:
        """Kill all living processes and return how many there were."""
        alive = [process for process in self._alive if process.poll() is None]
        self._alive.clear()
        for process in alive:
            process.kill()
            process.wait(LONGEST_S)
        return len(alive)

    def _kill_at(self, arrivals: int) -> None:
        """Kill the sender when so many prompts have arrived, or all have, and start a worker in its place."""
        self._wait(lambda: len(self.judge.arrived) >= arrivals or self._is_sent())
        time.sleep(self._rng.uniform(0.0, 0.02))  # at any step on the wire or on disk
        self._start_worker_if_none()
        self.report.kills += self._kill()
        self._start("queue", "work")

    def _start_worker_if_none(self) -> None:
        """Start a worker if the sender has ended by itself."""
        if all(process.poll() is not None for process in self._alive):
            self._start("queue", "work")

    def _type(self, typed: Sequence[str]) -> None:
        """Submit the typed prompts during a request for the file, kill the sender, and check what arrives next.

        Of the file at most the one prompt may arrive that was claimed before.
        """
        self.judge.open.clear()
        self._wait(lambda: self.judge.held > 0)
        sent = len(self.judge.arrived)
        for prompt in typed:
            while not self._submits(prompt):  # a queue that is paused just then refuses it
                continue
        if self._rng.random() < 0.5:
            self.report.kills += self._kill()
            self._start("queue", "work")
        if self._spoil is not None:
            with closing(sqlite3.connect(self.home.paths.database, timeout=LONGEST_S)) as connection, connection:
                self._spoil(connection)
        self.judge.open.set()
        self._wait(lambda: len(self.judge.arrived) > sent + len(typed))
        arrived = self.judge.arrived[sent:]
        last = max((n for n, prompt in enumerate(arrived) if prompt in typed), default=len(arrived))
        self.report.overtaken += [prompt for prompt in arrived[:last] if prompt not in typed][1:]

    def _submits(self, prompt: str) -> bool:
        """Return whether the command has submitted the prompt. Else it has ended, and the prompt may be typed again."""
        self._start("trigger", "Sunset", prompt)
        command = self._alive[-1]
        self._wait(lambda: prompt in self._rows() or command.poll() is not None)
        assert command.poll() in (None, TRY_AGAIN), command.poll()
        return prompt in self._rows()

    def _drain(self) -> None:
        """Send until nothing waits to be sent."""
        self._start_worker_if_none()
        self._wait(self._is_sent)
        self._kill()

    def _is_sent(self) -> bool:
        """Return whether nothing waits to be sent."""
        return not {"queued", "sending"} & self._states().keys()

    def _reckon(self, *lanes: Sequence[str]) -> None:
        """Add the results of this round to the report."""
        rows, arrived, report = self._rows(), Counter(self.judge.arrived), self.report
        for lane in lanes:
            report.prompts += len(lane)
            report.lost += [p for p in lane if not arrived[p] and rows.get(p, (0, ""))[1] != "uncertain"]
            report.twice += [p for p in lane if arrived[p] > 1]
            arrived_in_lane = [p for p in self.judge.arrived if p in set(lane)]
            report.out_of_order += [p for p, later in pairwise(arrived_in_lane) if p > later]
        report.arrived += len(self.judge.arrived)
        report.cut_off += sum(state == "uncertain" and arrived[prompt] > 0 for prompt, (_, state) in rows.items())

    def _rows(self) -> dict[str, tuple[int, str]]:
        """Lane and state of each prompt in the database."""
        rows = self._read("SELECT inputs, lane, state FROM outbox JOIN details USING (id)")
        return {str(json.loads(inputs)["prompt"]): (lane, state) for inputs, lane, state in rows}

    def _states(self) -> dict[str, int]:
        return dict(self._read("SELECT state, count(*) FROM outbox GROUP BY state"))

    def _read(self, query: str) -> list[Any]:
        if not self.home.paths.database.exists():
            return []
        with closing(sqlite3.connect(self.home.paths.database, timeout=LONGEST_S)) as connection:
            has_table = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'outbox'").fetchone()[0]
            return connection.execute(query).fetchall() if has_table else []

    def _log(self) -> str:
        return (self.home.root / "log.txt").read_text()[-2_000:]

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true; the user resumes a queue whose sender has died meanwhile."""
        end = time.monotonic() + LONGEST_S
        while not condition():
            assert time.monotonic() < end, (len(self.judge.arrived), self._states(), self._log())
            if self._read("SELECT 1 FROM queues WHERE paused IS NOT NULL"):
                ForkedProcess(("queue", "resume"), self.home.environ(KEY)).wait(LONGEST_S)
            time.sleep(0.02)


def play(count: int, kills: int, seed: int, spoil: Callable[[sqlite3.Connection], object] | None = None) -> Report:
    """Play one round with so many prompts and kills."""
    with tempfile.TemporaryDirectory(prefix="cordage-lanes-") as folder:
        game = Round(Path(folder), random.Random(seed), spoil)
        try:
            return game.play(count, kills)
        finally:
            game.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=60, help="in each round")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    whole = Report()
    for n in range(args.rounds):
        whole += play(args.prompts, args.kills, args.seed + n)
        print(f"after round {n + 1}: {whole}", flush=True)
    return 1 if whole.faults else 0


if __name__ == "__main__":
    sys.exit(main())
