"""Toasts on the screen: where they lie, and what closes them."""

from time import monotonic
from typing import Final, Literal

from textual.screen import ModalScreen
from textual.widgets._toast import ToastRack

from cordage_tui.ui.app_base import AppMixin
from cordage_tui.ui.notifications import ERROR_SECONDS
from cordage_tui.ui.screen_base import EngineScreen

LOW: Final = 16
"""Rows below which a toast is one line: a box would cover most of what there is."""


class ToastsMixin(AppMixin):
    """App whose toasts cover nothing that is being used, that `escape` closes, and that shows no error again while it can
    still be read: a disk that fails fails every draft."""

    _until: tuple[str, float] = ("", 0.0)
    """Last error, and when its toast goes, monotonic seconds."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        now = monotonic()
        if severity == "error":
            last, until = self._until
            if last == message and now < until:
                return
            self._until = (message, now + (timeout or ERROR_SECONDS))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)
        self.call_later(self._remove_empty_holders)

    def _refresh_notifications(self) -> None:
        self.place_toasts()
        super()._refresh_notifications()

    def place_toasts(self) -> None:
        """Put the toasts where the screen says; on its last line where a dialog or a low screen has no room for a box."""
        screen = self.screen
        for rack in screen.query(ToastRack):
            one_line_each = isinstance(screen, ModalScreen) or self.size.height < LOW
            rack.set_class(one_line_each, "-line")
            margin = screen.toast_margin() if isinstance(screen, EngineScreen) else (0, 0, 1, 0)
            rack.styles.padding = 0 if one_line_each else margin

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Close the toasts with `escape`, besides what it does: waiting for a toast to go is no level of its own."""
        if key == "escape" and priority and self._notifications:
            self.clear_notifications()
        return await super()._check_bindings(key, priority)

    def _remove_empty_holders(self) -> None:
        """Remove what Textual leaves behind of a toast that expires as another comes (docs/library-traps.md T33)."""
        for holder in self.screen.query("ToastHolder"):
            if not holder.children:
                holder.remove()
