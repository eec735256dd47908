"""Base of screens that read through the history in the background."""

import time
from collections.abc import Callable
from typing import Final

from textual.screen import ScreenResultType

from cordage_tui.domain.base.clock import Clock
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.screen_base import EngineScreen, EventBatch

MINUTE_S: Final = 60.0
"""Seconds after which the history is read again even if nothing has happened, because hours and ages change."""
LEAST_S: Final = 1.0
"""Least seconds between two passes."""
_SLICE_S: Final = 0.004
"""Seconds of reading between two keys."""
_REST_S: Final = 0.01
"""Seconds between two slices."""
_IDLE: Final = 20.0
"""Pause after a pass, as a multiple of the seconds it took. So passes use at most a twentieth of one core."""

Step = Callable[[], bool]
"""Reads for a few milliseconds, and returns whether there is more to read. Raises StoreError."""


class PassScreen(EngineScreen[ScreenResultType]):
    """Screen that reads the history in slices between keys, and again after changes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._pass: Step | None = None
        self._cost_s = 0.0
        """Seconds that the pass has taken so far."""
        self._is_due = False
        """Whether something has changed since the pass began."""
        self._is_waiting = False
        """Whether the next pass is about to begin."""

    def begin_pass(self) -> Step:
        """Begin a pass through the history."""
        raise NotImplementedError

    def show_found(self) -> None:
        """Show the result of the pass at its end."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._begin()
        self.set_interval(MINUTE_S, self._changed)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows:
            self._changed()

    def _changed(self) -> None:
        """Read again when the present pass has ended."""
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
        """Read for a moment. At the end of the pass, show its result."""
        started_at = time.perf_counter()
        has_more = True
        while has_more and time.perf_counter() - started_at < _SLICE_S:
            has_more = self.reads.last_good(self._step, False)
        self._cost_s += time.perf_counter() - started_at
        if has_more and not self.reads.troubled:
            self.set_timer(_REST_S, self._advance)
            return
        self._pass = None
        if not self.reads.troubled:
            self.show_found()
        if self._is_due or self.reads.recovers() or self.reads.troubled:
            self._changed()

    def _step(self) -> bool:
        return self._pass is not None and self._pass()
