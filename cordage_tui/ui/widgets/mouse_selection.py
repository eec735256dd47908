"""Selection of text with the mouse, in panels of lines."""

from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.images.image_cells import ImageLine
from cordage_tui.ui.widgets.line_view import ScrollView


class TextPlace(NamedTuple):
    """Position in the lines of a panel."""

    line: int
    cell: int


def selected_cells(anchor: TextPlace, head: TextPlace, line: int, width: int) -> range:
    """Return the cells of a line, which is `width` cells wide, between two positions, both included."""
    start, end = sorted((anchor, head))
    if anchor == head or not start.line <= line <= end.line:
        return range(0)
    return range(start.cell if line == start.line else 0, end.cell + 1 if line == end.line else width)


def text_in_cells(text: str, cells: range) -> str:
    """Return the characters that begin in these cells."""
    selected, cell = "", 0
    for character in text:
        selected += character if cell in cells else ""
        cell += cell_len(character)
    return selected


class SelectableView(ScrollView):
    """Panel whose text can be selected with the mouse, also beyond the screen. Releasing the button posts the text."""

    class TextSelected(Message):
        """The user selected `text`."""

        def __init__(self, text: SafeText) -> None:
            super().__init__()
            self.text = text

    _anchor: TextPlace | None = None
    _head: TextPlace | None = None
    _pressed = False

    @property
    def selected_text(self) -> SafeText:
        """Selected text, with one line for each line of the panel; empty: nothing is selected."""
        if self._anchor is None or self._head is None or self._anchor == self._head:
            return SafeText("")
        first, last = sorted((self._anchor.line, self._head.line))
        lines = [self._text_of(line) for line in range(first, min(last + 1, self.line_count))]
        cells = [
            selected_cells(self._anchor, self._head, number, cell_len(text)) for number, text in enumerate(lines, first)
        ]
        selected = [text_in_cells(text, span).rstrip() for text, span in zip(lines, cells, strict=True)]
        return SafeText("\n".join(selected).strip("\n"))

    def unselect(self) -> bool:
        """Remove the selection. Return False if nothing was selected."""
        had_selection = self._anchor is not None and self._anchor != self._head
        self._select(None, None)
        return had_selection

    def on_mouse_down(self, event: MouseDown) -> None:
        if event.button == 1 and event.get_content_offset(self) is not None:
            event.stop()
            self._pressed = True
            place = self._place(event)
            self._select(place, place)
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._pressed:
            event.stop()
            y = event.get_content_offset_capture(self).y
            self.jump(self.top + (1 if y >= self.size.height else -1 if y < 0 else 0))
            self._select(self._anchor, self._place(event))

    def on_mouse_up(self, event: MouseUp) -> None:
        if self._pressed:
            event.stop()
            self._pressed = False
            self.release_mouse()
            if text := self.selected_text:
                self.post_message(self.TextSelected(text))

    def jump(self, top: int) -> None:
        before = self.top
        super().jump(top)
        if before != self.top and self._anchor != self._head:
            self.refresh(self.size.region)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if self._anchor is None or self._head is None or isinstance(self._line(self.top + y), ImageLine):
            return strip
        cells = selected_cells(self._anchor, self._head, self.top + y, self.text_width)
        if not cells:
            return strip
        middle = strip.crop(cells.start, cells.stop).apply_style(Style(reverse=True))
        return Strip.join([strip.crop(0, cells.start), middle, strip.crop(cells.stop, strip.cell_length)])

    def _select(self, anchor: TextPlace | None, head: TextPlace | None) -> None:
        """Select from one position to another, and repaint the lines of the old and the new selection."""
        places = [place.line - self.top for place in (self._anchor, self._head, anchor, head) if place is not None]
        if (anchor, head) != (self._anchor, self._head):
            self._anchor, self._head = anchor, head
            first, last = max(0, min(places)), min(self.size.height - 1, max(places))
            if first <= last:
                self.refresh(Region(0, first, self.size.width, last - first + 1))

    def _place(self, event: MouseEvent) -> TextPlace:
        offset = event.get_content_offset_capture(self)
        y = max(0, min(offset.y, self.size.height - 1))
        return TextPlace(self.top + y, max(0, min(offset.x, self.text_width - 1)))

    def _line(self, index: int) -> object:
        return self._lines[index] if 0 <= index < self.line_count else None

    def _text_of(self, index: int) -> str:
        line = self._lines[index]
        return line.text.plain if isinstance(line, ImageLine) else line.plain
