"""Allocation of reads by a square-root law over hazards."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import ActiveRun
from cordage_tui.domain.statistics.duration_model import DurationModel
from cordage_tui.engine.history.estimates import DurationEstimates

# The square-root law: how a budget of reads is shared so that the mean wait is the shortest (docs/dev/polling.md 2).


@dataclass(frozen=True, slots=True)
class ReadDemand:
    """Demand of one target. Each read is one call, so the law's cost c is 1. Paces are reads a second."""

    weight: float
    """√Λ, Λ being the completions a second that a read is expected to show. Above 0."""
    low: float
    """Least pace, unless all the lows together exceed the budget."""
    high: float
    """Nor more often than this; at least `low`."""


@dataclass(frozen=True, slots=True)
class ReadRate:
    """Rate granted to one target, in reads a second."""

    pace: float
    """Pace of its reads."""
    claim: float
    """Pace without its upper bound, which decides the order of due targets.

    So a target held back by its bound does not also wait for others.
    """


def allocate(demands: Sequence[ReadDemand], rate: float) -> list[ReadRate]:
    """Return the share of each target: in proportion to the weights, within the bounds, `rate` reads a second in total.

    The total is smaller if the upper bounds allow no more. If the lower bounds alone exceed it, the shares are in
    proportion to the lower bounds.

    Takes O(n log n): the sum of the paces is a piecewise linear function of their common scale, followed along its kinks.
    """
    lowest = sum(demand.low for demand in demands)
    if lowest >= rate:
        paces = [demand.low * rate / lowest for demand in demands]
        return [ReadRate(pace, pace) for pace in paces]
    scale = _scale(demands, rate, lowest)
    claims = [max(demand.weight * scale, demand.low) for demand in demands]
    return [ReadRate(min(claim, demand.high), claim) for claim, demand in zip(claims, demands, strict=True)]


def _scale(demands: Sequence[ReadDemand], rate: float, lowest: float) -> float:
    """The scale at which the paces come to `rate` in all, or at which all of them are at their highs. The lows come to less."""
    kinks = [(demand.low / demand.weight, demand.weight) for demand in demands]
    kinks += [(demand.high / demand.weight, -demand.weight) for demand in demands]
    kinks.sort()
    level, slope = lowest, 0.0
    for (scale, bend), (following, _) in pairwise(kinks):
        slope += bend
        if level + slope * (following - scale) >= rate:
            return scale + (rate - level) / slope
        level += slope * (following - scale)
    return kinks[-1][0] if kinks else 0.0


# Expectations of a run over its whole life, from the history.

_FEW: Final = 0.01
"""A walk along a life ends when at most this share of runs is left: longer ones do not matter for planning."""


@dataclass(frozen=True, slots=True)
class LifetimeForecast:
    """Forecast for runs of certain durations."""

    durations: DurationModel
    mean_s: float
    """Mean seconds from the beginning to the end."""
    evenness: float
    """Mean of √h over a life, divided by the root of the mean of the hazard h.

    1 when memoryless; the lower it is, the better the end can be predicted.
    """

    @property
    def learned(self) -> bool:
        """True if enough runs are known for a prediction."""
        return self.durations.is_learned


class LifetimeForecasts:
    """Forecasts by webhook and node count, recomputed only when something was learned."""

    def __init__(self, durations: DurationEstimates) -> None:
        self._durations = durations
        self._forecasts: dict[tuple[str, int | None], LifetimeForecast] = {}

    def of(self, webhook_key: str, node_count: int | None) -> LifetimeForecast:
        """Forecast for such runs."""
        durations = self._durations.of(webhook_key, node_count)
        kind = webhook_key, node_count
        life_forecast = self._forecasts.get(kind)
        if life_forecast is None or life_forecast.durations is not durations:
            life_forecast = self._forecasts[kind] = forecast(durations)
        return life_forecast


def forecast(durations: DurationModel) -> LifetimeForecast:
    """Compute a forecast by walking along the life of a run in steps of a twentieth of its age."""
    if not durations.is_learned:
        return LifetimeForecast(durations, durations.typical_s, 1.0)
    age, step, alive = 0.0, 0.25, 1.0
    seconds = roots = 0.0
    while alive > _FEW:
        hazard = durations.hazard(age + step / 2, age + step / 2)
        left = alive * math.exp(-hazard * step)
        lived = (alive - left) / hazard
        seconds += lived
        roots += lived * math.sqrt(hazard)
        alive, age = left, age + step
        step = max(step, age / 20)
    return LifetimeForecast(durations, seconds, roots / seconds / math.sqrt((1 - alive) / seconds))


