"""Search for the rows of a filter, slice by slice: of a long history it takes seconds, in which keys are answered."""

import asyncio
from collections.abc import Callable
from typing import Final

from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.screen_base import EngineScreen

SLICE_S: Final = 0.005
"""Seconds that it searches at a time, and leaves to everything else in between."""
SHOWN_EVERY_S: Final = 0.25
"""Least seconds between two repaints of what has been found."""


class FilterSearch:
    """Search for the rows of the present query until the filter has seen all runs."""

    def __init__(self, screen: EngineScreen[None], selection: RunSelection, show: Callable[[], None]) -> None:
        """`show` is called when `searched` has another value."""
        self._screen = screen
        self._selection = selection
        self._show = show
        self.searched: float | None = None
        """Share of the runs that the filter has seen, 0 to 1; None: all."""

    def start(self) -> None:
        """Search for the rows of the present query, if not all are known; those of the query before are given up."""
        running = self.searched is not None
        self._advance(0.0)
        if self.searched is not None and not running:
            self._screen.run_worker(self._run(), group="filter")

    def _advance(self, seconds: float) -> None:
        """Search on; a database that cannot be read now ends the search, and is read again once it recovers."""
        reads = self._screen.reads
        searched = reads.last_good(self._screen.store.query.search, None, self._selection.query, seconds)
        self.searched = None if reads.troubled else searched

    async def _run(self) -> None:
        clock = self._screen.clock
        shown_at = clock.monotonic()
        while self.searched is not None:
            if clock.monotonic() - shown_at >= SHOWN_EVERY_S:
                shown_at = clock.monotonic()
                self._selection.table.reload()
                self._show()
            await asyncio.sleep(SLICE_S)
            self._advance(SLICE_S)
        self._selection.table.reload()
        self._show()
