"""The end of the app by a bug of ours: told without the values of variables, because a key may be among them."""

import sys

from rich.text import Text
from textual.app import App

from cordage_tui.domain.bug_report import ADVICE, traceback_text


class CrashReportMixin(App[int]):
    """Replaces Textual's crash screen, which prints local variables (TRAPS.md T11)."""

    crashed: bool = False
    """Whether a bug has ended the app."""

    def _fatal_error(self) -> None:
        """Called by Textual inside an `except`."""
        self.crashed = True
        error = sys.exception()
        if not self._exit_renderables:  # Textual prints the first only, and of several it says so in its own words
            self._exit_renderables.append(Text(f"{traceback_text(error)}\n{ADVICE}" if error else ADVICE))
        self._close_messages_no_wait()
