"""What the history lets us expect of a run, over its whole life."""

import math
from typing import Final

from cordage_tui.domain.duration_model import DurationModel
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.engine.learned import DurationEstimates

_FEW: Final = 0.01
"""A walk along a life ends where no more than this share of runs is left: what lasts longer is no use to plan for."""


@dataclass(frozen=True, slots=True)
class LifetimeForecast:
    """Runs of certain durations."""

    durations: DurationModel
    mean_s: float
    """Mean seconds from the beginning to the end."""
    evenness: float
    """Mean of √h over a life, over the root of the mean of the hazard h: 1 when memoryless, the lower the better the end can
    be foretold."""

    @property
    def learned(self) -> bool:
        """Enough runs are known to foretell by."""
        return self.durations.is_learned


class LifetimeForecasts:
    """Prospects by webhook and node count, worked out anew only when something was learned."""

    def __init__(self, learning: DurationEstimates) -> None:
        self._learning = learning
        self._prospects: dict[tuple[str, int | None], LifetimeForecast] = {}

    def of(self, webhook_key: str, node_count: int | None) -> LifetimeForecast:
        """Of such runs."""
        durations = self._learning.of(webhook_key, node_count)
        kind = webhook_key, node_count
        known = self._prospects.get(kind)
        if known is None or known.durations is not durations:
            known = self._prospects[kind] = prospect(durations)
        return known


def prospect(durations: DurationModel) -> LifetimeForecast:
    """Walks along the life of a run that begins at once, in steps of a twentieth of its age."""
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
