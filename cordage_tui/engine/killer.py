"""Kills one run and finds out what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError, NotFound, Rejected
from cordage_tui.domain.budget import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.status import Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.poller import Poller
from cordage_tui.store.store import Store


class KillOutcome(StrEnum):
    """How a kill went."""

    CANCELLED = "cancelled"
    """A read confirms it."""
    ASKED = "asked"
    """The server took the kill and no read has confirmed it yet; the row shows `killing` until one does."""
    ENDED = "ended"
    """It had ended by itself before the kill arrived."""
    DROPPED = "dropped"
    """It was still only ours; it is not sent, and it costs nothing."""
    NOT_KILLED = "not killed"
    """It goes on, as far as we know."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a kill came to, in words for the user."""

    row: RowId
    outcome: KillOutcome
    words: SafeText


class Killer:
    """Kills by the user's word only; every doubt is settled by reading the run first (FAULTS.md B5, kill)."""

    def __init__(self, client: CordageClient, store: Store, poller: Poller) -> None:
        self._client = client
        self._store = store
        self._poller = poller

    async def kill(self, row_id: RowId) -> KillReport:
        """Never raises `CordageError`; what went wrong is in the report."""
        row = self._store.query.row(row_id)
        if row is None:
            return KillReport(row_id, KillOutcome.NOT_KILLED, one_line("It is no longer in the list."))
        if row.status.is_final:
            return self._ended(row)
        if row.run_id is None:
            return self._drop(row)
        self._store.runs.ask_kill(row_id)
        try:
            await self._client.kill_run(row.webhook_key, row.run_id)
        except (NotFound, Rejected):
            return await self._look(row_id, KillOutcome.NOT_KILLED, "The server refused the kill.")
        except CordageError as error:
            return await self._look(row_id, KillOutcome.NOT_KILLED, error.what)
        return await self._look(row_id, KillOutcome.ASKED, "")

    def _drop(self, row: RunRow) -> KillReport:
        if self._store.outbox.drop(row.id):
            return KillReport(row.id, KillOutcome.DROPPED, one_line("Dropped before it was sent; it costs nothing."))
        words = "It is being sent right now; kill it when it has an id."
        return KillReport(row.id, KillOutcome.NOT_KILLED, one_line(words))

    async def _look(self, row_id: RowId, otherwise: KillOutcome, why: str) -> KillReport:
        """Reads the run to learn what became of it; `otherwise` is the outcome while it still goes on."""
        row = self._store.query.row(row_id)
        trouble = await self._poller.fetch(row, Priority.USER) if row else None
        row = self._store.query.row(row_id)
        if row is not None and row.status.is_final:
            return self._ended(row)
        if otherwise is KillOutcome.ASKED:
            return KillReport(row_id, otherwise, one_line("The server took the kill; waiting for it to end."))
        words = one_line(f"{why} {trouble.what if trouble else 'It still runs.'} Press x to try again.")
        self._store.runs.kill_failed(row_id, words)
        return KillReport(row_id, otherwise, words)

    def _ended(self, row: RunRow) -> KillReport:
        if row.status is Status.CANCELLED:
            return KillReport(row.id, KillOutcome.CANCELLED, one_line("Cancelled."))
        return KillReport(row.id, KillOutcome.ENDED, one_line(f"It had already ended: {row.status_name}."))
