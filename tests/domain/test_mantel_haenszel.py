"""The exact test within strata, and the procedure of Benjamini and Hochberg."""

from itertools import combinations, product

import pytest

from cordage_tui.domain.statistics.mantel_haenszel import Stratum, discoveries, mantel_haenszel


def enumerated(strata: list[Stratum]) -> float:
    """The p-value by all ways in which as many runs of each stratum can be kept."""
    ways = [
        [sum(place < stratum.having for place in kept) for kept in combinations(range(stratum.of), stratum.kept)]
        for stratum in strata
    ]
    sums = [sum(counts) for counts in product(*ways)]
    seen = sum(stratum.with_kept for stratum in strata)
    tails = sum(n <= seen for n in sums), sum(n >= seen for n in sums)
    return min(1.0, 2 * min(tails) / len(sums))


@pytest.mark.parametrize(
    "strata",
    [
        [Stratum(4, 4, 5, 9)],
        [Stratum(1, 4, 5, 9)],
        [Stratum(3, 3, 4, 7), Stratum(2, 2, 3, 6)],
        [Stratum(2, 3, 3, 6), Stratum(0, 2, 1, 5), Stratum(1, 1, 1, 3)],
        [Stratum(2, 2, 2, 4), Stratum(1, 1, 1, 1), Stratum(2, 2, 3, 3)],
    ],
)
def test_it_is_the_exact_test(strata: list[Stratum]) -> None:
    """The p value is that of the exact test, also if all runs of a stratum have the trait or are kept."""
    assert mantel_haenszel(strata).p == pytest.approx(enumerated(strata))


def test_large_tables_agree_with_small_ones() -> None:
    """At the change to the normal approximation the p value neither jumps nor falls."""
    exact, normal = mantel_haenszel([Stratum(120, 199, 199, 398)]), mantel_haenszel([Stratum(121, 201, 201, 402)])
    assert exact.least_p > 0.0 == normal.least_p
    assert exact.p / 2 < normal.p < 2 * exact.p


def test_the_difference_is_within_strata() -> None:
    """A trait that appears mostly in strata where more is kept has no effect within them (Simpson's paradox)."""
    strata = [Stratum(45, 75, 60, 100), Stratum(5, 25, 20, 100)]
    test = mantel_haenszel(strata)
    assert test.difference == pytest.approx(0.0) and test.p == 1.0
    assert mantel_haenszel([Stratum(50, 100, 80, 200)]).p < 0.01


def test_what_cannot_be_compared_has_no_difference() -> None:
    test = mantel_haenszel([Stratum(3, 3, 3, 3), Stratum(0, 0, 1, 4)])
    assert test.difference is None and test.p == 1.0


def test_one_in_ten_discoveries_may_be_chance() -> None:
    """The largest p-value under its line takes all smaller ones with it, also those above their own line."""
    assert discoveries([0.9, 0.001, 0.074, 0.06], 0.1) == {1, 2, 3}
    assert discoveries([0.2, 0.06, 0.5], 0.1) == frozenset()
    assert discoveries([], 0.1) == frozenset()
