"""Dialog that asks how many times to run runs again."""

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.widgets import Button, Input, Static

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.base import FormDialog, is_digit
from cordage_tui.ui.dialogs.kill import MAX_PROMPT
from cordage_tui.ui.dialogs.sentence_guard import QuestionScreen
from cordage_tui.ui.widgets.text import SteadyInput, literal

_DIGITS: Final = 5
"""Most digits of the number."""


@dataclass(frozen=True, slots=True)
class AgainTarget:
    """Runs to run again, as they were when the dialog was opened."""

    webhook: SafeText
    """Name of their webhook, or the number of their webhooks."""
    count: int
    prompt: SafeText
    """Prompt of the first run."""
    renewed: tuple[str, ...]
    """Inputs that get new values."""
    left_out: int
    """Number of selected runs whose inputs are unknown or whose webhook has been removed."""
    most: int
    """Most times that they can be run."""

    @property
    def lines(self) -> list[Content]:
        """Lines that say which runs are run again, and which inputs get new values."""
        first = one_line(self.prompt, MAX_PROMPT)
        parts = [literal(first if self.count == 1 else one_line(f"{counted(self.count, 'run')}, each:"), "bold")]
        if self.renewed:
            names = ", ".join(one_line(name, 40) for name in self.renewed)
            parts.append(literal(one_line(f"With new random values: {names}", 400), "$quiet"))
        if self.left_out:
            left_out_text = f"{self.left_out:,} left out: inputs unknown, or webhook removed."
            parts.append(literal(one_line(left_out_text), "$run-wait"))
        return parts


class NumberInput(SteadyInput):
    """Input for a number.

    Its digits count as input of the screen, so that an Enter after them is recognised as part of a paste. Other letters
    show that the user believes to type a text elsewhere.
    """

    def __init__(self, value: str, id: str) -> None:
        super().__init__(value, id=id, compact=True, restrict=rf"[0-9]{{0,{_DIGITS}}}")

    def on_key(self, event: Key) -> None:
        """Record a digit, which the input then inserts. Record any other letter as text."""
        if event.is_printable and isinstance(self.screen, QuestionScreen):
            self.screen.record_input(event)
            if not is_digit(event.character):
                self.screen.record_text()


class AgainDialog(FormDialog[int], QuestionScreen[int | None]):
    """Question how many times to run again. Returns a number from 1; None: cancelled. Keys of a paste do not answer it."""

    AUTO_FOCUS = "#times"

    def __init__(self, target: AgainTarget) -> None:
        super().__init__(one_line(f"Rerun → {target.webhook}"), save="Run")
        self._target = target

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("\n").join(self._target.lines), classes="kinds")
        yield Static(Content("How many times"), classes="label")
        yield NumberInput("1", id="times")

    def on_mount(self) -> None:
        self._show_next()

    @on(Input.Changed, "#times")
    def _show_next(self) -> None:
        """Set the label of the button: one run is sent, several are previewed."""
        is_single = self._target.count == 1 and self._number in (1, None)
        button = self.query_one("#save", Button)
        button.label = Content("Run" if is_single else "Preview")
        button.refresh(layout=True)

    @property
    def _number(self) -> int | None:
        typed = self.query_one("#times", Input).value
        return int(typed) if typed else None

    @on(Input.Submitted, "#times")
    @on(Button.Pressed, "#save")
    def _answer(self) -> None:
        if not self.takes_yes():
            return
        if self._number is not None and 1 <= self._number <= self._target.most:
            self.dismiss(self._number)
        else:
            self.refuse("#times", one_line(f"Write a whole number from 1 to {self._target.most:,}."))
