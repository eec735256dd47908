"""Help screen."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.keys.footer import ActiveAction
from cordage_tui.ui.widgets.text import literal

# Help screen: all keys that work in a panel.

KEYS_WIDTH: Final = 18
"""Cells of the keys, beside their tooltips."""


def sections(found: Sequence[ActiveAction]) -> list[tuple[SafeText, list[ActiveAction]]]:
    """Group hints under their headings, in the order of first occurrence, innermost first."""
    named: dict[SafeText, list[ActiveAction]] = {}
    for hint in found:
        named.setdefault(hint.section, []).append(hint)
    return list(named.items())


def drawn(found: Sequence[ActiveAction], width: int) -> Content:
    """Lines of help: headings in the foreground, keys in the accent, tooltips quiet; long ones are wrapped."""
    lines: list[Content] = []
    for title, members in sections(found):
        lines += [Content(""), literal(title, "bold")]
        lines += [line for hint in members for line in _entry(hint, width)]
    return Content("\n").join(lines[1:])


def _entry(hint: ActiveAction, width: int) -> list[Content]:
    beside = width - KEYS_WIDTH
    keys = literal(one_line("  ".join(hint.keys)), "$accent")
    sentence = literal(hint.tooltip, "$quiet")
    if beside < 16:
        return [keys, *(Content.assemble("  ", line) for line in sentence.wrap(max(width - 2, 1)))]
    left, right = keys.wrap(KEYS_WIDTH - 2), sentence.wrap(beside)
    pairs = zip_longest(left, right, fillvalue=Content(""))
    return [key.pad_right(KEYS_WIDTH - key.cell_length) + words for key, words in pairs]


class HelpScreen(ScrollableModal[None]):
    """Help for the keys of a panel. Every key that people try closes it."""

    BINDINGS = [Binding("escape,q,enter,question_mark,f1", "dismiss", "close", show=False)]

    def __init__(self, panel: SafeText, found: Sequence[ActiveAction]) -> None:
        super().__init__()
        self._panel = panel
        self._found = tuple(found)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card", can_focus=False) as card:
            card.border_title = Content.assemble("Keyboard shortcuts: ", literal(self._panel))
            card.border_subtitle = Content("esc close")
            yield Static(id="keys")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        keys = self.query_one("#keys", Static)
        keys.update(drawn(self._found, keys.size.width))


def panel_title(screen: Screen[Any]) -> SafeText:
    """Return the title of the focused panel, else of the screen."""
    chain = screen.focused.ancestors_with_self if screen.focused else ()
    titles = (node.border_title for node in chain if isinstance(node, Widget) and node.border_title)
    return one_line(Content.from_markup(next(titles, "") or screen.title or "this screen").plain)
