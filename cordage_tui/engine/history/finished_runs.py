"""Finished runs and batches, detected in commits of any process."""

from collections.abc import Collection
from contextlib import suppress

from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import BatchEnded, BatchStopped, RunFinished
from cordage_tui.store.errors import StoreError


class CompletionDetector:
    """Publish `RunFinished` and `BatchEnded` when an active row has ended."""

    def __init__(self, context: EngineContext) -> None:
        self._profile = context.profile
        self._store = context.store
        self._events = context.events
        self._clock, self._since = context.clock, 0.0
        self._going_on: set[RowId] = set()
        self._killing: set[RowId] = set()
        """Those of them that have been killed from here."""
        self._stopped: set[RowId] = set()
        """Batches whose stop is known."""

    def start(self) -> None:
        """Start detecting: runs active now may be reported."""
        self._since = self._clock.wall()
        with suppress(StoreError):
            active = self._store.query.active(self._profile)
            self._going_on = {row.id for row in active} | {row.batch for row in active if row.batch is not None}

    def on_rows_changed(self, rows: Collection[RowId]) -> None:
        """Check rows that changed."""
        with suppress(StoreError):  # it is reported at its next change
            found = self._store.rows.many(list(rows))
            self._going_on -= set(rows) - {row.id for row in found}
            for row in found:
                self._check_row(row)

    def _check_row(self, row: RunRow) -> None:
        ended = self._batch_ended(row) if row.size else self._run_ended(row) if row.status.is_final else None
        if row.status is Status.KILLING:
            self._killing.add(row.id)
        elif row.status.is_final:
            self._killing.discard(row.id)
        if row.status is Status.UNMATCHED:  # its run has a row of its own
            self._going_on.discard(row.id)
        elif ended is None:
            self._going_on.add(row.id)
        elif row.id in self._going_on:
            self._going_on.discard(row.id)
            self._events.publish(ended)

    def _run_ended(self, row: RunRow) -> RunFinished:
        """Event to publish. What was cancelled before it had an id was dropped here."""
        killed = row.status is Status.CANCELLED and (row.id in self._killing or row.run_id is None)
        return RunFinished(row, killed)

    def _batch_ended(self, line: RunRow) -> BatchEnded | None:
        """Event to publish once all rows of the batch have ended."""
        progress = self._store.batches.progress(line.id)
        self._check_stop(line.id, progress)
        return BatchEnded(line, progress) if progress and progress.ended == progress.total else None

    def _check_stop(self, line: RowId, progress: BatchProgress | None) -> None:
        """Publish that what waits of a batch is held, once for each time that it is."""
        rule = progress.source.stop if progress is not None else None
        if progress is None or rule is None or rule.stopped_at is None:
            self._stopped.discard(line)
        elif line not in self._stopped:
            self._stopped.add(line)
            if rule.stopped_at >= self._since:
                from cordage_tui.engine.outbox.failure_stop import stopped_words  # late: most are never stopped

                self._events.publish(BatchStopped(stopped_words(progress)))
