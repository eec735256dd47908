"""Form with one row for each input field."""

from collections.abc import Mapping
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from cordage_tui.domain.inputs import RANDOM, Inputs, Json, value_words
from cordage_tui.domain.output import is_reference
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.input_fields import (
    UNSET,
    FieldKind,
    InputField,
    InvalidFieldValue,
    Unset,
    Value,
    declared,
    parse,
)
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.prompt.field_values import MAX_TYPED, as_free, free_field, holding, parse_free, text_of
from cordage_tui.ui.widgets.text import SteadyInput, literal
from cordage_tui.ui.widgets.text_area import editable

# Row of one field: name, control, and error.


class FieldChanged(Message):
    """A value has changed, or a field was added or removed."""


class FieldDone(Message):
    """The user has finished a field, and the prompt gets the focus."""


class FieldInput(SteadyInput):
    """Input for a field's value, which is safe text. Line ends in a paste become spaces, and Enter finishes the field."""

    def __init__(self, value: str = "", placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, max_length=MAX_TYPED)

    def on_paste(self, event: events.Paste) -> None:
        event.stop().prevent_default()
        self.insert_text_at_cursor(editable(event.text).replace("\n", " "))

    def action_paste(self) -> None:
        """Insert the app's own clipboard, for ctrl+v."""
        self.insert_text_at_cursor(editable(self.app.clipboard).replace("\n", " "))


class NextChoice(Action["ChoiceInput"]):
    """Select the next choice."""

    id, keys, word = "prompt.next_choice", "right,space", "next choice"
    in_footer = True
    step = 1

    def run(self, on: "ChoiceInput") -> None:
        on.pick(self.step)


class PreviousChoice(NextChoice):
    """Select the previous choice."""

    id, keys, word = "prompt.previous_choice", "left", "previous choice"
    in_footer = False
    step = -1


