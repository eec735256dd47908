"""The end of the program by a bug of ours: told without the values of variables, because a key may be among them."""

import sys
import traceback

from rich.text import Text
from textual.app import App

from cordage_tui.domain.text import SafeText, safe

ADVICE = SafeText(
    "cordage-tui ended by a bug of its own. What you submitted is on disk: start it again and it is there.\n"
    "What was being sent just now will show as uncertain; it is not sent again by itself."
)


def report(error: BaseException) -> SafeText:
    """Files, lines and the error, inert for a terminal; no locals."""
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return safe("".join(lines))


class CrashesQuietly(App[int]):
    """Replaces Textual's crash screen, which prints local variables (TRAPS.md T11)."""

    def _fatal_error(self) -> None:
        """Called by Textual inside an `except`."""
        error = sys.exception()
        if not self._exit_renderables:  # Textual prints the first only, and of several it says so in its own words
            self._exit_renderables.append(Text(f"{report(error)}\n{ADVICE}" if error else ADVICE))
        self._close_messages_no_wait()
