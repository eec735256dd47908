"""Kills one run and finds out what became of it."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from cordage_tui.api.errors import CordageError, Delivery, InvalidRequest, NotFound, RateLimited
from cordage_tui.domain.advice import advised
from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.outbox import UNSENT, Expected, OutboxState
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import became, join_sentences, refuse_if_read_only
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

_UNSENT = {Status.QUEUED: UNSENT, Status.HELD: Expected(OutboxState.HELD)}
"""What costs nothing to take back, by how the table shows it."""


class KillOutcome(StrEnum):
    """How a kill went."""

    CANCELLED = "cancelled"
    """A read confirms it."""
    ASKED = "asked"
    """The kill may have worked and no read has confirmed it yet; the row shows `killing` until one tells."""
    ENDED = "ended"
    """It had ended by itself before the kill arrived."""
    DROPPED = "dropped"
    """It was still only ours, and is off the list."""
    NOT_KILLED = "not killed"
    """It goes on, as far as we know."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a kill came to, in words for the user."""

    row: RowId
    outcome: KillOutcome
    words: SafeText
    answered: bool = True
    """Asked, and the server said that it took the kill; False: asked, and nobody knows."""
    limited: bool = False
    """Not killed, because the server's rate limit refused the call: it did nothing and may be repeated."""
    hopeless: bool = False
    """Not killed, and trying again is of no use: the server knows no such run, or the settings lead nowhere."""


class RunKiller:
    """Kills by the user's word only; every doubt is settled by reading the run first (docs/triggering.md 5, kill)."""

    def __init__(self, session: EngineContext, reader: RunFetcher, opened: Callable[[], Profile]) -> None:
        """`opened()` is the profile as it is now."""
        self._session = session
        self._store = session.store
        self._reader = reader
        self._opened = opened

    async def kill(self, row_id: RowId, expected: Expected | None = None) -> KillReport:
        """Kill one run, or take its prompt back while it was not sent; a caller that is cancelled does not end that.

        A prompt that may have been sent is dropped only where `expected` says that the user was asked about such a one.
        What went wrong with a call is in the report. Raises `ReadOnlyProfile`, and `StoreError` when the row cannot be
        looked up.
        """
        refuse_if_read_only(self._opened())
        return await self._session.calls.run_detached(self._kill_or_drop(row_id, expected))

    async def _kill_or_drop(self, row_id: RowId, expected: Expected | None) -> KillReport:
        found = self._found(row_id, expected)
        if isinstance(found, KillReport):
            return found
        try:
            await self.budget()
        except CordageError as refusal:
            return self._failed(found, refusal, None)
        return await self.kill_now(row_id)

    async def budget(self) -> None:
        """Returns when a kill may go out, which then counts as gone. Raises AuthenticationFailed."""
        with self._session.client.key_guard.stop_if_refused():
            await self._session.pacer.acquire(RateLimitClass.KILL, Priority.USER)

    async def kill_now(self, row_id: RowId) -> KillReport:
        """As `kill`, by one who has its `budget`. The row is looked at first: it may have ended while that was waited for."""
        row = self._found(row_id)
        if isinstance(row, KillReport):
            return row
        self._reader.killing.add(row_id)
        try:
            return await self._kill(row)
        finally:
            self._reader.killing.discard(row_id)

    def _found(self, row_id: RowId, expected: Expected | None = None) -> RunRow | KillReport:
        """The run to kill; a report where no call is needed. What is still only ours is dropped."""
        row = self._store.query.row(row_id)
        if row is None:
            return _report(row_id, KillOutcome.NOT_KILLED, "It is no longer in the list")
        if row.status.is_final:
            return _ended(row)
        return row if row.run_id is not None else self._drop(row, expected or _UNSENT.get(row.status, UNSENT))

    async def _kill(self, row: RunRow) -> KillReport:
        """Asks, reads; where the first ask may have been lost on the way and the run goes on, asks once more: a second kill
        does no harm."""
        self._show_killing(row)
        refusal = await self._ask(row)
        trouble, now = await self._look(row)
        if refusal is not None and refusal.delivery is Delivery.UNCERTAIN and trouble is None and _goes_on(now):
            refusal = await self._ask(row, again=True)
            trouble, now = await self._look(row)
        if now is not None and now.status.is_final:
            return _ended(now)
        if refusal is None:
            self._show_killing(row)  # from here counts how long it may show `killing`
            return _report(row.id, KillOutcome.ASKED, "Kill accepted; waiting for the run to end")
        if refusal.delivery is Delivery.UNCERTAIN:
            words = "It shows killing until a read tells what became of it"
            report = _report(row.id, KillOutcome.ASKED, f"The kill was sent but not answered: {refusal.what}", words)
            return replace(report, answered=False)
        return self._failed(row, refusal, trouble)

    async def _ask(self, row: RunRow, *, again: bool = False) -> CordageError | None:
        """Sends the kill; returns why the server did not say that it took it. A second one has budget of its own."""
        try:
            if again:
                await self.budget()
            await self._session.client.kill_run(row.webhook_key, row.run_id or "")
        except CordageError as error:
            return error
        return None

    async def _look(self, row: RunRow) -> tuple[CordageError | StoreError | None, RunRow | None]:
        """Reads the run; returns what went wrong with that, and the row as it stands now."""
        trouble = await self._reader.get(row, Priority.USER)
        try:
            return trouble, self._store.query.row(row.id)
        except StoreError as error:
            return error, None

    def _show_killing(self, row: RunRow) -> None:
        with suppress(StoreError):  # the kill saves money whether or not the disk can say so
            self._store.runs.ask_kill(row.id)

    def _failed(self, row: RunRow, refusal: CordageError, trouble: CordageError | StoreError | None) -> KillReport:
        """The server said no, or never heard of it."""
        then = "It still runs" if trouble is None else "" if trouble.what == refusal.what else trouble.what
        report = _report(row.id, KillOutcome.NOT_KILLED, f"Not killed: {refusal.what}", then)
        report = replace(report, words=advised(report.words, "run.kill"))
        with suppress(StoreError):
            self._store.runs.kill_failed(row.id, report.words)
        hopeless = isinstance(refusal, NotFound | InvalidRequest)
        return replace(report, limited=isinstance(refusal, RateLimited), hopeless=hopeless)

    def _drop(self, row: RunRow, expected: Expected) -> KillReport:
        """There is no run to kill (that we know of)."""
        change = self._store.outbox.drop(row.id, expected)
        if not change.done:
            return _report(row.id, KillOutcome.NOT_KILLED, became(change))
        if expected.state is OutboxState.UNCERTAIN:
            words = "Off the list. If it does run, it goes on, may be charged, and shows up as a run of its own"
            return _report(row.id, KillOutcome.DROPPED, words)
        return _report(row.id, KillOutcome.DROPPED, "Dropped before it was sent; it costs nothing")


def _goes_on(row: RunRow | None) -> bool:
    return row is not None and not row.status.is_final


def _ended(row: RunRow) -> KillReport:
    if row.status is Status.CANCELLED:
        return _report(row.id, KillOutcome.CANCELLED, "Cancelled")
    return _report(row.id, KillOutcome.ENDED, f"It had already ended: {row.status_name}")


def _report(row: RowId, outcome: KillOutcome, *words: str) -> KillReport:
    return KillReport(row, outcome, join_sentences(*words))
