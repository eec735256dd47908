"""A word to the user in the corner. Textual reads markup in a toast unless told not to."""

from time import monotonic
from typing import Literal

from textual.app import App

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.advice import with_key

SECONDS = 5.0
ERROR_SECONDS = 10.0


class DeduplicatingToasts(App[int]):
    """An app that does not tell of a trouble again while its toast can still be read: a disk in the way fails every draft."""

    _until: tuple[str, float] = ("", 0.0)
    """What was told last, and until when it stands there, monotonic seconds."""

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
            told, until = self._until
            if told == message and now < until:
                return
            self._until = (message, now + (timeout or ERROR_SECONDS))
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)


def toast(app: App[int], words: SafeText, *, error: bool = False) -> None:
    """Shows `words`, literally; what went wrong stays longer."""
    seconds = ERROR_SECONDS if error else SECONDS
    app.notify(with_key(words, app.screen), severity="error" if error else "information", timeout=seconds, markup=False)
