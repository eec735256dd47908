"""Moves of queued prompts and batches: by one place, into the other lane, and to the front."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane, QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.ui.queue.layout import QueueLayout
from cordage_tui.ui.screen_base import EngineScreen

GONE: Final = one_line("It has changed in the meantime; nothing was done.")


class QueueMoves:
    """Moves of prompts in the queue. Prompts are sent in this order."""

    def __init__(self, screen: EngineScreen[None]) -> None:
        self._screen = screen
        self._queue = screen.engine.queue

    def move(self, layout: QueueLayout, line: int, by: int) -> None:
        """Move the prompt or batch on a line of the panel one place up (`by` -1) or down (1).

        If it or its neighbour is a batch, the smaller group is moved to the other side of the larger one.
        """
        unit, neighbour = layout.unit(line), layout.neighbour(line, by)
        if unit is None:
            return
        edits = QueueEdits(
            self._screen.store.database, self._screen.store.outbox, self._screen.engine.profile.stored_as
        )
        with self._screen.report_errors():
            if not unit.is_batch and (neighbour is None or not neighbour.is_batch):
                if not self._queue.shift(unit.rows[0], by):
                    self._screen.toast(GONE)
            elif neighbour is None or neighbour.lane is not unit.lane:
                lane = Lane.INTERACTIVE if by < 0 else Lane.BATCH
                if lane is not unit.lane and (neighbour is not None or by < 0):
                    edits.move(unit.rows, lane, None, after=False)
            elif len(unit.rows) <= len(neighbour.rows):
                edits.move(unit.rows, unit.lane, neighbour.rows[0 if by < 0 else -1], after=by > 0)
            else:
                edits.move(neighbour.rows, unit.lane, unit.rows[-1 if by < 0 else 0], after=by < 0)

    def send_first(self, item: QueueItem) -> None:
        """Move a prompt to the front, if it is still queued."""
        with self._screen.report_errors():
            if item.state is not OutboxState.QUEUED or self._queue.ahead(item.row) is None:
                self._screen.toast(GONE)
            else:
                self._queue.move([item.row], 0, Lane.INTERACTIVE)

    def send_all_first(self, rows: Sequence[RowId]) -> None:
        """Move prompts to the front, and keep their order."""
        with self._screen.report_errors():
            self._queue.move(rows, 0, Lane.INTERACTIVE)

    def send_rest(self, item: QueueItem) -> None:
        """Send the prompts of a batch that are held because its runs failed. `item`: one of them, or the batch's line."""
        profile = self._screen.engine.profile
        with self._screen.report_errors():
            refuse_if_read_only(profile)
            if not self._screen.store.failure_stops.resume(profile.stored_as, item.members or (item.row,)):
                self._screen.toast(GONE)
            self._queue.hold_back()
