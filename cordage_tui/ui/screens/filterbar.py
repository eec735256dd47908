"""The one-line filter under the run table: narrows as you type."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cordage_tui.ui.still_input import SteadyInput


class FilterBar(Horizontal):
    """Hidden until opened; keeps its text while it stays open."""

    BINDING_GROUP_TITLE = "Filter"
    BINDINGS = [
        Binding("escape", "clear", "clear filter", id="filter.clear", tooltip="Shows all runs again"),
        Binding(
            "enter,down",
            "keep",
            "keep filter",
            id="filter.keep",
            tooltip="Back to the runs, still filtered",
            priority=True,  # before the field's own enter
        ),
    ]

    class Changed(Message):
        """Another text to look for; empty: everything is shown."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        yield Static(Content("/ "))
        yield SteadyInput(placeholder="prompt, id, status or webhook; is:kept, stars:3", compact=True)

    def open(self) -> None:
        """Shows it and takes the keys."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def action_keep(self) -> None:
        if not self.query_one(Input).value:
            self.remove_class("-open")
        self.post_message(self.Closed())

    def action_clear(self) -> None:
        self.query_one(Input).value = ""
        self.remove_class("-open")
        self.post_message(self.Closed())
