"""Model of run durations: hazard, remaining time, change point."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final, Self

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import ActiveRun, RunRow, Status
from cordage_tui.domain.webhook import DurationStats

# How a span of time scatters from run to run, learned from past ones: what is left of it, and how likely it ends now.

CELLS: Final = 96
"""Of the tables, evenly over the logarithm of time."""
SHORTEST_S: Final = 0.05
LONGEST_S: Final = 1e8
"""Spans beyond these are taken as these."""
SURPRISE: Final = 0.01
"""At least this share of runs is thought to end like nothing seen so far, so that early failures are noticed."""
_NARROWEST: Final = 0.05
"""Standard deviation, in log time, of the kernel at least: what polling blurs even where all spans are equal."""
_REACH: Final = 4.0
"""Standard deviations to which a kernel reaches."""
_EARLIEST_S: Final = SHORTEST_S / 10
"""Where the tables begin at the earliest."""


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A smooth distribution of spans in seconds, as tables, so that each question is a look-up.

    It is a log-normal kernel estimate of the spans seen, with bandwidth by Silverman's rule (1986, eq. 3.31), mixed with a
    share of surprises that survive t seconds with 1 / (1 + t / median): whatever has lasted longer than all before is
    expected to last as long again, and may end at any time.
    """

    spans: tuple[float, ...]
    """What was seen, ascending."""
    start: float
    """Log of the first cell's beginning."""
    step: float
    """Log width of a cell."""
    survival: tuple[float, ...]
    """Share that lasts beyond the beginning of each cell, and beyond the last cell's end."""
    hazards: tuple[float, ...]
    """Before the first cell, and in each: ends a second, of what has lasted so long."""

    @classmethod
    def of(cls, spans: Sequence[float], hanging: int = 0) -> Self:
        """Fit a curve to at least one span. `hanging`: how many that have not ended have lasted longer than all of
        these."""
        seen = tuple(sorted(min(max(span, SHORTEST_S), LONGEST_S) for span in spans))
        logs = [math.log(span) for span in seen]
        width = bandwidth(logs)
        start = max(logs[0] - _REACH * width, math.log(_EARLIEST_S))
        step = (logs[-1] + _REACH * width - start) / CELLS
        surprise = max(SURPRISE, (1 + hanging) / (len(seen) + 1 + hanging))
        middle = quantile(seen, 0.5)
        edges = [math.exp(start + i * step) for i in range(CELLS + 1)]
        kernel = _smooth_survival([(log - start) / step for log in logs], width / step)
        survival = tuple(
            (1 - surprise) * known + surprise / (1 + edge / middle) for known, edge in zip(kernel, edges, strict=True)
        )
        hazards = tuple(
            math.log(before / after) / (end - begin)
            for (begin, end), (before, after) in zip(pairwise([0.0, *edges]), pairwise([1.0, *survival]), strict=True)
        )
        return cls(seen, start, step, survival, hazards)

    def hazard(self, lasted_s: float) -> float:
        """Hazard rate, ends a second, of what has lasted `lasted_s`; positive and finite."""
        cell = self._cell(lasted_s)
        return self.hazards[cell + 1] if cell < CELLS else 1 / (self.quantile(0.5) + lasted_s)

    def left_s(self, lasted_s: float) -> float:
        """Median seconds that what has lasted `lasted_s` will still last."""
        wanted = self.survives(lasted_s) / 2
        if wanted < self.survival[-1]:
            middle = self.quantile(0.5)
            return max(0.0, (middle + self._edge(CELLS)) * self.survival[-1] / wanted - middle - lasted_s)
        cell = bisect_right(self.survival, -wanted, key=lambda share: -share) - 1
        begin, share = (self._edge(cell), self.survival[cell]) if cell >= 0 else (0.0, 1.0)
        return max(0.0, begin + math.log(share / wanted) / self.hazards[cell + 1] - lasted_s)

    def survives(self, lasted_s: float) -> float:
        """Share of spans that last longer than this; above 0."""
        cell = self._cell(lasted_s)
        if cell >= CELLS:
            middle = self.quantile(0.5)  # from here on as the surprise falls, which continues where the kernels end
            return self.survival[-1] * (middle + self._edge(CELLS)) / (middle + lasted_s)
        begin, share = (self._edge(cell), self.survival[cell]) if cell >= 0 else (0.0, 1.0)
        return share * math.exp(-self.hazards[cell + 1] * (lasted_s - begin))

    def quantile(self, share: float) -> float:
        """Seconds that this share of the spans did not exceed."""
        return quantile(self.spans, share)

    def scatter_s(self) -> float:
        """Seconds within which the middle half of the spans lies."""
        return self.quantile(0.75) - self.quantile(0.25)

    def _cell(self, lasted_s: float) -> int:
        """Return the cell of a span: -1 before the first, CELLS after the last."""
        if lasted_s <= _EARLIEST_S:
            return -1
        return max(-1, min(CELLS, math.floor((math.log(lasted_s) - self.start) / self.step)))

    def _edge(self, cell: int) -> float:
        return math.exp(self.start + cell * self.step)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ascending values lie, between two of them where it falls between."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def bandwidth(ordered: Sequence[float]) -> float:
    """Silverman's rule of thumb: 0.9 min(s, IQR / 1.34) n^(-1/5); `ordered` ascending."""
    mean = math.fsum(ordered) / len(ordered)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / len(ordered))
    scale = min(deviation, (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / 1.34)
    return max(_NARROWEST, 0.9 * scale * math.pow(len(ordered), -0.2))


def _smooth_survival(places: Sequence[float], width: float) -> list[float]:
    """Share of kernels, `width` wide, beyond each cell edge; all in cells. Linear binning makes it independent of how many
    there are (Wand 1994)."""
    bins = [0.0] * (CELLS + 2)
    for place in places:
        cell = int(place)
        bins[cell] += cell + 1 - place
        bins[cell + 1] += place - cell
    reach = math.ceil(_REACH * width)
    below = [0.5 * math.erfc(-k / width / math.sqrt(2)) for k in range(-reach, reach + 1)]
    passed = list(accumulate(bins, initial=0.0))
    survival = []
    for edge in range(CELLS + 1):
        first, last = max(0, edge - reach), min(len(bins), edge + reach + 1)
        near = sum(bins[k] * below[k - edge + reach] for k in range(first, last))
        survival.append((near + passed[-1] - passed[last]) / len(places))
    return survival


# Whether durations have changed for good, as when somebody has edited the workflow.

FEWEST: Final = 4
"""Runs on either side of a change."""
THRESHOLD: Final = 3.6
"""Standard deviations of the rank sum that chance does not explain."""


def after_change_point(durations: Sequence[float]) -> int:
    """Count the last durations (oldest first) that are alike; all of them when nothing has changed.

    The Wilcoxon rank-sum test at each place they could be cut; the most striking cut counts, and what follows it is
    looked at again. Ranks mind neither outliers nor the shape of the distribution.
    """
    kept = len(durations)
    while cut := _cut(durations[-kept:]):
        kept = cut
    return kept


def _cut(values: Sequence[float]) -> int:
    """Length of the changed end of `values`; 0: none."""
    n = len(values)
    sums = list(accumulate(reversed(_ranks(values)), initial=0.0))
    best, length = THRESHOLD, 0
    for k in range(FEWEST, n - FEWEST + 1):
        deviation = abs(sums[k] - k * (n + 1) / 2) / math.sqrt(k * (n - k) * (n + 1) / 12)
        if deviation > best:
            best, length = deviation, k
    return length


def _ranks(values: Sequence[float]) -> list[float]:
    """Rank values from 1; equals share their mean."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


# What finished runs teach about how long the next one takes.

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
    """Duration of one run that completed or failed, in seconds."""

    total_s: float
    """From when the server got it to the end."""
    queued_s: float | None = None
    """From when the server got it until it was first seen running, which is later than it began by what polling took; None: never seen
    running."""
    node_count: int | None = None
    own_queue_s: float | None = None
    """In our own queue, before the server got it; None: it was started elsewhere."""

    @property
    def running_s(self) -> float | None:
        """Seconds from when it was first seen running to the end."""
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
        """Build a model with a constant hazard: any moment is as likely to be the last as any other."""
        return cls(runs, mean_s)

    @classmethod
    def fit(cls, finished: Sequence[DurationSample], hanging: int = 0) -> Self:
        """Fit a model to runs in the order they ended; what they were like before a lasting change is forgotten.

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
        """True if enough runs have finished to estimate an end. After a lasting change it may rest on few of them
        (`runs`)."""
        return self.total is not None

    def hazard(self, waited_s: float | None, running_s: float | None) -> float:
        """Expected completions a second of one such run, now; never 0. A table look-up: a schedule asks for each run.

        For a run that has not been seen running, where the end is foretold from the start, it is the hazard of the start:
        noticing that late would blur the end.
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
        """Hazard with little history: ends over time at risk. The finished runs and one prior run count, and the time that
        this one has lasted; without it, webhooks whose few runs are long would be read as if they were short."""
        known = self.runs + 1
        return known / (known * self.typical_s + lasted_s)

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
    """`waited_s` and `running_s` of an active run at `now`, epoch seconds. Never negative, though clocks may disagree. One that was
    running when it was first seen counts as running since the server got it."""
    seen = isinstance(row, RunRow) and row.status is Status.RUNNING
    began = row.begun_at if seen and row.started_at is None else row.started_at
    return max(0.0, now - row.begun_at), None if began is None else max(0.0, now - began)


def _progress(share: float) -> float:
    if share <= _NEARLY:
        return max(0.0, share)
    rest = 1 - _NEARLY
    return min(_MOST, 1 - rest * math.exp((_NEARLY - share) / rest))


def _typical_s(finished: Sequence[DurationSample]) -> float:
    """Geometric mean, because a single hanging run must not make all the others look quick."""
    logs = [math.log(min(max(run.total_s, SHORTEST_S), LONGEST_S)) for run in finished]
    return math.exp((_PRIOR_RUNS * math.log(PRIOR_S) + sum(logs)) / (_PRIOR_RUNS + len(logs)))
