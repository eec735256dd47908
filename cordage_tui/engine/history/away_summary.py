"""Summary of what happened since the app was last used."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.run import Status
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

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
