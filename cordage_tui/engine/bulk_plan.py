"""Of many rows: which a bulk kill ends, in which order, and how long that takes. Pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import RowId, RunRow, Status

WINDOW_S: Final = 60.0
"""In which the budget of kills comes back (API.md, rate limits)."""

ORDER: Final = (
    *(Status.QUEUED, Status.HELD),
    Status.PENDING,
    *(Status.RUNNING, Status.OTHER),
    Status.SENDING,
)
"""First what is only ours and costs nothing to drop, then what may not have cost anything yet, then what runs. What is being
sent right now comes last, to have an id by then."""
FREE: Final = frozenset({Status.QUEUED, Status.HELD})
"""Dropped from the list; no call is made."""


@dataclass(frozen=True, slots=True)
class KillPlan:
    """What was found when the user asked. It is carried out on these rows, whatever else is marked later."""

    drops: tuple[RowId, ...]
    """Not sent yet: free."""
    kills: tuple[RowId, ...]
    """One call each, first one first."""
    counts: Mapping[Status, int]
    """Of both together, in the order in which they are ended."""
    left_out: Mapping[Status, int]
    """Rows that were picked and are not touched: ended ones, those being killed already, and uncertain ones, for which
    only a look at each can decide."""

    @property
    def total(self) -> int:
        """Rows that are ended."""
        return len(self.drops) + len(self.kills)


def kill_plan(rows: Iterable[RunRow], left_out: Mapping[Status, int]) -> KillPlan:
    """Of pending runs the oldest first, for it starts soonest; of running ones the youngest, which has most left to cost.

    `rows` are those with a status of `ORDER`; `left_out` counts what else was picked.
    """
    ends = sorted(rows, key=_turn)
    return KillPlan(
        drops=tuple(row.id for row in ends if row.status in FREE),
        kills=tuple(row.id for row in ends if row.status not in FREE),
        counts=Counter(row.status for row in ends),
        left_out=left_out,
    )


def kills_take_s(kills: int, budget: BudgetView) -> float:
    """Seconds until the last of so many kills is sent: at once as far as the budget goes, the rest a window's worth at a
    time, each when the window turns. On average that is `kills / 30` minutes (FAULTS.md A4)."""
    beyond = kills - (0 if budget.limited else budget.remaining)
    if beyond <= 0:
        return 0.0
    first = budget.wait_s if budget.waiting and budget.wait_s else budget.reset_s
    return (WINDOW_S if first is None else first) + (ceil(beyond / budget.limit) - 1) * WINDOW_S


def _turn(row: RunRow) -> tuple[int, float, float, float]:
    way = -1.0 if row.status in (Status.RUNNING, Status.OTHER) else 1.0
    return ORDER.index(row.status), way * (row.started_at or row.created_at), way * row.created_at, way * row.id
