"""When durations have changed for good."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.duration_model import after_change_point


def drawn(rng: random.Random, count: int, typical_s: float = 40.0) -> list[float]:
    return [typical_s * math.exp(rng.gauss(0.0, 0.3)) for _ in range(count)]


@pytest.mark.parametrize("factor", [2.0, 0.5])
@pytest.mark.parametrize("before", [20, 190])
def test_a_doubled_or_halved_duration_is_noticed_within_twelve_runs(factor: float, before: int) -> None:
    """After at most twelve runs of another duration nearly all of what was before is forgotten, nine times in ten."""
    rng = random.Random(5)
    kept = [after_change_point([*drawn(rng, before), *drawn(rng, 12, 40.0 * factor)]) for _ in range(40)]
    assert sum(count <= 15 for count in kept) >= 36


def test_chance_is_no_change() -> None:
    """Of two hundred equal histories two at most look changed, heavy-tailed or full of early failures as they may be."""
    rng = random.Random(6)
    failing = [[run * (rng.random() if rng.random() < 0.15 else 1.0) for run in drawn(rng, 100)] for _ in range(100)]
    heavy = [[math.exp(rng.gauss(0.0, 1.5)) for _ in range(100)] for _ in range(100)]
    assert sum(after_change_point(history) < 100 for history in (*failing, *heavy)) <= 2


def test_a_change_back_is_a_change_too() -> None:
    """Of a workflow that was changed twice only the last state counts."""
    rng = random.Random(7)
    history = [*drawn(rng, 60), *drawn(rng, 60, 90.0), *drawn(rng, 30)]
    assert 25 <= after_change_point(history) <= 35


@given(st.lists(st.one_of(st.sampled_from([0.0, 40.0, 1e9]), st.floats(0.0, 1e9)), min_size=1, max_size=60))
def test_something_is_always_kept(durations: list[float]) -> None:
    """Whatever the durations, some of the last ones are alike; equal ones all are."""
    assert 1 <= after_change_point(durations) <= len(durations)
    assert after_change_point([durations[0]] * len(durations)) == len(durations)
