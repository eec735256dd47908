"""Toasts on the screen: where they lie, and which are not shown twice."""

from time import monotonic
from typing import Any, Final, Protocol, runtime_checkable

from textual.app import App
from textual.screen import ModalScreen
from textual.widget import Widget

from cordage_tui.ui.notifications import ERROR_SECONDS

LOW: Final = 16
"""Rows below which a toast is one line: a box would cover most of what there is."""


@runtime_checkable
class PlacesToasts(Protocol):
    """Screen that says where its toasts lie."""

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Return the cells above, to the right, below and to the left of the toasts."""
        ...


class Toasts:
    """Toasts of an app, which cover nothing that is being used."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._last_error = ""
        self._shown_until = 0.0
        """When the toast of the last error goes, monotonic seconds."""

    def repeats_error(self, message: str, timeout_s: float | None) -> bool:
        """Note an error that is about to be shown; True if it can still be read: a disk that fails fails every draft."""
        now = monotonic()
        if self._last_error == message and now < self._shown_until:
            return True
        self._last_error, self._shown_until = message, now + (timeout_s or ERROR_SECONDS)
        return False

    def place(self) -> None:
        """Put the toasts where the screen says; on its last line where a dialog or a low screen has no room for a box."""
        screen = self._app.screen
        for rack in screen.query("ToastRack").results(Widget):
            one_line_each = isinstance(screen, ModalScreen) or self._app.size.height < LOW
            rack.set_class(one_line_each, "-line")
            margin = screen.toast_margin() if isinstance(screen, PlacesToasts) else (0, 0, 1, 0)
            rack.styles.padding = 0 if one_line_each else margin

    def remove_empty_holders(self) -> None:
        """Remove what Textual leaves behind of a toast that expires as another comes (docs/library-traps.md T33)."""
        for holder in self._app.screen.query("ToastHolder"):
            if not holder.children:
                holder.remove()
