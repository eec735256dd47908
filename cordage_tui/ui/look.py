"""The base of every app of ours, in tests too: themes, stylesheet and theme variables, and the keys that work everywhere."""

from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.reactive import Initialize, Reactive
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from cordage_tui.ui.keys.actions import ActionScope, bindings
from cordage_tui.ui.themes import OWN, derive_variables

STYLE = Path(__file__).parent / "style"
_THEMES: Final = {**BUILTIN_THEMES, **{theme.name: theme for theme in OWN}}


class BaseApp(App[int], inherit_bindings=False):
    """An app that wears our stylesheet and knows our themes, our help and our palette."""

    CSS_PATH = sorted(STYLE.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [*bindings(ActionScope.EVERYWHERE), Binding("ctrl+c", "help_quit", show=False, system=True)]

    theme: Reactive[str] = Reactive(Initialize(attrgetter("_first_theme")))
    """Begins as the theme asked for: setting it later would have every stylesheet parsed twice before the first frame."""

    def __init__(self, theme: str | None = None) -> None:
        """`theme` by its name; one that is not there is no reason to stop."""
        self._first_theme = theme if theme in _THEMES else OWN[0].name
        super().__init__()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's and ours."""
        return {**_THEMES}

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Those that shine through the top one. Textual counts the screen below also where it is hidden, and then draws all of
        the top one again, pictures and all, for whatever changes below."""
        stack = self.screen_stack
        hides = bool(stack) and stack[-1].styles.background.a == 1
        return [] if hides else super()._background_screens

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables and ours; a theme that does not name ours lends its own colours (`themes.lent`)."""
        variables = super().get_css_variables()
        return variables | derive_variables(self.current_theme, variables)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers besides actions: nothing here; an app adds its own."""
        return ()

    def action_help(self) -> None:
        from cordage_tui.ui.keys.help import HelpScreen, panel_title
        from cordage_tui.ui.keys.hints import hints

        self.push_screen(HelpScreen(panel_title(self.screen), hints(self.screen)))

    def action_commands(self) -> None:
        from cordage_tui.ui.keys.palette import command_palette

        self.push_screen(command_palette())

    def action_choose_theme(self) -> None:
        from cordage_tui.ui.keys.palette import theme_palette

        self.push_screen(theme_palette())
