"""How a span of time scatters from run to run, learned from past ones: what is left of it, and how likely it ends now."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import pstdev
from typing import Final, Self

from cordage_tui.domain.value import dataclass

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
        """Learned from at least one span. `hanging`: how many that have not ended have lasted longer than all of these."""
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
        """Ends a second, of what has lasted `lasted_s`; positive and finite."""
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
            middle = self.quantile(0.5)  # from here on as the surprise falls, which goes on where the kernels end
            return self.survival[-1] * (middle + self._edge(CELLS)) / (middle + lasted_s)
        begin, share = (self._edge(cell), self.survival[cell]) if cell >= 0 else (0.0, 1.0)
        return share * math.exp(-self.hazards[cell + 1] * (lasted_s - begin))

    def quantile(self, share: float) -> float:
        """Seconds that this share of the spans seen did not last longer than."""
        return quantile(self.spans, share)

    def scatter_s(self) -> float:
        """Seconds within which the middle half of the spans lies."""
        return self.quantile(0.75) - self.quantile(0.25)

    def _cell(self, lasted_s: float) -> int:
        """-1 before the first, CELLS after the last."""
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
    scale = min(pstdev(ordered), (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / 1.34)
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
