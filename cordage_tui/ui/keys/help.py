"""Help screen: the keys that work in a panel, and a search in them."""

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

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import ActiveAction, key_of, main_key
from cordage_tui.ui.keys.manual_door import open_manual
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.text import SteadyInput, literal

# Lines of the page. Pure functions.

KEYS_WIDTH: Final = 18
"""Most cells for the keys, beside their tooltips."""
TWO_COLUMNS: Final = 100
"""Width in cells from which the sections are in two columns."""
_GAP: Final = 3
_PAIRED: Final = "Move"
"""Section that has two keys on a line, with their short names, because everybody knows what they do."""
_SAVES: Final = 3
"""Lines that must be saved before a section is split between two columns."""
Entry = list[Content]
"""Lines of one action, or of a heading."""
Block = list[Entry]


def sections(actions: Sequence[ActiveAction]) -> list[tuple[SafeText, list[ActiveAction]]]:
    """Group actions under their headings, in the order in which the headings occur first, innermost first."""
    named: dict[SafeText, list[ActiveAction]] = {}
    for hint in actions:
        named.setdefault(hint.section, []).append(hint)
    return list(named.items())


def matching(actions: Sequence[ActiveAction], typed: str) -> list[ActiveAction]:
    """Return the actions that contain all typed words in their sentence, name or heading, or whose key is the typed text."""
    words = typed.lower().split()

    def fits(hint: ActiveAction) -> bool:
        text = f"{hint.tooltip} {hint.title} {hint.section}".lower()
        return typed.strip() in hint.keys or all(word in text for word in words)

    return [hint for hint in actions if fits(hint)]


def drawn(actions: Sequence[ActiveAction], width: int, typed: str = "") -> Content:
    """Draw the lines of help: headings, keys in the accent colour, and quiet tooltips. Long lines are wrapped, and the typed
    words are marked."""
    if width < TWO_COLUMNS:
        return Content("\n").join(_joined(_blocks(actions, width, typed)))
    half = (width - _GAP) // 2
    left, right = _columns(_blocks(actions, half, typed))
    rows = zip_longest(left, right, fillvalue=Content(""))
    return Content("\n").join(
        Content.assemble(
            left_line.pad_right(half + _GAP - left_line.cell_length) if right_line else left_line, right_line
        )
        for left_line, right_line in rows
    )


def _blocks(actions: Sequence[ActiveAction], width: int, typed: str) -> list[Block]:
    """Draw each section: its heading, then its entries."""
    keys = max((len("  ".join(hint.keys)) for hint in actions), default=0)
    beside = width - min(KEYS_WIDTH, keys + 2)
    blocks: list[Block] = []
    for title, members in sections(actions):
        paired = not typed and width >= 2 * KEYS_WIDTH and title == _PAIRED and all(map(_is_compact, members))
        entries = _pairs(members, width) if paired else [_entry(hint, width, beside, typed) for hint in members]
        blocks.append([[literal(title, "bold")], *entries])
    return blocks


def _is_compact(hint: ActiveAction) -> bool:
    return hint.binding.group is not None and hint.binding.group.compact


def _joined(blocks: Iterable[Block]) -> list[Content]:
    """Return the lines of the blocks, with a blank line between two blocks."""
    return [line for block in blocks for entry in ([Content("")], *block) for line in entry][1:]


def _columns(blocks: Sequence[Block]) -> tuple[list[Content], list[Content]]:
    """Split the page so that the longer column is as short as possible. Split between two sections, or within a section if
    that saves enough lines."""
    cuts = [(index, 0) for index in range(len(blocks), -1, -1)]
    cuts += [(index, entry) for index, block in enumerate(blocks) for entry in range(2, len(block))]

    def split(index: int, entry: int) -> tuple[list[Content], list[Content]]:
        left, right = list(blocks[:index]), list(blocks[index:])
        if entry:
            left, right = [*left, right[0][:entry]], [right[0][entry:], *right[1:]]
        return _joined(left), _joined(right)

    return split(*min(cuts, key=lambda cut: max(map(len, split(*cut))) + (_SAVES if cut[1] else 0)))


def _pairs(members: Sequence[ActiveAction], width: int) -> list[Entry]:
    """Draw two actions on each line, such as a move and its opposite, with their short names."""
    half = width // 2
    cells = [_entry(member, half, half - 10, "", member.title)[0].truncate(half - 1) for member in members]
    pairs = zip_longest(cells[::2], cells[1::2], fillvalue=Content(""))
    return [
        [Content.assemble(left_cell.pad_right(half - left_cell.cell_length), right_cell)]
        for left_cell, right_cell in pairs
    ]


def _entry(hint: ActiveAction, width: int, beside: int, typed: str, words: SafeText | None = None) -> Entry:
    """Draw an action: its keys, and beside them its tooltip or other `words` in `beside` cells."""
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
        index = text.find(word)
        if index >= 0:
            sentence = sentence.stylize("$accent underline", index, index + len(word))
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
        open_manual(on.app, leave_key=key_of(on, self.id))


class HelpScreen(ScrollableModal[None]):
    """Help for the keys of a panel. The keys that people usually try close it. A search narrows it to the typed words."""

    ACTIONS = (CloseHelp(), SearchHelp(), ShowTopics())
    BINDINGS = bindings_of(ACTIONS)

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (TWO_COLUMNS + 16, "-wide")]

    def __init__(self, panel: SafeText, actions: Sequence[ActiveAction], commands: SafeText) -> None:
        """Create the help of these actions. `commands` is the key that finds commands of other panels."""
        super().__init__()
        self._panel = panel
        self._actions = tuple(actions)
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
        """Close the search if it is open; otherwise close the screen."""
        if not self.query_one("#search").display:
            self.dismiss()
            return
        self.set_focus(None)
        self.query_one(Input).value = ""
        self._show_search(False)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        """Move the focus from the search to the page, to scroll the keys that were found."""
        event.stop()
        self.set_focus(None)
        self._show_search(bool(self._typed))

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._typed = event.value
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self._draw()

    def _show_search(self, is_open: bool) -> None:
        self.query_one("#search").display = is_open
        labels = {"close": "all keys"} if is_open else {"search": "search", "topics": "topics", "close": "close"}
        parts = [f"{key_of(self, f'help.{action}')} {label}" for action, label in labels.items()]
        self.query_one(".card").border_subtitle = Content(" · ".join(parts))

    def _draw(self) -> None:
        keys = self.query_one("#keys", Static)
        actions = matching(self._actions, self._typed) if self._typed else self._actions
        if actions:
            keys.update(drawn(actions, keys.size.width, self._typed))
        else:
            keys.update(
                Content.assemble(
                    literal(SafeText("No key of this panel does that. "), "$quiet"),
                    literal(self._commands, "$accent"),
                    literal(SafeText(" finds the commands of all panels."), "$quiet"),
                )
            )


def panel_title(screen: Screen[Any]) -> SafeText:
    """Return the title of the focused panel, or of the screen if no panel is focused."""
    chain = screen.focused.ancestors_with_self if screen.focused else ()
    for node in chain:
        if isinstance(node, BorderPanel) and node.title:
            return one_line(node.title.plain)
        if isinstance(node, Widget) and node.border_title:
            return one_line(Content.from_markup(node.border_title).plain)
    return one_line(screen.title or "this screen")


def help_screen(screen: Screen[Any], actions: Sequence[ActiveAction]) -> HelpScreen:
    """Create the help for the focused panel of `screen`."""
    return HelpScreen(panel_title(screen), actions, main_key(screen, "app.commands"))
