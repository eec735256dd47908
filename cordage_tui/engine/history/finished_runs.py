"""Finished runs, and what happened since the app was last used."""

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import BatchEnded, BatchStopped, RunFinished
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

# Finished runs and batches, detected in commits of any process.


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


# Time of the last use, and a summary of what happened since, shown once at the next start.

SHORTEST_S: Final = 60.0
"""A shorter break does not count as being away."""
_NOTE_EVERY_S: Final = 60.0
_HERE: Final = "last here/"
"""Stored setting, by profile: epoch seconds."""


@dataclass(frozen=True, slots=True)
class AwaySummary:
    """Summary of events while the user was away. Times are epoch seconds."""

    since: float
    """When the user was last here."""
    until: float
    """When the user came back."""
    ended: Mapping[Status, int] = field(default_factory=dict)
    """How many runs ended, by how."""
    drained_at: float | None = None
    """When the last of the prompts was sent that waited then; None: none did, or some still wait."""
    told_at: float = math.inf
    """When this was put together: what ends later is no part of it."""

    @property
    def is_news(self) -> bool:
        """Return whether anything happened."""
        return bool(self.ended) or self.drained_at is not None


class LastSeen:
    """Time when a profile was last used on this machine, in any window."""

    def __init__(self, profile: str, store: Store, clock: Clock) -> None:
        self._name = f"{_HERE}{profile}"
        self._profile = profile
        self._store = store
        self._clock = clock
        self._came = clock.wall()
        self._left = self._read_last()
        self._noted = clock.monotonic()

    @property
    def came_at(self) -> float:
        """Time when the user came back, epoch seconds."""
        return self._came

    @property
    def was_away(self) -> bool:
        """Return whether the user comes back after at least `SHORTEST_S`; False on first use."""
        return self._left is not None and self._came - self._left >= SHORTEST_S

    def summary(self) -> AwaySummary | None:
        """Summarize events since the last use; None: nothing happened, or the user was not away. Raises StoreError."""
        if self._left is None or not self.was_away:
            return None
        told = AwaySummary(
            self._left,
            self._came,
            self._store.finished_since.ended(self._profile, self._left),
            self._store.finished_since.drained(self._profile, self._left),
            self._clock.wall(),
        )
        return told if told.is_news else None

    def save_if_due(self) -> None:
        """The user does something that is written down anyway; noted once in `_NOTE_EVERY_S`."""
        if self._clock.monotonic() - self._noted >= _NOTE_EVERY_S:
            self.save()

    def save(self) -> None:
        """The user is here now, and may be gone in a moment. A disk that does not take it keeps the time before."""
        self._noted = self._clock.monotonic()
        with suppress(StoreError):
            self._store.settings.save(self._name, f"{self._clock.wall():.3f}")

    def _read_last(self) -> float | None:
        with suppress(StoreError, ValueError):
            return float(self._store.settings.get(self._name) or "")
        return None
