"""Guard that distinguishes a person's key from the keys of a paste."""

import math
from typing import Any

from textual.app import App
from textual.events import Event

from cordage_tui.ui.terminal.driver import see_pause
from cordage_tui.ui.terminal.pauses import quiet_before


class PasteGuard:
    """Detects bursts of input, such as a paste in a terminal without bracketed paste. Pure: times are in the events."""

    in_burst = False
    """True if the present input came less than `QUIET_S` after other input, or after the guarded screen opened."""

    def __init__(self) -> None:
        self._last = -math.inf

    def record(self, event: Event) -> bool:
        """Record input. Return False if a pause of `QUIET_S` was seen before it; True if it is part of a burst."""
        self.in_burst = quiet_before(event) < self._last
        self._last = max(event.time, self._last)
        return self.in_burst

    def record_click(self) -> None:
        """Record a click, which is no part of a paste."""
        self.in_burst = False

    def record_opening(self, event: Event, app: App[Any]) -> None:
        """Record that the guarded screen opened. Only after a pause that is seen from now on, a key counts as a person's."""
        self._last = max(event.time, self._last)
        see_pause(app)
