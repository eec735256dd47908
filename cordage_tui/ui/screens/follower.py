"""The detail pane follows the cursor, but not a held key: that would draw some thirty runs a second nobody reads."""

from collections.abc import Callable
from functools import partial
from typing import Final

from textual.timer import Timer

from cordage_tui.domain.run import RowId

REST_S: Final = 0.08
"""Two moves closer together than this are one motion. Keys repeat at 20 to 40 a second."""


class Follower:
    """Hands on the row the cursor is on: at once after a rest of `REST_S`, else when it has rested so long again.

    What is shown meanwhile is the run that was shown before, whole and under its own title.
    """

    def __init__(
        self,
        show: Callable[[RowId | None], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        monotonic: Callable[[], float],
    ) -> None:
        self._show = show
        self._set_timer = set_timer
        self._monotonic = monotonic
        self._moved_at = -REST_S
        self._waiting: Timer | None = None

    def moved(self, row: RowId | None) -> None:
        """The cursor is on another row."""
        self._forget()
        before, self._moved_at = self._moved_at, self._monotonic()
        if row is None or self._moved_at - before >= REST_S:
            self._show(row)
        else:
            self._waiting = self._set_timer(REST_S, partial(self.stop_at, row))

    def stop_at(self, row: RowId | None) -> None:
        """Show that row now, whatever was waited for."""
        self._forget()
        self._show(row)

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
