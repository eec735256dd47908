"""Reads on demand: the selected run, and a bulk refresh."""

import asyncio
from collections.abc import Awaitable, Collection
from typing import Final

from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.polling.allocation import PERIOD_MIN_S
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.processes.leadership import Leadership
from cordage_tui.store.errors import StoreError

# Keeps the run in the open detail pane fresh, from the reserve of reads that is the user's own.

SETTLE_S: Final = 0.4
"""The cursor must rest this long on a run before it costs a read."""


class SelectedRunRefresher:
    """Refresher of the selected run: one read if its end is known without a result, repeated reads while it is active.

    The latter only in the process that polls: ten windows that all show one run would spend the reserve ten times over.
    """

    def __init__(self, context: EngineContext, reader: RunFetcher, leadership: Leadership) -> None:
        self._context = context
        self._reader = reader
        self._leadership = leadership
        self._row: RowId | None = None
        self._told: set[RowId] = set()
        """Runs that had ended when they were read: no answer will say more."""
        self._at_rest = False
        self._wake = WakeEvent()

    def select(self, row: RowId | None) -> None:
        """Set the run that the user looks at; None: there is none."""
        if row != self._row:
            self._row = row
            self._wake.set()

    def on_rows_changed(self, rows: frozenset[RowId]) -> None:
        """Wake up if the selected run changed: it may have got its id, or have started."""
        if self._at_rest and self._row in rows:
            self._wake.set()

    async def run(self) -> None:
        """Refresh the selected run until cancelled."""
        while True:
            row = self._row
            await self._wake.sleep(SETTLE_S if row is not None else None)
            if row is not None and row == self._row:
                await self._watch(row)
                self._at_rest = True
                await self._wake.sleep(None if row == self._row else 0)
                self._at_rest = False

    async def _watch(self, row: RowId) -> None:
        """Read a run until nothing more is to be learned, or another is selected."""
        failures = 0
        while row == self._row and (detail := self._untold(row)) is not None:
            if self._context.breaker.in_doubt:
                await self._wake.sleep(SETTLE_S)
                continue
            had_ended = detail.row.status.is_final
            trouble = await self._reader.get(detail.row, Priority.USER)
            if had_ended and trouble is None:
                self._told.add(row)
            failures = failures + 1 if trouble else 0
            await self._wake.sleep(PERIOD_MIN_S + backoff_s(failures, BACKOFF_CAP_S - PERIOD_MIN_S, self._context.rng))

    def _untold(self, row: RowId) -> RunDetail | None:
        """Detail of a row, if a get could add to it."""
        try:
            detail = self._context.store.query.detail(row)
        except StoreError:
            return None
        if detail is None or detail.row.run_id is None or row in self._told or self._context.client.key_guard.refused:
            return None
        return detail if (detail.row.status.is_active and self._leadership.polls) or lacks_outcome(detail) else None


def lacks_outcome(detail: RunDetail) -> bool:
    """Return whether the run has ended and no answer so far had its outputs, or why it failed."""
    if detail.row.status is Status.COMPLETED:
        return not detail.outputs
    return detail.row.status is Status.FAILED and detail.error is None


# Reads many picked runs at the user's word, with no more calls than that needs.

PAGES: Final = frozenset({10, 20, 25, 30, 50, 100, 200, 250, 500, 1000})
"""Lengths of a list that is likely one page of several."""
FEW: Final = 3
"""Runs of one webhook that are read one by one; a list reads more of them in one call."""


class BulkRefresh:
    """Refresh of picked runs, at most `FEW` calls a webhook."""

    def __init__(self, context: EngineContext, reader: RunFetcher, poller: Poller) -> None:
        self._context = context
        self._reader = reader
        self._poller = poller

    def has_more(self, webhook_key: str, known: int) -> bool | None:
        """Return whether the server has runs that its list does not hold; False also before a read.

        True: the list says so. None: it may, because the list is as long as a page, or lacks some of the `known` runs
        that this machine has seen.
        """
        count, more = self._reader.lists.get(webhook_key, (0, False))
        return True if more else None if count in PAGES or known > count > 0 else False

    async def read(self, rows: Collection[RunRow]) -> Trouble | None:
        """Read these runs now. Returns the first error, if any."""
        by_webhook: dict[str, list[RunRow]] = {}
        for row in rows:
            by_webhook.setdefault(row.webhook_key, []).append(row)
        reads = [read for key, webhook_rows in by_webhook.items() for read in self._reads(key, webhook_rows)]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    def _reads(self, key: str, rows: list[RunRow]) -> list[Awaitable[Trouble | None]]:
        if len(rows) > FEW:
            return [self._context.calls.run_detached(self._read_list(key, rows))]
        return [self.read_alone(row) for row in rows]

    async def _read_list(self, key: str, rows: list[RunRow]) -> Trouble | None:
        """Read a list, and then each active run of the rows that it does not name."""
        if (trouble := await self._poller.refresh(key)) is not None:
            return trouble
        unlisted = self._context.store.unlisted.all(self._context.profile)
        troubles = await asyncio.gather(*(self._reader.get(row, Priority.USER) for row in rows if row.id in unlisted))
        return next((error for error in troubles if error), None)

    async def read_alone(self, row: RunRow) -> Trouble | None:
        """Read one run now, alone. Returns the error, if any."""
        return await self._context.calls.run_detached(self._reader.get(row, Priority.USER))
