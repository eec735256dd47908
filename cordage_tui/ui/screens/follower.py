"""The detail pane follows the cursor, but not a held key: that would draw some thirty runs a second nobody reads."""

from collections.abc import Callable
from functools import partial
from typing import Final

from textual.timer import Timer

from cordage_tui.domain.run import RowId

REST_S: Final = 0.08
"""Two moves closer together than this are one motion. Keys repeat at 20 to 40 a second."""
SETTLED_S: Final = 0.15
"""A cursor that has not moved for so long is being looked at: only then are pictures asked for and drawn."""


class CursorDebouncer:
    """Hands on the row the cursor is on: at once after a rest of `REST_S`, else when it has rested so long again.

    What is shown meanwhile is the run that was shown before, whole and under its own title.
    """

    def __init__(
        self,
        show: Callable[[RowId | None], None],
        settled: Callable[[], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        monotonic: Callable[[], float],
    ) -> None:
        """`settled` is called when what was shown last has been shown for `SETTLED_S`."""
        self._show = show
        self._settled = settled
        self._set_timer = set_timer
        self._monotonic = monotonic
        self._moved_at = -REST_S
        self._waiting: Timer | None = None
        self._settling: Timer | None = None

    def moved(self, row: RowId | None) -> None:
        """The cursor is on another row."""
        self._forget()
        before, self._moved_at = self._moved_at, self._monotonic()
        if row is None or self._moved_at - before >= REST_S:
            self._show(row)
        else:
            self._waiting = self._set_timer(REST_S, partial(self.show_now, row))
        self._settle_later(SETTLED_S)

    def show_now(self, row: RowId | None) -> None:
        """Show that row now, whatever was waited for."""
        self._forget()
        self._show(row)
        self._settle_later(SETTLED_S)

    def _settle_later(self, seconds: float) -> None:
        """One timer for a whole motion: when it ends too early, it is set once more for the rest."""
        if self._settling is None:
            self._settling = self._set_timer(seconds, self._settle)

    def _settle(self) -> None:
        self._settling = None
        left_s = self._moved_at + SETTLED_S - self._monotonic()
        if left_s > 0 or self._waiting is not None:
            self._settle_later(max(left_s, REST_S))
        else:
            self._settled()

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
