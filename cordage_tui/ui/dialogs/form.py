"""What the forms have in common: how they are left, and how they say what is wrong."""

from typing import TypeVar

from textual import on
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import ink

Answer = TypeVar("Answer")


class FormDialog(ModalScreen[Answer | None]):
    """Answers None when it is left. Composes a button `#cancel`, and a `Static` `#problem` for `refuse`."""

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

    def refuse(self, field: str, words: SafeText) -> None:
        """Says what is wrong, at the field (a selector) to look at again."""
        self.query_one("#problem", Static).update(ink(words, "$run-bad"))
        self.query_one(field).focus()
