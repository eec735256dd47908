"""Base dialogs: question, form and text."""

from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, ClassVar, Final, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Button, Input, Static

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.confirmation import is_confirmed, request_words
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem
from cordage_tui.ui.dialogs.sentence_guard import QuestionScreen
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.moves import reading_actions
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.widgets.text import SteadyInput, literal

# Yes-or-no question. Nothing happens without an explicit yes.

CANCEL: Final = SafeText("Cancel")


class AnswerYes(Action["ConfirmDialog"]):
    """Confirm."""

    id, keys, word = "dialog.yes", "y", "yes"
    in_footer = True

    def needs_pause(self, on: "ConfirmDialog") -> bool:
        return True

    def show_held(self, on: "ConfirmDialog") -> None:
        on.query_one("#yes", Button).add_class("-active")

    def run(self, on: "ConfirmDialog") -> None:
        on.answer_yes()


class AnswerNo(Action["ConfirmDialog"]):
    """Cancel."""

    id, keys, word = "dialog.no", "n,escape", "no"
    in_footer = True

    def run(self, on: "ConfirmDialog") -> None:
        on.answer_no()


class ConfirmDialog(PatchedScreen, ActionNode, ModalScreen[bool], QuestionScreen[bool]):
    """Question with two buttons. No has the focus. `y` or the yes button answers yes; `n` and `escape` answer no.

    With `typed`, that text must be typed before yes works; otherwise `y` or Enter says so. Keys of a paste do not answer,
    because one of them may have opened this question.
    """

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS: ClassVar[Sequence[Action[Any]]] = (AnswerYes(), AnswerNo())
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(ACTIONS),
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

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card question", can_focus=False) as card:
            card.set_class(self._danger, "-danger")
            card.set_class(self._typed is not None, "-typed")
            card.border_title = literal(self._heading)
            yield from self.compose_body()
            yield Static(classes="ask")
            yield TypedAnswer(id="typed", select_on_focus=False, compact=True)
            with Horizontal(classes="buttons"):
                yield Button(literal(self._no), id="no", compact=True)
                yield from self.compose_more()
                yield Button(literal(self._yes), id="yes", compact=True, classes="-danger" if self._danger else "")

    def compose_body(self) -> ComposeResult:
        """Yield the widgets above the buttons."""
        yield Static(self._body, classes="lines")

    def compose_more(self) -> ComposeResult:
        """Yield more buttons between no and yes. By default there are none."""
        yield from ()

    def on_mount(self) -> None:
        self._show_ask()

    def set_question(self, yes: SafeText, typed: SafeText | None, *, possible: bool = True) -> None:
        """Change the text that must be typed; None: no text is required. The typed text stays.

        `yes`: label of the button. The button works only if yes is `possible`.
        """
        self._yes, self._typed, self._possible = yes, typed, possible
        self._show_ask()

    def answer_yes(self) -> None:
        """Answer yes, if it was typed by a person and is possible; else say what is missing."""
        if not self.takes_yes():
            return
        if self._agreed():
            self.dismiss(True)
        elif self._typed is not None and self._possible:
            self.query_one(".ask", Static).update(_correction(self.query_one("#typed", Input).value, self._typed))

    def record_text(self) -> None:
        """Record that text is typed. If a number or an id must be typed, letters are not part of a sentence."""
        if self._typed is None:
            super().record_text()

    def answer_no(self) -> None:
        """Answer no, unless the key is a letter of a text."""
        if not self._sentences.is_text:
            self.dismiss(False)

    def show_refusal(self, why: SafeText) -> None:
        ask = self.query_one(".ask", Static)
        ask.update(literal(why, "$run-wait"))
        ask.display = True

    @on(Input.Changed, "#typed")
    def _show_typed(self) -> None:
        self._show_ask()

    @on(Input.Submitted, "#typed")
    @on(Button.Pressed, "#yes")
    def _answer_yes(self) -> None:
        self.answer_yes()

    @on(Button.Pressed, "#no")
    def _answer_no(self) -> None:
        self.answer_no()

    def _show_ask(self) -> None:
        yes, typed = self._yes, self._typed
        request = Content("") if typed is None else _request(typed)
        self.query_one(".ask", Static).update(request)
        self.query_one(".ask", Static).display = typed is not None
        entry = self.query_one("#typed", TypedAnswer)
        entry.display, entry.disabled = typed is not None, typed is None
        entry.numeric = typed is not None and typed.isdecimal()
        button = self.query_one("#yes", Button)
        button.label = (
            literal(yes) if typed is not None else Content.assemble(literal(yes), "  ", literal(SafeText("y"), "dim"))
        )
        button.disabled = not self._agreed()

    def _agreed(self) -> bool:
        answer = self.query_one("#typed", Input).value
        return self._possible and (self._typed is None or is_confirmed(answer, self._typed))


class TypedAnswer(SteadyInput):
    """Field for the text that confirms. If that is a number, only digits are accepted, and letters are keys of the dialog."""

    numeric = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return super().check_consume_key(key, character) and (not self.numeric or is_digit(character))

    def on_key(self, event: Key) -> None:
        """Leave a letter to the dialog if only digits are accepted."""
        if event.is_printable and self.numeric and not is_digit(event.character):
            event.prevent_default()  # the key continues to the dialog


def is_digit(character: str | None) -> bool:
    """Return whether a key types one of the digits 0 to 9."""
    return character is not None and character in "0123456789"


def _correction(answer: str, typed: SafeText) -> Content:
    """Say that the typed answer is wrong, and what must be typed."""
    wrong = one_line(answer.strip(), 40)
    correction = (literal(SafeText(f"{wrong} is not it."), "$run-bad"), " ") if wrong else ()
    return Content.assemble(*correction, _request(typed))


