"""Bulk kill: kills many runs as fast as the rate budget allows, until done or stopped."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.advice import advised
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.bulk_kill_plan import ORDER, BulkKillState, KillPlan, kill_plan, kills_take_s
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences, refuse_if_read_only
from cordage_tui.engine.events import BulkEnded, StateChanged
from cordage_tui.engine.kill import RunKiller
from cordage_tui.engine.kill_report import KillOutcome
from cordage_tui.store.errors import StoreError

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
    """Seconds until the last kill is sent, as far as is known."""
    stopping: bool
    """No further kill is sent; what is under way is waited for."""


class BulkKill:
    """Bulk kill of one engine, at most one at a time. It continues whichever screen is open."""

    def __init__(self, context: EngineContext, killer: RunKiller) -> None:
        self._context = context
        self._killer = killer
        self._events = context.events
        self._work: BulkKillState | None = None

    def plan(self, rows: Sequence[RowId]) -> KillPlan:
        """Plan the kill of these rows by their status now. Raises StoreError."""
        picked = self._context.store.picked
        standing = picked.statuses(rows)
        ends = [row for row, status in standing.items() if status in ORDER]
        return kill_plan(picked.rows(ends), Counter(status for status in standing.values() if status not in ORDER))

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
        refuse_if_read_only(self._context.opened)
        if self._work is not None:
            return False
        self._work = BulkKillState(plan)
        self._context.calls.spawn(self._run(self._work))
        self._events.publish(StateChanged())
        return True

    def stop(self) -> None:
        """Send no further kill. Kills under way are completed; other rows are left as they are."""
        if self._work is not None:
            self._work.stop()
            self._events.publish(StateChanged())

    async def _run(self, work: BulkKillState) -> None:
        try:
            await self._drop_unsent(work)
            await asyncio.gather(*(self._kill_one_by_one(work) for _ in range(AT_ONCE)))
        finally:
            self._work = None
        self._events.publish(BulkEnded(work.report()))
        self._events.publish(StateChanged())

    async def _drop_unsent(self, work: BulkKillState) -> None:
        """Drop prompts that were not sent. Those that were sent after all are appended to the kills."""
        while work.drops and not work.stopped:
            row = work.drops.popleft()
            if self._status(row) in (Status.QUEUED, Status.HELD):
                await self._kill_row(work, row)
            else:
                work.waiting.append(row)
            await asyncio.sleep(0)  # each is a commit: the screen has its turn between two

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
            return self._context.store.picked.statuses([row]).get(row)
        except StoreError:
            return Status.OTHER
