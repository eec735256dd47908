"""The base of every app of ours, in tests too: themes, stylesheet and theme variables."""

from pathlib import Path
from typing import Any

from textual.app import App

from cordage_tui.ui.themes import OWN, lent

STYLE = Path(__file__).parent / "style"


class Look(App[int]):
    """An app that wears our stylesheet and knows our themes."""

    CSS_PATH = sorted(STYLE.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for theme in OWN:
            self.register_theme(theme)
        self.theme = OWN[0].name

    def get_css_variables(self) -> dict[str, str]:
        """Textual's variables and ours; a theme that does not name ours lends its own colours (`themes.lent`)."""
        variables = super().get_css_variables()
        return variables | lent(self.current_theme, variables)
