"""Fresh URLs for outputs whose URL has expired."""

import asyncio
from typing import Final

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble
from cordage_tui.engine.polling.fetcher import RunFetcher

REUSE_S: Final = 60.0
"""A run is not read again within this time, however many of its outputs have expired (docs/faults.md 128)."""


class UrlRefresher:
    """Re-reads runs from the user's reserve of reads, once for all outputs of a run."""

    def __init__(self, context: EngineContext, reader: RunFetcher) -> None:
        self._context = context
        self._reader = reader
        self._reads: dict[RowId, tuple[float, asyncio.Task[Trouble | None]]] = {}

    async def refresh(self, output: OutputRef, *, retry_failed: bool = False) -> str | None:
        """Return another URL than the output's own; None if its run lists no other.

        `retry_failed`: read a run again whose last read failed, also within `REUSE_S`. Raises CordageError or StoreError
        when the run cannot be read.
        """
        if (known := self._known(output)) != output.url:
            return known
        if (run := self._context.store.query.row(output.row)) is not None:
            await self._read(run, retry_failed)
        return known if (known := self._known(output)) != output.url else None

    async def _read(self, run: RunRow, retry_failed: bool) -> None:
        now = self._context.clock.monotonic()
        self._reads = {row: read for row, read in self._reads.items() if not read[1].done() or now - read[0] < REUSE_S}
        _, read = self._reads.get(run.id, (now, None))
        if read is None or (retry_failed and read.done() and (read.cancelled() or read.result() is not None)):
            read = self._context.calls.spawn(self._reader.get(run, Priority.USER))
            self._reads[run.id] = (now, read)
        if (error := await asyncio.shield(read)) is not None:
            raise error

    def _known(self, output: OutputRef) -> str | None:
        """The output's URL in the store; None if its run does not list it any more."""
        refs = self._context.store.run_lookup.output_refs([output.row])
        return next((ref.url for ref in refs if ref.number == output.number), None)
