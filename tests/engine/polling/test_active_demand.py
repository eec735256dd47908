"""Demand of the runs behind one target, and how often it is polite to ask."""

import math
import random
from itertools import pairwise

import pytest

from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.domain.statistics.duration_model import DurationModel, DurationSample
from cordage_tui.engine.polling.allocation import (
    EMPTY,
    PERIOD_ACTIVE_MAX_S,
    ActiveDemand,
    ActiveRunClock,
    LifetimeForecasts,
    aggregate_demand,
    demand_of_get,
    demand_of_list,
    forecast,
    idle_pace,
)

SIGMA = 0.3
RATE = 1.8


def learned(mean_s: float = 120.0, runs: int = 200, sigma: float = SIGMA) -> DurationModel:
    rng = random.Random(1)
    return DurationModel.fit(
        [DurationSample(rng.lognormvariate(math.log(mean_s) - sigma**2 / 2, sigma)) for _ in range(runs)]
    )


class Teacher:
    """Knows one thing of all runs."""

    def __init__(self, durations: DurationModel) -> None:
        self.durations = durations

    def of(self, webhook_key: str, node_count: int | None = None) -> DurationModel:
        return self.durations


def seen(durations: DurationModel, ages: list[float]) -> ActiveDemand:
    """The crowd of runs of these ages."""
    runs = [ActiveRunClock(ActiveRun(RowId(n), "wh", f"r{n}", 5, 0.0, None), -age, None) for n, age in enumerate(ages)]
    return aggregate_demand(runs, LifetimeForecasts(Teacher(durations)), 0.0)  # type: ignore[arg-type]


def test_nobody_is_a_crowd_that_expects_nothing() -> None:
    """Its list is read as an idle webhook's: twice a minute at the most, once at the least."""
    assert seen(learned(), []) is EMPTY
    demand = demand_of_list(EMPTY, idle_pace(1, 0, RATE))
    assert (demand.low, demand.high) == (pytest.approx(1 / 60), pytest.approx(1 / 30))


def test_hazards_add_up() -> None:
    """Λ is the sum of what each run is expected to do."""
    durations = learned()
    assert seen(durations, [90, 110, 130]).hazard == pytest.approx(
        sum(durations.hazard(a, None) for a in (90, 110, 130))
    )


def test_without_history_a_list_is_never_read_more_often_than_every_two_seconds() -> None:
    """However many runs, and however much budget."""
    assert seen(DurationModel.memoryless(), [1.0]).polite == 0.5
    assert seen(DurationModel.memoryless(), [1.0] * 50).polite == 0.5


@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.6])
def test_where_durations_are_learned_two_seconds_bound_the_mean_pace_of_a_life(sigma: float) -> None:
    """A run's looks, one in two seconds of the mean life, are spread over its life: fewer while its end is far, more when
    it is near."""
    durations = learned(sigma=sigma)
    rng = random.Random(2)
    lives = [rng.lognormvariate(math.log(120) - sigma**2 / 2, sigma) for _ in range(300)]
    pace = [seen(durations, [age + 1.0]).polite for age in range(0, 2_000, 2)]
    looks = sum(2 * sum(pace[: int(life / 2)]) for life in lives)
    assert looks / sum(lives) == pytest.approx(0.5, rel=0.12)
    assert seen(durations, [110.0]).polite > 2 * seen(durations, [20.0]).polite


def test_many_runs_of_a_learned_webhook_are_looked_at_as_politely_as_one_each() -> None:
    """The vendor's example asks for each run every 2 s: ten runs at any points of their lives are worth ten such paces."""
    durations = learned()
    rng = random.Random(3)
    paces = []
    for _ in range(300):
        lives = [rng.lognormvariate(math.log(120), SIGMA) for _ in range(10)]
        paces.append(seen(durations, [life * rng.random() for life in lives]).polite)
    assert sum(paces) / len(paces) == pytest.approx(5.0, rel=0.15)


def test_the_better_an_end_can_be_foretold_the_less_even_is_a_life() -> None:
    """1 when memoryless."""
    assert forecast(DurationModel.memoryless()).evenness == 1.0
    evenness = [forecast(learned(sigma=sigma)).evenness for sigma in (0.1, 0.3, 0.6)]
    assert all(less < more for less, more in pairwise([*evenness, 1.05]))
    assert forecast(learned(80.0)).mean_s == pytest.approx(80.0, rel=0.15)


def test_active_runs_are_never_out_of_sight_and_their_bounds_never_cross() -> None:
    """Also where an end is so far that politeness alone would leave them alone for minutes."""
    demand = demand_of_list(seen(learned(50_000.0), [10.0]), 1 / 60)
    assert demand.low == pytest.approx(1 / PERIOD_ACTIVE_MAX_S)
    assert demand.high >= demand.low


def test_runs_that_fell_off_the_page_are_many_and_have_no_least_pace() -> None:
    """Six hundred of them at one read a minute would be five times the budget."""
    demand = demand_of_get(seen(DurationModel.memoryless(), [5.0]))
    assert demand.low == 0.0
    assert demand.weight == pytest.approx(math.sqrt(1 / 125))


def test_idle_webhooks_take_half_the_budget_at_most() -> None:
    """Once a minute each, unless that starves those where something goes on."""
    assert idle_pace(5, 3, RATE) == pytest.approx(1 / 60)
    assert 200 * idle_pace(200, 3, RATE) == pytest.approx(RATE / 2)
    assert 200 * idle_pace(200, 0, RATE) == pytest.approx(RATE)
