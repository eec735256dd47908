"""A word to the user in the corner. Textual reads markup in a toast unless told not to."""

from textual.app import App

from cordage_tui.domain.text import SafeText

SECONDS = 5.0
ERROR_SECONDS = 10.0


def toast(app: App[int], words: SafeText, *, error: bool = False) -> None:
    """Shows `words`, literally; what went wrong stays longer."""
    seconds = ERROR_SECONDS if error else SECONDS
    app.notify(words, severity="error" if error else "information", timeout=seconds, markup=False)
