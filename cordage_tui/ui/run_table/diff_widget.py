"""The surface the run table draws on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.ui.run_table.render import RenderedLine, changed_cells


class DiffWidget(Widget):
    """Shows lines, and sends the terminal no more than what differs from the lines before.

    It is a widget apart from the table because Textual resends a line from the widget's left edge: here the table's border
    is not part of what is resent.
    """

    ALLOW_SELECT = False

    @dataclass
    class Clicked(Message):
        """A click."""

        x: int
        """Cell, from the left."""
        y: int
        """Line, from the top."""
        twice: bool

    @dataclass
    class Scrolled(Message):
        """The wheel turned; down is positive."""

        notches: int

    def __init__(self, draw: Callable[[Size], Sequence[RenderedLine]]) -> None:
        """`draw` gives all lines for a size in cells. It is asked between frames, and for the first frame of a size."""
        super().__init__()
        self._draw = draw
        self._drawn_for = Size()
        self._lines: Sequence[RenderedLine] = ()

    def redraw(self) -> None:
        """Something may look different: draw, and send what does."""
        if not self.size or self._drawn_for != self.size:
            return  # Textual asks for every line itself when a size is new
        before, self._lines = self._lines, self._draw(self.size)
        ends = [changed_cells(old, new) for old, new in zip(before, self._lines, strict=True)]
        regions = [Region(0, y, end, 1) for y, end in enumerate(ends) if end]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Line `y` as last drawn."""
        if self._drawn_for != self.size:
            self._drawn_for, self._lines = self.size, self._draw(self.size)
        return self._lines[y].strip

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(event.x, event.y, event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.post_message(self.Scrolled(-1))
