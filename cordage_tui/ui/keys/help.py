"""Help screen and command palette."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.types import IgnoreReturnCallbackType
from textual.widget import Widget
from textual.widgets import Static

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.keys.footer import ActiveAction, hints
from cordage_tui.ui.theme import OWN
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


# The command palette: the same actions, found by name; and the choice of a theme.

Command = tuple[str, Content, IgnoreReturnCallbackType]
"""Name to search by, sentence, callback."""


class ListProvider(Provider):
    """Palette provider of a list of commands, filtered by what is typed."""

    def commands(self) -> list[Command]:
        """Commands, in order."""
        raise NotImplementedError

    async def discover(self) -> Hits:
        for name, sentence, call in self.commands():
            yield DiscoveryHit(Content(name), call, text=name, help=sentence)  # type: ignore[arg-type]

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, sentence, call in self.commands():
            if (score := matcher.match(f"{name} {sentence.plain}")) > 0:
                yield Hit(score, matcher.highlight(name), call, text=name, help=sentence)  # type: ignore[arg-type]


class Commands(ListProvider):
    """Provider of the actions that work on the screen below the palette, then of the app's own commands."""

    def commands(self) -> list[Command]:
        """Enabled actions of the screen, then `App.get_system_commands`."""
        found = [self._command(hint) for hint in hints(self.screen) if hint.in_palette]
        more = self.app.get_system_commands(self.screen)
        return found + [(one_line(c.title), literal(one_line(c.help)), c.callback) for c in more]

    def _command(self, hint: ActiveAction) -> Command:
        name = hint.title[:1].upper() + hint.title[1:]
        key = Content.styled(hint.keys[0], "$accent")
        run = partial(self.app.run_action, hint.call, hint.node)
        return name, Content.assemble(literal(hint.tooltip), "  ", key), run


class Themes(ListProvider):
    """Provider of themes: ours first, then Textual's by name. `App.theme_changed_signal` reports the choice."""

    def commands(self) -> list[Command]:
        """Commands, one for each theme."""
        ours = [theme.name for theme in OWN]
        names = ours + sorted(set(self.app.available_themes) - set(ours))
        return [(one_line(name), self._sentence(name), partial(self._wear, name)) for name in names]

    def _sentence(self, name: str) -> Content:
        theme = self.app.available_themes[name]
        kind = "the terminal's own colours" if theme.ansi else ("dark" if theme.dark else "light")
        return Content(f"{kind}, in use" if name == self.app.theme else kind)

    def _wear(self, name: str) -> None:
        self.app.theme = name


class SafeCommandPalette(CommandPalette):
    """Command palette that survives a page key before the first layout of its list."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # the list does not know yet on which line its first command stands
            super()._action_command_list(action)


def choice_palette(commands: Sequence[Command], placeholder: str) -> CommandPalette:
    """Create a palette of these commands only."""

    class Choices(ListProvider):
        def commands(self) -> list[Command]:
            return list(commands)

    return SafeCommandPalette(providers=[Choices], placeholder=placeholder)


def command_palette() -> CommandPalette:
    """Create the palette of everything that can be done now."""
    return SafeCommandPalette(providers=[Commands], placeholder="Find a command")


def theme_palette() -> CommandPalette:
    """Create the palette of themes."""
    return SafeCommandPalette(providers=[Themes], placeholder="Find a theme")
