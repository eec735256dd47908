"""Survival curve: how a span of time scatters from run to run, learned from ended and active ones."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final, Self, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass

ObservedSpan: TypeAlias = tuple[float, bool]
"""Seconds, and whether that is the whole span. An unfinished one had lasted so long when it was last seen (right-censored)."""
CELLS: Final = 96
"""Of the tables, evenly over the logarithm of time."""
SHORTEST_S: Final = 0.05
LONGEST_S: Final = 1e8
"""Spans beyond these are taken as these."""
SURPRISE: Final = 0.01
"""At least this share of runs is thought to end like nothing seen so far, so that early failures are noticed."""
_NARROWEST: Final = 0.05
"""Smallest standard deviation of the kernel, in log time: the blur of polling, even if all spans are equal."""
_REACH: Final = 4.0
"""Reach of a kernel, in standard deviations."""
_ROUNDING: Final = 1e-9
"""Part of all spans by which the sum of their shares may miss 1."""
_EARLIEST_S: Final = SHORTEST_S / 10
"""Earliest beginning of the tables."""

# Quantiles of whole and unfinished spans.


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the ascending values lie, interpolated between two of them."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def kaplan_meier(whole: Sequence[float], lasting: Sequence[float]) -> list[float]:
    """Estimate the distribution of whole and unfinished spans by Kaplan and Meier (1958): the share of each whole
    span.

    `lasting` are the lengths so far of the unfinished ones; both are ascending. An unfinished span counts as one that
    lasts at least that long. The shares add up to less than 1 if the longest span is unfinished: of the remainder
    only this lower bound is known.
    """
    shares: list[float] = []
    beyond, place = 1.0, 0
    while place < len(whole):
        behind = bisect_right(whole, whole[place])
        at_risk = len(whole) - place + len(lasting) - bisect_left(lasting, whole[place])
        shares += [beyond / at_risk] * (behind - place)
        beyond *= (at_risk - behind + place) / at_risk
        place = behind
    return shares


def known_quantiles(spans: Sequence[ObservedSpan], *shares: float) -> list[float | None]:
    """Return the lengths that these shares of the spans do not exceed, interpolated between two of them.

    None: there are no spans, or it is only known to be longer than all whole ones, because too many are unfinished.
    """
    whole = sorted(seconds for seconds, is_whole in spans if is_whole)
    if not whole:
        return [None] * len(shares)
    if len(whole) == len(spans):
        return [quantile(whole, share) for share in shares]
    lasting = sorted(seconds for seconds, is_whole in spans if not is_whole)
    places = _places(kaplan_meier(whole, lasting))
    return [_between(whole, places, share) if share <= places[-1] else None for share in shares]


def _places(shares: Sequence[float]) -> list[float]:
    """Return the place of each length among all, from 0 for the first; the last has 1 if the shares add up to 1.

    With equal shares they are those of `quantile`.
    """
    whole, first = 1.0 - (shares[0] + shares[-1]) / 2, shares[0] / 2
    ends = zip(accumulate(shares), shares, strict=True)
    places = [(end - share / 2 - first) / whole if whole > 0 else 0.0 for end, share in ends]
    return [0.0, *(1.0 if place > 1.0 - _ROUNDING else place for place in places[1:])]


def _between(lengths: Sequence[float], places: Sequence[float], share: float) -> float:
    """Return the length at a place, interpolated between two."""
    at = bisect_right(places, share)
    if at == len(places):
        return lengths[-1]
    low, high = places[at - 1], places[at]
    return lengths[at - 1] + (lengths[at] - lengths[at - 1]) * (share - low) / (high - low)


# Unfinished spans that are longer than all whole ones: a log-normal distribution of all spans foretells their ends.

_ROUNDS: Final = 25
_CLOSE: Final = 1e-3
_SAMPLE: Final = 24
"""Unfinished spans by which the distribution is fitted, and by which its tail is drawn."""
_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def _tail(whole: Sequence[float], lasting: Sequence[float]) -> list[float]:
    """Predict the ends of the spans that are longer than all whole ones.

    All are logarithms of seconds, ascending; `lasting` are the lengths so far of unfinished ones.
    """
    mean, deviation = _log_normal(whole, lasting)
    beyond = _evenly(lasting[bisect_left(lasting, whole[-1]) :])
    return sorted(_end_of(log, place * _GOLDEN % 1.0, mean, deviation) for place, log in enumerate(beyond, 1))


def _evenly(values: Sequence[float]) -> Sequence[float]:
    if len(values) <= _SAMPLE:
        return values
    return [values[(2 * place + 1) * len(values) // (2 * _SAMPLE)] for place in range(_SAMPLE)]


def _log_normal(whole: Sequence[float], lasting: Sequence[float]) -> tuple[float, float]:
    """Return mean and deviation of the most likely normal distribution of whole and unfinished spans (by the
    expectation-maximisation of Dempster, Laird and Rubin 1977)."""
    sample = _evenly(lasting)
    weight = len(lasting) / len(sample)
    count = len(whole) + len(lasting)
    sums = math.fsum(whole), math.fsum(log * log for log in whole)
    mean = (sums[0] + math.fsum(lasting)) / count
    deviation = max(_NARROWEST, math.sqrt(math.fsum((log - mean) ** 2 for log in (*whole, *lasting)) / count))
    for _ in range(_ROUNDS):
        first, second = sums
        for log in sample:
            more = deviation * _mills((log - mean) / deviation)
            first += weight * (mean + more)
            second += weight * (mean * mean + deviation * deviation + more * (log + mean))
        before, mean = mean, first / count
        deviation = max(_NARROWEST, math.sqrt(max(0.0, second / count - mean * mean)))
        if abs(mean - before) < _CLOSE * deviation:
            break
    return mean, deviation


def _mills(z: float) -> float:
    """Mean of a standard normal number that is above `z`."""
    return z + 1 / z if z > _FAR else _ROOT * math.exp(-z * z / 2) / math.erfc(z / _ROOT_2)


_ROOT_2: Final = math.sqrt(2)
_ROOT: Final = math.sqrt(2 / math.pi)
_FAR: Final = 6.0
"""Deviations from which on a normal tail is taken as an exponential one."""


def _end_of(log: float, share: float, mean: float, deviation: float) -> float:
    """Return the log length that `share` of the spans that have lasted `log` do not exceed."""
    from statistics import NormalDist  # late: needed only if runs last longer than all that have ended

    z = (log - mean) / deviation
    if z > _FAR:
        return log - deviation * math.log(1 - share) / z
    normal = NormalDist(mean, deviation)
    return max(log, normal.inv_cdf(1 - (1 - share) * (1 - normal.cdf(log))))


# The curve, as tables.


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """A smooth distribution of spans in seconds, as tables, so that each question is a look-up.

    It is a log-normal kernel estimate of the spans seen, with bandwidth by Silverman's rule (1986, eq. 3.31). Kaplan
    and Meier weight the spans if some are unfinished. It is mixed with a share of surprises that survive t seconds
    with 1 / (1 + t / median). So a run that has lasted longer than all before is expected to last as long again, and
    may end at any time.
    """

    spans: tuple[float, ...]
    """Whole spans, ascending, followed by the predicted lengths of unfinished ones that are longer."""
    places: tuple[float, ...]
    """Share of all spans below each, from 0 to 1."""
    start: float
    """Log of the first cell's beginning."""
    step: float
    """Log width of a cell."""
    survival: tuple[float, ...]
    """Share that lasts beyond the beginning of each cell, and beyond the last cell's end."""
    hazards: tuple[float, ...]
    """Before the first cell, and in each: ends per second, of spans that have lasted this long."""

    @classmethod
    def of(cls, whole: Sequence[float], lasting: Sequence[float] = ()) -> Self:
        """Fit a curve to at least one whole span. `lasting`: lengths so far of unfinished ones."""
        lengths = sorted(map(_clamped, whole))
        logs, shares = _weighted([*map(math.log, lengths)], [math.log(span) for span in sorted(map(_clamped, lasting))])
        places = _places(shares)
        width = _bandwidth(logs, shares, places, len(whole))
        start = max(logs[0] - _REACH * width, math.log(_EARLIEST_S))
        step = (logs[-1] + _REACH * width - start) / CELLS
        surprise = max(SURPRISE, 1 / (len(whole) + 1))
        spans = (*lengths, *map(math.exp, logs[len(lengths) :]))
        middle = _between(spans, places, 0.5)
        edges = [math.exp(start + i * step) for i in range(CELLS + 1)]
        kernel = _smooth_survival([(log - start) / step for log in logs], shares, width / step)
        survival = tuple(
            (1 - surprise) * share + surprise / (1 + edge / middle) for share, edge in zip(kernel, edges, strict=True)
        )
        hazards = tuple(
            math.log(before / after) / (end - begin)
            for (begin, end), (before, after) in zip(pairwise([0.0, *edges]), pairwise([1.0, *survival]), strict=True)
        )
        return cls(spans, tuple(places), start, step, survival, hazards)

    @classmethod
    def of_observed(cls, spans: Iterable[ObservedSpan | None]) -> Self:
        """Fit a curve to spans, at least one of them whole; None: not seen."""
        seen_spans = [span for span in spans if span is not None]
        return cls.of(
            [span for span, is_whole in seen_spans if is_whole], [span for span, is_whole in seen_spans if not is_whole]
        )

    def hazard(self, lasted_s: float) -> float:
        """Return the hazard rate, ends per second, of a span that has lasted `lasted_s`; positive and finite."""
        cell = self._cell(lasted_s)
        return self.hazards[cell + 1] if cell < CELLS else 1 / (self.quantile(0.5) + lasted_s)

    def left_s(self, lasted_s: float) -> float:
        """Return the median seconds that a span which has lasted `lasted_s` will still last."""
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
            middle = self.quantile(0.5)  # from here on it falls like the surprise: the last kernel has ended
            return self.survival[-1] * (middle + self._edge(CELLS)) / (middle + lasted_s)
        begin, share = (self._edge(cell), self.survival[cell]) if cell >= 0 else (0.0, 1.0)
        return share * math.exp(-self.hazards[cell + 1] * (lasted_s - begin))

    def quantile(self, share: float) -> float:
        """Seconds that this share of the spans did not exceed."""
        return _between(self.spans, self.places, share)

    def scatter_s(self) -> float:
        """Return the interquartile range in seconds."""
        return self.quantile(0.75) - self.quantile(0.25)

    def _cell(self, lasted_s: float) -> int:
        """Return the cell of a span: -1 before the first, CELLS after the last."""
        if lasted_s <= _EARLIEST_S:
            return -1
        return max(-1, min(CELLS, math.floor((math.log(lasted_s) - self.start) / self.step)))

    def _edge(self, cell: int) -> float:
        return math.exp(self.start + cell * self.step)


