"""A question that is answered with yes or no, and where nothing happens unless somebody says yes."""

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key, Mount
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.prompt.guard import PasteGuard
from cordage_tui.ui.still_input import SteadyInput

CANCEL: Final = SafeText("Cancel")


class ConfirmDialog(ModalScreen[bool]):
    """Title, lines and two buttons. No is focused; `y` or the yes button says yes, `n` and `escape` say no.

    With `typed`, that text must be typed before yes works, and `y` alone does nothing. Keys that come as fast as those of a
    paste are no answer: without bracketed paste its letters arrive as keys, and one of them may have opened this.
    """

    BINDINGS = [
        Binding("y", "yes", "yes", id="dialog.yes", tooltip="Do it."),
        Binding("n,escape", "no", "no", id="dialog.no", tooltip="Don't."),
        Binding("left,up,shift+tab", "app.focus_previous", show=False),
        Binding("right,down,tab", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = "#typed, #no"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (17, "-tall")]

    def __init__(
        self,
        title: SafeText,
        lines: Sequence[Content],
        yes: SafeText,
        *,
        no: SafeText = CANCEL,
        danger: bool = False,
        typed: SafeText | None = None,
    ) -> None:
        super().__init__()
        self._heading = title
        self._body = Content("\n").join(lines)
        self._no, self._yes = no, yes
        self._danger = danger
        self._typed = typed
        self._possible = True
        self._guard = PasteGuard()
        self._burst = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card question", can_focus=False) as card:
            card.set_class(self._danger, "-danger")
            card.set_class(self._typed is not None, "-typed")
            card.border_title = literal(self._heading)
            yield from self.compose_body()
            yield Static(classes="ask")
            yield SteadyInput(id="typed", select_on_focus=False, compact=True)
            with Horizontal(classes="buttons"):
                yield Button(literal(self._no), id="no", compact=True)
                yield from self.compose_more()
                yield Button(literal(self._yes), id="yes", compact=True, classes="-danger" if self._danger else "")

    def compose_body(self) -> ComposeResult:
        """What is asked about."""
        yield Static(self._body, classes="lines")

    def compose_more(self) -> ComposeResult:
        """Other answers, between no and yes."""
        yield from ()

    def on_mount(self, event: Mount) -> None:
        self._guard.heard(event.time)
        self._show_ask()

    def set_question(self, yes: SafeText, typed: SafeText | None, *, possible: bool = True) -> None:
        """Ask for another text to be typed, or for none; what has been typed stands. `yes` is what the button says;
        it works only where yes is `possible`."""
        self._yes, self._typed, self._possible = yes, typed, possible
        self._show_ask()

    def on_key(self, event: Key) -> None:
        self._burst = self._guard.heard(event.time)

    def on_mouse_down(self) -> None:
        self._burst = False

    def action_yes(self) -> None:
        if self._agreed() and not self._burst:
            self.dismiss(True)

    def action_no(self) -> None:
        self.dismiss(False)

    @on(Input.Changed, "#typed")
    def _look_again(self) -> None:
        self.query_one("#yes", Button).disabled = not self._agreed()

    @on(Input.Submitted, "#typed")
    @on(Button.Pressed, "#yes")
    def _answer_yes(self) -> None:
        self.action_yes()

    @on(Button.Pressed, "#no")
    def _answer_no(self) -> None:
        self.action_no()

    def _show_ask(self) -> None:
        yes, typed = self._yes, self._typed
        asked = Content("") if typed is None else Content.assemble("Type ", literal(typed, "bold"), " to confirm.")
        self.query_one(".ask", Static).update(asked)
        self.query_one(".ask", Static).display = typed is not None
        entry = self.query_one("#typed", Input)
        entry.display, entry.disabled = typed is not None, typed is None
        button = self.query_one("#yes", Button)
        button.label = (
            literal(yes) if typed is not None else Content.assemble(literal(yes), "  ", literal(SafeText("y"), "dim"))
        )
        button.disabled = not self._agreed()

    def _agreed(self) -> bool:
        typed = self.query_one("#typed", Input).value.strip()
        return self._possible and self._typed in (None, typed)
