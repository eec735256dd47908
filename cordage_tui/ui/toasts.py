"""Toasts, with the user's own key for what engine and store advise."""

from time import monotonic
from typing import Final, Literal

from textual.app import App

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.advice import with_key

SECONDS: Final = 5.0
ERROR_SECONDS: Final = 10.0
"""Seconds that the toast of an error stays."""


class DeduplicatingToasts(App[int]):
    """App that shows no error again while its toast can still be read: a disk that fails fails every draft."""

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


def toast(app: App[int], words: SafeText, *, error: bool = False) -> None:
    """Show `words` without markup; errors stay longer."""
    seconds = ERROR_SECONDS if error else SECONDS
    app.notify(with_key(words, app.screen), severity="error" if error else "information", timeout=seconds, markup=False)
