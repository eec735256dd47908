"""Model of run durations: hazard, remaining time, progress."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import ActiveRun, RunRow, Status
from cordage_tui.domain.webhook import DurationStats

if TYPE_CHECKING:
    from cordage_tui.domain.statistics.survival_curve import ObservedSpan, SurvivalCurve

# Durations of finished runs, which predict the duration of the next one.

PRIOR_S: Final = 120.0
"""Assumed duration of a run before any has been seen to end."""
ENOUGH: Final = 20
"""Finished runs from which on durations count as learned."""
_SHORTEST_S: Final = 0.05
_LONGEST_S: Final = 1e8
"""Durations beyond these are taken as these."""
_PRIOR_RUNS: Final = 4
"""How many runs of `PRIOR_S` the first real ones are averaged with."""
_NEARLY: Final = 0.9
"""From here on progress slows down, so that it never arrives."""
_MOST: Final = 0.99


@dataclass(frozen=True, slots=True)
class DurationSample:
    """Duration of one run that completed or failed, or of an active one so far, in seconds."""

    total_s: float
    """From when the server got it to the end, or to when it was last seen active."""
    queued_s: float | None = None
    """Seconds from the server's receipt until it was first seen running, which is late by up to one poll; None: never
    seen running."""
    node_count: int | None = None
    own_queue_s: float | None = None
    """In our own queue, before the server got it; None: it was started elsewhere."""
    ended: bool = True
    """False: it is active."""
    waits: bool = False
    """It is active, and was not seen running."""

    @property
    def running_s(self) -> float | None:
        """Seconds from when it was first seen running to the end, or to when it was last seen active."""
        return None if self.queued_s is None else self.total_s - self.queued_s

    @property
    def total(self) -> "ObservedSpan":
        """Span of `total_s`."""
        return self.total_s, self.ended

    @property
    def queued(self) -> "ObservedSpan | None":
        """Span of `queued_s`, or of how long it has waited; None: unknown."""
        if self.queued_s is not None:
            return self.queued_s, True
        return (self.total_s, False) if self.waits else None

    @property
    def running(self) -> "ObservedSpan | None":
        """Span of `running_s`."""
        return None if self.running_s is None else (self.running_s, self.ended)


@dataclass(frozen=True, slots=True)
class DurationModel:
    """Durations of one webhook's runs.

    A run is described by `waited_s`, seconds since it was created, and `running_s`, seconds since it was first seen
    running. `running_s` is None if it was not, or if that is unknown (`elapsed`).

    Two clocks can predict an end. One starts at creation and is exact. The other starts when the run starts: it is
    exact to a poll, but free of the wait in the queue. The one with less scatter in the past is believed.
    """

    runs: int
    """How many finished runs it rests on."""
    typical_s: float
    """From creation to the end: the geometric mean, with a few runs of `PRIOR_S` among them."""
    total: "SurvivalCurve | None" = None
    """From creation to the end; None: too little history."""
    queued: "SurvivalCurve | None" = None
    """From creation to the start, as seen."""
    running: "SurvivalCurve | None" = None
    """From the start to the end; None: too few were seen starting."""
    by_start: bool = False
    """Whether the clock from the start is the one to believe."""

    @classmethod
    def memoryless(cls, mean_s: float = PRIOR_S, runs: int = 0) -> Self:
        """Build a model with a constant hazard: the end is as likely at any moment."""
        return cls(runs, mean_s)

    @classmethod
    def fit(cls, samples: Sequence[DurationSample]) -> Self:
        """Fit a model to runs in the order of their starts; runs before a lasting change are forgotten.

        Active runs are samples too: they last at least as long as they were seen to. Without them a batch under way
        would be judged only by its short runs, which end first.
        """
        ended = [run for run in samples if run.ended]
        if len(ended) < ENOUGH:
            return cls.memoryless(_typical_s(ended), len(ended))
        from cordage_tui.domain.statistics.change_point import (
            first_alike,  # late, both: a first screen has nothing to fit
        )
        from cordage_tui.domain.statistics.survival_curve import SurvivalCurve

        alike = samples[first_alike([run.total for run in samples], [run.running for run in samples]) :]
        ended = [run for run in alike if run.ended]
        total = SurvivalCurve.of_observed(run.total for run in alike)
        queued = running = None
        if sum(run.queued_s is not None for run in ended) * 2 >= len(ended):
            queued = SurvivalCurve.of_observed(run.queued for run in alike)
            running = SurvivalCurve.of_observed(run.running for run in alike)
        by_start = running is not None and running.scatter_s() < total.scatter_s()
        return cls(len(ended), _typical_s(ended), total, queued, running, by_start)

    @property
    def is_learned(self) -> bool:
        """True if enough runs have finished to estimate an end. After a lasting change it may rest on few of them
        (`runs`)."""
        return self.total is not None

    def hazard(self, waited_s: float | None, running_s: float | None) -> float:
        """Return the expected completions per second of one such run, now; never 0. It is a table look-up, because a
        schedule asks for each run.

        If the end is predicted from the start, a run that has not been seen running has the hazard of the start.
        Noticing the start late would blur the end.
        """
        if self.total is None:
            return self._hazard_unlearned(waited_s if waited_s is not None else running_s or 0.0)
        if self.by_start and self.running is not None and self.queued is not None:
            if running_s is not None:
                return self.running.hazard(running_s)
            if waited_s is not None:
                return self.queued.hazard(waited_s)
        lasted = waited_s if waited_s is not None else running_s
        return 1 / self.typical_s if lasted is None else self.total.hazard(lasted)

    def _hazard_unlearned(self, lasted_s: float) -> float:
        """Return the hazard with little history: ends over time at risk.

        The finished runs, one prior run and the duration of this one so far all count. Without the last, a webhook
        with few long runs would look like one with short runs.
        """
        counted_runs = self.runs + 1
        return counted_runs / (counted_runs * self.typical_s + lasted_s)

    def left_s(self, waited_s: float | None, running_s: float | None) -> float | None:
        """Median seconds until such a run ends; None: too little history."""
        if self.by_start and self.running is not None and self.queued is not None:
            if running_s is not None:
                return self.running.left_s(running_s)
            return None if waited_s is None else self.queued.left_s(waited_s) + self.running.quantile(0.5)
        lasted = waited_s if waited_s is not None else running_s
        return None if self.total is None or lasted is None else self.total.left_s(lasted)

    def progress(self, waited_s: float | None, running_s: float | None) -> float | None:
        """Return the progress of such a run, from 0 up to but never 1; None: too little history.

        It grows evenly until nearly four fifths of past runs had ended, then ever more slowly.
        """
        if self.by_start and self.running is not None:
            if running_s is None:
                return None if waited_s is None else 0.0
            return _progress(running_s / self.running.quantile(0.8))
        lasted = waited_s if waited_s is not None else running_s
        return None if self.total is None or lasted is None else _progress(lasted / self.total.quantile(0.8))

    @property
    def slow_s(self) -> float | None:
        """Seconds after which 95 % of the past runs had ended; None: too little history."""
        spread = self.running or self.total
        return None if spread is None else spread.quantile(0.95)

    def learned(self) -> DurationStats | None:
        """Figures for people; None: too little history."""
        spread, slow_s = self.running or self.total, self.slow_s
        if spread is None or slow_s is None:
            return None
        queued_s = None if self.queued is None else self.queued.quantile(0.5)
        return DurationStats(self.runs, queued_s, spread.quantile(0.5), slow_s)


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """Estimate for one active run, from past ones."""

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
        """Estimate one run; None: too little history."""
        slow_s = durations.slow_s
        left_s, progress = durations.left_s(waited_s, running_s), durations.progress(waited_s, running_s)
        if slow_s is None or left_s is None or progress is None:
            return None
        return cls(left_s, progress, running_s is not None and running_s > slow_s, slow_s)


def elapsed(row: RunRow | ActiveRun, now: float) -> tuple[float, float | None]:
    """Return `waited_s` and `running_s` of an active run at `now`, epoch seconds; never negative, even if clocks
    disagree.

    A run that was running when first seen counts as running since the server got it.
    """
    is_running = isinstance(row, RunRow) and row.status is Status.RUNNING
    began = row.begun_at if is_running and row.started_at is None else row.started_at
    return max(0.0, now - row.begun_at), None if began is None else max(0.0, now - began)


def _progress(share: float) -> float:
    if share <= _NEARLY:
        return max(0.0, share)
    remaining_share = 1 - _NEARLY
    return min(_MOST, 1 - remaining_share * math.exp((_NEARLY - share) / remaining_share))


def _typical_s(finished: Sequence[DurationSample]) -> float:
    """Geometric mean, because a single hanging run must not make all the others look quick."""
    logs = [math.log(min(max(run.total_s, _SHORTEST_S), _LONGEST_S)) for run in finished]
    return math.exp((_PRIOR_RUNS * math.log(PRIOR_S) + sum(logs)) / (_PRIOR_RUNS + len(logs)))
