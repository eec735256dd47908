"""Kill of one run, confirmed by a read."""

from contextlib import suppress

from cordage_tui.api.errors import CordageError, Delivery, InvalidRequest, NotFound, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.key_refusal import refusal_remedy
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import UNSENT, Expected
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble, describe_change, join_sentences, refuse_if_read_only
from cordage_tui.engine.events import KillOutcome
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

_SPARED = "Not killed: it is a guess, and may be somebody else's run"
_UNSENT = {Status.QUEUED: UNSENT, Status.HELD: Expected(OutboxState.HELD)}
"""States that cost nothing to take back, by their status in the table."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """Report of a kill, worded for the user."""

    row: RowId
    outcome: KillOutcome
    words: SafeText
    answered: bool = True
    """For ASKED: the server accepted the kill; False: no answer."""
    limited: bool = False
    """For NOT_KILLED: the server's rate limit refused the call, which did nothing and may be repeated."""
    hopeless: bool = False
    """For NOT_KILLED: a retry is useless, as the server knows no such run or the settings are wrong."""


class RunKiller:
    """Killer of single runs, only at the user's request. Any doubt is settled by reading the run (docs/dev/triggering.md
    5, kill)."""

    def __init__(self, context: EngineContext, reader: RunFetcher) -> None:
        self._context = context
        self._store = context.store
        self._reader = reader

    async def kill(self, row: RunRow, expected: Expected | None = None, *, spares_guesses: bool = False) -> KillReport:
        """Kill the run shown as `row`, or drop its prompt if it was not sent; cancelling the caller does not stop
        that.

        A prompt that may have been sent is dropped only if `expected` says that the user was asked about it. The
        report holds the error of a call. With `spares_guesses` a run that is a guess is not killed: nobody was asked
        about it, and it may be somebody else's. Raises `ReadOnlyProfile`, and `StoreError` when the row cannot be looked up.
        """
        refuse_if_read_only(self._context.open_profile)
        return await self._context.calls.run_detached(self._kill_or_drop(row, expected, spares_guesses))

    async def budget(self) -> None:
        """Wait until a kill may go out, and count it as sent. Raises AuthenticationFailed."""
        with self._context.client.key_guard.stop_if_refused():
            await self._context.rate_limiter.acquire(RateLimitClass.KILL, Priority.USER)

    async def kill_now(self, row_id: RowId) -> KillReport:
        """Kill or drop a row whose `budget` has been acquired, and which may have ended since."""
        row = self._find_run(row_id)
        return row if isinstance(row, KillReport) else await self._kill(row)

    async def _kill_or_drop(self, shown: RunRow, expected: Expected | None, spares_guesses: bool) -> KillReport:
        if shown.run_id is None and isinstance(dropped := self._find_run(shown.id, expected), KillReport):
            return dropped
        try:
            await self.budget()
        except CordageError as refusal:
            return self._report_failure(shown, refusal, None)
        row = self._find_run(shown.id)  # it may have ended while the budget was waited for
        if spares_guesses and not isinstance(row, KillReport) and row.matched is MatchedBy.GUESS:
            row = replace(_report(row.id, KillOutcome.NOT_KILLED, _SPARED), hopeless=True)
            row = replace(row, words=advised(row.words, "run.settle"))
        if isinstance(row, KillReport):
            self._context.rate_limiter.refund(RateLimitClass.KILL)
            return row
        return await self._kill(row)

    def _find_run(self, row_id: RowId, expected: Expected | None = None) -> RunRow | KillReport:
        """Read the run to kill; drop a prompt that has none. A report means that no call is needed."""
        row = self._store.rows.get(row_id)
        if row is None:
            return _report(row_id, KillOutcome.NOT_KILLED, "It is no longer in the list")
        if row.status.is_final:
            return _ended(row)
        return row if row.run_id is not None else self._drop(row, expected or _UNSENT.get(row.status, UNSENT))

    async def _kill(self, row: RunRow) -> KillReport:
        """Send the kill and read the run. If the kill may have been lost and the run is active, send one more: a second
        kill does no harm."""
        self._reader.killing.add(row.id)
        try:
            self._show_killing(row)
            refusal = await self._send_kill(row)
            trouble, now = await self._read_run(row)
            if _may_be_lost(refusal) and _goes_on(trouble, now):
                refusal = await self._send_kill(row, again=True)
                trouble, now = await self._read_run(row)
        finally:
            self._reader.killing.discard(row.id)
        if now is not None and now.status.is_final:
            return _ended(now)
        if refusal is None:
            self._show_killing(row)  # starts the time for which it may show `killing`
            return _report(row.id, KillOutcome.ASKED, "Kill accepted; waiting for the run to end")
        if _may_be_lost(refusal) or (refusal.delivery is Delivery.UNCERTAIN and not _goes_on(trouble, now)):
            return _in_doubt(row, refusal)
        return self._report_failure(row, refusal, trouble)

    async def _send_kill(self, row: RunRow, *, again: bool = False) -> CordageError | None:
        """Send the kill; returns the error if the server did not accept it. A second one acquires its own budget."""
        try:
            if again:
                await self.budget()
            await self._context.client.kill_run(row.webhook_key, row.run_id or "")
        except CordageError as error:
            return error
        return None

    async def _read_run(self, row: RunRow) -> tuple[Trouble | None, RunRow | None]:
        """Read the run; returns the error of that, and the row after it."""
        trouble = await self._reader.get(row, Priority.USER)
        try:
            return trouble, self._store.rows.get(row.id)
        except StoreError as error:
            return error, None

    def _show_killing(self, row: RunRow) -> None:
        with suppress(StoreError):  # the kill saves money whether or not the disk can say so
            self._store.runs.ask_kill(row.id)

    def _report_failure(self, row: RunRow, refusal: CordageError, trouble: Trouble | None) -> KillReport:
        """Report a refused kill: the server said no, or does not know the run."""
        consequence = "Still running" if trouble is None else "" if trouble.what == refusal.what else trouble.what
        is_refused = refusal.health is HealthStatus.REFUSED
        help_words = refusal_remedy(refusal.what) if is_refused else ""
        report = _report(row.id, KillOutcome.NOT_KILLED, f"Not killed: {refusal.what}", consequence, help_words)
        report = replace(report, words=advised(report.words, "app.new_key" if is_refused else "run.kill"))
        with suppress(StoreError):
            self._store.runs.kill_failed(row.id, report.words)
        hopeless = isinstance(refusal, NotFound | InvalidRequest)
        return replace(report, limited=isinstance(refusal, RateLimited), hopeless=hopeless)

    def _drop(self, row: RunRow, expected: Expected) -> KillReport:
        """Drop a prompt that has no known run."""
        change = self._store.outbox.drop(row.id, expected)
        if not change.done:
            return _report(row.id, KillOutcome.NOT_KILLED, describe_change(change))
        if expected.state is OutboxState.UNCERTAIN:
            report_text = "Dropped. If it does run, it keeps running, may be charged, and appears as a separate run"
            return _report(row.id, KillOutcome.DROPPED, report_text)
        return _report(row.id, KillOutcome.DROPPED, "Dropped before it was sent; not charged")


