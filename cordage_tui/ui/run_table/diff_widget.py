"""Line widget that repaints only the cells that differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from cordage_tui.ui.run_table.render import RenderedLine, changed_cells
from cordage_tui.ui.widgets.repaint import LineDiffWidget


class DiffWidget(LineDiffWidget[RenderedLine]):
    """Lines of the run table.

    A widget apart from the table because Textual resends a line from the widget's left edge: here the table's border is not
    part of what is resent.
    """

    @dataclass
    class Clicked(Message):
        """Mouse click."""

        x: int
        """Cell, from the left."""
        y: int
        """Line, from the top."""
        twice: bool

    @dataclass
    class Scrolled(Message):
        """Mouse wheel turned; down is positive."""

        notches: int

    def __init__(self, draw: Callable[[Size], Sequence[RenderedLine]]) -> None:
        """`draw` returns all lines for a size in cells; called between frames, and for the first frame of a size."""
        super().__init__()
        self._draw = draw
        self._drawn_for = Size()

    def redraw(self) -> None:
        """Draw, and send what differs."""
        if not self.size or self._drawn_for != self.size:
            return  # Textual asks for every line itself when a size is new
        self.paint(self._draw(self.size))

    def changed_cells(self, old: RenderedLine | None, new: RenderedLine | None) -> int:
        return changed_cells(old, new) if new is not None else self.size.width

    def render_line(self, y: int) -> Strip:
        """Return line `y` as last drawn."""
        if self._drawn_for != self.size:
            self._drawn_for, self._painted = self.size, self._draw(self.size)
        return self._painted[y].strip

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(event.x, event.y, event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(-1))
