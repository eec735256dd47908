"""Screen that takes all keys while another one is being opened."""

from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.widgets.text import literal

SHOWN_AFTER_S: Final = 0.3
"""Seconds before words are shown: in less they would only flash."""


class Cover(ModalScreen[None]):
    """Takes all keys, and shows `words` after a moment. `leavable`: escape leaves it."""

    BINDINGS = [Binding("escape", "leave", "cancel", id="dialog.leave", tooltip="Cancel without a change")]
    AUTO_FOCUS = None

    def __init__(self, words: SafeText, *, leavable: bool = True) -> None:
        super().__init__()
        self._words = words
        self._leavable = leavable

    def compose(self) -> ComposeResult:
        with Vertical(classes="card text"):
            yield Static(literal(self._words))

    def on_mount(self) -> None:
        self.set_timer(SHOWN_AFTER_S, partial(self.add_class, "-told"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "leave" or self._leavable

    def action_leave(self) -> None:
        self.dismiss(None)