def _request(typed: SafeText) -> Content:
    before, after = request_words()
    return Content.assemble(literal(before), literal(typed, "bold"), literal(after), ".")


# Base of the forms.

Answer = TypeVar("Answer")
TESTING: Final = SafeText("Testing the connection…")
"""Message while the server is asked whether the entered values work."""


class Leavable(Protocol):
    """Dialog that can be left."""

    def leave(self) -> None:
        """Leave it without an answer."""
        ...


class LeaveDialog(Action[Leavable]):
    """Cancel without a change."""

    id, keys, word = "dialog.leave", "escape", "cancel"
    in_footer = True

    def run(self, on: Leavable) -> None:
        on.leave()


class FormDialog(PatchedScreen, ActionNode, ModalScreen[Answer | None]):
    """Form on a card. Returns None if it is cancelled.

    Subclasses yield their fields in `compose_fields`, and handle the button `#save`.
    """

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS = (LeaveDialog(),)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(ACTIONS),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, title: SafeText, save: str, cancel: SafeText = CANCEL) -> None:
        """`save` and `cancel`: labels of the buttons."""
        super().__init__()
        self._heading = title
        self._save_label = SafeText(save)
        self._cancel_label = cancel

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card form", can_focus=False) as card:
            card.border_title = literal(self._heading)
            yield from self.compose_fields()
            yield Static("", id="problem")
            with Horizontal(classes="buttons"):
                yield Button(literal(self._cancel_label), id="cancel", compact=True)
                yield Button(literal(self._save_label), id="save", compact=True)

    def compose_fields(self) -> ComposeResult:
        """Yield labels and inputs."""
        raise NotImplementedError

    def leave(self) -> None:
        """Leave the form without an answer."""
        self.dismiss(None)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.leave()

    @on(Input.Changed)
    def _input_changed(self) -> None:
        self.show_problem()

    def show_problem(self) -> None:
        """Show what is wrong with the present input. By default, nothing is checked before it is saved."""
        self.query_one("#problem", Static).update("")

    def test(self, work: Coroutine[Any, Any, Answer | ConnectionProblem], field: str) -> None:
        """Run `work`, which asks the server, and return its result. Show a problem or a ConfigError at the field (a selector).

        Until then the form takes no input. Escape leaves it, and cancels the test.
        """
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

    def show_refusal(self, why: SafeText) -> None:
        """Show why a key does not count as an answer."""
        self.query_one("#problem", Static).update(literal(why, "$run-wait"))

    def refuse(self, field: str, words: SafeText) -> None:
        """Show what is wrong, and focus the field (a selector) that must be corrected."""
        self.query_one("#problem", Static).update(literal(words, "$run-bad"))
        self.query_one(field).focus()


# Scrollable cards, and a dialog with a text to read.


class ScrollableModal(PatchedScreen, ActionNode, ModalScreen[ScreenResultType]):
    """Card with one `VerticalScroll`, which the usual keys scroll. Subclasses have the actions that close it."""

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS: ClassVar[Sequence[Action[Any]]] = reading_actions("text")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(ACTIONS)
    AUTO_FOCUS: ClassVar[str | None] = None

    def move_lines(self, lines: int) -> None:
        """Scroll down that many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def move_halves(self, halves: int) -> None:
        """Scroll down that many half pages."""
        self.move_lines(halves * max(1, self.query_one(VerticalScroll).size.height // 2))

    def move_to_first(self) -> None:
        """Scroll to the first line."""
        self.query_one(VerticalScroll).scroll_to(y=0, animate=False)

    def move_to_last(self) -> None:
        """Scroll to the last line."""
        card = self.query_one(VerticalScroll)
        card.scroll_to(y=card.max_scroll_y, animate=False)


class CloseText(Action[ModalScreen[None]]):
    """Close this text."""

    id, keys, word = "dialog.close", "escape,q,enter", "close"
    in_footer = True

    def run(self, on: ModalScreen[None]) -> None:
        on.dismiss()


class TextDialog(ScrollableModal[None]):
    """Dialog that shows a text under a title."""

    ACTIONS = (CloseText(),)
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, title: SafeText, text: Content) -> None:
        super().__init__()
        self._heading = title
        self._body = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card text", can_focus=False) as card:
            card.border_title = literal(self._heading)
            card.border_subtitle = Content("esc close")
            yield Static(self._body)


# Screen that takes all keys while another one is being opened.

SHOWN_AFTER_S: Final = 0.3
"""Seconds before the text is shown. Sooner, it would often only flash."""


class LeaveCover(Action["Cover"]):
    """Cancel without a change."""

    id, keys, word = "dialog.leave", "escape", "cancel"
    in_footer = True

    def reason(self, on: "Cover") -> DisabledReason | None:
        return None if on.is_leavable else DisabledReason(SafeText("This cannot be cancelled any more."))

    def run(self, on: "Cover") -> None:
        on.dismiss(None)


class Cover(PatchedScreen, ActionNode, ModalScreen[None]):
    """Cover that takes all keys, and shows a text after a moment. `leavable`: whether escape leaves it."""

    ACTIONS = (LeaveCover(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = None

    def __init__(self, words: SafeText, *, leavable: bool = True) -> None:
        super().__init__()
        self._words = words
        self.is_leavable = leavable

    def compose(self) -> ComposeResult:
        with Vertical(classes="card text"):
            yield Static(literal(self._words))

    def on_mount(self) -> None:
        self.set_timer(SHOWN_AFTER_S, partial(self.add_class, "-told"))
