"""Mouse of the app: which buttons act, and clicks beside a dialog."""

from typing import Final

from textual.events import Click, Event, MouseDown, MouseUp
from textual.screen import ModalScreen
from textual.widgets import Input

from cordage_tui.ui.app_base import AppMixin

LEFT: Final = 1
"""Number of the button that acts."""


class MouseMixin(AppMixin):
    """App in which only the left button acts, and a click beside a dialog leaves it as `escape` does."""

    async def on_event(self, event: Event) -> None:
        """Drop presses of other buttons: they would select, open and mark like the left one."""
        if isinstance(event, MouseDown | MouseUp) and event.button > LEFT and not event.is_forwarded:
            return
        await super().on_event(event)

    async def on_click(self, event: Click) -> None:
        """Leave the dialog on top, unless something typed would be lost."""
        screen = self.screen
        typed = any(entry.value for entry in screen.query(".form Input").results(Input)) or screen.query("TextArea")
        if isinstance(screen, ModalScreen) and event.widget is screen and not typed:
            await self._check_bindings("escape")
