"""What is polled: cells of webhooks and runs that are kept going, and how long runs take. Simulated seconds throughout."""

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cordage_tui.simulator.rate_limits import Budget, LimitPlan
from cordage_tui.simulator.webhooks import Durations, SimWebhook
from cordage_tui.simulator.world import PlannedOutcome, SimRun, SimulatedWorkspace

EPOCH = 1_705_314_600.0
"""2024-01-15T10:30:00Z, when every simulated clock stands at 0."""
RTT_S = 0.15
"""From the sending of a call to its answer; the server looks half-way."""
KEPT_S = 60.0
"""The server forgets a run this long after its end, or eight rounds of all webhooks, so that a list does not grow for hours."""


class Law(Protocol):
    """How long runs take."""

    def draw(self, rng: random.Random, at: float) -> float:
        """Seconds that a run begun at `at` takes."""
        ...

    def met(self, rng: random.Random) -> tuple[float, float]:
        """Of a run that is met going on: its age, and all it will take."""
        ...

    def hazard(self, age: float) -> float:
        """Expected ends a second of a run of that age."""
        ...


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: a run's age tells nothing of its end."""

    mean_s: float

    def draw(self, rng: random.Random, at: float) -> float:
        return rng.expovariate(1 / self.mean_s)

    def met(self, rng: random.Random) -> tuple[float, float]:
        age = rng.expovariate(1 / self.mean_s)
        return age, age + rng.expovariate(1 / self.mean_s)

    def hazard(self, age: float) -> float:
        return 1 / self.mean_s


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Most workflows: much the same each time."""

    mean_s: float
    spread: float = 0.3
    """Standard deviation of the logarithm."""

    @property
    def _log(self) -> float:
        return math.log(self.mean_s) - self.spread**2 / 2

    def draw(self, rng: random.Random, at: float) -> float:
        return math.exp(rng.gauss(self._log, self.spread))

    def met(self, rng: random.Random) -> tuple[float, float]:
        """Long ones are met more often: the length-biased logarithm lies `spread`² higher."""
        length = math.exp(rng.gauss(self._log + self.spread**2, self.spread))
        return length * rng.random(), length

    def hazard(self, age: float) -> float:
        if age <= 0:
            return 0.0
        z = (math.log(age) - self._log) / self.spread
        alive = math.erfc(z / math.sqrt(2)) / 2
        density = math.exp(-z * z / 2) / (age * self.spread * math.sqrt(2 * math.pi))
        return density / alive if alive > 1e-12 else z / (age * self.spread)


@dataclass(frozen=True, slots=True)
class Changed:
    """A workflow that somebody edits: runs begun from `at_s` on take `factor` times as long."""

    law: LogNormal
    at_s: float
    factor: float

    def draw(self, rng: random.Random, at: float) -> float:
        return self.law.draw(rng, at) * (self.factor if at >= self.at_s else 1.0)

    def met(self, rng: random.Random) -> tuple[float, float]:
        return self.law.met(rng)

    def hazard(self, age: float) -> float:
        return self.law.hazard(age)


@dataclass(frozen=True, slots=True)
class Cell:
    """So many webhooks with so many active runs in all."""

    webhooks: int
    runs: int
    skewed: bool = False
    """One webhook has all runs but one for each of the others."""

    @property
    def mean_s(self) -> float:
        """Mean duration: with it a cell ends, and so triggers, one run a second at most (docs/dev/polling.md 3)."""
        return float(max(120, self.runs))

    @property
    def active(self) -> tuple[int, ...]:
        """Active runs by webhook."""
        if self.skewed:
            return (self.runs - self.webhooks + 1, *(1 for _ in range(self.webhooks - 1)))
        return (self.runs // self.webhooks,) * self.webhooks

    def __str__(self) -> str:
        return f"({self.webhooks},{self.runs}){' skewed' if self.skewed else ''}"


CELLS: Sequence[Cell] = (
    Cell(1, 1),
    Cell(1, 10),
    Cell(5, 50),
    Cell(5, 50, skewed=True),
    Cell(20, 200),
    Cell(20, 200, skewed=True),
    Cell(50, 1000),
    Cell(50, 1000, skewed=True),
)


@dataclass(frozen=True, slots=True)
class End:
    """One run that ended on the server."""

    webhook: int
    nth: int
    """The how-many-eth of its webhook to end, from 0."""
    began_at: float
    ended_at: float


@dataclass
class Load:
    """Keeps the runs of a cell going: each that ends is followed at once by another, as if started elsewhere."""

    cell: Cell
    law: Law
    seed: int
    plan: LimitPlan = field(default_factory=LimitPlan)
    now: float = 0.0
    """The world's time; moved by `advance` only."""
    ended: dict[str, End] = field(default_factory=dict)
    """By run id."""
    follow_at_once: bool = True
    """Whether `advance` begins a new run where one ends."""

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}/load")
        unused = Durations(min_s=1.0, median_s=1.0)
        hooks = [SimWebhook(f"wh_{n:03}", f"Webhook {n}", unused) for n in range(self.cell.webhooks)]
        self.world = SimulatedWorkspace(hooks, lambda: EPOCH + self.now, seed=self.seed, limits=self.plan)
        self._ends: list[tuple[float, int, str, float]] = []
        self._old: list[tuple[float, int, str]] = []
        self._nth = [0] * self.cell.webhooks
        for webhook, count in enumerate(self.cell.active):
            for _ in range(count):
                age, seconds = self.law.met(self._rng)
                self._begin(webhook, -age, seconds)

    def begin(self, webhook: int, at: float) -> SimRun:
        """One more run."""
        return self._begin(webhook, at, self.law.draw(self._rng, at))

    def advance(self, now: float) -> list[str]:
        """All that happens up to `now`, each at its own moment. Returns the ids of the runs that ended."""
        ended = []
        while self._ends and self._ends[0][0] <= now:
            at, webhook, run_id, began_at = heapq.heappop(self._ends)
            self.ended[run_id] = End(webhook, self._nth[webhook], began_at, at)
            ended.append(run_id)
            self._nth[webhook] += 1
            heapq.heappush(self._old, (at + max(KEPT_S, 8.0 * self.cell.webhooks), webhook, run_id))
            if self.follow_at_once:
                self.begin(webhook, at)
        self.now = max(self.now, now)
        while self._old and self._old[0][0] <= now:
            _, webhook, run_id = heapq.heappop(self._old)
            self.world.forget_run(f"wh_{webhook:03}", run_id)
        return ended

    def _begin(self, webhook: int, at: float, seconds: float) -> SimRun:
        key = f"wh_{webhook:03}"
        self.world.fate(key, PlannedOutcome(seconds))
        run = self.world.trigger(key, {}, created_at=EPOCH + at)
        heapq.heappush(self._ends, (at + seconds, webhook, run.run_id, at))
        return run


@dataclass
class Foreign:
    """Another program with the same key, which knows nothing of us and reads at its own pace, with random gaps."""

    load: Load
    a_minute: float
    refused: int = 0
    """429s that it got."""

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.load.seed}/foreign")
        self._next = self._gap() if self.a_minute else math.inf

    def advance(self, now: float) -> None:
        """All its reads up to `now`."""
        limiter, key = self.load.world.limiter, self.load.world.api_key
        while self._next <= now:
            self.refused += not limiter.draw(key, Budget.READ, EPOCH + self._next).allowed
            self._next += self._gap()

    def _gap(self) -> float:
        return self._rng.expovariate(self.a_minute / 60)
