"""Manual in the app: a menu of its topics, and a page."""

from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cordage_tui.domain.manual import TOPICS, Line, SpanStyle, lay_out, page, title
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.widgets.text import literal

_KEYS: Final = "123456789abcdefhilmoprsuvwxyz"
"""Keys of the topics in their order; those that move in a menu or leave it are left out."""
_STYLES: Final = {
    SpanStyle.PLAIN: "",
    SpanStyle.HEADING: "bold underline",
    SpanStyle.STRONG: "bold",
    SpanStyle.CODE: "$accent",
    SpanStyle.FAINT: "$edge",
}


class ManualMenu(ChoiceMenu[str]):
    """Menu of the topics. A page opens above it, so that leaving the page leads back."""

    def __init__(self) -> None:
        found = zip(_KEYS, TOPICS, strict=False)
        choices = [MenuChoice(key, SafeText(name), name, SafeText(title(page(name)))) for key, name in found]
        super().__init__(SafeText("Manual"), choices, leave_key="t")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".card").border_subtitle = Content("cordage-tui help TOPIC prints one · esc back")

    def answer(self, answer: str) -> None:
        self.app.push_screen(ManualPage(answer))


class ManualPage(ScrollableModal[None]):
    """Page of the manual, laid out for the width of the screen."""

    BINDINGS = [Binding("escape,q,enter", "close", "close", id="dialog.close", tooltip="Close this text")]

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._text = page(topic)
        self._width = 0

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card manual", can_focus=False) as card:
            card.border_title = literal(SafeText(title(self._text)))
            card.border_subtitle = Content("esc back")
            yield Static(id="page")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def action_close(self) -> None:
        self.dismiss()

    def _draw(self) -> None:
        """Lay the page out, once for each width; its title is in the border."""
        shown = self.query_one("#page", Static)
        if self._width != shown.size.width:
            self._width = shown.size.width
            below = self._text.partition("\n")[2]
            lines = lay_out(below, self._width, quoted=self.app.no_color)
            shown.update(Content("\n").join(map(_drawn, lines)))


def _drawn(line: Line) -> Content:
    return Content.assemble(*(literal(SafeText(span.text), _STYLES[span.style]) for span in line))
