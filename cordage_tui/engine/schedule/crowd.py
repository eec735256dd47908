"""What the active runs behind one look come to: how soon one of them ends, and how often it is polite to ask."""

import math
from collections.abc import Iterable
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import ActiveRun
from cordage_tui.engine.schedule.foresight import LifetimeForecast, LifetimeForecasts
from cordage_tui.engine.schedule.law import ReadDemand

PERIOD_MIN_S: Final = 2.0
"""τ_min: as polite as the vendor's own example, which asks for each run every 2 s (FAULTS.md A2)."""
PERIOD_ACTIVE_MAX_S: Final = 45.0
"""Active runs are seen at least once a minute, jitter, waiting and the way of the call included."""
PERIOD_IDLE_S: Final = (30.0, 60.0)
"""Nothing active: lists that discover runs started elsewhere."""
IDLE_HAZARD: Final = 1 / 600
"""A run started elsewhere every ten minutes: what an idle webhook weighs beside active ones, within its bounds."""
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
    """The active runs that one look shows."""

    runs: int
    hazard: float
    """Λ: expected completions a second, now. 0 without runs."""
    polite: float
    """Looks a second, now, beyond which it would be asked more often than politeness has it."""


EMPTY: Final = ActiveDemand(0, 0.0, 0.0)


def aggregate_demand(runs: Iterable[ActiveRunClock], foresight: LifetimeForecasts, now: float) -> ActiveDemand:
    """Sums up runs of one webhook. O(n), one table look-up for each."""
    prospects: dict[int | None, LifetimeForecast] = {}
    counts: dict[int | None, int] = {}
    hazard = 0.0
    for underway in runs:
        nodes = underway.run.node_count
        prospect = prospects.get(nodes)
        if prospect is None:
            prospect = prospects[nodes] = foresight.of(underway.run.webhook_key, nodes)
        began = underway.began
        hazard += prospect.durations.hazard(now - underway.created, None if began is None else now - began)
        counts[nodes] = counts.get(nodes, 0) + 1
    if not counts:
        return EMPTY
    polite = _polite([(prospects[nodes], n) for nodes, n in counts.items()], hazard)
    return ActiveDemand(sum(counts.values()), hazard, polite)


def demand_of_list(crowd: ActiveDemand, idle_low: float) -> ReadDemand:
    """What the list of a webhook asks for that shows these runs. `idle_low`: see `idle_pace`."""
    if not crowd.runs:
        return ReadDemand(math.sqrt(IDLE_HAZARD), idle_low, max(idle_low, 1 / PERIOD_IDLE_S[0]))
    low = 1 / PERIOD_ACTIVE_MAX_S
    return ReadDemand(math.sqrt(crowd.hazard), low, max(low, crowd.polite))


def demand_of_get(crowd: ActiveDemand) -> ReadDemand:
    """What one run asks for that its list does not show. There may be hundreds, so they have no least pace."""
    return ReadDemand(math.sqrt(crowd.hazard), 0.0, crowd.polite)


def idle_pace(idle: int, active: int, rate: float) -> float:
    """The least pace of each of `idle` webhooks beside `active` ones, `rate` being reads a second in all."""
    share = rate * (IDLE_SHARE if active else 1.0)
    return min(1 / PERIOD_IDLE_S[1], share / max(idle, 1))


def _polite(kinds: list[tuple[LifetimeForecast, int]], hazard: float) -> float:
    """Without history one look every `PERIOD_MIN_S`. Where durations are learned that is the mean pace over a run's life, for
    each run as in the vendor's example: what is not spent while no end is near may be spent when one is.

    Of n runs at unrelated points of their lives Λ varies n times less than h (its variance over its squared mean), and
    so does what √Λ loses by that on the average.
    """
    learned = sum(n for prospect, n in kinds if prospect.learned)
    if not learned:
        return 1 / PERIOD_MIN_S
    runs = sum(n for _, n in kinds)
    usual = sum(n / prospect.mean_s for prospect, n in kinds)
    evenness = sum(n * prospect.evenness for prospect, n in kinds) / runs
    return learned / PERIOD_MIN_S * math.sqrt(hazard / usual) / (1 - (1 - evenness) / runs)
