"""What the forms have in common: how they are left, and how they say what is wrong."""

from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from textual import on
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.workspace import ConnectionField, ConnectionProblem
from cordage_tui.ui.ink import literal

Answer = TypeVar("Answer")
TESTING: Final = SafeText("Testing with one read…")
"""Said while the server is asked whether what was entered works."""


class FormDialog(ModalScreen[Answer | None]):
    """Answers None when it is left. Composes a `.card` with a button `#cancel`, and a `Static` `#problem` for `refuse`."""

    BINDINGS = [
        Binding("escape", "leave", "cancel", id="dialog.leave", tooltip="Leave without a change."),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_leave()

    def test(self, work: Coroutine[Any, Any, Answer | ConnectionProblem], field: str) -> None:
        """Have `work` ask the server, and answer what it gives; where that is a problem or a ConfigError, say so at the
        field (a selector). Meanwhile the form takes no input; escape leaves it, and the test is given up."""
        self.query_one(".card").disabled = True
        self.query_one("#problem", Static).update(literal(TESTING, "$quiet"))
        self.run_worker(self._tested(work, field), group="test", exclusive=True)

    async def _tested(self, work: Coroutine[Any, Any, Answer | ConnectionProblem], field: str) -> None:
        try:
            outcome = await work
        except ConfigError as error:
            outcome = ConnectionProblem(ConnectionField.KEY, error.what)
        if isinstance(outcome, ConnectionProblem):
            self.query_one(".card").disabled = False
            self.refuse(field, outcome.words)
        else:
            self.dismiss(outcome)

    def refuse(self, field: str, words: SafeText) -> None:
        """Says what is wrong, at the field (a selector) to look at again."""
        self.query_one("#problem", Static).update(literal(words, "$run-bad"))
        self.query_one(field).focus()
