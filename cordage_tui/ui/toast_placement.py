"""Toasts on the screen: their place, and errors that are not shown twice."""

from time import monotonic
from typing import Any, Final, Protocol, runtime_checkable

from textual.app import App
from textual.screen import ModalScreen
from textual.widget import Widget

from cordage_tui.ui.notifications import ERROR_SECONDS

LOW: Final = 16
"""With fewer rows than this, a toast is one line, because a box would cover most of the screen."""


@runtime_checkable
class PlacesToasts(Protocol):
    """Screen that decides where its toasts are."""

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Return the cells above, to the right, below and to the left of the toasts."""
        ...


class Toasts:
    """Toasts of an app. They do not cover widgets that are being used."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._last_error = ""
        self._shown_until = 0.0
        """When the toast of the last error disappears, monotonic seconds."""

    def repeats_error(self, message: str, timeout_s: float | None) -> bool:
        """Record an error that is about to be shown. Return True if the same error is still on screen.

        A disk error, for example, would otherwise be shown for each save of a draft.
        """
        now = monotonic()
        if self._last_error == message and now < self._shown_until:
            return True
        self._last_error, self._shown_until = message, now + (timeout_s or ERROR_SECONDS)
        return False

    def place(self) -> None:
        """Put the toasts at the place that the screen decides. On a dialog or a low screen, use the last line."""
        screen = self._app.screen
        for rack in screen.query("ToastRack").results(Widget):
            is_one_line = isinstance(screen, ModalScreen) or self._app.size.height < LOW
            rack.set_class(is_one_line, "-line")
            margin = screen.toast_margin() if isinstance(screen, PlacesToasts) else (0, 0, 1, 0)
            rack.styles.padding = 0 if is_one_line else margin

    def remove_empty_holders(self) -> None:
        """Remove the empty widgets that Textual leaves if a toast expires when another comes (docs/dev/library-traps.md T33)."""
        for holder in self._app.screen.query("ToastHolder"):
            if not holder.children:
                holder.remove()
