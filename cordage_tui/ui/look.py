"""The base of every app of ours, in tests too: themes, stylesheet and theme variables, and the keys that work everywhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from cordage_tui.ui.keys.actions import Where, bindings
from cordage_tui.ui.themes import OWN, lent

STYLE = Path(__file__).parent / "style"


class Look(App[int], inherit_bindings=False):
    """An app that wears our stylesheet and knows our themes, our help and our palette."""

    CSS_PATH = sorted(STYLE.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [*bindings(Where.EVERYWHERE), Binding("ctrl+c", "help_quit", show=False, system=True)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for theme in OWN:
            self.register_theme(theme)
        self.theme = OWN[0].name

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables and ours; a theme that does not name ours lends its own colours (`themes.lent`)."""
        variables = super().get_css_variables()
        return variables | lent(self.current_theme, variables)

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
