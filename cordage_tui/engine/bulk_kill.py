"""Kills many runs, as fast as the budget of kills lets them go, until done or stopped."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.advice import advised
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.bulk_kill_plan import ORDER, BulkKillState, KillPlan, kill_plan, kills_take_s
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences, refuse_if_read_only
from cordage_tui.engine.events import BulkEnded, Event, StateChanged
from cordage_tui.engine.kill import KillOutcome, RunKiller
from cordage_tui.store.errors import StoreError

AT_ONCE: Final = 4
"""Kills under way together, each with the read that confirms it: one slow answer does not hold up the others."""

_UNCERTAIN: Final = advised(
    join_sentences("It may or may not have been sent: it has to be decided about alone"), "run.kill"
)


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far a bulk kill has come."""

    done: int
    """Rows about which there is nothing more to do."""
    total: int
    left_s: float
    """Seconds until the last kill is sent, as far as is known."""
    stopping: bool
    """No further kill is sent; what is under way is waited for."""


class BulkKill:
    """One at a time. It belongs to the engine, so it goes on whichever screen is open."""

    def __init__(
        self, session: EngineContext, killer: RunKiller, tell: Callable[[Event], None], profile: Callable[[], Profile]
    ) -> None:
        self._session = session
        self._killer = killer
        self._tell = tell
        self._profile = profile
        self._work: BulkKillState | None = None

    def plan(self, rows: Sequence[RowId]) -> KillPlan:
        """What `start` would do with these rows, as they stand now. Raises StoreError."""
        picked = self._session.store.picked
        standing = picked.statuses(rows)
        ends = [row for row, status in standing.items() if status in ORDER]
        return kill_plan(picked.rows(ends), Counter(status for status in standing.values() if status not in ORDER))

    @property
    def progress(self) -> BulkProgress | None:
        """Of the one under way; None when there is none."""
        work = self._work
        if work is None:
            return None
        left_s = 0.0 if work.stopped else kills_take_s(len(work.waiting), self.budget)
        return BulkProgress(work.done, work.total, left_s, work.stopped)

    @property
    def budget(self) -> BudgetView:
        """Of kills, as it stands now."""
        return self._session.pacer.view(RateLimitClass.KILL)

    def start(self, plan: KillPlan) -> bool:
        """Begins to carry out `plan`; the end is told as `BulkEnded`. False, and nothing is done, while another is under way.

        Raises `ReadOnlyProfile`.
        """
        refuse_if_read_only(self._profile())
        if self._work is not None:
            return False
        self._work = BulkKillState(plan)
        self._session.calls.spawn(self._run(self._work))
        self._tell(StateChanged())
        return True

    def stop(self) -> None:
        """Sends no further kill. What is under way comes to its end; the rest is left as it is."""
        if self._work is not None:
            self._work.stop()
            self._tell(StateChanged())

    async def _run(self, work: BulkKillState) -> None:
        try:
            await self._drop(work)
            await asyncio.gather(*(self._kill_one_by_one(work) for _ in range(AT_ONCE)))
        finally:
            self._work = None
        self._tell(BulkEnded(work.report()))
        self._tell(StateChanged())

    async def _drop(self, work: BulkKillState) -> None:
        """Takes off the list what was not sent. What was sent after all is killed with the others, after them."""
        while work.drops and not work.stopped:
            row = work.drops.popleft()
            if self._status(row) in (Status.QUEUED, Status.HELD):
                await self._end(work, row)
            else:
                work.waiting.append(row)
            await asyncio.sleep(0)  # each is a commit: the screen has its turn between two

    async def _kill_one_by_one(self, work: BulkKillState) -> None:
        """Budget first, and then whichever row is the next that still goes on."""
        while self._next(work) is not None and await self._may_go(work):
            if (row := self._next(work)) is not None:
                work.waiting.popleft()
                await self._end(work, row)

    def _next(self, work: BulkKillState) -> RowId | None:
        """The first row that a kill would end; None: there is none. Those that need none are done with."""
        while work.waiting and not work.stopped:
            row = work.waiting[0]
            match self._status(row):
                case Status.UNCERTAIN:
                    work.ended(KillOutcome.NOT_KILLED, _UNCERTAIN)
                case Status.KILLING:
                    work.ended(KillOutcome.ASKED)
                case Status.CANCELLED:
                    work.ended(KillOutcome.CANCELLED)
                case status if status is None or status.is_final:
                    work.ended(KillOutcome.ENDED)
                case _:
                    return row
            work.waiting.popleft()
        return None

    async def _may_go(self, work: BulkKillState) -> bool:
        """Waits for the budget of one kill. False: there are no more rows than wait for theirs, or it is stopped."""
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

    async def _end(self, work: BulkKillState, row: RowId) -> None:
        try:
            report = await self._killer.kill_now(row)
        except StoreError as error:
            work.ended(KillOutcome.NOT_KILLED, error.what)
            return
        if not (report.limited and work.again(row)):
            work.ended(report.outcome, report.words)

    def _status(self, row: RowId) -> Status | None:
        """As it stands now; None: it has gone. What cannot be looked up is left to the kill to tell."""
        try:
            return self._session.store.picked.statuses([row]).get(row)
        except StoreError:
            return Status.OTHER
