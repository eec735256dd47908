"""Paste guard: distinguish keys pressed by a person from those of a paste."""

from functools import cached_property
from typing import Final

from textual import on
from textual.events import Key, Mount, MouseDown
from textual.screen import Screen, ScreenResultType

QUIET_S: Final = 0.03
"""Seconds without other input before and after a key that a person pressed."""


class PasteGuard:
    """Detects bursts of input: a paste on a terminal without bracketed paste, or one that broke out. Pure: times are arguments."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self.quiet_s = quiet_s
        self._last: float | None = None

    def record(self, at: float) -> bool:
        """Note input at `at` (monotonic seconds); True when it came less than `quiet_s` after other input."""
        burst = self._last is not None and at - self._last < self.quiet_s
        self._last = at if self._last is None else max(at, self._last)
        return burst


class PasteGuardedScreen(Screen[ScreenResultType]):
    """Screen that knows whether the present key is part of a paste: without bracketed paste its letters arrive as keys."""

    in_burst = False
    """True while a key is handled that came less than `QUIET_S` after other input, or after the screen was opened."""

    @cached_property
    def _guard(self) -> PasteGuard:
        return PasteGuard()

    @on(Mount)
    @on(Key)
    def record_input(self, event: Mount | Key) -> None:
        """Set `in_burst` for this event."""
        self.in_burst = self._guard.record(event.time)

    @on(MouseDown)
    def _record_click(self) -> None:
        self.in_burst = False
