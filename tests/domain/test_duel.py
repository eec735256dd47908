"""Strengths from duels: rules that hold whatever the duels were, and the true order found again."""

import random
from collections.abc import Sequence
from math import isfinite, log
from statistics import fmean

from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.duel import PRIOR, Duel, Winner, best_pair, preference, ranking, strengths

NAMES = tuple("abcdefg")
outcomes = st.builds(Duel, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(Winner))
histories = st.lists(outcomes, max_size=40)


def turned(duel: Duel[str]) -> Duel[str]:
    """The same duel with its sides exchanged."""
    other = {Winner.LEFT: Winner.RIGHT, Winner.RIGHT: Winner.LEFT, Winner.EQUAL: Winner.EQUAL}
    return Duel(duel.right, duel.left, other[duel.winner])


def likelihood(values: dict[str, float], duels: Sequence[Duel[str]]) -> float:
    """Logarithm of the posterior, but for a constant."""
    total = -sum(value**2 for value in values.values()) / (2 * PRIOR**2)
    for duel in duels:
        if duel.left != duel.right:
            chance = 1 / (1 + 2.718281828459045 ** (values[duel.right] - values[duel.left]))
            total += duel.winner.points * log(chance) + (1 - duel.winner.points) * log(1 - chance)
    return total


@given(histories)
@settings(max_examples=60)
def test_strengths_are_the_most_likely_ones_and_finite(duels: list[Duel[str]]) -> None:
    """No small change of any is likelier; also of one that won all its duels."""
    found = strengths(NAMES, duels)
    values = {name: strength.value for name, strength in found.items()}
    best = likelihood(values, duels)
    for name, strength in found.items():
        assert isfinite(strength.value) and 0 < strength.error <= PRIOR + 1e-9
        for by in (-0.05, 0.05):
            assert likelihood({**values, name: values[name] + by}, duels) < best


@given(histories, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_neither_sides_nor_order_matter(duels: list[Duel[str]], chance: random.Random) -> None:
    mixed = [turned(duel) if chance.random() < 0.5 else duel for duel in duels]
    chance.shuffle(mixed)
    before, after = strengths(NAMES, duels), strengths(NAMES, mixed)
    assert all(abs(before[name].value - after[name].value) < 1e-3 for name in NAMES)


@given(histories, st.sampled_from(NAMES), st.sampled_from(NAMES))
@settings(max_examples=60)
def test_a_win_never_weakens_and_a_tie_draws_nearer(duels: list[Duel[str]], one: str, other: str) -> None:
    before = strengths(NAMES, duels)
    won = strengths(NAMES, [*duels, Duel(one, other, Winner.LEFT)])
    if one == other:
        assert won == before
        return
    assert won[one].value > before[one].value - 1e-4 and won[other].value < before[other].value + 1e-4
    tied = strengths(NAMES, [*duels, Duel(one, other, Winner.EQUAL)])
    apart = abs(before[one].value - before[other].value)
    assert abs(tied[one].value - tied[other].value) <= apart + 1e-4


@given(histories)
@settings(max_examples=60)
def test_those_without_a_duel_stay_in_the_middle_as_given(duels: list[Duel[str]]) -> None:
    found = strengths(NAMES, duels)
    idle = [name for name in NAMES if not found[name].duels]
    assert all(found[name].value == 0 for name in idle)
    assert [name for name in ranking(found) if name in idle] == idle


@given(histories)
@settings(max_examples=60)
def test_the_next_pair_is_two_of_those_that_are_there(duels: list[Duel[str]]) -> None:
    pair = best_pair(strengths(NAMES, duels), duels)
    assert pair is not None and len(set(pair)) == 2 and set(pair) <= set(NAMES)
    assert best_pair(strengths(["a"], duels)) is None


def test_all_are_compared_before_any_a_third_time() -> None:
    duels: list[Duel[str]] = []
    for _ in range(4):
        pair = best_pair(strengths(NAMES, duels), duels)
        assert pair is not None
        duels.append(Duel(*pair, Winner.LEFT))
    assert {name for duel in duels for name in (duel.left, duel.right)} == set(NAMES)


def judged(truth: dict[int, float], chance: random.Random, rounds: int, *, by_uncertainty: bool) -> list[Duel[int]]:
    duels: list[Duel[int]] = []
    for _ in range(rounds):
        pair = best_pair(strengths(truth, duels), duels) if by_uncertainty else tuple(chance.sample([*truth], 2))
        assert pair is not None
        wins = chance.random() < 1 / (1 + 2.718281828459045 ** (truth[pair[1]] - truth[pair[0]]))
        duels.append(Duel(*pair, Winner.LEFT if wins else Winner.RIGHT))
    return duels


def test_the_true_order_is_found_and_sooner_by_uncertainty() -> None:
    """A simulated user with noisy taste, 12 outputs, 40 duels: of all pairs, how many are in the true order."""

    def right(seed: int, *, by_uncertainty: bool) -> float:
        chance = random.Random(seed)
        truth = {n: chance.gauss(0, 2) for n in range(12)}
        found = strengths(truth, judged(truth, chance, 40, by_uncertainty=by_uncertainty))
        pairs = [(one, other) for one in truth for other in truth if truth[one] > truth[other]]
        return fmean(preference(found[one], found[other]) > 0.5 for one, other in pairs)

    chosen = fmean(right(seed, by_uncertainty=True) for seed in range(15))
    drawn = fmean(right(seed, by_uncertainty=False) for seed in range(15))
    assert chosen > 0.83 and chosen > drawn
