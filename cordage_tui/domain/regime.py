"""Whether durations have changed for good, as when somebody has edited the workflow."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

FEWEST: Final = 4
"""Runs on either side of a change."""
THRESHOLD: Final = 3.6
"""Standard deviations of the rank sum that chance does not explain."""


def after_change_point(durations: Sequence[float]) -> int:
    """How many of the last durations (oldest first) are alike; all of them when nothing has changed.

    The Wilcoxon rank-sum test at each place they could be cut; the most striking cut counts, and what follows it is looked
    at again. Ranks mind neither outliers nor the shape of the distribution.
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
    """Ranks from 1; equals share their mean."""
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
