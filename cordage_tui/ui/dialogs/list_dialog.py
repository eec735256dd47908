"""Question about a list: texts above and below it, and as many of its lines as have room."""

from collections.abc import Callable, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static

from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.widgets.line_view import LineView

EDGES: Final = 7
"""Lines of the card that are always used: border, padding, the blank line above the list, and the buttons."""
LOW: Final = 22
"""With fewer rows than this, there are no blank lines, and the text above the list gets two lines."""
_FIRST_WIDTH: Final = 60
"""Cells of a line before the dialog has been laid out."""


class DialogList(LineView, can_focus=False):
    """List of lines, as many as fit. `lines` makes them for a width."""

    def __init__(self, lines: Callable[[int], Sequence[Content]]) -> None:
        super().__init__(classes="")
        self._made = lines
        self._room = 1

    def show(self) -> None:
        """Show the lines from the first one."""
        self.jump(0)
        self.redraw()

    def limit_height(self, room: int) -> None:
        """Set the largest height to `room` lines."""
        if room != self._room:
            self._room = room
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines, limited to the room. Otherwise the card would grow for all lines, and scroll."""
        return max(1, min(self.line_count, self._room))

    def redraw(self) -> None:
        before = self.line_count
        self.draw(self._made(self.text_width or _FIRST_WIDTH))
        if min(self.line_count, self._room) != min(before, self._room):
            self.refresh(layout=True)

    def reveal(self, lines: range) -> None:
        """Bring these lines into view with the least scrolling. If they do not all fit, show the first ones."""
        self.jump(min(lines.start, max(self.top, lines.stop - self.size.height)))


class ListDialog(ConfirmDialog):
    """Question about a list, which is the only part that scrolls. Subclasses return the lines, and texts above and below."""

    BINDINGS = [
        Binding("up", "scroll(-1)", show=False, priority=True),  # before the card, which would scroll itself
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("k", "scroll(-1)", show=False),
        Binding("j", "scroll(1)", show=False),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-broad")]

    def list_lines(self, width: int) -> Sequence[Content]:
        """Return the lines of the list, `width` cells each."""
        raise NotImplementedError

    def words_above(self, width: int) -> Sequence[Content]:
        """Return the lines above the list, wrapped to `width` cells."""
        raise NotImplementedError

    def words_below(self) -> Content:
        """Return the line below the list. By default it is empty."""
        return Content("")

    def compose_body(self) -> ComposeResult:
        yield Static(classes="summary")
        yield DialogList(self.list_lines)
        yield Static(classes="choices")

    def on_mount(self) -> None:
        self.query_one(".card").add_class("preview")
        self.show()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self.show_words)

    def action_scroll(self, lines: int) -> None:
        view = self.query_one(DialogList)
        view.jump(view.top + lines)

    def action_page(self, pages: int) -> None:
        self.action_scroll(pages * max(1, self.query_one(DialogList).size.height - 1))

    def show(self) -> None:
        """Show the list from its first line, and the texts around it."""
        self.query_one(DialogList).show()
        self.show_words()

    def show_words(self) -> None:
        """Show the texts above and below the list for the present width. The list gets the remaining lines."""
        above, below = self.query_one(".summary", Static), self.query_one(".choices", Static)
        lines, choices = self.words_above(above.content_size.width or _FIRST_WIDTH), self.words_below()
        is_asking = self._typed is not None
        above.update(Content("\n").join(lines))
        below.set_class(not choices.plain, "-empty")  # without this, an empty text would take two lines
        below.update(choices)
        other_lines = EDGES + len(lines) + 2 * bool(choices.plain) + 3 * is_asking
        if self.size.height < LOW:
            other_lines = 3 + min(2, len(lines)) + 2 * is_asking
        self.query_one(DialogList).limit_height(self.size.height * 92 // 100 - other_lines)
