"""Finished runs, and what happened since the app was last used."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.events import BatchEnded, Event, RunFinished
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

# Notices that a run has ended, or the last of a batch, whoever read it: this process or another.


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


# When the user was last here, and what happened since: told once, at the next start.

SHORTEST_S: Final = 60.0
"""Whoever comes back sooner was not away."""
_NOTE_EVERY_S: Final = 60.0
_HERE: Final = "last here/"
"""Stored setting, by profile: epoch seconds."""


@dataclass(frozen=True, slots=True)
class AwaySummary:
    """What happened while the user was away. Times are epoch seconds."""

    since: float
    """When the user was last here."""
    until: float
    """When the user came back."""
    ended: Mapping[Status, int] = field(default_factory=dict)
    """How many runs ended, by how."""
    drained_at: float | None = None
    """When the last of the prompts was sent that waited then; None: none did, or some still wait."""

    @property
    def is_news(self) -> bool:
        """Whether anything happened at all."""
        return bool(self.ended) or self.drained_at is not None


class LastSeen:
    """Of one profile's user at this machine, in whatever window."""

    def __init__(self, profile: str, store: Store, clock: Clock) -> None:
        self._name = f"{_HERE}{profile}"
        self._profile = profile
        self._store = store
        self._clock = clock
        self._came = clock.wall()
        self._left = self._last()
        self._noted = clock.monotonic()

    @property
    def mark_seen(self) -> float:
        """When the user came, epoch seconds."""
        return self._came

    @property
    def was_away(self) -> bool:
        """Whether that is at least `SHORTEST_S` after the last time; not when the user was never here before."""
        return self._left is not None and self._came - self._left >= SHORTEST_S

    def meanwhile(self) -> AwaySummary | None:
        """What happened between the last time and now; None: nothing, or the user was not away. Raises StoreError."""
        if self._left is None or not self.was_away:
            return None
        told = AwaySummary(
            self._left,
            self._came,
            self._store.meanwhile.ended(self._profile, self._left),
            self._store.meanwhile.drained(self._profile, self._left),
        )
        return told if told.is_news else None

    def active(self) -> None:
        """The user does something that is written down anyway; noted once in `_NOTE_EVERY_S`."""
        if self._clock.monotonic() - self._noted >= _NOTE_EVERY_S:
            self.leave()

    def leave(self) -> None:
        """The user is here now, and may be gone in a moment. A disk that does not take it keeps the time before."""
        self._noted = self._clock.monotonic()
        with suppress(StoreError):
            self._store.settings.save(self._name, f"{self._clock.wall():.3f}")

    def _last(self) -> float | None:
        with suppress(StoreError, ValueError):
            return float(self._store.settings.get(self._name) or "")
        return None
