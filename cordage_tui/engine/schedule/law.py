"""The square-root law: how a budget of reads is shared so that the mean wait is the shortest (FAULTS.md A2)."""

from collections.abc import Sequence
from itertools import pairwise

from cordage_tui.domain.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReadDemand:
    """What one look asks for. Each look is one call, so the law's cost c is 1. Paces are looks a second."""

    weight: float
    """√Λ, Λ being the completions a second that the look expects to see. Above 0."""
    low: float
    """It is looked at no less often than this, unless all the lows together overrun the budget."""
    high: float
    """Nor more often than this; at least `low`."""


@dataclass(frozen=True, slots=True)
class ReadRate:
    """What one look gets. Looks a second."""

    pace: float
    """How often it is looked at."""
    claim: float
    """How often it would be but for its upper bound: by this it stands in line once it is due, so that a look held back by
    its bound does not also wait for others."""


def allocate(demands: Sequence[ReadDemand], rate: float) -> list[ReadRate]:
    """The share of each look: all in proportion to their weights, within their bounds, `rate` reads a second in all.

    Less in all when the highs allow no more; when already the lows are too much, all in proportion to their lows.
    O(n log n): the sum of the paces is a piecewise linear function of their common scale, walked along its kinks.
    """
    lowest = sum(demand.low for demand in demands)
    if lowest >= rate:
        paces = [demand.low * rate / lowest for demand in demands]
        return [ReadRate(pace, pace) for pace in paces]
    scale = _scale(demands, rate, lowest)
    claims = [max(demand.weight * scale, demand.low) for demand in demands]
    return [ReadRate(min(claim, demand.high), claim) for claim, demand in zip(claims, demands, strict=True)]


def _scale(demands: Sequence[ReadDemand], rate: float, lowest: float) -> float:
    """The scale at which the paces come to `rate` in all, or at which all of them are at their highs. The lows come to less."""
    kinks = [(demand.low / demand.weight, demand.weight) for demand in demands]
    kinks += [(demand.high / demand.weight, -demand.weight) for demand in demands]
    kinks.sort()
    level, slope = lowest, 0.0
    for (scale, bend), (following, _) in pairwise(kinks):
        slope += bend
        if level + slope * (following - scale) >= rate:
            return scale + (rate - level) / slope
        level += slope * (following - scale)
    return kinks[-1][0] if kinks else 0.0
