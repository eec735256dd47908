"""Screen of what a pass through the history finds."""

import time
from collections.abc import Callable
from typing import Final

from textual.screen import ScreenResultType

from cordage_tui.domain.base.clock import Clock
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.screen_base import EngineScreen, EventBatch

MINUTE_S: Final = 60.0
"""Seconds after which it is read again though nothing has happened: hours and ages go on."""
LEAST_S: Final = 1.0
"""Seconds between two passes at least."""
_SLICE_S: Final = 0.004
"""Seconds of reading between two keys."""
_REST_S: Final = 0.01
"""Seconds between two slices."""
_IDLE: Final = 20.0
"""Times as long as a pass took until the next begins: it takes a twentieth of a processor at most."""

Step = Callable[[], bool]
"""Reads on for a few milliseconds, and returns whether there is more. Raises StoreError."""


class PassScreen(EngineScreen[ScreenResultType]):
    """Screen that reads the history in slices between keys, and again after changes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._pass: Step | None = None
        self._cost_s = 0.0
        """What the pass has taken so far, seconds."""
        self._is_due = False
        """Something has changed since the pass began."""
        self._is_waiting = False
        """A pass is about to begin."""

    def begin_pass(self) -> Step:
        """Begin a pass through the history."""
        raise NotImplementedError

    def show_found(self) -> None:
        """Show what the pass has found, at its end."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._begin()
        self.set_interval(MINUTE_S, self._changed)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows:
            self._changed()

    def _changed(self) -> None:
        """Read again, once what is being read is read."""
        self._is_due = True
        if self._pass is None and not self._is_waiting:
            self._is_waiting = True
            self.set_timer(max(LEAST_S, _IDLE * self._cost_s), self._begin)

    def _begin(self) -> None:
        self._is_due = self._is_waiting = False
        self._cost_s = 0.0
        self._pass = self.begin_pass()
        self._advance()

    def _advance(self) -> None:
        """Read on for a moment; at the end show what was found."""
        begun = time.perf_counter()
        more = True
        while more and time.perf_counter() - begun < _SLICE_S:
            more = self.reads.last_good(self._step, False)
        self._cost_s += time.perf_counter() - begun
        if more and not self.reads.troubled:
            self.set_timer(_REST_S, self._advance)
            return
        self._pass = None
        if not self.reads.troubled:
            self.show_found()
        if self._is_due or self.reads.recovers() or self.reads.troubled:
            self._changed()

    def _step(self) -> bool:
        return self._pass is not None and self._pass()
