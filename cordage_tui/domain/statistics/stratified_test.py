"""Stratified test of whether runs with a trait are kept more often or less often than the others."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass

_EXACT: Final = 25.0
"""Variance up to which the distribution is computed; above it is normal, with the correction for continuity."""
_NEGLIGIBLE: Final = 1e-16
"""Probabilities that are left out at the ends of the distribution."""


class Stratum(NamedTuple):
    """Fourfold table of one stratum."""

    with_kept: int
    """Kept runs that have it."""
    having: int
    """Runs that have it."""
    kept: int
    """Kept runs."""
    of: int
    """Runs."""

    @property
    def weight(self) -> float:
        """Weight of Mantel and Haenszel (1959): 0 where it tells nothing, for all runs have it or none has."""
        return self.having * (self.of - self.having) / self.of

    @property
    def variance(self) -> float:
        """Variance of `with_kept` where nothing depends on it."""
        spread = self.kept * (self.of - self.kept)
        return self.weight * spread / (self.of * (self.of - 1)) if self.of > 1 else 0.0


@dataclass(frozen=True, slots=True)
class TestResult:
    """Result of the test of one table."""

    p: float
    """Probability of a difference at least as large, either way, where there is none."""
    least_p: float
    """Smallest `p` that these strata can have; where it is large, no verdict whatever would have been a finding."""
    difference: float | None
    """Share kept less that of the others within the same strata, -1 to 1; None: they cannot be compared."""


def information(strata: Iterable[Stratum]) -> float:
    """Sum the weights of strata: how much they can tell."""
    return sum(stratum.weight for stratum in strata)


def stratified_test(strata: Sequence[Stratum]) -> TestResult:
    """Test whether having it and being kept go together within strata.

    The exact conditional test: given how many of each stratum have it and how many are kept, the kept ones that have it
    are the sum of hypergeometric numbers. Of its two tails the smaller counts twice, which is never too bold. Where the
    variance is large, it is the test of Mantel and Haenszel (1959) with its correction for continuity.
    """
    telling = [stratum for stratum in strata if stratum.variance > 0]
    weight = information(strata)
    if not weight:
        return TestResult(1.0, 1.0, None)
    difference = sum(s.weight * _difference(s) for s in strata if s.weight) / weight
    variance = sum(stratum.variance for stratum in telling)
    if not variance:
        return TestResult(1.0, 1.0, difference)
    seen = sum(stratum.with_kept for stratum in telling)
    if variance > _EXACT:
        mean = sum(stratum.having * stratum.kept / stratum.of for stratum in telling)
        z = max(0.0, abs(seen - mean) - 0.5) / math.sqrt(variance)
        return TestResult(math.erfc(z / math.sqrt(2)), 0.0, difference)
    first, chances = 0, [1.0]
    for stratum in telling:
        least, each = _hypergeometric(stratum)
        cut, chances = _trimmed(_convolved(chances, each))
        first += least + cut
    lower, upper = sum(chances[: max(0, seen - first + 1)]), sum(chances[max(0, seen - first) :])
    return TestResult(min(1.0, 2 * min(lower, upper)), min(1.0, 2 * min(chances[0], chances[-1])), difference)


def _difference(stratum: Stratum) -> float:
    others = stratum.of - stratum.having
    return stratum.with_kept / stratum.having - (stratum.kept - stratum.with_kept) / others


def _hypergeometric(stratum: Stratum) -> tuple[int, list[float]]:
    """Return the least number of kept ones that have it, and the probabilities of this and the following numbers."""
    having, kept, of = stratum.having, stratum.kept, stratum.of
    least, most = max(0, having + kept - of), min(having, kept)
    ways = math.lgamma(of + 1) - math.lgamma(kept + 1) - math.lgamma(of - kept + 1)
    chance = math.exp(_log_choose(having, least) + _log_choose(of - having, kept - least) - ways)
    chances = [chance]
    for count in range(least, most):
        chance *= (having - count) * (kept - count) / ((count + 1) * (of - having - kept + count + 1))
        chances.append(chance)
    return least, chances


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    found = [0.0] * (len(one) + len(other) - 1)
    for at, chance in enumerate(one):
        for further, more in enumerate(other):
            found[at + further] += chance * more
    return found


def _trimmed(chances: Sequence[float]) -> tuple[int, list[float]]:
    """Return the probabilities without the negligible ones at either end, and how many were cut at the beginning."""
    first, end = 0, len(chances)
    while end - first > 1 and chances[first] < _NEGLIGIBLE:
        first += 1
    while end - first > 1 and chances[end - 1] < _NEGLIGIBLE:
        end -= 1
    return first, list(chances[first:end])


def discoveries(p_values: Sequence[float], rate: float) -> frozenset[int]:
    """Return the places of those that are real by the procedure of Benjamini and Hochberg (1995): of them about the share
    `rate` is expected to be chance."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    ranks = [rank for rank, place in enumerate(order, 1) if p_values[place] <= rate * rank / len(order)]
    return frozenset(order[: max(ranks, default=0)])
