"""Reads on demand: the selected run, a bulk refresh."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.engine.concurrency import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.polling.allocation import PERIOD_MIN_S
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.engine.polling.poller import Trouble
from cordage_tui.store.errors import StoreError

# Keeps the run in the open detail pane fresh, from the reserve of reads that is the user's own.

SETTLE_S: Final = 0.4
"""The cursor must rest this long on a run before it costs a read."""


class SelectedRunRefresher:
    """Reads one run: once if its end is known but not what came of it, again and again while it is active.

    The latter only in the process that polls: ten windows that all show one run would spend the reserve ten times over.
    """

    def __init__(self, session: EngineContext, reader: RunFetcher, polls: Callable[[], bool]) -> None:
        """`polls()`: whether this process is the one that polls."""
        self._session = session
        self._reader = reader
        self._polls = polls
        self._row: RowId | None = None
        self._told: set[RowId] = set()
        """Runs that had ended when they were read: no answer will say more."""
        self._at_rest = False
        self._wake = WakeEvent()

    def select(self, row: RowId | None) -> None:
        """Set the run that the user looks at; None: there is none."""
        if row != self._row:
            self._row = row
            self._wake.now()

    def changed(self, rows: frozenset[RowId]) -> None:
        """These rows differ; the one looked at may have got its id, or have begun."""
        if self._at_rest and self._row in rows:
            self._wake.now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            row = self._row
            await self._wake.sleep(SETTLE_S if row is not None else None)
            if row is not None and row == self._row:
                await self._watch(row)
                self._at_rest = True
                await self._wake.sleep(None if row == self._row else 0)
                self._at_rest = False

    async def _watch(self, row: RowId) -> None:
        """Reads it until nothing more is to be learned, or another is looked at."""
        failures = 0
        while row == self._row and (detail := self._untold(row)) is not None:
            if self._session.breaker.in_doubt:
                await self._wake.sleep(SETTLE_S)
                continue
            had_ended = detail.row.status.is_final
            trouble = await self._reader.get(detail.row, Priority.USER)
            if had_ended and trouble is None:
                self._told.add(row)
            failures = failures + 1 if trouble else 0
            await self._wake.sleep(PERIOD_MIN_S + backoff_s(failures, BACKOFF_CAP_S - PERIOD_MIN_S, self._session.rng))

    def _untold(self, row: RowId) -> RunDetail | None:
        """The row, if a get could tell more of it than is known."""
        try:
            detail = self._session.store.query.detail(row)
        except StoreError:
            return None
        if detail is None or detail.row.run_id is None or row in self._told or self._session.client.key_guard.refused:
            return None
        return detail if (detail.row.status.is_active and self._polls()) or lacks_outcome(detail) else None


def lacks_outcome(detail: RunDetail) -> bool:
    """It has ended, and no answer so far told with which outputs, or why it failed."""
    if detail.row.status is Status.COMPLETED:
        return not detail.outputs
    return detail.row.status is Status.FAILED and detail.error is None


# Reads many picked runs at the user's word, with no more calls than that needs.

PAGES: Final = frozenset({10, 20, 25, 30, 50, 100, 200, 250, 500, 1000})
"""Lengths of a list that is likely one page of several."""
FEW: Final = 3
"""Runs of one webhook that are read one by one; a list reads more of them in one call."""


class BulkRefresh:
    """Of what was picked it reads only the runs of which the server may tell more, at most `FEW` calls a webhook."""

    def __init__(
        self, session: EngineContext, reader: RunFetcher, read_webhook: Callable[[str], Awaitable[Trouble | None]]
    ) -> None:
        """`read_webhook(key)` lists one webhook ahead of all polling."""
        self._session = session
        self._reader = reader
        self._read_webhook = read_webhook

    def untold(self, rows: Collection[RowId]) -> list[RunRow]:
        """Those of `rows` that a read may change: active ones, and ended ones whose outcome is not known. Raises StoreError."""
        return self._session.store.picked.untold(rows)

    def beyond(self, webhook_key: str, known: int) -> bool | None:
        """Whether the server has runs that its list does not hold: True where it says so, None where it may have, since the
        list is as long as a page or lacks some of the `known` runs that this machine has seen. False also before a read."""
        count, more = self._reader.lists.get(webhook_key, (0, False))
        return True if more else None if count in PAGES or known > count > 0 else False

    async def read(self, rows: Collection[RunRow]) -> Trouble | None:
        """Reads these runs now. Returns what went wrong first, if anything."""
        by_webhook: dict[str, list[RunRow]] = {}
        for row in rows:
            by_webhook.setdefault(row.webhook_key, []).append(row)
        reads = [read for key, mine in by_webhook.items() for read in self._reads(key, mine)]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    def _reads(self, key: str, rows: list[RunRow]) -> list[Awaitable[Trouble | None]]:
        if len(rows) > FEW:
            return [self._session.calls.run_detached(self._listed(key))]
        return [self._session.calls.run_detached(self._reader.get(row, Priority.USER)) for row in rows]

    async def _listed(self, key: str) -> Trouble | None:
        return await self._read_webhook(key)