def _clamped(span: float) -> float:
    return min(max(span, SHORTEST_S), LONGEST_S)


def _weighted(whole: Sequence[float], lasting: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Return the whole spans, then the predicted lengths of those that last longer, and the share of each.

    All are logarithms, ascending.
    """
    shares = kaplan_meier(whole, lasting)
    if not lasting or lasting[-1] < whole[-1]:
        return whole, shares
    tail = _tail(whole, lasting)
    return [*whole, *tail], [*shares, *[max(0.0, 1.0 - math.fsum(shares)) / len(tail)] * len(tail)]


def _bandwidth(logs: Sequence[float], shares: Sequence[float], places: Sequence[float], count: int) -> float:
    """Silverman's rule of thumb: 0.9 min(s, IQR / 1.34) n^(-1/5); `logs` ascending, `count` whole ones."""
    mean = math.fsum(log * share for log, share in zip(logs, shares, strict=True))
    deviation = math.sqrt(math.fsum(share * (log - mean) ** 2 for log, share in zip(logs, shares, strict=True)))
    middle_half = _between(logs, places, 0.75) - _between(logs, places, 0.25)
    return max(_NARROWEST, 0.9 * min(deviation, middle_half / 1.34) * math.pow(count, -0.2))


def _smooth_survival(places: Sequence[float], shares: Sequence[float], width: float) -> list[float]:
    """Share of kernels, `width` wide, beyond each cell edge; all in cells. Linear binning makes it independent of how many
    there are (Wand 1994)."""
    bins = [0.0] * (CELLS + 2)
    for place, share in zip(places, shares, strict=True):
        cell = int(place)
        bins[cell] += (cell + 1 - place) * share
        bins[cell + 1] += (place - cell) * share
    reach = math.ceil(_REACH * width)
    below = [0.5 * math.erfc(-k / width / math.sqrt(2)) for k in range(-reach, reach + 1)]
    passed = list(accumulate(bins, initial=0.0))
    survival = []
    for edge in range(CELLS + 1):
        first, last = max(0, edge - reach), min(len(bins), edge + reach + 1)
        near = sum(bins[k] * below[k - edge + reach] for k in range(first, last))
        survival.append(near + passed[-1] - passed[last])
    return survival
