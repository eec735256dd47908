"""Layout of the main screen: which panels are shown."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Final

from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget

from cordage_tui.domain.run import RowId


class Panel(StrEnum):
    """Panels of the main screen; values are the words of their keys."""

    WEBHOOKS = "webhooks"
    RUNS = "runs"
    PROMPT = "prompt"
    RUN = "run"


WIDE: Final = 120
"""Columns from which all four are side by side."""
MEDIUM: Final = 80
"""Columns from which sidebar, table and prompt are side by side; an opened run takes the place of the last two."""
LOW: Final = 16
"""Rows below which table and prompt do not fit over each other."""


def on_screen(width: int, height: int, at: Panel) -> frozenset[Panel]:
    """Return the panels shown in `width` × `height` cells while the user is `at` one of them, which is always shown."""
    if width < MEDIUM:
        return frozenset({at})
    shown = {Panel.WEBHOOKS, Panel.RUNS, Panel.PROMPT}
    if width >= WIDE:
        shown.add(Panel.RUN)
    elif at is Panel.RUN:
        shown -= {Panel.RUNS, Panel.PROMPT}
        shown.add(Panel.RUN)
    if height < LOW and {Panel.RUNS, Panel.PROMPT} <= shown:
        shown.discard(Panel.RUNS if at is Panel.PROMPT else Panel.PROMPT)
    return frozenset(shown)


class PanelLayout:
    """Layout of the four panels: shows and hides them by size and by where the user is. `middle` holds table and prompt."""

    def __init__(self, panels: Mapping[Panel, Widget], entry: Mapping[Panel, Widget], middle: Widget) -> None:
        """`entry`: the widget of a panel that takes the focus, where it is not the panel itself."""
        self._panels = panels
        self._entry = entry
        self._middle = middle
        self.at = Panel.RUNS

    def go(self, panel: Panel) -> None:
        """Show a panel and focus it."""
        self.show(panel)
        (self._entry.get(panel) or self._panels[panel]).focus()

    def back(self) -> bool:
        """Go back one level; False at the root."""
        if self.at is Panel.RUNS:
            return False
        self.go(Panel.RUNS)
        return True

    def step(self, by: int) -> None:
        """Go `by` panels further in their order."""
        order = list(Panel)
        self.go(order[(order.index(self.at) + by) % len(order)])

    def focus_moved(self, widget: Widget) -> None:
        """Follow the focus: the user is at the panel of `widget`."""
        at = next((p for p, w in self._panels.items() if w in widget.ancestors_with_self), None)
        if at is not None and at is not self.at:
            self.show(at)

    def show(self, at: Panel | None = None) -> None:
        """Show the panels for the size of the terminal and the panel of the user (None: the present one)."""
        self.at = at or self.at
        size: Size = self._middle.screen.size
        shown = on_screen(size.width, size.height, self.at)
        for panel, widget in self._panels.items():
            widget.display = panel in shown
        self._middle.display = bool(shown & {Panel.RUNS, Panel.PROMPT})
        self._middle.set_class(Panel.RUNS not in shown, "-alone")


REST_S: Final = 0.08
"""Longest time between two moves of one motion, seconds. Keys repeat at 20 to 40 a second."""
SETTLED_S: Final = 0.15
"""Rest of the cursor after which pictures are requested and drawn, seconds."""


class CursorDebouncer:
    """Debouncer of the cursor: shows its row at once after a rest of `REST_S`, else when it has rested so long again.

    A held key would draw some thirty runs a second that nobody reads. Until then the run before is shown, under its title.
    """

    def __init__(
        self,
        show: Callable[[RowId | None], None],
        settled: Callable[[], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        monotonic: Callable[[], float],
    ) -> None:
        """`settled` is called when the last row has been shown for `SETTLED_S`."""
        self._show = show
        self._settled = settled
        self._set_timer = set_timer
        self._monotonic = monotonic
        self._moved_at = -REST_S
        self._waiting: Timer | None = None
        self._settling: Timer | None = None

    def moved(self, row: RowId | None) -> None:
        """Follow the cursor to another row."""
        self._forget()
        before, self._moved_at = self._moved_at, self._monotonic()
        if row is None or self._moved_at - before >= REST_S:
            self._show(row)
        else:
            self._waiting = self._set_timer(REST_S, partial(self.show_now, row))
        self._settle_later(SETTLED_S)

    def show_now(self, row: RowId | None) -> None:
        """Show a row now."""
        self._forget()
        self._show(row)
        self._settle_later(SETTLED_S)

    def _settle_later(self, seconds: float) -> None:
        """Set one timer for a whole motion: when it ends too early, it is set once more for the rest."""
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
