"""One field beside the prompt, as a row: its name, its control, and in place what is wrong with it."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from cordage_tui.domain.inputs import Json
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.input_fields import UNSET, FieldKind, InputField, InvalidFieldValue, Value, parse
from cordage_tui.ui.ink import literal
from cordage_tui.ui.prompt.fields import MAX_TYPED, text_of
from cordage_tui.ui.prompt.written import editable
from cordage_tui.ui.still_input import SteadyInput


class FieldInput(SteadyInput):
    """A one-line editor for a field (`value` is safe text); pasted line ends become spaces, and Enter only says that the field is done."""

    def __init__(self, value: str = "", placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, max_length=MAX_TYPED)

    def on_paste(self, event: events.Paste) -> None:
        """Only inert text goes in."""
        event.stop().prevent_default()
        self.insert_text_at_cursor(editable(event.text).replace("\n", " "))

    def action_paste(self) -> None:
        """ctrl+v: the app's own clipboard."""
        self.insert_text_at_cursor(editable(self.app.clipboard).replace("\n", " "))


class ChoiceInput(Widget, can_focus=True):
    """Goes through the options of a field, on one line; the last stop is leaving the field out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "pick(1)", "Next choice", id="prompt.next_choice", tooltip="Take the next choice."),
        Binding(
            "left",
            "pick(-1)",
            "Previous choice",
            id="prompt.previous_choice",
            tooltip="Take the choice before.",
            show=False,
        ),
        Binding("enter", "done", "Back to the prompt", show=False),
    ]

    class Picked(Message):
        """Another option was taken."""

    class Done(Message):
        """The user is done with the field."""

    at: reactive[int] = reactive(0)
    """Index of the option taken; the number of options means: left out."""

    def __init__(self, options: tuple[Json, ...], value: Value) -> None:
        super().__init__()
        self._options: tuple[Value, ...] = (*options, UNSET)
        self.set_reactive(
            ChoiceInput.at,
            next(i for i, o in enumerate(self._options) if o is value or (type(o), o) == (type(value), value)),
        )

    @property
    def value(self) -> Value:
        """The option taken."""
        return self._options[self.at]

    def render(self) -> Content:
        """The option between its arrows."""
        return Content.assemble(
            literal(SafeText("‹ "), "$quiet"), literal(_label(self.value)), literal(SafeText(" ›"), "$quiet")
        )

    def action_pick(self, step: int) -> None:
        """Go to the next option or back, round and round."""
        self.at = (self.at + step) % len(self._options)
        self.post_message(self.Picked())

    def action_done(self) -> None:
        """Enter."""
        self.post_message(self.Done())


def _label(value: Value) -> SafeText:
    if value is UNSET:
        return SafeText("left out")
    text = text_of(InputField("", FieldKind.TEXT), value)
    shown = one_line(text, 60)
    return shown if len(text) <= MAX_TYPED else SafeText(f"{len(text):,} characters: {shown}")


class FieldRow(Vertical):
    """A field and what is in it."""

    @dataclass
    class Changed(Message):
        """The value changed."""

        row: "FieldRow"

    class Done(Message):
        """The user pressed Enter in the field."""

    def __init__(self, field: InputField, value: Value) -> None:
        super().__init__()
        self.field = field
        text = text_of(field, value) if not field.picked else SafeText("")
        self.control = ChoiceInput(field.options, value) if field.picked else FieldInput(text, str(field.kind))
        self._wrong = Static(classes="field-wrong")

    def compose(self) -> ComposeResult:
        """Name and control on one line, the error under them when there is one."""
        with Horizontal():
            yield Static(literal(one_line(self.field.name, 60)), classes="field-name")
            yield Static(literal(SafeText(self._sign)), classes="field-sign")
            yield self.control
        yield self._wrong

    @property
    def _sign(self) -> str:
        return ":=" if self.field.kind is FieldKind.JSON else ("= " if self.field.free else "  ")

    def value(self) -> Value:
        """What would be sent. Raises InvalidFieldValue."""
        return self.control.value if isinstance(self.control, ChoiceInput) else parse(self.field, self.control.value)

    def check(self) -> bool:
        """Show in place what is wrong with the value, or nothing; True when all is well."""
        try:
            self.value()
        except InvalidFieldValue as bad:
            self._wrong.update(literal(bad.words))
            self.call_after_refresh(self.scroll_visible, animate=False)
            return not self.add_class("-wrong").has_class("-wrong")
        return not self.remove_class("-wrong").has_class("-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        """An error goes as soon as it is mended; a new one waits until the field is left."""
        event.stop()
        if self.has_class("-wrong"):
            self.check()
        self.post_message(self.Changed(self))

    def on_choice_input_picked(self, event: ChoiceInput.Picked) -> None:
        """Another option."""
        event.stop()
        self.post_message(self.Changed(self))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field never sends; a wrong value keeps the focus."""
        event.stop()
        if self.check():
            self.post_message(self.Done())

    def on_choice_input_done(self, event: ChoiceInput.Done) -> None:
        """Enter on a choice."""
        event.stop()
        self.post_message(self.Done())

    def on_descendant_blur(self) -> None:
        """The field is left."""
        self.check()
