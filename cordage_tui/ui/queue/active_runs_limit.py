"""Limit of active runs: its dialog, and the function that opens it."""

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import SteadyInput

NO_LIMIT: Final = 0
MOST: Final = 100_000
"""Largest limit, in runs."""


class LimitDialog(FormDialog[int]):
    """Dialog for the limit of active runs. Returns a number, `NO_LIMIT`, or None if it is cancelled.

    `present`: the limit in effect; None: there is no limit.
    """

    AUTO_FOCUS = "#runs"

    def __init__(self, present: int | None) -> None:
        super().__init__(SafeText("Limit active runs"), save="Set")
        self._present = present

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Max active runs"), classes="label")
        value = "" if self._present is None else str(self._present)
        yield SteadyInput(value, id="runs", placeholder="no limit", compact=True)

    @on(Input.Submitted, "#runs")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        typed = self.query_one("#runs", Input).value.strip()
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 6 else None
        if not typed:
            self.dismiss(NO_LIMIT)
        elif number is None or not 1 <= number <= MOST:
            self.refuse("#runs", SafeText("Enter a whole number from 1, or leave it empty for no limit."))
        else:
            self.dismiss(number)


def open_limit(screen: EngineScreen[None]) -> None:
    """Ask for the limit of active runs, and set it."""
    queue = screen.engine.queue

    def answered(runs: int | None) -> None:
        if runs is not None:
            with screen.report_errors():
                queue.limit_active(None if runs == NO_LIMIT else runs)

    with screen.report_errors():
        screen.app.push_screen(LimitDialog(queue.control().max_active), answered)
