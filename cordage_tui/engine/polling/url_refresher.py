"""Fresh URLs of outputs: a run is read again when the links of its outputs have expired."""

import asyncio
from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.urls import expires_at, is_signed
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble
from cordage_tui.engine.polling.run_fetcher import RunFetcher

REUSE_S: Final = 60.0
"""A run is not read again within this time, however many of its outputs have expired (docs/dev/faults.md 128)."""
LASTS_S: Final = 900.0
"""How long a link that is sent must last: its workflow fetches the file only once it has waited in the server's queue."""


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
        if (url := self._known(output)) != output.url:
            return url
        if (run := self._context.store.rows.get(output.row)) is not None:
            await self._read(run, retry_failed)
        return url if (url := self._known(output)) != output.url else None

    def lasting(self, output: OutputRef) -> OutputRef | None:
        """Return the output with its newest URL, if that is sure to be valid for `LASTS_S`, or its run was read just now.
        None: read the run first, by `read_again`."""
        url = self._known(output)
        if url is None:
            return None
        skew = self._context.client.skew.estimate()
        now, ends = self._context.clock.wall() + (skew.ahead_s if skew else 0.0), expires_at(url)
        lasts = not is_signed(url) or (ends is not None and ends >= now + LASTS_S)
        return replace(output, url=url) if lasts or (self._was_read(output.row) and (ends or now) >= now) else None

    async def read_again(self, output: OutputRef) -> OutputRef | None:
        """Read the output's run, and return the output with the URL that it has then; None: the output no longer
        exists.

        Raises CordageError or StoreError when the run cannot be read.
        """
        if (run := self._context.store.rows.get(output.row)) is None or run.run_id is None:
            return None
        if output.row in self._reads and self._reads[output.row][1].done():
            del self._reads[output.row]
        await self._read(run, retry_failed=True)
        return None if (url := self._known(output)) is None else replace(output, url=url)

    def _was_read(self, row: RowId) -> bool:
        """Return whether the run was read within `REUSE_S`."""
        begun, read = self._reads.get(row, (0.0, None))
        recent = read is not None and self._context.clock.monotonic() - begun < REUSE_S
        return recent and read is not None and read.done() and not read.cancelled() and read.result() is None

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
