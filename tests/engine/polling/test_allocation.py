"""The square-root law with its bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.polling.allocation import ReadDemand, allocate

FREE = 1e9
RATE = 1.8


def demand(hazard: float, low: float = 0.0, high: float = FREE) -> ReadDemand:
    return ReadDemand(math.sqrt(hazard), low, high)


def paces(demands: list[ReadDemand], rate: float) -> list[float]:
    return [share.pace for share in allocate(demands, rate)]


def mean_delay(hazards: list[float], shares: list[float]) -> float:
    """Of all ends, seconds, where each look comes in fixed periods (docs/dev/polling.md 2)."""
    return sum(h / pace / 2 for h, pace in zip(hazards, shares, strict=True)) / sum(hazards)


def test_the_example_of_the_theory() -> None:
    """20 webhooks, one with 181 runs and 19 with one: 1.46 s and a worst period of 18 s, where equal turns give 5.56 s."""
    hazards = [181 / 200, *([1 / 200] * 19)]
    got = paces([demand(h) for h in hazards], RATE)
    assert sum(got) == pytest.approx(RATE)
    assert mean_delay(hazards, got) == pytest.approx(1.46, abs=0.01)
    assert 1 / min(got) == pytest.approx(18.0, abs=0.2)
    assert mean_delay(hazards, [RATE / 20] * 20) == pytest.approx(5.56, abs=0.01)


def test_equal_webhooks_have_equal_periods() -> None:
    """τ = W / R."""
    assert paces([demand(0.1)] * 5, RATE) == pytest.approx([RATE / 5] * 5)


def test_what_politeness_leaves_goes_to_the_others() -> None:
    """A look at its upper bound does not waste the rest; with all of them there, the budget is not spent."""
    assert paces([demand(1.0, high=0.5), demand(0.01)], RATE) == pytest.approx([0.5, 1.3])
    assert paces([demand(1.0, high=0.5), demand(0.01, high=0.5)], RATE) == [0.5, 0.5]


def test_a_look_held_back_by_politeness_stands_in_line_by_what_it_expects() -> None:
    """Once it is due it does not also wait for those that expect less; and one raised by its low does not fall behind."""
    keen, slow = allocate([demand(1.0, high=0.5), demand(0.01)], 1.0)
    assert keen.pace == 0.5 and keen.claim == pytest.approx(10 * slow.claim)
    raised, other = allocate([demand(1e-6, low=0.4), demand(1.0)], 1.0)
    assert raised.claim == raised.pace == 0.4 and other.claim == other.pace == pytest.approx(0.6)


def test_lows_that_overrun_the_budget_shrink_alike() -> None:
    """Nobody is left out because others come first."""
    assert paces([demand(9.0, low=2.0), demand(1.0, low=1.0)], 1.5) == pytest.approx([1.0, 0.5])
    assert paces([], RATE) == []


bounds = st.tuples(st.floats(1e-6, 10), st.floats(0, 0.5), st.floats(1e-3, 5))


@given(st.lists(bounds, min_size=1, max_size=40), st.floats(0.01, 20))
def test_no_other_shares_within_the_bounds_shorten_waiting(
    facts: list[tuple[float, float, float]], rate: float
) -> None:
    """The budget is spent as far as the bounds let it, none is broken, and moving a little from any look to any other
    makes the sum of Λτ no smaller: what each gains by a read, Λτ², is alike."""
    demands = [demand(h, low, low + more) for h, low, more in facts]
    got = paces(demands, rate)
    lows, highs = sum(d.low for d in demands), sum(d.high for d in demands)
    assert sum(got) == pytest.approx(min(rate, highs))
    if lows >= rate:
        return
    assert all(d.low - 1e-9 <= s <= d.high + 1e-9 for d, s in zip(demands, got, strict=True))
    gains = [d.weight / s if s else math.inf for d, s in zip(demands, got, strict=True)]
    takers = [gain for gain, d, s in zip(gains, demands, got, strict=True) if s < d.high * (1 - 1e-6) - 1e-9]
    givers = [gain for gain, d, s in zip(gains, demands, got, strict=True) if s > d.low * (1 + 1e-6) + 1e-9]
    if takers and givers:
        assert max(takers) <= min(givers) * (1 + 1e-3)