# Demand of the active runs of one target: how soon one of them ends, and how often it is polite to ask.

PERIOD_MIN_S: Final = 2.0
"""τ_min: as polite as the vendor's own example, which asks for each run every 2 s (docs/dev/polling.md 2)."""
PERIOD_ACTIVE_MAX_S: Final = 45.0
"""Active runs are seen at least once a minute, jitter, waiting and the way of the call included."""
PERIOD_IDLE_S: Final = (30.0, 60.0)
"""Nothing active: lists that discover runs started elsewhere."""
IDLE_HAZARD: Final = 1 / 600
"""A run started elsewhere every ten minutes: the weight of an idle webhook among active ones, within its bounds."""
IDLE_SHARE: Final = 0.5
"""Of the budget, at most, for idle webhooks while others are active."""


@dataclass(frozen=True, slots=True)
class ActiveRunClock:
    """An active run on the monotonic clock, which jumps of the wall clock do not move."""

    run: ActiveRun
    created: float
    began: float | None
    """None: it has not begun."""


@dataclass(frozen=True, slots=True)
class ActiveDemand:
    """Active runs that one read shows."""

    runs: int
    hazard: float
    """Λ: expected completions a second, now. 0 without runs."""
    polite: float
    """Looks a second, now, beyond which it would be asked more often than politeness has it."""


EMPTY: Final = ActiveDemand(0, 0.0, 0.0)


def aggregate_demand(runs: Iterable[ActiveRunClock], forecasts: LifetimeForecasts, now: float) -> ActiveDemand:
    """Sum up the active runs of one webhook. O(n), one table look-up each."""
    by_nodes: dict[int | None, LifetimeForecast] = {}
    counts: dict[int | None, int] = {}
    hazard = 0.0
    for underway in runs:
        nodes = underway.run.node_count
        forecast = by_nodes.get(nodes)
        if forecast is None:
            forecast = by_nodes[nodes] = forecasts.of(underway.run.webhook_key, nodes)
        began = underway.began
        hazard += forecast.durations.hazard(now - underway.created, None if began is None else now - began)
        counts[nodes] = counts.get(nodes, 0) + 1
    if not counts:
        return EMPTY
    polite = _polite([(by_nodes[nodes], n) for nodes, n in counts.items()], hazard)
    return ActiveDemand(sum(counts.values()), hazard, polite)


def demand_of_list(demand: ActiveDemand, idle_low: float) -> ReadDemand:
    """Demand of a webhook's list that shows these runs. `idle_low`: see `idle_pace`."""
    if not demand.runs:
        return ReadDemand(math.sqrt(IDLE_HAZARD), idle_low, max(idle_low, 1 / PERIOD_IDLE_S[0]))
    low = 1 / PERIOD_ACTIVE_MAX_S
    return ReadDemand(math.sqrt(demand.hazard), low, max(low, demand.polite))


def demand_of_get(demand: ActiveDemand) -> ReadDemand:
    """Return the demand of one run that its list does not show. There may be hundreds, so it has no least pace."""
    return ReadDemand(math.sqrt(demand.hazard), 0.0, demand.polite)


def idle_pace(idle: int, active: int, rate: float) -> float:
    """Return the least pace of each of `idle` webhooks next to `active` ones; `rate` is reads per second in all."""
    share = rate * (IDLE_SHARE if active else 1.0)
    return min(1 / PERIOD_IDLE_S[1], share / max(idle, 1))


def _polite(kinds: list[tuple[LifetimeForecast, int]], hazard: float) -> float:
    """Return the polite pace. Without history it is one read every `PERIOD_MIN_S`.

    With learned durations that is the mean pace over each run's life, as in the vendor's example. Reads saved while
    no end is near may be spent when one is.

    For n runs at unrelated points of their lives, Λ varies n times less than h (its variance over its squared mean).
    The mean loss of √Λ shrinks equally.
    """
    learned = sum(n for forecast, n in kinds if forecast.learned)
    if not learned:
        return 1 / PERIOD_MIN_S
    runs = sum(n for _, n in kinds)
    usual = sum(n / forecast.mean_s for forecast, n in kinds)
    evenness = sum(n * forecast.evenness for forecast, n in kinds) / runs
    return learned / PERIOD_MIN_S * math.sqrt(hazard / usual) / (1 - (1 - evenness) / runs)
