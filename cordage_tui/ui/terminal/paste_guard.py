"""Guard that distinguishes keys pressed by a person from those of a paste."""

import math
from functools import cached_property
from typing import Any

from textual import on
from textual.app import App
from textual.events import Event, Key, Mount, MouseDown
from textual.screen import Screen, ScreenResultType

from cordage_tui.ui.terminal.driver import see_pause
from cordage_tui.ui.terminal.pauses import quiet_before


class PasteGuard:
    """Detects bursts of input: a paste on a terminal without bracketed paste, or one that broke out. Pure: times are in the
    events."""

    def __init__(self) -> None:
        self._last = -math.inf

    def record(self, event: Event) -> bool:
        """Note input; True unless there was none for `QUIET_S` before it, as far as was seen."""
        burst = quiet_before(event) < self._last
        self._last = max(event.time, self._last)
        return burst

    def record_opening(self, event: Event, app: App[Any]) -> None:
        """Note that what is guarded opened: only a pause that is seen from now on makes a key a person's."""
        self.record(event)
        see_pause(app)


class PasteGuardedScreen(Screen[ScreenResultType]):
    """Screen that knows whether the present key is part of a paste: without bracketed paste its letters arrive as keys."""

    in_burst = False
    """True while a key is handled that came less than `QUIET_S` after other input, or after the screen was opened."""

    @cached_property
    def _guard(self) -> PasteGuard:
        return PasteGuard()

    @on(Mount)
    def _record_opening(self, event: Mount) -> None:
        self._guard.record_opening(event, self.app)

    @on(Key)
    def record_input(self, event: Key) -> None:
        """Set `in_burst` for this event."""
        self.in_burst = self._guard.record(event)

    @on(MouseDown)
    def _record_click(self) -> None:
        self.in_burst = False
