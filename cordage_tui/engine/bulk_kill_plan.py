"""Order, duration and report of a bulk kill."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final

from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.kill_report import BulkKillReport, KillOutcome

# Of many rows: which a bulk kill ends, in which order, and how long that takes. Pure functions.

WINDOW_S: Final = 60.0
"""In which the budget of kills comes back (docs/wire-contract.md, rate limits)."""

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
    """Rows found when the user asked. Exactly these are killed, whatever is marked later."""

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
        """Number of rows to drop or kill."""
        return len(self.drops) + len(self.kills)


def kill_plan(rows: Iterable[RunRow], left_out: Mapping[Status, int]) -> KillPlan:
    """Plan a bulk kill: pending runs oldest first, as they start soonest; running ones youngest first, as they have
    most left to cost.

    `rows` have a status of `ORDER`; `left_out` counts the other rows that were picked.
    """
    ends = sorted(rows, key=_turn)
    return KillPlan(
        drops=tuple(row.id for row in ends if row.status in FREE),
        kills=tuple(row.id for row in ends if row.status not in FREE),
        counts=Counter(row.status for row in ends),
        left_out=left_out,
    )


def kills_take_s(kills: int, budget: BudgetView) -> float:
    """Seconds until the last of `kills` is sent: immediately within the budget, then one window's worth each time the
    window resets. On average that is `kills / 30` minutes (docs/polling.md 4)."""
    beyond = kills - (0 if budget.limited else budget.remaining)
    if beyond <= 0:
        return 0.0
    first = budget.wait_s if budget.waiting and budget.wait_s else budget.reset_s
    return (WINDOW_S if first is None else first) + (ceil(beyond / budget.limit) - 1) * WINDOW_S


def _turn(row: RunRow) -> tuple[int, float, float, float]:
    way = -1.0 if row.status in (Status.RUNNING, Status.OTHER) else 1.0
    return ORDER.index(row.status), way * (row.started_at or row.created_at), way * row.created_at, way * row.id


# Remaining work of a bulk kill, and its outcomes so far.

GIVE_UP_AFTER: Final = 5
"""Kills that fail one after the other: the rest would most likely fail too, and each costs a call."""
TRIES: Final = 3
"""Of one kill that the server's rate limit refuses."""

_SAID: Final = {
    KillOutcome.CANCELLED: "cancelled",
    KillOutcome.DROPPED: "dropped before being sent",
    KillOutcome.ASKED: "kill requested, not confirmed yet",
    KillOutcome.ENDED: "had ended",
    KillOutcome.NOT_KILLED: "not killed",
}
"""How a report counts each outcome, in its order."""


class BulkKillState:
    """State of one bulk kill: remaining rows and outcomes."""

    def __init__(self, plan: KillPlan) -> None:
        self.total = plan.total
        self.drops = deque(plan.drops)
        self.waiting = deque(plan.kills)
        """Not sent yet, next first."""
        self.asking: set[asyncio.Future[None]] = set()
        """Those that wait for budget."""
        self.stopped = False
        self._outcomes: Counter[KillOutcome] = Counter()
        self._tries: Counter[RowId] = Counter()
        self._failures = 0
        self._why: SafeText | None = None

    @property
    def done(self) -> int:
        """Number of rows that are finished with."""
        return self._outcomes.total()

    def record(self, outcome: KillOutcome, words: SafeText | None = None) -> None:
        """Record the outcome of one row; `words`: why, if it was not killed."""
        self._outcomes[outcome] += 1
        if outcome is not KillOutcome.NOT_KILLED:
            self._failures = 0
            return
        self._why = self._why or words
        self._failures += 1
        if self._failures >= GIVE_UP_AFTER:
            self.stop()

    def put_back(self, row: RowId) -> bool:
        """Put back a row whose kill the rate limit refused; False after `TRIES` attempts."""
        self._tries[row] += 1
        if self._tries[row] >= TRIES:
            return False
        self.waiting.appendleft(row)
        return True

    def give_up(self, why: SafeText) -> None:
        """Stop because no further kill can be sent."""
        self._why = self._why or why
        self.stop()

    def stop(self) -> None:
        """Stop sending kills."""
        self.stopped = True
        for asking in self.asking:
            asking.cancel()

    def report(self) -> BulkKillReport:
        """Report such as `Kills stopped: 12 cancelled, 188 left as they are.`"""
        left = len(self.drops) + len(self.waiting)
        counted = [f"{self._outcomes[kind]} {said}" for kind, said in _SAID.items() if self._outcomes[kind]]
        if left:
            counted.append(f"{left} not affected")
        lead = "Kills stopped: " if self.stopped else "Kills done: "
        words = join_sentences(lead + ", ".join(counted), self._why or "")
        return BulkKillReport(dict(self._outcomes), left, advised(words, action_of(self._why)))
