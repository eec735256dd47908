"""Predictions from past spans, for any spans."""

import math
import random
from bisect import bisect_left
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cordage_tui.domain.statistics.survival_curve import CELLS, SURPRISE, SurvivalCurve

spans = st.lists(st.one_of(st.sampled_from([0.0, 1e-9, 40.0, 1e9]), st.floats(0.0, 1e9)), min_size=1, max_size=60)
lasted = st.one_of(st.just(0.0), st.floats(0.0, 1e10))


@given(spans, lasted, st.lists(lasted, max_size=20))
def test_hazard_is_positive_and_finite(spans: list[float], t: float, lasting: list[float]) -> None:
    """For all past spans and durations the hazard is positive and finite."""
    hazard = SurvivalCurve.of(spans, lasting).hazard(t)
    assert 0 < hazard < math.inf


@given(spans)
@example([0.0] * 8 + [40.0])
def test_survival_falls_and_quantiles_rise(spans: list[float]) -> None:
    """Survival falls, quantiles rise, and all quantiles are within the spans seen."""
    spread = SurvivalCurve.of(spans)
    assert all(1 >= a > b > 0 for a, b in zip(spread.survival, spread.survival[1:], strict=False))
    quantiles = [spread.quantile(share / 20) for share in range(21)]
    assert quantiles == sorted(quantiles)
    assert (quantiles[0], quantiles[-1]) == (spread.spans[0], spread.spans[-1])


@given(spans, st.lists(lasted, min_size=1, max_size=20), lasted)
def test_what_goes_on_leaves_a_curve_a_curve(spans: list[float], lasting: list[float], t: float) -> None:
    """With unfinished spans survival still falls, and the remaining time is the median of the survivors."""
    spread = SurvivalCurve.of(spans, lasting)
    assert all(1 >= a > b > 0 for a, b in zip(spread.survival, spread.survival[1:], strict=False))
    quantiles = [spread.quantile(share / 20) for share in range(21)]
    assert quantiles == sorted(quantiles)
    assert spread.survives(t + spread.left_s(t)) == pytest.approx(spread.survives(t) / 2, rel=0.01)


@given(spans, lasted)
@example([0.0, 0.0, 0.0, 43108679.0, 0.5, 0.5], 3250953089.0)
def test_what_is_left_is_the_median_of_what_survives(spans: list[float], t: float) -> None:
    """The remaining time is the median of the spans that last as long, and is never negative."""
    spread = SurvivalCurve.of(spans)
    left = spread.left_s(t)
    assert 0 <= left < math.inf
    assert spread.survives(t + left) == pytest.approx(spread.survives(t) / 2, rel=0.01)


def test_what_outlasts_all_may_last_as_long_again() -> None:
    """Beyond all spans seen, the hazard falls with time and the remaining time grows with it."""
    spread = SurvivalCurve.of([40.0] * 50)
    hazards = [spread.hazard(t) for t in (200.0, 1_000.0, 10_000.0)]
    assert hazards == pytest.approx([1 / 240, 1 / 1_040, 1 / 10_040], rel=0.05)
    assert spread.left_s(1_000.0) == pytest.approx(1_040.0, rel=0.05)


def test_hanging_runs_make_an_end_less_sure() -> None:
    """The more runs hang, the more of those that begin are thought to hang too."""
    spans = [40.0 + n for n in range(20)]
    calm, worried = SurvivalCurve.of(spans), SurvivalCurve.of(spans, [1_000.0] * 20)
    assert worried.survives(200.0) > 5 * calm.survives(200.0)
    assert worried.left_s(0.0) > calm.left_s(0.0)


def test_early_ends_are_always_thought_possible() -> None:
    """If all spans lasted 40 s, the hazard of an immediate failure is at least half of `SURPRISE` of an average one."""
    spread = SurvivalCurve.of([40.0] * 200)
    assert all(spread.hazard(t) > 0.5 * SURPRISE / 40.0 for t in (0.0, 1.0, 10.0, 20.0))


@pytest.mark.parametrize("n", [20, 100])
def test_polling_by_the_square_root_of_the_hazard_halves_the_delay(n: int) -> None:
    """Polling by the square root of the hazard finds ends at most 0.55 as late as a fixed period with as many polls.

    It holds for log-normal durations (sigma 0.3) learned from `n` runs (docs/dev/polling.md 2). It would be 0.48 with the
    known distribution, and is 0.6 from 20 runs.
    """
    rng = random.Random(3)

    def drawn(count: int) -> list[float]:
        return [40.0 * math.exp(rng.gauss(0.0, 0.3)) for _ in range(count)]

    ratios = [delay_of(SurvivalCurve.of(drawn(n)), drawn(600), rng) for _ in range(6)]
    assert sum(ratios) / len(ratios) < (0.6 if n == 20 else 0.55)


def test_nothing_is_lost_where_nothing_can_be_learned() -> None:
    """With exponential durations all moments are equally likely, and polling by the learned curve costs under 5 %."""
    rng = random.Random(4)
    past, to_come = ([rng.expovariate(1 / 40.0) for _ in range(count)] for count in (100, 1_500))
    assert delay_of(SurvivalCurve.of(past), to_come, rng) < 1.05


def delay_of(spread: SurvivalCurve, ends: list[float], rng: random.Random) -> float:
    """Return the mean delay of finding ends with a density of polls like the square root of the hazard.

    It is relative to a fixed period with the same number of polls.
    """
    step = 0.1
    density = [math.sqrt(spread.hazard((i + 0.5) * step)) * step for i in range(int(max(ends) / step) + 200)]
    polls = list(accumulate(density, initial=0.0))
    mean = sum(ends) / len(ends)
    scale = 10 / (sum(polls[int(end / step)] for end in ends) / len(ends))
    delay = 0.0
    for end in ends:
        phase = rng.random()
        number = math.ceil(polls[int(end / step)] * scale - phase) + phase
        delay += bisect_left(polls, number / scale) * step - end
    return delay / len(ends) / (mean / 10 / 2)


def test_a_table_is_all_there_is_to_look_up() -> None:
    """The tables do not grow with the number of spans: a look-up costs the same with twenty as with two hundred."""
    assert {len(SurvivalCurve.of([float(n) for n in range(1, count)]).hazards) for count in (21, 201)} == {CELLS + 1}
