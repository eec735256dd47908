"""Stratified test of whether runs with a trait are kept more often or less often than other runs."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass

_EXACT: Final = 25.0
"""Variance up to which the distribution is computed exactly; above it, the normal approximation with the continuity correction is used."""
_NEGLIGIBLE: Final = 1e-16
"""Probabilities below this are left out at both ends of the distribution."""


class Stratum(NamedTuple):
    """Contingency table of one stratum: runs with and without the trait, kept or not."""

    with_kept: int
    """Number of kept runs with the trait."""
    having: int
    """Number of runs with the trait."""
    kept: int
    """Number of kept runs."""
    of: int
    """Number of runs."""

    @property
    def weight(self) -> float:
        """Weight of Mantel and Haenszel (1959); 0 if all runs have the trait or none has it."""
        return self.having * (self.of - self.having) / self.of

    @property
    def variance(self) -> float:
        """Variance of `with_kept` under the null hypothesis."""
        spread = self.kept * (self.of - self.kept)
        return self.weight * spread / (self.of * (self.of - 1)) if self.of > 1 else 0.0


@dataclass(frozen=True, slots=True)
class TestResult:
    """Result of the test of one trait."""

    p: float
    """Two-sided p value: probability of a difference at least as large under the null hypothesis."""
    least_p: float
    """Smallest `p` that these strata can have; if it is large, no result could be significant."""
    difference: float | None
    """Kept share with the trait minus kept share without it, within strata, -1 to 1; None if they cannot be compared."""


def information(strata: Iterable[Stratum]) -> float:
    """Return the sum of the weights of the strata: how much they can show."""
    return sum(stratum.weight for stratum in strata)


def mantel_haenszel(strata: Sequence[Stratum]) -> TestResult:
    """Test whether the trait and being kept are associated within strata.

    This is the exact conditional test. Given the margins of each stratum, the number of kept runs with the trait is a sum
    of hypergeometric numbers. The smaller tail is doubled, which is conservative. If the variance is large, it is the test
    of Mantel and Haenszel (1959) with the continuity correction.
    """
    informative = [stratum for stratum in strata if stratum.variance > 0]
    weight = information(strata)
    if not weight:
        return TestResult(1.0, 1.0, None)
    difference = sum(s.weight * _difference(s) for s in strata if s.weight) / weight
    variance = sum(stratum.variance for stratum in informative)
    if not variance:
        return TestResult(1.0, 1.0, difference)
    observed = sum(stratum.with_kept for stratum in informative)
    if variance > _EXACT:
        mean = sum(stratum.having * stratum.kept / stratum.of for stratum in informative)
        z = max(0.0, abs(observed - mean) - 0.5) / math.sqrt(variance)
        return TestResult(math.erfc(z / math.sqrt(2)), 0.0, difference)
    first, chances = 0, [1.0]
    for stratum in informative:
        least, added = _hypergeometric(stratum)
        cut, chances = _trimmed(_convolved(chances, added))
        first += least + cut
    lower, upper = sum(chances[: max(0, observed - first + 1)]), sum(chances[max(0, observed - first) :])
    return TestResult(min(1.0, 2 * min(lower, upper)), min(1.0, 2 * min(chances[0], chances[-1])), difference)


def _difference(stratum: Stratum) -> float:
    without = stratum.of - stratum.having
    return stratum.with_kept / stratum.having - (stratum.kept - stratum.with_kept) / without


def _hypergeometric(stratum: Stratum) -> tuple[int, list[float]]:
    """Return the least possible number of kept runs with the trait, and the probabilities of this and the following numbers."""
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


def _convolved(first: Sequence[float], second: Sequence[float]) -> list[float]:
    sums = [0.0] * (len(first) + len(second) - 1)
    for i, first_chance in enumerate(first):
        for j, second_chance in enumerate(second):
            sums[i + j] += first_chance * second_chance
    return sums


def _trimmed(chances: Sequence[float]) -> tuple[int, list[float]]:
    """Return how many negligible probabilities were cut at the beginning, and the probabilities without those at both ends."""
    first, end = 0, len(chances)
    while end - first > 1 and chances[first] < _NEGLIGIBLE:
        first += 1
    while end - first > 1 and chances[end - 1] < _NEGLIGIBLE:
        end -= 1
    return first, list(chances[first:end])


def discoveries(p_values: Sequence[float], rate: float) -> frozenset[int]:
    """Return the indexes of the significant p values by the procedure of Benjamini and Hochberg (1995).

    `rate` is the false discovery rate: the share of them that is expected to be chance.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    ranks = [rank for rank, place in enumerate(order, 1) if p_values[place] <= rate * rank / len(order)]
    return frozenset(order[: max(ranks, default=0)])
