"""Fresh URLs for expired ones."""

import asyncio
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

# Fresh links for those that have expired: the run is read once for all of its outputs (docs/faults.md 128).

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


# A fresh link for an output whose own has expired: the run is read once more (docs/faults.md 128).

SOON_S: Final = 60.0
"""A run is not read again within that time, however many of its outputs ask."""


class ImageUrlRefresher:
    """Reads from the user's reserve; outputs of one run that ask together cost one read."""

    def __init__(self, session: EngineContext, reader: RunFetcher) -> None:
        self._session = session
        self._reader = reader
        self._reading: dict[RowId, asyncio.Task[None]] = {}
        self._read_at: dict[RowId, float] = {}

    async def link(self, output: OutputRef) -> str | None:
        """Another link than the output's own; None when there is none."""
        known = self._known(output)
        if known is not None and known != output.url:
            return known
        await self._read(output.row)
        known = self._known(output)
        return None if known == output.url else known

    async def _read(self, row: RowId) -> None:
        now = self._session.clock.monotonic()
        self._read_at = {known: at for known, at in self._read_at.items() if now - at < SOON_S}
        if row not in self._reading and row not in self._read_at:
            self._read_at[row] = now
            task = self._reading[row] = self._session.calls.spawn(self._get(row))
            task.add_done_callback(lambda _: self._reading.pop(row, None))
        if row in self._reading:
            await asyncio.shield(self._reading[row])

    async def _get(self, row: RowId) -> None:
        try:
            run = self._session.store.query.row(row)
        except StoreError:
            return
        if run is not None and self._session.access.refused is None:
            await self._reader.get(run, Priority.USER)

    def _known(self, output: OutputRef) -> str | None:
        """As the store has it now."""
        try:
            refs = self._session.store.picked.output_refs([output.row])
        except StoreError:
            return None
        return next((ref.url for ref in refs if ref.number == output.number), None)
