"""Frame of the prompt panel: border, message line, and how editor, fields and a picture share the space."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from textual.actions import SkipAction
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from cordage_tui.domain.output import is_reference
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.field_form import FieldForm, FieldInput
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.text import literal
from cordage_tui.ui.widgets.text_area import MAX_BYTES

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.linked_output import LinkedOutput

BESIDE: Final = 70
"""Columns from which the fields are beside the editor instead of below it. The columns of a picture do not count."""

LEAST_ROWS: Final = 3
"""Least rows while the focus is here, so that the first new line moves nothing."""

PICTURE_ROWS: Final = 6
"""Least rows while a field names an output, whose picture is then shown."""
PICTURE_COLUMNS: Final = 17
"""Columns of that picture."""

HINTS: Final = {"enter": SafeText("Enter runs it"), "ctrl+j": SafeText("ctrl+j runs it")}
"""Hint in the border for each value of the `submit` setting."""
PREVIEW_HINTS: Final = {"enter": SafeText("Enter previews the batch"), "ctrl+j": SafeText("ctrl+j previews the batch")}
"""Hint for each value while that key previews the text as a batch."""


class PromptFrame:
    """Frame of a prompt panel: its border, a message line below editor and fields, and how they share the space."""

    def __init__(
        self,
        panel: BorderPanel,
        editor: PromptEditor,
        form: FieldForm,
        *,
        submit: str,
        ask_rows: Callable[[int], object],
        linked: "Callable[[], LinkedOutput] | None" = None,
        heading: str = "Prompt",
        hint: SafeText | None = None,
    ) -> None:
        """Create the frame. `submit` is the setting with that name. `ask_rows` is called with the rows needed inside the border:
        one while the panel is empty and without focus, otherwise as many as the text and the fields need.

        `linked` creates the widget with the picture of an output that a field names; None: there are no pictures here.
        `heading` and `hint` are shown in the border. With `hint` None, it names the key that sends.
        """
        self._panel = panel
        self._editor = editor
        self._form = form
        self._submit = submit
        self._ask_rows = ask_rows
        self._make_linked = linked
        self._linked: LinkedOutput | None = None
        self._note = Static(classes="prompt-note")
        self._nowhere = Static(literal(SafeText("Choose a webhook first.")), classes="prompt-nowhere")
        self._summary = Static(classes="prompt-summary")
        self._desk = Container(editor, form, self._summary, classes="prompt-desk")
        self._needed = 1
        self._submitted = False
        self._previews = False
        self._heading, self._hint = SafeText(heading), hint
        panel.set_titles(literal(self._heading))

    @property
    def widgets(self) -> Sequence[Widget]:
        """Widgets of the panel, from top to bottom."""
        return self._nowhere, self._desk, self._note

    def show_message(self, words: SafeText | None, *, kind: str = "wrong") -> None:
        """Show a message below the editor, of the `kind` wrong, ask or info; None clears it."""
        if words is None and not self._note.has_class("-said"):
            return
        self._note.set_classes("prompt-note" if words is None else f"prompt-note -said -{kind}")
        self._note.update(literal(words or SafeText("")))
        self.fit_rows()

    @property
    def says_fault(self) -> bool:
        """True while the message says why nothing was sent."""
        return self._note.has_class("-wrong")

    def name_target(self, target: Webhook | None) -> None:
        """Show the webhook's name in the border. None: there is no webhook."""
        self._panel.set_class(target is None, "-nowhere")
        self._editor.disabled = target is None
        name = Content("") if target is None else literal(SafeText(f" → {one_line(target.name, 60)}"))
        self._panel.set_titles(Content.assemble(literal(self._heading), name))
        self.show_hint()

    @property
    def hint(self) -> SafeText:
        """Hint in the border for the key that sends. After a submission, until something is written, it says how to go on."""
        if self._hint is not None:
            return self._hint
        if self._previews:
            return PREVIEW_HINTS[self._submit]
        if not self._submitted:
            return HINTS[self._submit]
        key = key_of(self._panel, "panel.back")
        return SafeText(f"submitted · {key} to the runs" if key else "submitted")

    def show_hint(self) -> None:
        """Show the hint in the border."""
        self._panel.set_titles(subtitle=literal(SafeText("") if self._panel.has_class("-nowhere") else self.hint))

    def hint_at_preview(self, previews: bool) -> None:
        """Show in the border whether the key that sends opens the preview of a batch instead."""
        if previews is not self._previews:
            self._previews = previews
            self.show_hint()

    def confirm_submitted(self) -> None:
        """Show that the prompt is saved and will be sent, until something is written or the focus leaves. Keys typed here are
        still text."""
        self._submitted = True
        self._fit_rows()
        self.show_hint()

    def say_length(self) -> None:
        """Show length and keys of a text that is kept as a whole. Clear the message for any other text."""
        count = f"{len(self._editor.written):,} characters kept: ctrl+e edit, ctrl+z remove."
        self.show_message(SafeText(count) if self._editor.kept_whole else None, kind="info")

    def refuse_text(self, bytes: int) -> None:
        """Show that a text was not inserted, because it has too many bytes of UTF-8."""
        self.show_message(SafeText(f"Not inserted: {bytes / MAX_BYTES:.1f} MiB; a prompt holds 1 MiB at most."))

    def fit(self) -> None:
        """Arrange editor and fields for the present size, and ask for the rows they need."""
        self._fit_columns()
        self.fit_rows()

    def _fit_columns(self) -> None:
        picture = PICTURE_COLUMNS if self._linked is not None and self._linked.display else 0
        narrow = self._panel.size.width + 2 - picture < BESIDE
        self._panel.set_class(narrow, "-narrow")
        self._form.fit_columns(under=narrow)

    def fit_rows(self) -> None:
        """Ask for the number of rows that is needed now."""
        self._panel.call_later(self._fit_rows)

    def _fit_rows(self) -> None:
        focused = self._panel.screen.focused if self._panel.is_attached else None
        has_focus = focused is not None and self._panel in focused.ancestors
        has_message = self._note.has_class("-said")
        if self._submitted and (self._editor.written or not has_focus):
            self._submitted = False
            self.show_hint()
        idle = not has_focus and not self._editor.written and not has_message
        if idle:
            self._summary.update(literal(self._form.summary()))
        self._panel.set_class(idle, "-idle")
        output_name = "" if idle else self._named_output(focused)
        self._show_linked(output_name)
        lines, fields = self._editor.wrapped_document.height, self._form.rows_needed
        body = max(2, lines) + fields if self._panel.has_class("-narrow") else max(lines, fields)
        least = PICTURE_ROWS if output_name else LEAST_ROWS
        rows = 1 if idle else max(least if has_focus else 1, body) + has_message
        if rows != self._needed:
            self._needed = rows
            self._ask_rows(rows)

    def _named_output(self, focused: Widget | None) -> str:
        """Return the output name in the focused field, or in the first field that has one; empty if no field has one."""
        typed = focused.value if isinstance(focused, FieldInput) else None
        return next((value for value in (typed, *self._form.values().values()) if is_reference(value)), "")

    def _show_linked(self, name: str) -> None:
        """Show the picture of the output with that name to the right of the fields; empty: hide it."""
        if name and self._linked is None and self._make_linked is not None:
            self._linked = self._make_linked()
            self._desk.mount(self._linked)
        if self._linked is not None:
            self._linked.display = bool(name)
            self._linked.show(name)
            self._fit_columns()

    def step_field(self, by: int) -> None:
        """Focus the next field, or the previous one. Before the editor and after the last field, leave the key to the screen."""
        stops: list[Widget] = [self._editor, *self._form.controls]
        focused = self._panel.screen.focused
        index = stops.index(focused) + by if focused in stops else -1
        if not 0 <= index < len(stops):
            raise SkipAction
        stops[index].focus()
