"""Asks by how many active runs sending is limited."""

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.dialogs.form import FormDialog
from cordage_tui.ui.still_input import SteadyInput

NO_LIMIT: Final = 0
MOST: Final = 100_000
"""Runs; a larger limit limits nothing."""


class LimitDialog(FormDialog[int]):
    """Answers a number of runs, or `NO_LIMIT`; None when it was left. `present`: the limit that stands; None: none does."""

    AUTO_FOCUS = "#runs"

    def __init__(self, present: int | None) -> None:
        super().__init__()
        self._present = present

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card form", can_focus=False) as card:
            card.border_title = Content("Hold the queue")
            yield Static(Content("Send only while fewer runs are active than"), classes="label")
            value = "" if self._present is None else str(self._present)
            yield SteadyInput(value, id="runs", placeholder="no limit", compact=True)
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(Content("Set"), id="save", compact=True)

    @on(Input.Submitted, "#runs")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        typed = self.query_one("#runs", Input).value.strip()
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 6 else None
        if not typed:
            self.dismiss(NO_LIMIT)
        elif number is None or not 1 <= number <= MOST:
            self.refuse("#runs", SafeText("A whole number from 1 on, or nothing."))
        else:
            self.dismiss(number)
