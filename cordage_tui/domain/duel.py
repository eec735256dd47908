"""Duels: which of two outputs is preferred, the order that follows, and the pair that would tell most (Bradley and Terry 1952).

The strength of an output is the logarithm of its worth: the chance that it is preferred to another is the logistic function
of their difference. A tie is half a win for each. Strengths have a normal prior around 0, so that one duel, or none lost, makes
none infinite, and outputs that were never compared have a strength too.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from math import exp, sqrt
from typing import Final, Generic, TypeVar

from cordage_tui.domain.fast_dataclass import dataclass

Contestant = TypeVar("Contestant", bound=Hashable)

PRIOR: Final = 1.5
"""Standard deviation of strengths before any duel: the best tenth is preferred to the middle in nine of ten."""
_ROUNDS: Final = 200
_PRECISION: Final = 1e-6
"""Change of a strength at which it is found."""
_LONGEST_STEP: Final = 0.5
"""Steps of Newton's method up to this one get shorter and shorter with this function; longer ones may not."""
_PAIRED: Final = 64
"""Contestants that are paired with each other at most, the least known ones: two thousand pairs, some milliseconds."""


class Winner(StrEnum):
    """Outcome of a duel."""

    LEFT = "left"
    RIGHT = "right"
    EQUAL = "equal"

    @property
    def points(self) -> float:
        """Share of the win that the left one gets."""
        return {Winner.LEFT: 1.0, Winner.RIGHT: 0.0, Winner.EQUAL: 0.5}[self]


@dataclass(frozen=True, slots=True)
class Duel(Generic[Contestant]):
    """Duel of two contestants, and how it ended."""

    left: Contestant
    right: Contestant
    winner: Winner


@dataclass(frozen=True, slots=True)
class Strength:
    """Strength of a contestant on the logistic scale."""

    value: float
    error: float
    """Standard error, by the curvature at the maximum."""
    duels: int
    """Duels that it had."""


def preference(one: Strength, other: Strength) -> float:
    """Return the chance that one is preferred to the other."""
    return _logistic(one.value - other.value)


def strengths(contestants: Iterable[Contestant], duels: Iterable[Duel[Contestant]]) -> Mapping[Contestant, Strength]:
    """Estimate the strengths that are the most likely after these duels, by Newton's method for one after the other; duels of
    others are left out."""
    values = dict.fromkeys(contestants, 0.0)
    met: dict[Contestant, list[tuple[Contestant, float]]] = {one: [] for one in values}
    for duel in duels:
        if duel.left in values and duel.right in values and duel.left != duel.right:
            met[duel.left].append((duel.right, duel.winner.points))
            met[duel.right].append((duel.left, 1.0 - duel.winner.points))
    compared = [one for one in values if met[one]]
    for _ in range(_ROUNDS):
        moved = 0.0
        for one in compared:
            slope, curve = _slope(values[one], [(values[other], points) for other, points in met[one]])
            step = max(-_LONGEST_STEP, min(slope / curve, _LONGEST_STEP))
            values[one] += step
            moved = max(moved, abs(step))
        if moved < _PRECISION:
            break
    return {
        one: Strength(value, 1.0 / sqrt(_slope(value, [(values[other], p) for other, p in met[one]])[1]), len(met[one]))
        for one, value in values.items()
    }


def _slope(value: float, met: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the slope of the logarithm of the posterior at a strength, and how fast it falls there."""
    slope, curve = -value / PRIOR**2, 1.0 / PRIOR**2
    for other, points in met:
        chance = _logistic(value - other)
        slope += points - chance
        curve += chance * (1.0 - chance)
    return slope, curve


def _logistic(difference: float) -> float:
    if difference < 0.0:
        return 1.0 - _logistic(-difference)
    return 1.0 / (1.0 + exp(-difference))


def ranking(known: Mapping[Contestant, Strength]) -> list[Contestant]:
    """Order the contestants by strength, the strongest first; equal ones, such as all that had no duel, stay as given."""
    return sorted(known, key=lambda one: -known[one].value)


def best_pair(
    known: Mapping[Contestant, Strength], duels: Collection[Duel[Contestant]] = ()
) -> tuple[Contestant, Contestant] | None:
    """Return the pair of the most informative duel: the outcome is open, and the strengths are not known. Those who have met
    less often come first, of equals the ones that are given first. None: there are no two."""
    least_known = sorted(known, key=lambda one: -known[one].error)[:_PAIRED]
    order = {one: place for place, one in enumerate(known)}
    candidates = sorted(least_known, key=order.__getitem__)
    meetings: dict[frozenset[Contestant], int] = {}
    for duel in duels:
        pair = frozenset((duel.left, duel.right))
        meetings[pair] = meetings.get(pair, 0) + 1
    pairs = combinations(candidates, 2)
    return max(pairs, key=lambda pair: _information(pair, known) / (1 + meetings.get(frozenset(pair), 0)), default=None)


def _information(pair: tuple[Contestant, Contestant], known: Mapping[Contestant, Strength]) -> float:
    """Return the information that a duel is expected to give about the difference: its variance before, times what a duel adds
    to the precision."""
    one, other = (known[each] for each in pair)
    chance = preference(one, other)
    return (one.error**2 + other.error**2) * chance * (1.0 - chance)
