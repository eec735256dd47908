"""A text to read: what the demo is, or what went wrong, at length; and what every card that is read has in common."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal


class ScrollableModal(ModalScreen[None]):
    """A card with one `VerticalScroll`, scrolled by the usual keys. Who derives from it says which keys close it."""

    BINDINGS = [
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        Binding("ctrl+d,pagedown,space", "page(1)", "page down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "page up", show=False),
    ]
    AUTO_FOCUS = None

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        card = self.query_one(VerticalScroll)
        card.scroll_relative(y=pages * card.size.height, animate=False)


class TextDialog(ScrollableModal):
    """Shows `text` under `title`."""

    BINDINGS = [Binding("escape,q,enter", "close", "close", id="dialog.close", tooltip="Close this text.")]

    def __init__(self, title: SafeText, text: Content) -> None:
        super().__init__()
        self._heading = title
        self._body = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card text", can_focus=False) as card:
            card.border_title = literal(self._heading)
            card.border_subtitle = Content("esc closes")
            yield Static(self._body)

    def action_close(self) -> None:
        self.dismiss(None)