class ChoiceInput(ActionNode, Widget, can_focus=True):
    """Selector of a field's options, on one line. After the last option comes `left out`.

    A letter selects the next option that begins with it. Other characters do nothing, so that none of them acts as a key of
    the runs while somebody fills in a field.
    """

    ACTIONS = (NextChoice(), PreviousChoice())
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(ACTIONS), Binding("enter", "done", show=False)]

    at: reactive[int] = reactive(0)
    """Index of the selected option. The index after the last option means that the field is left out."""

    def __init__(self, options: tuple[Json, ...], value: Value) -> None:
        super().__init__()
        self._options: tuple[Value, ...] = (*options, UNSET)
        self.set_reactive(
            ChoiceInput.at,
            next(i for i, o in enumerate(self._options) if o is value or (type(o), o) == (type(value), value)),
        )

    @property
    def value(self) -> Value:
        return self._options[self.at]

    @property
    def cells(self) -> int:
        """Cells of the longest option with its two arrows."""
        return max(cell_len(_label(option)) for option in self._options) + 4

    def render(self) -> Content:
        return Content.assemble(
            literal(SafeText("‹ "), "$quiet"), literal(_label(self.value)), literal(SafeText(" ›"), "$quiet")
        )

    def pick(self, step: int) -> None:
        """Select the next option, or the previous one. After the last comes the first."""
        self.at = (self.at + step) % len(self._options)
        self.post_message(FieldChanged())

    def action_done(self) -> None:
        self.post_message(FieldDone())

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Select the next option that begins with the character."""
        if event.character is None or not event.is_printable or event.key == "space":
            return
        event.stop().prevent_default()
        ahead = (*self._options[self.at + 1 :], *self._options[: self.at + 1])
        typed = event.character.casefold()
        steps = (step for step, option in enumerate(ahead, 1) if _label(option).casefold().startswith(typed))
        self.pick(next(steps, 0))


def _label(value: Value) -> SafeText:
    if value is UNSET:
        return SafeText("left out")
    text = text_of(InputField("", FieldKind.TEXT), value)
    shown = one_line(text, 60)
    return shown if len(text) <= MAX_TYPED else SafeText(f"{len(text):,} characters: {shown}")


class FieldRow(Vertical):
    """Row of one field: its name, its control, and its error."""

    def __init__(self, field: InputField, value: Value) -> None:
        super().__init__()
        self.field = field
        text = text_of(field, value) if not field.picked else SafeText("")
        self.control = ChoiceInput(field.options, value) if field.picked else FieldInput(text, field.hint)
        self.label = Static(literal(one_line(field.name, 60)), classes="field-name")
        self._wrong = Static(classes="field-wrong")
        self.problem = SafeText("")
        """Last error that `check` found."""

    def compose(self) -> ComposeResult:
        """Put name and control on one line, and the error below them."""
        with Horizontal():
            yield self.label
            yield Static(literal(SafeText(self._sign)), classes="field-sign")
            yield self.control
        yield self._wrong

    @property
    def _sign(self) -> str:
        return ":=" if self.field.kind is FieldKind.JSON else ("= " if self.field.free else "  ")

    @property
    def value_cells(self) -> int:
        """Cells that show each choice or the name of an output in full; 0 for any other value that is typed."""
        if isinstance(self.control, ChoiceInput):
            return self.control.cells
        return len(self.control.value) + 1 if is_reference(self.control.value) else 0

    def value(self) -> Value:
        """Return the value to send. Raises InvalidFieldValue."""
        return self.control.value if isinstance(self.control, ChoiceInput) else parse(self.field, self.control.value)

    @property
    def is_valid(self) -> bool:
        """True if `value` does not raise."""
        try:
            self.value()
        except InvalidFieldValue:
            return False
        return True

    def check(self) -> bool:
        """Show the error of the value if there is one. Return True if the value is valid."""
        try:
            self.value()
        except InvalidFieldValue as bad:
            self.problem = bad.words
            self._wrong.update(literal(bad.words))
            self.call_after_refresh(self.scroll_visible, animate=False)
            return not self.add_class("-wrong").has_class("-wrong")
        return not self.remove_class("-wrong").has_class("-wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Clear an error as soon as it is corrected. A new error is shown only when the focus leaves the field."""
        event.stop()
        if self.has_class("-wrong"):
            self.check()
        self.post_message(FieldChanged())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Finish the field, or keep the focus if its value is invalid. Enter in a field never sends."""
        event.stop()
        if self.check():
            self.post_message(FieldDone())

    def on_descendant_blur(self) -> None:
        self.check()


# Form with all fields of one webhook: those it declares and free ones.

NAMES_MOST: Final = 14
"""Most cells for the names."""
VALUES: Final = (14, 24)
"""Least and most cells for the values."""
FRAME: Final = 6
"""Cells around names and values: border, padding, and the sign of a free field."""


NOTHING_INVALID: Final[Mapping[str, SafeText]] = {}


class FieldForm(VerticalScroll, can_focus=False):
    """Form of the declared fields in the webhook's order, then the user's free fields, then the line that adds one."""

    def __init__(self) -> None:
        super().__init__(classes="-empty")
        self._rows: dict[str, FieldRow] = {}
        self._declared: tuple[tuple[InputField, Value], ...] = ()
        self._entry = FieldInput(placeholder="key=value or key:=json")
        self._entry.add_class("field-entry")
        self._wrong = Static(classes="field-wrong")
        self._removed: tuple[str, SafeText] = ("", SafeText(""))
        self._under = False

    def on_mount(self) -> None:
        self.call_after_refresh(self._mount_entry)

    def _mount_entry(self) -> None:
        """Mount the line that adds a field, below the others. It is hidden until it is needed, so it can wait for the first
        frame."""
        if self.is_attached and not self._entry.is_attached:
            self.mount(self._entry, self._wrong)

    def declare(self, inputs: Mapping[str, Json]) -> None:
        """Show the fields that a webhook declares as `inputs`, with their defaults. The fields from before are removed."""
        self._declared = declared(inputs)
        self._removed = "", SafeText("")
        self._close_entry()
        self._build([(holding(field, value), value) for field, value in self._declared])

    def load(self, inputs: Inputs, invalid: Mapping[str, SafeText] = NOTHING_INVALID) -> None:
        """Show exactly `inputs`. Declared fields that they lack are left out, and inputs that are not declared become free fields.

        `invalid` are the texts of invalid fields, as the method `invalid` returns them.
        """
        values = {f.name: inputs.get(f.name, UNSET) for f, _ in self._declared}
        for field, default in self._declared:
            if (
                field.kind is FieldKind.NUMBER and values[field.name] == RANDOM
            ):  # this webhook may no longer allow a random value
                values[field.name] = default
        declared_fields = [(holding(f, values[f.name]), values[f.name]) for f, _ in self._declared]
        names = {field.name for field, _ in self._declared}
        free = [(free_field(n, v), v) for n, v in inputs.items() if n not in names]
        invalid_fields = [(InputField(n, FieldKind.JSON, free=True), UNSET) for n in invalid if n not in names]
        self._build([*declared_fields, *free, *invalid_fields])
        for name, text in invalid.items():
            if isinstance(control := self._rows[name].control, FieldInput):
                control.value = text

    def values(self) -> dict[str, Json]:
        """Return the values of the fields, without fields that are left out or invalid."""
        values: dict[str, Json] = {}
        for name, row in self._rows.items():
            try:
                value = row.value()
            except InvalidFieldValue:
                continue
            if not isinstance(value, Unset):
                values[name] = value
        return values

    def invalid(self) -> dict[str, SafeText]:
        """Return the texts that are not valid values, by the field's name."""
        controls = {name: row.control for name, row in self._rows.items() if not row.is_valid}
        return {name: SafeText(control.value) for name, control in controls.items() if isinstance(control, FieldInput)}

    @property
    def rows_needed(self) -> int:
        """Rows that show all fields and their errors."""
        return len(self.controls) + self._faults

    @property
    def has_faults(self) -> bool:
        """True while a field shows an error."""
        return self._faults > 0

    @property
    def _faults(self) -> int:
        return sum(row.has_class("-wrong") for row in self._rows.values()) + self.has_class("-wrong")

    def summary(self) -> SafeText:
        """Return the fields and their values on one line."""
        pairs = (f"{name} {value_words(value)}" for name, value in self.values().items())
        return one_line(" · ".join(pairs), 200)

    def first_wrong(self) -> FieldRow | None:
        """Show the errors of all fields. Return the first invalid field; None if all are valid."""
        return next((row for row in [row for row in self._rows.values() if not row.check()]), None)

    @property
    def controls(self) -> list[Widget]:
        """Controls that can have the focus, from top to bottom."""
        entry: list[Widget] = [self._entry] if self.has_class("-adding") else []
        return [*(row.control for row in self._rows.values()), *entry]

    def open_entry(self) -> None:
        """Show the line that adds a field. If a field was just removed and does not exist again, its text is filled in."""
        self._mount_entry()
        name, text = self._removed
        self._entry.value = "" if name in self._rows else text
        self._removed = "", SafeText("")
        self._entry.cursor_position = len(self._entry.value)
        self.add_class("-adding")
        self._mark_empty()
        self.call_after_refresh(self._entry.focus)  # before the next refresh it is hidden, and cannot have the focus

    def close_entry(self) -> bool:
        """Hide the line that adds a field. Return True if it was open."""
        was_open = self.has_class("-adding")
        self._close_entry()
        return was_open

    def offer_again(self, control: Widget | None) -> tuple[str, SafeText] | None:
        """Keep the free field of `control` to fill it in when the user next adds a field. Return its name and the text that adds
        it; None if `control` is not that of a free field."""
        row = next((row for row in self._rows.values() if row.control is control and row.field.free), None)
        if row is None:
            return None
        value = row.value() if row.is_valid else ""
        self._removed = row.field.name, as_free(row.field.name, None if isinstance(value, Unset) else value)
        return self._removed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Add the typed field, or show its error."""
        event.stop()
        try:
            name, value = parse_free(event.value) if event.value.strip() else ("", None)
        except InvalidFieldValue as bad:
            self._wrong.update(literal(bad.words))
            self.add_class("-wrong")
            return
        self._close_entry()
        if name:
            self._put(name, value)
        self.post_message(FieldDone())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Clear the error, which was about the old text."""
        event.stop()
        self.remove_class("-wrong")

    def _put(self, name: str, value: Json) -> None:
        """Add a free field, or set the value of an existing one."""
        old = self._rows.get(name)
        field = holding(old.field, value) if old else free_field(name, value)
        row = FieldRow(field, value)
        self.mount(row, before=old or self._last)
        if old:
            old.remove()
        self._rows[name] = row
        self.fit_columns()
        self._mark_empty()
        self.post_message(FieldChanged())

    def _build(self, fields: list[tuple[InputField, Value]]) -> None:
        for row in self._rows.values():
            row.remove()
        self._rows = {field.name: FieldRow(field, value) for field, value in fields}
        self.mount_all(self._rows.values(), before=self._last)
        self._mark_empty()
        self.fit_columns()

    def fit_columns(self, *, under: bool | None = None) -> None:
        """Make the names as wide as the longest, so that the values are aligned, and make the form as wide as it needs.

        `under`: whether the form is below the editor, and takes the whole width; None: as before.
        """
        self._under = self._under if under is None else under
        names = max((cell_len(one_line(name, 60)) for name in self._rows), default=0)
        names = min(names, NAMES_MOST) + 1
        for row in self._rows.values():
            row.label.styles.width = names
        values = max((row.value_cells for row in self._rows.values()), default=0)
        self.styles.width = "1fr" if self._under else FRAME + names + max(VALUES[0], min(VALUES[1], values))

    @property
    def _last(self) -> Widget | None:
        """Line that adds a field; None if it is not mounted yet."""
        return self._entry if self._entry.is_attached else None

    def _close_entry(self) -> None:
        self._entry.value = ""
        self.remove_class("-adding", "-wrong")
        self._mark_empty()

    def _mark_empty(self) -> None:
        self.set_class(not self.controls, "-empty")
