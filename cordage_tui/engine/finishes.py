"""Notices that a run has ended, or the last of a batch, whoever read it: this process or another."""

from collections.abc import Callable, Collection
from contextlib import suppress

from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.events import BatchEnded, Event, RunFinished
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store


class CompletionDetector:
    """Remembers which rows were going on, and tells when one of them has ended."""

    def __init__(self, profile: str, store: Store, tell: Callable[[Event], None]) -> None:
        self._profile = profile
        self._store = store
        self._tell = tell
        self._going_on: set[RowId] = set()

    def start_detecting(self) -> None:
        """From now on: what goes on at this moment may be told."""
        with suppress(StoreError):
            active = self._store.query.active(self._profile)
            self._going_on = {row.id for row in active} | {row.batch for row in active if row.batch is not None}

    def check_rows(self, rows: Collection[RowId]) -> None:
        """These rows changed."""
        with suppress(StoreError):  # it is told when it is next seen to change
            found = self._store.picked.rows(list(rows))
            self._going_on -= set(rows) - {row.id for row in found}
            for row in found:
                self._look_at(row)

    def _look_at(self, row: RunRow) -> None:
        ended = self._batch_ended(row) if row.size else RunFinished(row) if row.status.is_final else None
        if row.status is Status.SENT:  # its run has a row of its own
            self._going_on.discard(row.id)
        elif ended is None:
            self._going_on.add(row.id)
        elif row.id in self._going_on:
            self._going_on.discard(row.id)
            self._tell(ended)

    def _batch_ended(self, line: RunRow) -> BatchEnded | None:
        """What there is to tell once all of its rows have ended."""
        progress = self._store.batches.progress(line.id)
        return BatchEnded(line, progress) if progress and progress.ended == progress.total else None
