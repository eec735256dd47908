"""Change point of durations: when they changed for good, for example because somebody edited the workflow."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from cordage_tui.domain.statistics.survival_curve import ObservedSpan, known_quantiles

FEWEST: Final = 4
"""Least number of ended runs on each side of a change."""
THRESHOLD: Final = 3.6
"""Standard deviations of the rank sum above which a change is not chance."""


def after_change_point(spans: Sequence[ObservedSpan]) -> int:
    """Count the runs since the last change point; all of them if nothing has changed.

    `spans` must be in the order in which the runs began. Their order by end depends on the durations: the short runs of a
    batch come first.

    The test is Gehan's generalisation (1965) of the Wilcoxon rank-sum test, at each possible change point. The most
    significant one is taken, and the runs after it are tested again. Ranks are robust against outliers and need no
    assumption about the distribution.
    """
    count = len(spans)
    while changed := _changed_count(spans[-count:]):
        count = changed
    return count


def first_alike(total: Sequence[ObservedSpan], running: Sequence[ObservedSpan | None]) -> int:
    """Return the index of the first run since the last change point. Both lists are in the order in which the runs began.

    The running times are tested if they scatter less than the total times, because the wait at the server grows within a
    batch. Otherwise the total times are tested. `running` is None for runs whose beginning was not observed.
    """
    observed = [(index, span) for index, span in enumerate(running) if span is not None]
    spans = [span for _, span in observed]
    ended = sum(is_whole for _, is_whole in total)
    are_mostly_observed = 0 < ended <= 2 * sum(is_whole for _, is_whole in spans)
    if are_mostly_observed and _middle_half_s(spans) < _middle_half_s(total):
        first = len(observed) - after_change_point(spans)
        return observed[first][0] if first else 0
    return len(total) - after_change_point(total)


def _middle_half_s(spans: Sequence[ObservedSpan]) -> float:
    """Return the interquartile range in seconds; infinity if it is unknown because too many runs are unfinished."""
    low, high = known_quantiles(spans, 0.25, 0.75)
    return math.inf if low is None or high is None else high - low


def _changed_count(spans: Sequence[ObservedSpan]) -> int:
    """Return how many spans follow the most significant change point; 0 if there is none."""
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
    """Return whether a change remains significant although the last `length` spans were observed for less time.

    The variance is that of the ends at each age, given how many spans of each side reached that age (Mantel 1967).
    """
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
    """Return the score of each span: how many others are certainly shorter, minus how many are certainly longer."""
    whole = sorted(seconds for seconds, is_whole in spans if is_whole)
    unfinished = sorted(seconds for seconds, is_whole in spans if not is_whole)
    scores = []
    for seconds, is_whole in spans:
        if is_whole:
            longer = len(whole) - bisect_right(whole, seconds) + len(unfinished) - bisect_left(unfinished, seconds)
            scores.append(float(bisect_left(whole, seconds) - longer))
        else:
            scores.append(float(bisect_right(whole, seconds)))
    return scores
