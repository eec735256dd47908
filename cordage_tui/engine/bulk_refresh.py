"""Reads many picked runs at the user's word, with no more calls than that needs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.engine.poller import Trouble
from cordage_tui.engine.reader import RunFetcher
from cordage_tui.engine.session import EngineContext

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
