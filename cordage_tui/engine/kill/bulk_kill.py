"""Bulk kill: order, duration and report; kills many runs as fast as the rate budget allows, until done or stopped."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.advised_text import action_of, advised
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences, refuse_if_read_only
from cordage_tui.engine.events import BulkEnded, BulkKillReport, KillOutcome, StateChanged
from cordage_tui.engine.kill.kill_run import RunKiller
from cordage_tui.engine.outbox.open_question import OpenQuestion
from cordage_tui.store.errors import StoreError

WINDOW_S: Final = 60.0
"""Seconds after which the budget of kills is full again (docs/dev/wire-contract.md, rate limits)."""

ORDER: Final = (
    *(Status.QUEUED, Status.HELD),
    Status.PENDING,
    *(Status.RUNNING, Status.OTHER),
    Status.SENDING,
)
"""Order of kills: first prompts that are only ours and free to drop, then runs that may not have cost anything yet,
then running ones.

Prompts being sent come last, because they will then have an id.
"""
FREE: Final = frozenset({Status.QUEUED, Status.HELD})
"""Dropped from the list; no call is made."""


@dataclass(frozen=True, slots=True)
class KillPlan:
    """Rows found when the user asked. Exactly these are killed, even if the marks change later."""

    drops: tuple[RowId, ...]
    """Not sent yet: free."""
    kills: tuple[RowId, ...]
    """One call each, first one first."""
    counts: Mapping[Status, int]
    """Of both together, in the order of their kills."""
    left_out: Mapping[Status, int]
    """Rows that were picked and are not touched: ended ones, those being killed already, and uncertain ones.

    Uncertain ones must be decided one by one.
    """
    guesses: int = 0
    """Runs to kill that were found by their time, and may be somebody else's."""

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
        guesses=sum(row.matched is MatchedBy.GUESS for row in ends),
    )


def kills_take_s(kills: int, budget: BudgetView) -> float:
    """Seconds until the last of `kills` is sent: immediately within the budget, then one window's worth each time the
    window resets. On average that is `kills / 30` minutes (docs/dev/polling.md 4)."""
    beyond = kills - (0 if budget.limited else budget.remaining)
    if beyond <= 0:
        return 0.0
    first = budget.wait_s if budget.waiting and budget.wait_s else budget.reset_s
    return (WINDOW_S if first is None else first) + (ceil(beyond / budget.limit) - 1) * WINDOW_S


def _turn(row: RunRow) -> tuple[int, float, float, float]:
    way = -1.0 if row.status in (Status.RUNNING, Status.OTHER) else 1.0
    return ORDER.index(row.status), way * (row.started_at or row.created_at), way * row.created_at, way * row.id


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

    def record(self, outcome: KillOutcome, reason: SafeText | None = None) -> None:
        """Record the outcome of one row; `reason`: why, if it was not killed."""
        self._outcomes[outcome] += 1
        if outcome is not KillOutcome.NOT_KILLED:
            self._failures = 0
            return
        self._why = self._why or reason
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
        """Return a report such as `Kills stopped: 12 cancelled, 188 not affected.`"""
        left = len(self.drops) + len(self.waiting)
        counted = [f"{self._outcomes[kind]} {outcome}" for kind, outcome in _SAID.items() if self._outcomes[kind]]
        if left:
            counted.append(f"{left} not affected")
        lead = "Kills stopped: " if self.stopped else "Kills done: "
        sentence = join_sentences(lead + ", ".join(counted), self._why or "")
        return BulkKillReport(dict(self._outcomes), left, advised(sentence, action_of(self._why)))


AT_ONCE: Final = 4
"""Kills under way together, each with the read that confirms it: one slow answer does not hold up the others."""

_UNCERTAIN: Final = advised(join_sentences("It may have been sent: drop it on its own"), "run.kill")


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """Progress of a bulk kill."""

    done: int
    """Rows about which there is nothing more to do."""
    total: int
    left_s: float
    """Estimated seconds until the last kill is sent."""
    stopping: bool
    """No further kill is sent; kills under way are awaited."""


