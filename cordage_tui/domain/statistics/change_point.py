"""Change point: whether durations have changed for good, as when somebody has edited the workflow."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from cordage_tui.domain.statistics.survival_curve import ObservedSpan, known_quantiles

FEWEST: Final = 4
"""Runs that have ended on either side of a change."""
THRESHOLD: Final = 3.6
"""Standard deviations of the rank sum that chance does not explain."""


def after_change_point(spans: Sequence[ObservedSpan]) -> int:
    """Count the last runs that are alike, of runs in the order in which they began; all of them when nothing has changed.

    It is Gehan's generalisation (1965) of the Wilcoxon rank-sum test, at each place they could be cut; the most striking cut
    counts, and what follows it is looked at again. Ranks mind neither outliers nor the shape of the distribution. The order
    must not depend on the durations: in the order of their ends the short ones of a batch come first.
    """
    kept = len(spans)
    while cut := _cut(spans[-kept:]):
        kept = cut
    return kept


def first_alike(total: Sequence[ObservedSpan], running: Sequence[ObservedSpan | None]) -> int:
    """Return the place of the first run since the last lasting change, of runs in the order in which they began. It is looked for in
    the running time where that scatters less, for the wait at the server grows within a batch; else in the total. `running`: None
    for those that were not seen to begin."""
    seen = [(place, span) for place, span in enumerate(running) if span is not None]
    spans = [span for _, span in seen]
    ended = sum(is_whole for _, is_whole in total)
    is_mostly_seen = 0 < ended <= 2 * sum(is_whole for _, is_whole in spans)
    if is_mostly_seen and _middle_half_s(spans) < _middle_half_s(total):
        first = len(seen) - after_change_point(spans)
        return seen[first][0] if first else 0
    return len(total) - after_change_point(total)


def _middle_half_s(spans: Sequence[ObservedSpan]) -> float:
    """Seconds within which the middle half of the spans lies; infinity: unknown, for too many go on."""
    low, high = known_quantiles(spans, 0.25, 0.75)
    return math.inf if low is None or high is None else high - low


def _cut(spans: Sequence[ObservedSpan]) -> int:
    """Length of the changed end of `spans`; 0: none."""
    n = len(spans)
    scores = _scores(spans)
    spread = math.fsum(score * score for score in scores)
    if not spread:
        return 0
    sums = list(accumulate(reversed(scores), initial=0.0))
    ended = list(accumulate((is_whole for _, is_whole in reversed(spans)), initial=0))
    best, length = THRESHOLD, 0
    for k in range(FEWEST, n - FEWEST + 1):
        if not FEWEST <= ended[k] <= ended[n] - FEWEST:
            continue
        deviation = abs(sums[k]) / math.sqrt(k * (n - k) / (n * (n - 1)) * spread)
        if deviation > best:
            best, length = deviation, k
    are_all_whole = ended[n] == n
    return length if are_all_whole or _holds(spans, length) else 0


def _holds(spans: Sequence[ObservedSpan], length: int) -> bool:
    """Return whether a cut holds although the spans behind it began later and were watched for less time. The variance is that of
    the ends at each age, given how many spans of either side reached it (Mantel 1967)."""
    after = spans[len(spans) - length :]
    alive, alive_after = (sorted(seconds for seconds, _ in group) for group in (spans, after))
    ends = Counter(seconds for seconds, is_whole in spans if is_whole)
    ends_after = Counter(seconds for seconds, is_whole in after if is_whole)
    surplus = variance = 0.0
    for seconds, count in ends.items():
        at_risk = len(alive) - bisect_left(alive, seconds)
        share = (len(alive_after) - bisect_left(alive_after, seconds)) / at_risk
        surplus += at_risk * (ends_after[seconds] - count * share)
        if at_risk > 1:
            variance += at_risk * at_risk * count * share * (1 - share) * (at_risk - count) / (at_risk - 1)
    return abs(surplus) > THRESHOLD * math.sqrt(variance)


def _scores(spans: Sequence[ObservedSpan]) -> list[float]:
    """Score of each span: how many are surely shorter, less how many are surely longer."""
    whole = sorted(seconds for seconds, is_whole in spans if is_whole)
    lasting = sorted(seconds for seconds, is_whole in spans if not is_whole)
    scores = []
    for seconds, is_whole in spans:
        if is_whole:
            longer = len(whole) - bisect_right(whole, seconds) + len(lasting) - bisect_left(lasting, seconds)
            scores.append(float(bisect_left(whole, seconds) - longer))
        else:
            scores.append(float(bisect_right(whole, seconds)))
    return scores
