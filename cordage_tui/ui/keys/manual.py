"""Manual in the app: a menu of its topics, and a page."""

import re
from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from cordage_tui.domain.manual import TOPICS, Line, SpanStyle, lay_out, page, title
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.widgets.text import SteadyInput, literal

_KEYS: Final = "123456789abcdefhilmoprsuvwxyz"
"""Keys of the topics in their order; those that move in a menu or leave it are left out."""
_ABOVE: Final = 2
"""Lines shown above a match."""
_STYLES: Final = {
    SpanStyle.PLAIN: "",
    SpanStyle.HEADING: "bold underline",
    SpanStyle.STRONG: "bold",
    SpanStyle.CODE: "$accent",
    SpanStyle.FAINT: "$edge",
}


class ManualMenu(ChoiceMenu[str]):
    """Menu of the topics. A page opens above it, so that leaving the page leads back."""

    def __init__(self, *, leave_key: str) -> None:
        """`leave_key`: the key that opened it."""
        found = zip(_KEYS, TOPICS, strict=False)
        choices = [MenuChoice(key, SafeText(name), name, SafeText(title(page(name)))) for key, name in found]
        super().__init__(SafeText("Manual"), choices, leave_key=leave_key)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(".card").border_subtitle = Content("cordage-tui help TOPIC prints one · esc back")

    def answer(self, answer: str) -> None:
        self.app.push_screen(ManualPage(answer))


class CloseManual(Action["ManualPage"]):
    """Go back to the topics; first leave the search."""

    id, keys, word = "manual.close", "escape,q,enter", "close"
    in_footer = True

    def run(self, on: "ManualPage") -> None:
        on.close()


class SearchManual(Action["ManualPage"]):
    """Search this page."""

    id, keys, word = "manual.search", "slash", "search"
    in_footer = True

    def run(self, on: "ManualPage") -> None:
        on.search()


class NextManualMatch(Action["ManualPage"]):
    """Go to the next match of the search."""

    id, keys, word = "manual.next_match", "n", "next match"
    in_footer = True
    step = 1

    def run(self, on: "ManualPage") -> None:
        on.step_match(self.step)


class PreviousManualMatch(NextManualMatch):
    """Go to the previous match."""

    id, keys, word = "manual.previous_match", "N", "previous match"
    step = -1


class ManualPage(ScrollableModal[None]):
    """Page of the manual, laid out for the width of the screen and searched as in `less`."""

    ACTIONS = (CloseManual(), SearchManual(), NextManualMatch(), PreviousManualMatch())
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = ""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._text = page(topic)
        self._width = 0
        self._lines = [Content("")]
        self._plain = ""
        """Text of all lines."""
        self._matches: Sequence[tuple[int, int]] = ()
        """Places in the text of the page."""
        self._place = 0
        """Which of the matches is marked."""
        self._began_at = 0
        """Line at the top when the search began, from which it goes on."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card manual", can_focus=False) as card:
            card.border_title = literal(SafeText(title(self._text)))
            yield Static(id="page")
            yield Static(id="match")
            with Horizontal(id="search"):
                yield Static(Content("/ "))
                yield SteadyInput(placeholder="words to find in this page", compact=True)

    def on_mount(self) -> None:
        self._show_search(False)
        self._mark()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def search(self) -> None:
        """Open the search."""
        self._began_at = round(self.query_one(VerticalScroll).scroll_y)
        self._show_search(True)
        search = self.query_one(Input)
        search.value = ""
        search.focus()

    def step_match(self, way: int) -> None:
        """Go to another match; after the last comes the first."""
        if self._matches:
            self._place = (self._place + way) % len(self._matches)
            self._mark()

    def close(self) -> None:
        """Leave the search where it began, else the page."""
        if not self.query_one("#search").display:
            self.dismiss()
            return
        self.query_one(Input).value = ""
        self._keep()
        self.query_one(VerticalScroll).scroll_to(y=self._began_at, animate=False)

    @on(Input.Changed)
    def _find(self, event: Input.Changed) -> None:
        """Mark the first match from where the search began."""
        event.stop()
        self._matches = matches(self._plain, event.value)
        above = sum(len(line.plain) + 1 for line in self._lines[: self._began_at])
        self._place = next((place for place, (start, _) in enumerate(self._matches) if start >= above), 0)
        self._mark()

    @on(Input.Submitted)
    def _keep(self) -> None:
        self.set_focus(None)
        self._show_search(False)
        self._mark()

    def _show_search(self, shown: bool) -> None:
        self.query_one("#search").display = shown

    def _mark(self) -> None:
        """Draw the match over the page, which is long, and scroll to it; say in the border which it is."""
        over, typing = self.query_one("#match", Static), self.query_one("#search").display
        over.display = bool(self._matches)
        close = self._key("close")
        words = ["enter done", f"{close} cancel"] if typing else [f"{self._key('search')} search", f"{close} back"]
        if self._matches:
            start, end = self._matches[self._place]
            first, last = self._plain.count("\n", 0, start), self._plain.count("\n", 0, end)
            at = self._plain.rfind("\n", 0, start) + 1
            lines = Content("\n").join(self._lines[first : last + 1])
            over.update(lines.stylize("reverse", start - at, end - at))
            over.styles.offset = (0, first)
            self.query_one(VerticalScroll).scroll_to(y=max(first - _ABOVE, 0), animate=False)
            keys = [] if typing else [f"{self._key(f'{way}_match')} {way}" for way in ("next", "previous")]
            words = [f"{self._place + 1:,} of {len(self._matches):,}", *keys, *words]
        elif typing and self.query_one(Input).value.strip():
            words = ["not found", *words]
        self.query_one(".card").border_subtitle = Content(" · ".join(words))

    def _key(self, action: str) -> SafeText:
        return key_of(self, f"manual.{action}")

    def _draw(self) -> None:
        """Lay the page out, once for each width; its title is in the border."""
        shown = self.query_one("#page", Static)
        if self._width != shown.size.width:
            self._width = shown.size.width
            below = self._text.partition("\n")[2]
            self._lines = [_drawn(line) for line in lay_out(below, self._width, quoted=self.app.no_color)]
            whole = Content("\n").join(self._lines)
            shown.update(whole)
            self._plain = whole.plain
            self._matches = matches(self._plain, self.query_one(Input).value)
            self._place = min(self._place, max(len(self._matches) - 1, 0))
            self._mark()


def matches(text: str, typed: str) -> Sequence[tuple[int, int]]:
    """Return where the typed words stand in a text one after the other, whatever their case, also over the end of a line."""
    words = r"\s+".join(map(re.escape, typed.split()))
    return [found.span() for found in re.finditer(words, text, re.IGNORECASE)] if words else ()


def _drawn(line: Line) -> Content:
    return Content.assemble(*(literal(SafeText(span.text), _STYLES[span.style]) for span in line))
