"""Fresh links for those that have expired: the run is read once for all of its outputs (FAULTS.md C 128)."""

import asyncio
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.engine.reader import RunFetcher
from cordage_tui.engine.session import EngineContext
from cordage_tui.store.errors import StoreError

AGAIN_S: Final = 60.0
"""A run is not read again when that was done so lately."""

_Trouble = CordageError | StoreError | None


class UrlRefresher:
    """Reads runs once more, from the reserve of reads that is the user's own."""

    def __init__(self, session: EngineContext, reader: RunFetcher) -> None:
        self._session = session
        self._reader = reader
        self._reads: dict[RowId, tuple[float, asyncio.Task[_Trouble]]] = {}

    async def read(self, run: RunRow) -> _Trouble:
        """Returns when the run has been read, and what went wrong; whoever asks meanwhile waits for the same read."""
        now = self._session.clock.monotonic()
        known = self._reads.get(run.id)
        if known is not None and (not known[1].done() or now - known[0] < AGAIN_S):
            return await asyncio.shield(known[1])
        read = self._session.calls.spawn(self._read(run))
        self._reads[run.id] = (now, read)
        return await asyncio.shield(read)

    async def _read(self, run: RunRow) -> _Trouble:
        trouble = await self._reader.get(run, Priority.USER)
        if trouble is not None:
            self._reads.pop(run.id, None)  # the next that asks tries it again
        return trouble
