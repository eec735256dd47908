"""Help screen: the keys that work in a panel, searched by what is typed."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import ActiveAction, key_of, main_key
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.text import SteadyInput, literal

# Lines of the page. Pure functions.

KEYS_WIDTH: Final = 18
"""Cells of the keys, beside their tooltips, at most."""
TWO_COLUMNS: Final = 100
"""Cells from which the sections are side by side in two columns."""
_GAP: Final = 3
_PAIRED: Final = "Move"
"""Section whose keys are two on a line with their short names: everybody knows what they do."""
_SAVES: Final = 3
"""Lines that a column must get shorter by, for a section to be torn."""
Entry = list[Content]
"""Lines of one action, or of a heading."""
Block = list[Entry]


def sections(found: Sequence[ActiveAction]) -> list[tuple[SafeText, list[ActiveAction]]]:
    """Group hints under their headings, in the order of first occurrence, innermost first."""
    named: dict[SafeText, list[ActiveAction]] = {}
    for hint in found:
        named.setdefault(hint.section, []).append(hint)
    return list(named.items())


def matching(found: Sequence[ActiveAction], typed: str) -> list[ActiveAction]:
    """Return the actions that have all typed words in their sentence, name or heading, or are reached by what was typed."""
    words = typed.lower().split()

    def fits(hint: ActiveAction) -> bool:
        text = f"{hint.tooltip} {hint.title} {hint.section}".lower()
        return typed.strip() in hint.keys or all(word in text for word in words)

    return [hint for hint in found if fits(hint)]


def drawn(found: Sequence[ActiveAction], width: int, typed: str = "") -> Content:
    """Lines of help: headings in the foreground, keys in the accent, tooltips quiet; long ones are wrapped, what was typed is
    marked."""
    if width < TWO_COLUMNS:
        return Content("\n").join(_joined(_blocks(found, width, typed)))
    half = (width - _GAP) // 2
    left, right = _columns(_blocks(found, half, typed))
    rows = zip_longest(left, right, fillvalue=Content(""))
    return Content("\n").join(
        Content.assemble(one.pad_right(half + _GAP - one.cell_length) if other else one, other) for one, other in rows
    )


def _blocks(found: Sequence[ActiveAction], width: int, typed: str) -> list[Block]:
    """Draw each section: its heading, then its entries."""
    keys = max((len("  ".join(hint.keys)) for hint in found), default=0)
    beside = width - min(KEYS_WIDTH, keys + 2)
    blocks: list[Block] = []
    for title, members in sections(found):
        paired = not typed and width >= 2 * KEYS_WIDTH and title == _PAIRED and all(map(_is_compact, members))
        entries = _pairs(members, width) if paired else [_entry(hint, width, beside, typed) for hint in members]
        blocks.append([[literal(title, "bold")], *entries])
    return blocks


def _is_compact(hint: ActiveAction) -> bool:
    return hint.binding.group is not None and hint.binding.group.compact


def _joined(blocks: Iterable[Block]) -> list[Content]:
    """Return the lines of blocks with blank ones between them."""
    return [line for block in blocks for entry in ([Content("")], *block) for line in entry][1:]


def _columns(blocks: Sequence[Block]) -> tuple[list[Content], list[Content]]:
    """Split the page where the longer column is shortest: between two sections, or within one where that saves much."""
    cuts = [(at, 0) for at in range(len(blocks), -1, -1)]
    cuts += [(at, entry) for at, block in enumerate(blocks) for entry in range(2, len(block))]

    def split(at: int, entry: int) -> tuple[list[Content], list[Content]]:
        left, right = list(blocks[:at]), list(blocks[at:])
        if entry:
            left, right = [*left, right[0][:entry]], [right[0][entry:], *right[1:]]
        return _joined(left), _joined(right)

    return split(*min(cuts, key=lambda cut: max(map(len, split(*cut))) + (_SAVES if cut[1] else 0)))


def _pairs(members: Sequence[ActiveAction], width: int) -> list[Entry]:
    """Draw two actions on a line, such as a way and its opposite, by their short names."""
    half = width // 2
    cells = [_entry(member, half, half - 10, "", member.title)[0].truncate(half - 1) for member in members]
    pairs = zip_longest(cells[::2], cells[1::2], fillvalue=Content(""))
    return [[Content.assemble(one.pad_right(half - one.cell_length), other)] for one, other in pairs]


def _entry(hint: ActiveAction, width: int, beside: int, typed: str, words: SafeText | None = None) -> Entry:
    """Draw an action: its keys, and its tooltip (or other `words`) in `beside` cells."""
    keys = literal(one_line("  ".join(hint.keys)), "$accent")
    sentence = _marked(literal(words or hint.tooltip, "$quiet"), typed)
    if beside < 16:
        return [keys, *(Content.assemble("  ", line) for line in sentence.wrap(max(width - 2, 1)))]
    left, right = keys.wrap(width - beside - 2), sentence.wrap(beside)
    pairs = zip_longest(left, right, fillvalue=Content(""))
    return [key.pad_right(width - beside - key.cell_length) + line for key, line in pairs]


def _marked(sentence: Content, typed: str) -> Content:
    text = sentence.plain.lower()
    for word in typed.lower().split():
        at = text.find(word)
        if at >= 0:
            sentence = sentence.stylize("$accent underline", at, at + len(word))
    return sentence


class CloseHelp(Action["HelpScreen"]):
    """Close the help; first its search."""

    id, keys, word = "help.close", "escape,q,enter,question_mark,f1", "close"
    in_footer = True

    def run(self, on: "HelpScreen") -> None:
        on.close()


class SearchHelp(Action["HelpScreen"]):
    """Narrow the help to what is typed."""

    id, keys, word = "help.search", "slash", "search"
    in_footer = True

    def run(self, on: "HelpScreen") -> None:
        on.search()


class ShowTopics(Action["HelpScreen"]):
    """Show the topics of the manual."""

    id, keys, word = "help.topics", "t", "topics"
    in_footer = True

    def run(self, on: "HelpScreen") -> None:
        from cordage_tui.ui.keys.manual import ManualMenu  # few who look up a key read a page

        on.app.push_screen(ManualMenu(leave_key=key_of(on, self.id)))


class HelpScreen(ScrollableModal[None]):
    """Help for the keys of a panel. Every key that people try closes it; a search narrows it to what is typed."""

    ACTIONS = (CloseHelp(), SearchHelp(), ShowTopics())
    BINDINGS = bindings_of(ACTIONS)

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (TWO_COLUMNS + 16, "-wide")]

    def __init__(self, panel: SafeText, found: Sequence[ActiveAction], commands: SafeText) -> None:
        """`commands`: the key that finds what is not here."""
        super().__init__()
        self._panel = panel
        self._found = tuple(found)
        self._commands = commands
        self._typed = ""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card", can_focus=False) as card:
            card.border_title = Content.assemble("Keyboard shortcuts: ", literal(self._panel))
            yield Static(id="keys")
            with Horizontal(id="search"):
                yield Static(Content("/ "))
                yield SteadyInput(placeholder="what it does, or a key", compact=True)

    def on_mount(self) -> None:
        self._show_search(False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def search(self) -> None:
        """Open the search."""
        self._show_search(True)
        self.query_one(Input).focus()

    def close(self) -> None:
        """Leave the search, then the screen."""
        if not self.query_one("#search").display:
            self.dismiss()
            return
        self.set_focus(None)
        self.query_one(Input).value = ""
        self._show_search(False)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        """Go back to the keys that were found, to scroll them."""
        event.stop()
        self.set_focus(None)
        self._show_search(bool(self._typed))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._typed = event.value
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self._draw()

    def _show_search(self, shown: bool) -> None:
        self.query_one("#search").display = shown
        hints = {"close": "all keys"} if shown else {"search": "search", "topics": "topics", "close": "close"}
        words = [f"{key_of(self, f'help.{action}')} {word}" for action, word in hints.items()]
        self.query_one(".card").border_subtitle = Content(" · ".join(words))

    def _draw(self) -> None:
        keys = self.query_one("#keys", Static)
        found = matching(self._found, self._typed) if self._typed else self._found
        if found:
            keys.update(drawn(found, keys.size.width, self._typed))
        else:
            keys.update(
                Content.assemble(
                    literal(SafeText("No key of this panel does that. "), "$quiet"),
                    literal(self._commands, "$accent"),
                    literal(SafeText(" finds the commands of all panels."), "$quiet"),
                )
            )


def panel_title(screen: Screen[Any]) -> SafeText:
    """Return the title of the focused panel, else of the screen."""
    chain = screen.focused.ancestors_with_self if screen.focused else ()
    for node in chain:
        if isinstance(node, BorderPanel) and node.title:
            return one_line(node.title.plain)
        if isinstance(node, Widget) and node.border_title:
            return one_line(Content.from_markup(node.border_title).plain)
    return one_line(screen.title or "this screen")


def help_screen(screen: Screen[Any], found: Sequence[ActiveAction]) -> HelpScreen:
    """Create the help for what has the focus on `screen`."""
    return HelpScreen(panel_title(screen), found, main_key(screen, "app.commands"))
