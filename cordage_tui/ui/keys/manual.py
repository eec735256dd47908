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
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.widgets.text import SteadyInput, literal

_KEYS: Final = "123456789abcdefhilmoprsuvwxyz"
"""Keys of the topics, in their order. Keys that move in a menu or close it are not among them."""
_ABOVE: Final = 2
"""Lines that are shown above a match."""
_STYLES: Final = {
    SpanStyle.PLAIN: "",
    SpanStyle.HEADING: "bold underline",
    SpanStyle.STRONG: "bold",
    SpanStyle.EMPHASIS: "italic",
    SpanStyle.CODE: "$accent",
    SpanStyle.FAINT: "$edge",
}


class ManualMenu(ChoiceMenu[str]):
    """Menu of the topics. A page opens above it, so that closing the page leads back to the menu."""

    def __init__(self, *, leave_key: str) -> None:
        """Create the menu. `leave_key` is the key that opened it; it also closes it."""
        topics = zip(_KEYS, TOPICS, strict=False)
        choices = [MenuChoice(key, SafeText(name), name, SafeText(title(page(name)))) for key, name in topics]
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
    """Page of the manual, with the layout for the width of the screen and a search as in `less`."""

    ACTIONS = (CloseManual(), SearchManual(), NextManualMatch(), PreviousManualMatch())
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = ""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._text = page(topic)
        self._width = 0
        self._lines = [Content("")]
        self._plain = ""
        """Text of all lines, without styles."""
        self._matches: Sequence[tuple[int, int]] = ()
        """Start and end of each match in the text of the page."""
        self._match_index = 0
        """Index of the marked match."""
        self._began_at = 0
        """Top line when the search began. The search starts there."""

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
        """Go to another match. After the last comes the first."""
        if self._matches:
            self._match_index = (self._match_index + way) % len(self._matches)
            self._mark()

    def close(self) -> None:
        """Close the search and scroll back to where it began. If no search is open, close the page."""
        if not self.query_one("#search").display:
            self.dismiss()
            return
        self.query_one(Input).value = ""
        self._keep()
        self.query_one(VerticalScroll).scroll_to(y=self._began_at, animate=False)

    @on(Input.Changed)
    def _find(self, event: Input.Changed) -> None:
        """Mark the first match after the line where the search began."""
        event.stop()
        self._matches = matches(self._plain, event.value)
        above = sum(len(line.plain) + 1 for line in self._lines[: self._began_at])
        self._match_index = next((index for index, (start, _) in enumerate(self._matches) if start >= above), 0)
        self._mark()

    @on(Input.Submitted)
    def _keep(self) -> None:
        self.set_focus(None)
        self._show_search(False)
        self._mark()

    def _show_search(self, is_open: bool) -> None:
        self.query_one("#search").display = is_open

    def _mark(self) -> None:
        """Draw the marked match over the page, which is too long to draw again, and scroll to it. Show its number in the border."""
        overlay, is_searching = self.query_one("#match", Static), self.query_one("#search").display
        overlay.display = bool(self._matches)
        close = self._key("close")
        parts = (
            ["enter done", f"{close} cancel"] if is_searching else [f"{self._key('search')} search", f"{close} back"]
        )
        if self._matches:
            start, end = self._matches[self._match_index]
            first, last = self._plain.count("\n", 0, start), self._plain.count("\n", 0, end)
            line_start = self._plain.rfind("\n", 0, start) + 1
            lines = Content("\n").join(self._lines[first : last + 1])
            overlay.update(lines.stylize("reverse", start - line_start, end - line_start))
            overlay.styles.offset = (0, first)
            self.query_one(VerticalScroll).scroll_to(y=max(first - _ABOVE, 0), animate=False)
            keys = [] if is_searching else [f"{self._key(f'{way}_match')} {way}" for way in ("next", "previous")]
            parts = [f"{self._match_index + 1:,} of {len(self._matches):,}", *keys, *parts]
        elif is_searching and self.query_one(Input).value.strip():
            parts = ["not found", *parts]
        self.query_one(".card").border_subtitle = Content(" · ".join(parts))

    def _key(self, action: str) -> SafeText:
        return key_of(self, f"manual.{action}")

    def _draw(self) -> None:
        """Compute the layout of the page, once for each width. The page's title is in the border, not in the text."""
        widget = self.query_one("#page", Static)
        if self._width != widget.size.width:
            self._width = widget.size.width
            body = self._text.partition("\n")[2]
            self._lines = [_drawn(line) for line in lay_out(body, self._width, quoted=self.app.no_color)]
            content = Content("\n").join(self._lines)
            widget.update(content)
            self._plain = content.plain
            self._matches = matches(self._plain, self.query_one(Input).value)
            self._match_index = min(self._match_index, max(len(self._matches) - 1, 0))
            self._mark()


def matches(text: str, typed: str) -> Sequence[tuple[int, int]]:
    """Return start and end of each place where the typed words follow each other in a text. Upper and lower case are the same,
    and a line may end between two words."""
    pattern = r"\s+".join(map(re.escape, typed.split()))
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else ()


def _drawn(line: Line) -> Content:
    return Content.assemble(*(literal(SafeText(span.text), _STYLES[span.style]) for span in line))