class BulkKill:
    """Bulk kill of one engine, at most one at a time. It continues whichever screen is open."""

    def __init__(self, context: EngineContext, killer: RunKiller) -> None:
        self._context = context
        self._killer = killer
        self._events = context.events
        self._work: BulkKillState | None = None

    def plan(self, rows: Sequence[RowId]) -> KillPlan:
        """Plan the kill of these rows by their status now. Raises StoreError."""
        picked = self._context.store.run_lookup
        standing = picked.statuses(rows)
        ends = [row for row, status in standing.items() if status in ORDER]
        return kill_plan(
            self._context.store.rows.many(ends), Counter(status for status in standing.values() if status not in ORDER)
        )

    @property
    def progress(self) -> BulkProgress | None:
        """Progress of the bulk kill under way; None: there is none."""
        work = self._work
        if work is None:
            return None
        left_s = 0.0 if work.stopped else kills_take_s(len(work.waiting), self.budget)
        return BulkProgress(work.done, work.total, left_s, work.stopped)

    @property
    def budget(self) -> BudgetView:
        """Rate budget of kills, as of now."""
        return self._context.rate_limiter.view(RateLimitClass.KILL)

    def start(self, plan: KillPlan) -> bool:
        """Start `plan`; `BulkEnded` is published at its end. Returns False, and does nothing, while another is under
        way.

        Raises `ReadOnlyProfile`.
        """
        refuse_if_read_only(self._context.open_profile)
        if self._work is not None:
            return False
        self._work = BulkKillState(plan)
        context = self._context
        held = OpenQuestion(context.store.questions, context.clock, context.profile, plan.drops)
        context.calls.spawn(self._run(self._work, held))
        self._events.publish(StateChanged())
        return True

    def stop(self) -> None:
        """Send no further kill. Kills under way are completed; other rows stay unchanged."""
        if self._work is not None:
            self._work.stop()
            self._events.publish(StateChanged())

    async def _run(self, work: BulkKillState, held: OpenQuestion) -> None:
        try:
            await self._drop_unsent(work, held)
            await asyncio.gather(*(self._kill_one_by_one(work) for _ in range(AT_ONCE)))
        finally:
            self._work = None
        self._events.publish(BulkEnded(work.report()))
        self._events.publish(StateChanged())

    async def _drop_unsent(self, work: BulkKillState, held: OpenQuestion) -> None:
        """Drop prompts that were not sent, and release the remaining ones. Prompts that were sent after all join the
        kills."""
        while work.drops and not work.stopped:
            held.renew()
            row = work.drops.popleft()
            if self._status(row) in (Status.QUEUED, Status.HELD):
                await self._kill_row(work, row)
            else:
                work.waiting.append(row)
            await asyncio.sleep(0)  # each is a commit: the screen has its turn between two
        held.close()

    async def _kill_one_by_one(self, work: BulkKillState) -> None:
        """Acquire the budget of one kill, then kill the first row that is still active; repeat."""
        while self._next_row(work) is not None and await self._acquire_budget(work):
            if (row := self._next_row(work)) is not None:
                work.waiting.popleft()
                await self._kill_row(work, row)

    def _next_row(self, work: BulkKillState) -> RowId | None:
        """The first row that a kill would end; None: there is none. Those that need none are done with."""
        while work.waiting and not work.stopped:
            row = work.waiting[0]
            match self._status(row):
                case Status.UNCERTAIN:
                    work.record(KillOutcome.NOT_KILLED, _UNCERTAIN)
                case Status.KILLING:
                    work.record(KillOutcome.ASKED)
                case Status.CANCELLED:
                    work.record(KillOutcome.CANCELLED)
                case status if status is None or status.is_final:
                    work.record(KillOutcome.ENDED)
                case _:
                    return row
            work.waiting.popleft()
        return None

    async def _acquire_budget(self, work: BulkKillState) -> bool:
        """Wait for the budget of one kill. False: all remaining rows wait for theirs already, or the bulk kill is
        stopped."""
        if len(work.waiting) <= len(work.asking):
            return False
        asking = asyncio.ensure_future(self._killer.budget())
        work.asking.add(asking)
        try:
            await asyncio.wait({asking})
        finally:
            work.asking.discard(asking)
            asking.cancel()
        if asking.cancelled():
            return False
        match asking.exception():
            case CordageError() as refusal:
                work.give_up(refusal.what)
            case BaseException() as bug:
                raise bug
        return not work.stopped

    async def _kill_row(self, work: BulkKillState, row: RowId) -> None:
        try:
            report = await self._killer.kill_now(row)
        except StoreError as error:
            work.record(KillOutcome.NOT_KILLED, error.what)
            return
        if not (report.limited and work.put_back(row)):
            work.record(report.outcome, report.words)

    def _status(self, row: RowId) -> Status | None:
        """Current status of a row; None: it is gone. A row that cannot be read is left to the kill to report."""
        try:
            return self._context.store.run_lookup.statuses([row]).get(row)
        except StoreError:
            return Status.OTHER
