"""Screen of the server's last response about a run, as JSON."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.cells import chop_cells
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.bindings import reading_keys
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.run_detail.sections import coloured_json
from cordage_tui.ui.widgets.selection import SelectableView
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import literal


def response_lines(text: SafeText, width: int) -> LazySequence[Content]:
    """Return the lines of indented JSON, broken every `width` cells, coloured when they are shown."""
    pieces = [piece for line in text.split("\n") for piece in chop_cells(line, max(2, width)) or [""]]

    def drawn(first: int, end: int) -> Iterable[Content]:
        return [coloured_json(literal(SafeText(piece))) for piece in pieces[first:end]]

    return LazySequence(len(pieces), drawn)


class ResponsePanel(SelectableView):
    """Panel of the response, with the keys that scroll it."""

    BINDING_GROUP_TITLE = "Raw response"
    BINDINGS: ClassVar[list[BindingType]] = [*reading_keys("response")]

    def __init__(self, title: SafeText, text: SafeText) -> None:
        super().__init__()
        self._text = text
        self._width = 0
        self.set_titles(literal(title))

    def redraw(self) -> None:
        if self._width != self.text_width:
            self._width = self.text_width
            self.draw(response_lines(self._text, self.text_width))
        super().redraw()


class ResponseScreen(Screen[None]):
    """Response on the whole screen."""

    AUTO_FOCUS = "ResponsePanel"
    BINDINGS = [
        Binding("y", "copy", "copy JSON", id="response.copy", tooltip="Copy the response as JSON"),
        Binding("escape,q,J,enter", "dismiss", "back", id="response.close", tooltip="Go back"),
    ]

    def __init__(self, title: SafeText, text: SafeText, copy: Callable[[SafeText, SafeText], object]) -> None:
        """`text`: indented JSON without secrets; `copy` copies a text, and says what was copied."""
        super().__init__()
        self._heading = title
        self._text = text
        self._copy = copy

    def compose(self) -> ComposeResult:
        yield ResponsePanel(self._heading, self._text)
        yield Footer()

    def action_copy(self) -> None:
        self._copy(self._text, SafeText("JSON"))

    def on_selectable_view_text_selected(self, event: SelectableView.TextSelected) -> None:
        event.stop()
        self._copy(event.text, SafeText("selection"))
