"""The command palette: the same actions, found by name; and the choice of a theme."""

from collections.abc import Sequence
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from cordage_tui.domain.text import one_line
from cordage_tui.ui.ink import literal
from cordage_tui.ui.keys.hints import ActiveAction, hints
from cordage_tui.ui.themes import OWN

Command = tuple[str, Content, IgnoreReturnCallbackType]
"""Name to search by, sentence, what choosing it does."""


class ListProvider(Provider):
    """Offers a list of commands, whole at first and narrowed by what is typed."""

    def commands(self) -> list[Command]:
        """What is on offer, in order."""
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
    """What works now on the screen the palette was opened from, then what the app offers besides."""

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
    """Ours first, then Textual's by name. The app's `theme_changed_signal` tells who wants to keep the choice."""

    def commands(self) -> list[Command]:
        """One for each theme."""
        ours = [theme.name for theme in OWN]
        names = ours + sorted(set(self.app.available_themes) - set(ours))
        return [(one_line(name), self._sentence(name), partial(self._wear, name)) for name in names]

    def _sentence(self, name: str) -> Content:
        theme = self.app.available_themes[name]
        kind = "the terminal's own colours" if theme.ansi else ("dark" if theme.dark else "light")
        return Content(f"{kind}, in use" if name == self.app.theme else kind)

    def _wear(self, name: str) -> None:
        self.app.theme = name


def choice_palette(commands: Sequence[Command], placeholder: str) -> CommandPalette:
    """A palette of just these."""

    class Choices(ListProvider):
        def commands(self) -> list[Command]:
            return list(commands)

    return CommandPalette(providers=[Choices], placeholder=placeholder)


def command_palette() -> CommandPalette:
    """The palette of everything that can be done now."""
    return CommandPalette(providers=[Commands], placeholder="Find a command")


def theme_palette() -> CommandPalette:
    """The palette of themes."""
    return CommandPalette(providers=[Themes], placeholder="Find a theme")
