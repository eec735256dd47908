"""Layout of the prompt panel, and how the focus moves through it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static, TextArea

from cordage_tui.domain.output import is_reference
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.prompt.editor import EDITORS
from cordage_tui.ui.prompt.form import FieldChanged, FieldDone, FieldForm, FieldInput
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.text import literal
from cordage_tui.ui.widgets.text_area import MAX_BYTES, LimitedTextArea

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.linked_output import LinkedOutput

BESIDE: Final = 70
"""Columns from which the fields stand beside the editor instead of under it, those of a picture not counted."""

LEAST_ROWS: Final = 3
"""Rows while the focus is here, so that the first new line moves nothing."""

PICTURE_ROWS: Final = 6
"""Rows while a field names an output, whose picture is shown."""
PICTURE_COLUMNS: Final = 17
"""Columns of that picture."""

HINTS: Final = {"enter": SafeText("Enter runs it"), "ctrl+j": SafeText("ctrl+j runs it")}
"""Hint in the border for each value of the `submit` setting."""
PREVIEW_HINTS: Final = {"enter": SafeText("Enter previews the batch"), "ctrl+j": SafeText("ctrl+j previews the batch")}
"""Hint while Enter previews what is written as a batch."""


class PromptLayout(BorderPanel, Container):
    """Editor, fields, and one line of words below them. `panel.PromptPanel` handles the text."""

    BINDING_GROUP_TITLE = "Fields"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field", "next field", id="prompt.next_field", tooltip="Go to the next field", show=False),
        Binding("shift+tab", "previous_field", "previous field", id="prompt.previous_field", tooltip="Go to the previous field", show=False),
        Binding("ctrl+n", "add_field", "add a field", id="prompt.add_field", tooltip="Add another key=value to the prompt"),
        Binding("ctrl+r", "screen.search_history", "history", id="prompt.search_history", tooltip="Find any prompt that was ever sent, and load it"),
        Binding("escape", "leave_entry", "Back", show=False),
    ]  # fmt: skip

    class RowsNeeded(Message):
        """Give the panel so many rows inside its border: one while it is empty and without focus, else what is written."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PromptLayout.RowsNeeded)

    def __init__(
        self,
        submit: str,
        *,
        linked: "Callable[[], LinkedOutput] | None" = None,
        heading: str = "Prompt",
        hint: SafeText | None = None,
        id: str | None = None,
    ) -> None:
        """`linked` makes the widget with the picture of an output that a field names; None: there are no pictures here.

        `heading` and `hint` stand in the border; None: the hint is the key that sends.
        """
        super().__init__(id=id, classes="panel -idle")
        self._make_linked = linked
        self._linked: LinkedOutput | None = None
        self._submit = submit
        self.editor = EDITORS[submit]()
        self.form = FieldForm()
        self._note = Static(classes="prompt-note")
        self._nowhere = Static(literal(SafeText("Choose a webhook first.")), classes="prompt-nowhere")
        self._summary = Static(classes="prompt-summary")
        self._needed = 1
        self._submitted = False
        self._previews = False
        self._title, self._hint = SafeText(heading), hint
        self.set_titles(literal(self._title))

    def compose(self) -> ComposeResult:
        yield self._nowhere
        with Container(classes="prompt-desk"):
            yield self.editor
            yield self.form
            yield self._summary
        yield self._note

    def show_message(self, words: SafeText | None, *, kind: str = "wrong") -> None:
        """Show `words` below the editor, `kind` wrong, ask or info; None clears them."""
        if words is None and not self._note.has_class("-said"):
            return
        self._note.set_classes("prompt-note" if words is None else f"prompt-note -said -{kind}")
        self._note.update(literal(words or SafeText("")))
        self.fit_rows()

    @property
    def says_fault(self) -> bool:
        """True while the words below the editor say why nothing was sent."""
        return self._note.has_class("-wrong")

    def name_target(self, target: Webhook | None) -> None:
        """Show the webhook's name in the border; None: there is no webhook."""
        self.set_class(target is None, "-nowhere")
        self.editor.disabled = target is None
        name = Content("") if target is None else literal(SafeText(f" → {one_line(target.name, 60)}"))
        self.set_titles(Content.assemble(literal(self._title), name))
        self.show_hint()

    @property
    def hint(self) -> SafeText:
        """Hint in the border for the key that sends; after a submission, while nothing else is written, how to continue."""
        if self._hint is not None:
            return self._hint
        if self._previews:
            return PREVIEW_HINTS[self._submit]
        if not self._submitted:
            return HINTS[self._submit]
        key = key_of(self, "panel.back")
        return SafeText(f"submitted · {key} to the runs" if key else "submitted")

    def show_hint(self) -> None:
        """Show the hint in the border."""
        self.set_titles(subtitle=literal(SafeText("") if self.has_class("-nowhere") else self.hint))

    def hint_at_preview(self, previews: bool) -> None:
        """Show in the border whether the key that sends opens the preview of a batch."""
        if previews is not self._previews:
            self._previews = previews
            self.show_hint()

    def confirm_submitted(self) -> None:
        """Show that what was written is saved and will be sent, until something is written or the focus goes: keys typed
        here are still text."""
        self._submitted = True
        self._fit_rows()
        self.show_hint()

    def say_length(self) -> None:
        """Show the keys for a text that is kept whole; clear the message for any other."""
        count = f"{len(self.editor.written):,} characters kept: ctrl+e edit, ctrl+z remove."
        self.show_message(SafeText(count) if self.editor.kept_whole else None, kind="info")

    def on_limited_text_area_refused(self, event: LimitedTextArea.Refused) -> None:
        event.stop()
        self.show_message(SafeText(f"Not inserted: {event.bytes / MAX_BYTES:.1f} MiB; a prompt holds 1 MiB at most."))

    def on_resize(self, event: events.Resize) -> None:
        """Put the fields beside the editor from `BESIDE` columns on."""
        self._fit_columns()
        self.fit_rows()

    def _fit_columns(self) -> None:
        picture = PICTURE_COLUMNS if self._linked is not None and self._linked.display else 0
        narrow = self.size.width + 2 - picture < BESIDE
        self.set_class(narrow, "-narrow")
        self.form.fit_columns(under=narrow)

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(FieldChanged)
    @on(TextArea.Changed)
    def fit_rows(self) -> None:
        """Ask for as many rows as are needed now."""
        self.call_later(self._fit_rows)

    def _fit_rows(self) -> None:
        focused = self.screen.focused if self.is_attached else None
        here = focused is not None and self in focused.ancestors
        said = self._note.has_class("-said")
        if self._submitted and (self.editor.written or not here):
            self._submitted = False
            self.show_hint()
        idle = not here and not self.editor.written and not said
        if idle:
            self._summary.update(literal(self.form.summary()))
        self.set_class(idle, "-idle")
        named = "" if idle else self._named_output(focused)
        self._show_linked(named)
        lines, fields = self.editor.wrapped_document.height, self.form.rows_needed
        body = max(2, lines) + fields if self.has_class("-narrow") else max(lines, fields)
        least = PICTURE_ROWS if named else LEAST_ROWS
        rows = 1 if idle else max(least if here else 1, body) + said
        if rows != self._needed:
            self._needed = rows
            self.post_message(self.RowsNeeded(rows))

    def _named_output(self, focused: Widget | None) -> str:
        """Return the name of the output in the focused field, else in the first one that has one; empty: none has."""
        typed = focused.value if isinstance(focused, FieldInput) else None
        return next((value for value in (typed, *self.form.values().values()) if is_reference(value)), "")

    def _show_linked(self, name: str) -> None:
        """Show the picture of the output of that name at the right of the fields."""
        if name and self._linked is None and self._make_linked is not None:
            self._linked = self._make_linked()
            self.query_one(".prompt-desk").mount(self._linked)
        if self._linked is not None:
            self._linked.display = bool(name)
            self._linked.show(name)
            self._fit_columns()

    def on_field_done(self, event: FieldDone) -> None:
        """Return from a field to the prompt."""
        event.stop()
        self.editor.focus()

    def action_next_field(self) -> None:
        """Focus the next field; after the last one the key is the screen's."""
        self._step(1)

    def action_previous_field(self) -> None:
        """Focus the previous field; before the editor the key is the screen's."""
        self._step(-1)

    def action_add_field(self) -> None:
        """Open the line that adds a field."""
        if self.editor.display:
            self.form.open_entry()

    def action_leave_entry(self) -> None:
        """Close the line that adds a field; otherwise the key is the screen's."""
        if not self.form.close_entry():
            raise SkipAction
        self.editor.focus()

    def _step(self, by: int) -> None:
        stops: list[Widget] = [self.editor, *self.form.controls]
        focused = self.screen.focused
        at = stops.index(focused) + by if focused in stops else -1
        if not 0 <= at < len(stops):
            raise SkipAction
        stops[at].focus()
