"""Question about a list: words above it, and as many of its lines as there is room for."""

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
"""Lines of the card that are always taken: border, padding, the blank line above the list, and the buttons."""
LOW: Final = 22
"""Rows below which blank lines give way, and the words above the list get two lines."""
_FIRST_WIDTH: Final = 60
"""Cells of a line before the dialog has been laid out."""


class DialogList(LineView, can_focus=False):
    """List of lines that `lines` makes for a width; as many as fit are drawn."""

    def __init__(self, lines: Callable[[int], Sequence[Content]]) -> None:
        super().__init__(classes="")
        self._made = lines
        self._room = 1

    def show(self) -> None:
        """Show the lines, from the first one on."""
        self.jump(0)
        self.redraw()

    def give(self, room: int) -> None:
        """Limit the height to `room` lines."""
        if room != self._room:
            self._room = room
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each line of the list, up to the room there is: the card would grow for them all, and scroll."""
        return max(1, min(self.line_count, self._room))

    def redraw(self) -> None:
        before = self.line_count
        self.draw(self._made(self.text_width or _FIRST_WIDTH))
        if min(self.line_count, self._room) != min(before, self._room):
            self.refresh(layout=True)

    def reveal(self, lines: range) -> None:
        """Bring these lines into view by the least scrolling; of more than there is room for, the first."""
        self.jump(min(lines.start, max(self.top, lines.stop - self.size.height)))


class ListDialog(ConfirmDialog):
    """Question about a list, the only part that scrolls. Subclasses return its lines and the words above and below it."""

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
        """Return the line below the list; nothing by default."""
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
        """Show the list from its first line on, and the words around it."""
        self.query_one(DialogList).show()
        self.show_words()

    def show_words(self) -> None:
        """Show the words above and below the list for the present width; the list gets the lines that are left."""
        above, below = self.query_one(".summary", Static), self.query_one(".choices", Static)
        words, choices = self.words_above(above.content_size.width or _FIRST_WIDTH), self.words_below()
        asks = self._typed is not None
        above.update(Content("\n").join(words))
        below.set_class(not choices.plain, "-empty")  # empty it would take two lines, which `around` has not
        below.update(choices)
        around = EDGES + len(words) + 2 * bool(choices.plain) + 3 * asks
        if self.size.height < LOW:
            around = 3 + min(2, len(words)) + 2 * asks
        self.query_one(DialogList).give(self.size.height * 92 // 100 - around)
