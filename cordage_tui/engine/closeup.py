"""Keeps the run in the open detail pane fresh, from the reserve of reads that is the user's own."""

from typing import Final

from cordage_tui.domain.budget import Priority
from cordage_tui.domain.run import RowId, RunDetail
from cordage_tui.domain.status import Status
from cordage_tui.engine.poller import Poller
from cordage_tui.engine.wake import Wake
from cordage_tui.store.store import Store

SETTLE_S: Final = 0.4
"""The cursor must rest this long on a run before it costs a read."""
PERIOD_S: Final = 2.0
"""τ_min of the schedule (FAULTS.md A2)."""


class CloseUp:
    """Reads one run: once if its end is known but not what came of it, again and again while it is active."""

    def __init__(self, poller: Poller, store: Store) -> None:
        self._poller = poller
        self._store = store
        self._row: RowId | None = None
        self._asked: set[RowId] = set()
        self._at_rest = False
        self._wake = Wake()

    def look_at(self, row: RowId | None) -> None:
        """Another run, or none."""
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
            while row is not None and row == self._row and self._wants_read(row):
                detail = self._store.query.detail(row)
                if detail is not None:
                    await self._poller.fetch(detail.row, Priority.USER)
                await self._wake.sleep(PERIOD_S)
            if row is not None and row == self._row:
                self._at_rest = True
                await self._wake.sleep(None)
                self._at_rest = False

    def _wants_read(self, row: RowId) -> bool:
        detail = self._store.query.detail(row)
        if detail is None or detail.row.run_id is None:
            return False
        if detail.row.status.is_active:
            return True
        wanted = row not in self._asked and lacks_outcome(detail)
        self._asked.add(row)
        return wanted


def lacks_outcome(detail: RunDetail) -> bool:
    """It has ended, and no answer so far told with which outputs, or why it failed."""
    if detail.row.status is Status.COMPLETED:
        return not detail.outputs
    return detail.row.status is Status.FAILED and detail.error is None