def _may_be_lost(refusal: CordageError | None) -> bool:
    """Return whether the kill got no answer, or a 2xx of no use: then it may not have arrived, or may have been done."""
    if refusal is None or refusal.delivery is not Delivery.UNCERTAIN:
        return False
    return refusal.status is None or 200 <= refusal.status < 300


def _goes_on(trouble: Trouble | None, now: RunRow | None) -> bool:
    """Return whether the read after the kill has shown the run active."""
    return trouble is None and now is not None and not now.status.is_final


def _in_doubt(row: RunRow, refusal: CordageError) -> KillReport:
    sent = f"The kill was sent but got no usable answer: {refusal.what}"
    doubt = "The run may have been killed, and is shown as killing until the next read"
    report = _report(row.id, KillOutcome.ASKED, sent, doubt)
    return replace(report, words=advised(report.words, "run.kill"), answered=False)


def _ended(row: RunRow) -> KillReport:
    if row.status is Status.CANCELLED:
        return _report(row.id, KillOutcome.CANCELLED, "Cancelled")
    if row.status is Status.MISSING:  # it is unknown whether it has ended
        report = _report(row.id, KillOutcome.NOT_KILLED, "Not killed: the server no longer knows this run")
        return replace(report, hopeless=True)
    return _report(row.id, KillOutcome.ENDED, f"Already ended: {row.status_name}")


def _report(row: RowId, outcome: KillOutcome, *sentences: str) -> KillReport:
    return KillReport(row, outcome, join_sentences(*sentences))
