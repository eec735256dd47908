"""What finished runs teach about how long the next one takes."""

import math
from collections.abc import Sequence
from typing import Final, Self

from cordage_tui.domain.active import ActiveRun
from cordage_tui.domain.plan import DurationStats
from cordage_tui.domain.regime import after_change_point
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.spread import LONGEST_S, SHORTEST_S, SurvivalCurve
from cordage_tui.domain.value import dataclass

PRIOR_S: Final = 120.0
"""How long a run is thought to take before any has been seen to end."""
ENOUGH: Final = 20
"""Finished runs from which on durations count as learned."""
_PRIOR_RUNS: Final = 4
"""How many runs of `PRIOR_S` the first real ones are averaged with."""
_NEARLY: Final = 0.9
"""From here on progress slows down, so that it never arrives."""
_MOST: Final = 0.99


@dataclass(frozen=True, slots=True)
class DurationSample:
    """How long one run took that completed or failed, in seconds."""

    total_s: float
    """From when the server got it to the end."""
    queued_s: float | None = None
    """From when the server got it until it was first seen running, which is later than it began by what polling took; None: never seen
    running."""
    node_count: int | None = None

    @property
    def running_s(self) -> float | None:
        """From when it was first seen running to the end."""
        return None if self.queued_s is None else self.total_s - self.queued_s


@dataclass(frozen=True, slots=True)
class DurationModel:
    """The durations of one webhook's runs. A run is told by `waited_s`, seconds since it was created, and `running_s`,
    seconds since it was first seen running; None where it has not been, or where that is not known (`elapsed`).

    Two clocks may foretell an end: one from creation, exact, and one from the start, exact to a poll but free of what the
    run spent in the queue. The one whose past scatters less is believed.
    """

    runs: int
    """How many finished runs it rests on."""
    typical_s: float
    """From creation to the end: the geometric mean, with a few runs of `PRIOR_S` among them."""
    total: SurvivalCurve | None = None
    """From creation to the end; None: too little history."""
    queued: SurvivalCurve | None = None
    """From creation to the start, as seen."""
    running: SurvivalCurve | None = None
    """From the start to the end; None: too few were seen starting."""
    by_start: bool = False
    """Whether the clock from the start is the one to believe."""

    @classmethod
    def memoryless(cls, mean_s: float = PRIOR_S, runs: int = 0) -> Self:
        """Any moment is as likely to be the last as any other."""
        return cls(runs, mean_s)

    @classmethod
    def fit(cls, finished: Sequence[DurationSample], hanging: int = 0) -> Self:
        """Learned from runs in the order they ended; what they were like before a lasting change is forgotten.

        `hanging`: how many active runs have lasted longer than all of them, which is evidence too: of those that begin
        now, more may hang.
        """
        if len(finished) < ENOUGH:
            return cls.memoryless(_typical_s(finished), len(finished))
        alike = finished[-after_change_point([run.total_s for run in finished]) :]
        started = [run for run in alike if run.queued_s is not None]
        total = SurvivalCurve.of([run.total_s for run in alike], hanging)
        queued = running = None
        if len(started) * 2 >= len(alike):
            queued = SurvivalCurve.of([run.queued_s for run in started if run.queued_s is not None])
            running = SurvivalCurve.of([run.running_s for run in started if run.running_s is not None], hanging)
        by_start = running is not None and running.scatter_s() < total.scatter_s()
        return cls(len(alike), _typical_s(alike), total, queued, running, by_start)

    @property
    def is_learned(self) -> bool:
        """Enough runs have finished to foretell by. After a lasting change it may rest on few of them (`runs`)."""
        return self.total is not None

    def hazard(self, waited_s: float | None, running_s: float | None) -> float:
        """Expected completions a second of one such run, now; never 0. A table look-up: a schedule asks for each run.

        For a run that has not been seen running, where the end is foretold from the start, it is the hazard of the start:
        noticing that late would blur the end.
        """
        if self.total is None:
            return 1 / self.typical_s
        if self.by_start and self.running is not None and self.queued is not None:
            if running_s is not None:
                return self.running.hazard(running_s)
            if waited_s is not None:
                return self.queued.hazard(waited_s)
        lasted = waited_s if waited_s is not None else running_s
        return 1 / self.typical_s if lasted is None else self.total.hazard(lasted)

    def left_s(self, waited_s: float | None, running_s: float | None) -> float | None:
        """Median seconds until such a run ends; None: too little history."""
        if self.by_start and self.running is not None and self.queued is not None:
            if running_s is not None:
                return self.running.left_s(running_s)
            return None if waited_s is None else self.queued.left_s(waited_s) + self.running.quantile(0.5)
        lasted = waited_s if waited_s is not None else running_s
        return None if self.total is None or lasted is None else self.total.left_s(lasted)

    def progress(self, waited_s: float | None, running_s: float | None) -> float | None:
        """How far such a run is, from 0 up to but never 1; None: too little history.

        It grows evenly until nearly four fifths of past runs had ended, then ever more slowly.
        """
        if self.by_start and self.running is not None:
            if running_s is None:
                return None if waited_s is None else 0.0
            return _progress(running_s / self.running.quantile(0.8))
        lasted = waited_s if waited_s is not None else running_s
        return None if self.total is None or lasted is None else _progress(lasted / self.total.quantile(0.8))

    def is_slow(self, running_s: float) -> bool:
        """It runs longer than 95 % of the past ones did; False with too little history."""
        spread = self.running or self.total
        return spread is not None and running_s > spread.quantile(0.95)

    def learned(self) -> DurationStats | None:
        """The figures, for people; None: too little history."""
        spread = self.running or self.total
        if spread is None:
            return None
        queued_s = None if self.queued is None else self.queued.quantile(0.5)
        return DurationStats(self.runs, queued_s, spread.quantile(0.5), spread.quantile(0.95))


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What past runs let expect of one active run."""

    left_s: float
    """Median seconds until it ends."""
    progress: float
    """From 0 up to but never 1."""
    slow: bool
    """It runs longer than 95 % of the past ones did."""
    slow_s: float
    """95 % of the past ones had ended this many seconds after they began."""

    @classmethod
    def of(cls, durations: DurationModel, waited_s: float, running_s: float | None) -> Self | None:
        """None: too little history to say anything."""
        learned = durations.learned()
        left_s, progress = durations.left_s(waited_s, running_s), durations.progress(waited_s, running_s)
        if learned is None or left_s is None or progress is None:
            return None
        slow = running_s is not None and durations.is_slow(running_s)
        return cls(left_s, progress, slow, learned.slow_s)


def elapsed(row: RunRow | ActiveRun, now: float) -> tuple[float, float | None]:
    """`waited_s` and `running_s` of an active run at `now`, epoch seconds. Never negative, though clocks may disagree."""
    running = None if row.started_at is None else max(0.0, now - row.started_at)
    return max(0.0, now - row.begun_at), running


def _progress(share: float) -> float:
    if share <= _NEARLY:
        return max(0.0, share)
    rest = 1 - _NEARLY
    return min(_MOST, 1 - rest * math.exp((_NEARLY - share) / rest))


def _typical_s(finished: Sequence[DurationSample]) -> float:
    """Geometric, because a single hanging run must not make all the others look quick."""
    logs = [math.log(min(max(run.total_s, SHORTEST_S), LONGEST_S)) for run in finished]
    return math.exp((_PRIOR_RUNS * math.log(PRIOR_S) + sum(logs)) / (_PRIOR_RUNS + len(logs)))
