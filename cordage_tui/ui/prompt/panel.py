"""Prompt panel: drafts, history, and the checks before a body is sent."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantBlur, DescendantFocus
from textual.message import Message
from textual.widgets import TextArea

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import PROMPT, RANDOM, Inputs, Json, canonical
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.input_fields import with_defaults
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.prompt.completion import PromptCompletion
from cordage_tui.ui.prompt.draft import Draft, DraftSaver, DraftStep, UnsavedDrafts, fields_of, prompt_text
from cordage_tui.ui.prompt.duplicate_submit import DuplicateSubmitGuard
from cordage_tui.ui.prompt.earlier_prompts import OWN, HistoryPlace, PromptHistory
from cordage_tui.ui.prompt.editor import EDITORS, PromptEditor
from cordage_tui.ui.prompt.field_form import FieldChanged, FieldDone, FieldForm, FieldRow
from cordage_tui.ui.prompt.frame import PromptFrame
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.text_area import MAX_BYTES, LimitedTextArea, size

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.linked_output import LinkedOutput


class NextField(Action["PromptPanel"]):
    """Go to the next field."""

    id, keys, word = "prompt.next_field", "tab", "next field"
    in_palette = False
    step = 1

    def run(self, on: "PromptPanel") -> None:
        on.frame.step_field(self.step)


class PreviousField(NextField):
    """Go to the previous field."""

    id, keys, word = "prompt.previous_field", "shift+tab", "previous field"
    step = -1


class AddField(Action["PromptPanel"]):
    """Add another key=value to the prompt."""

    id, keys, word = "prompt.add_field", "ctrl+n", "add a field"
    title, search = "Add a field", "input, parameter"
    in_footer = True

    def run(self, on: "PromptPanel") -> None:
        if on.editor.display:
            on.form.open_entry()


class SearchHistory(Action["PromptPanel"]):
    """Find any prompt that was ever sent, and load it."""

    id, keys, word = "prompt.search_history", "ctrl+r", "history"
    search = "library, preset, save preset, template, saved prompts, favourite prompts"
    in_footer = True

    def reason(self, on: "PromptPanel") -> DisabledReason | None:
        if on.search_history is not None:
            return None
        return DisabledReason(SafeText("The history is loaded into the prompt panel of the runs."))

    def run(self, on: "PromptPanel") -> None:
        if on.search_history is not None:
            on.search_history()


class PreviewBatch(Action["PromptPanel"]):
    """Preview a batch: one prompt per line, {red|blue} in the text, {a,b} or 1..8 in a field or as a last line seed=1..8."""

    id, keys, word = "prompt.batch", "ctrl+t", "batch"
    in_footer = True

    def run(self, on: "PromptPanel") -> None:
        on.preview_batch()


class UndoDraft(Action["PromptPanel"]):
    """Undo typing, or what loaded, cleared, removed or replaced text and fields."""

    id, keys, word = "prompt.undo", "ctrl+z", "undo"

    def run(self, on: "PromptPanel") -> None:
        on.editor.action_undo()
        on.editor.focus()


class RedoDraft(Action["PromptPanel"]):
    """Redo what was undone."""

    id, keys, word = "prompt.redo", "ctrl+y", "redo"

    def run(self, on: "PromptPanel") -> None:
        on.editor.action_redo()
        on.editor.focus()


class RemoveField(Action["PromptPanel"]):
    """Remove this field."""

    id, keys, word = "prompt.remove_field", "alt+n", "remove the field"
    title, search = "Remove the field", "input, parameter"

    def run(self, on: "PromptPanel") -> None:
        on.remove_field()


class EmptyPrompt(Action["PromptPanel"]):
    """Empty prompt and fields; they are kept in the history."""

    id, keys, word = "prompt.clear", "alt+x", "empty the prompt"

    def run(self, on: "PromptPanel") -> None:
        on.clear(keep=True)


class TakeToNextWebhook(Action["PromptPanel"]):
    """Take this prompt to the next webhook, with the fields that fit."""

    id, keys, word = "prompt.next_webhook", "alt+down", "next webhook"
    step = 1

    def run(self, on: "PromptPanel") -> None:
        if on.webhook is not None:
            on.post_message(on.WebhookRequested(self.step))


class TakeToPreviousWebhook(TakeToNextWebhook):
    """Take this prompt to the previous webhook, with the fields that fit."""

    id, keys, word = "prompt.previous_webhook", "alt+up", "previous webhook"
    step = -1


class PromptPanel(ActionNode, BorderPanel, Container):
    """Panel to write inputs for one webhook. It posts the user's requests, and other code carries them out.

    `submit` is the setting with that name. `now` returns monotonic seconds.
    """

    BINDING_GROUP_TITLE = "Fields"
    ACTIONS = (
        NextField(),
        PreviousField(),
        AddField(),
        SearchHistory(),
        PreviewBatch(),
        UndoDraft(),
        RedoDraft(),
        RemoveField(),
        EmptyPrompt(),
        TakeToNextWebhook(),
        TakeToPreviousWebhook(),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(ACTIONS), Binding("escape", "leave_entry", show=False)]

    class RowsNeeded(Message):
        """Give the panel this number of rows inside its border. It is one while the panel is empty and without focus."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PromptPanel.RowsNeeded)

    class Submitted(Message):
        """Send `inputs` to the webhook, once. The panel has been cleared; `give_back` restores them if they were refused."""

        def __init__(self, webhook_key: str, inputs: Inputs, draft: Inputs, lineage: Lineage) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.draft = draft
            """Inputs that remain in the panel. They are stored together with the submission."""
            self.lineage = lineage

    class BatchRequested(Message):
        """Preview `inputs` as a batch. The panel keeps its text until `batch_sent` clears it or `send_as_written` sends it."""

        def __init__(self, webhook_key: str, inputs: Inputs, lines: bool) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lines = lines
            """True if each line of the text is a prompt. The user can change that in the preview."""

    class EditorRequested(Message):
        """Edit `text` in `$EDITOR`, and pass the result to `set_text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class DraftChanged(Message):
        """Store `inputs` as the webhook's draft, which is there again after a restart; empty: there is no draft."""

        def __init__(self, webhook_key: str, inputs: Inputs, lineage: Lineage) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lineage = lineage

    class DraftReplaced(Message):
        """Keep `inputs` in the history. They were not sent, and have been replaced in the panel."""

        def __init__(self, webhook_key: str, inputs: Inputs) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs

    class CompletionRequested(Message):
        """Search all earlier prompts, or the word lists, for a text that begins with `text`, and pass it to `complete`."""

        def __init__(self, webhook_key: str, text: str) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.text = text

    class WebhookRequested(Message):
        """Take the draft to the webhook `by` places further down. With a `key`, undo or redo has taken it to that webhook."""

        def __init__(self, by: int, key: str | None = None) -> None:
            super().__init__()
            self.by = by
            self.key = key

    def __init__(
        self,
        *,
        submit: str = "enter",
        now: Callable[[], float] = time.monotonic,
        linked: "Callable[[], LinkedOutput] | None" = None,
        search_history: Callable[[], object] | None = None,
        heading: str = "Prompt",
        hint: SafeText | None = None,
        id: str | None = None,
    ) -> None:
        """Create the panel. `search_history` opens the history at once, because with a message the next key would still go to the
        prompt; None: this panel cannot load from the history. `heading` and `hint` are shown in the border. With `hint` None, it
        names the key that sends."""
        super().__init__(id=id, classes="panel -idle")
        self.search_history = search_history
        self.editor = EDITORS[submit]()
        self.form = FieldForm()
        self.frame = PromptFrame(
            self,
            self.editor,
            self.form,
            submit=submit,
            ask_rows=lambda rows: self.post_message(self.RowsNeeded(rows)),
            linked=linked,
            heading=heading,
            hint=hint,
        )
        self._now = now
        self.webhook: Webhook | None = None
        """Webhook that the prompt is for; None if it is not for one webhook."""
        self._origin = Draft()
        """Draft as it was when it was shown. Text and fields may have been edited since."""
        self._saver = DraftSaver(self.set_timer, self.save_draft)
        self.unsaved_drafts = UnsavedDrafts()
        """Drafts that the panel has posted, and that the database has not taken yet."""
        self._repeat = DuplicateSubmitGuard()
        self._asked: tuple[str, dict[str, Json]] | None = None
        """Text and body that the open question is about; None if no question is open."""
        self._recall = PromptHistory()
        self._completion = self._complete_from(self._recall)
        self.editor.exchange = self._exchange

    def compose(self) -> ComposeResult:
        yield from self.frame.widgets

    @property
    def draft(self) -> Draft:
        """Present draft of the panel."""
        fields, invalid = self.form.values(), self.form.invalid()
        return replace(self._origin, text=str(self.editor.written), fields=fields, invalid=invalid)

    @property
    def lineage(self) -> Lineage:
        """Run that the draft was made from, and outputs that it names."""
        return self._origin.lineage

    def inputs(self) -> Inputs:
        """Return the inputs in the panel, without fields that are left out or invalid."""
        return self.draft.inputs

    # Content of the panel: the draft of a webhook, or inputs that replace it.

    def show(
        self,
        webhook: Webhook | None,
        draft: Inputs | None,
        history: Sequence[Inputs],
        lineage: Lineage = NO_LINEAGE,
    ) -> None:
        """Switch to `webhook`, after posting the draft of the webhook before.

        `draft` is the stored draft of `webhook`, with its `lineage`; None: nothing was ever written for it, so its defaults
        apply. `history` are the inputs that it was sent, newest first. If `webhook` is shown already, its text stays, and
        `draft` is ignored.
        """
        if webhook is not None and self.webhook is not None and webhook.key == self.webhook.key:
            self._refresh(webhook, history)
            return
        self.save_draft()
        self._close_question()
        self.webhook = webhook
        self._recall_from(PromptHistory(history))
        self.frame.show_message(None)
        self.form.declare(self._declared)
        if draft is not None:
            self.form.load(fields_of(draft))
        default = {} if webhook is None else {PROMPT: webhook.inputs.get(PROMPT)}
        self.editor.write(prompt_text(default if draft is None else draft), undoable=False)
        untouched = canonical(self.inputs()) if draft is None else None
        self._origin = Draft(lineage=lineage, at_rest=canonical(self.form.values()), untouched=untouched)
        self._saver.mark_stored(self.inputs())
        self.frame.name_target(self.webhook)

    def _refresh(self, webhook: Webhook, history: Sequence[Inputs]) -> None:
        """Update name and fields of the same webhook. Text and values that are being written stay."""
        if webhook.inputs != self._declared:
            written = self.form.values(), self.form.invalid()
            self.form.declare(webhook.inputs)
            self.form.load(*written)
        self._recall.renew(history)
        self.webhook = webhook
        self.frame.name_target(self.webhook)

    def load(self, inputs: Inputs, *, batch_lines: bool | None = None, lineage: Lineage = NO_LINEAGE) -> None:
        """Show exactly `inputs`, to edit and run again. `lineage` names the run that they are from. A draft that was not sent is
        posted with `DraftReplaced`, and becomes the newest entry of the history.

        With `batch_lines` the inputs are those of a batch, which Enter previews; True if each line is a prompt.
        """
        self._close_question()
        draft = replace(Draft.of(inputs), batch_lines=batch_lines, lineage=lineage)
        self._replace(draft, HistoryPlace(loaded=inputs))
        self.editor.mark_loaded()
        self._mark_changed()

    def load_fields(self, inputs: Inputs) -> None:
        """Replace the fields by those of `inputs`. The text stays."""
        fields = fields_of(inputs)
        self._put_aside(replace(self.draft, fields=fields).inputs)
        self._replace_fields(replace(self.draft, fields=fields, invalid={}))
        self._mark_changed()

    def set_fields(self, fields: Inputs) -> None:
        """Set these fields, in one step that undo can reverse. Text and other fields stay."""
        self._replace_fields(self.draft.with_fields(fields))
        self._mark_changed()

    def give_back(self, inputs: Inputs, lineage: Lineage = NO_LINEAGE) -> None:
        """Restore a submission that was refused, as if Enter had not been pressed."""
        written = {**inputs, **{name: value for name, value in self.form.values().items() if value == RANDOM}}
        self._repeat.refused(written)
        self.load(written, lineage=lineage)

    def set_text(self, text: str) -> None:
        """Replace the prompt's text, as an edit that ctrl+z can undo."""
        if size(text) > MAX_BYTES:
            self.frame.refuse_text(size(text))
        else:
            self.editor.write(text)

    def clear(self, *, keep: bool = False) -> None:
        """Empty the prompt, and set the fields to the webhook's defaults. With `keep`, the old draft stays in the history."""
        self._close_question()
        self._replace(Draft(fields=fields_of({**with_defaults(self._declared, {}), PROMPT: ""})), OWN, keep=keep)

    def take_to(
        self,
        webhook: Webhook,
        inputs: Inputs,
        replaced: Inputs | None,
        history: Sequence[Inputs],
        lineage: Lineage = NO_LINEAGE,
    ) -> None:
        """Show `inputs` for another webhook. That webhook had the draft `replaced`, with that `lineage`; the webhook before keeps no
        draft. Undo restores both."""
        if replaced is not None and prompt_text(replaced).strip() and canonical(replaced) != canonical(inputs):
            self.post_message(self.DraftReplaced(webhook.key, replaced))
            history = [replaced, *history]
        draft = replace(
            Draft.of(inputs),
            batch_lines=self._origin.batch_lines,
            at_rest=canonical(fields_of(inputs)),
            lineage=self.lineage,
        )
        step = DraftStep(webhook, draft, history=PromptHistory(history), finds=(replaced or {}, lineage))
        self.editor.write(draft.text, beside=step)

    def _replace(self, draft: Draft, place: HistoryPlace, *, keep: bool = True) -> None:
        """Replace text and fields by `draft`, in one step that undo can reverse.

        With `keep`, the old draft is kept in the history if it is somebody's work.
        """
        if keep:
            self._put_aside(draft.inputs)
        at_rest = canonical(draft.fields) if draft.text.strip() or place.is_own else None
        draft = replace(draft, at_rest=at_rest, untouched=self._origin.untouched)
        self.editor.write(draft.text, beside=DraftStep(self.webhook, draft, place))

    def _replace_fields(self, draft: Draft) -> None:
        """Replace the fields by those of `draft`, in one step that undo can reverse. The text stays."""
        step = DraftStep(self.webhook, replace(draft, at_rest=None), self._recall.place, self._recall)
        self.editor.write(self.editor.written, beside=step)

    def _exchange(self, step: DraftStep) -> DraftStep:
        """Show the fields of `step`, whose text the editor shows already. Return the step that reverses this."""
        reverse = DraftStep(self.webhook, self.draft, self._recall.place, self._recall)
        self._origin = step.draft
        self._saver.forget_stored()  # the same inputs may have a different lineage
        self.frame.show_message(None)
        old, webhook = self.webhook, step.webhook
        changes_webhook = old is not None and webhook is not None and old.key != webhook.key
        if changes_webhook and webhook is not None:
            reverse = replace(reverse, leaves=step.finds, finds=step.leaves)
            self._write_for(webhook, step.history or PromptHistory())
        self._recall.go_to(step.place)
        self.form.load(step.draft.fields, step.draft.invalid)
        if changes_webhook and old is not None:
            self.save_draft()  # first, so that a crash in between leaves the prompt in two places, not in none
            self.post_message(self.DraftChanged(old.key, *step.leaves))
        return reverse

    def _write_for(self, webhook: Webhook, history: PromptHistory) -> None:
        self.webhook = webhook
        self.form.declare(webhook.inputs)
        self._recall_from(history)
        self.frame.name_target(webhook)
        self.post_message(self.WebhookRequested(0, webhook.key))

    @property
    def _declared(self) -> Mapping[str, Json]:
        """Inputs that the webhook declares."""
        return self.webhook.inputs if self.webhook else {}

    # Earlier prompts: load them, complete from them, and keep a draft that is replaced.

    def complete(self, webhook_key: str, text: str, prompt: str | None) -> None:
        """Use `prompt`, which begins with `text`, as completion while that text is being written; None: there is none."""
        if self.webhook is not None and self.webhook.key == webhook_key:
            self._completion.learn(text, prompt)
            self.editor.update_suggestion()

    def _recall_from(self, history: PromptHistory) -> None:
        """Offer these prompts of the webhook as history, and complete the text from them."""
        self._recall = history
        self._completion = self._complete_from(history)

    def _complete_from(self, history: PromptHistory) -> PromptCompletion:
        def ask(text: str) -> None:
            if self.webhook is not None:
                self.post_message(self.CompletionRequested(self.webhook.key, text))

        completion = PromptCompletion(history, ask)
        self.editor.completion = completion.rest_of_line
        return completion

    def _put_aside(self, replacement: Inputs) -> None:
        """Keep the draft in the history if it is somebody's work, before it is replaced."""
        draft = self.draft
        if self.webhook is not None and draft.is_work(replacement, self._recall.shown):
            self._recall.add(draft.inputs)
            self.post_message(self.DraftReplaced(self.webhook.key, draft.inputs))

    def on_prompt_editor_history_requested(self, event: PromptEditor.HistoryRequested) -> None:
        """Show the next older prompt, or the next newer one."""
        event.stop()
        place = self._recall.older(self.inputs()) if event.older else self._recall.newer()
        if place is not None:
            self._replace(Draft.of(self._recall.inputs_at(place)), place, keep=False)
            self.editor.move_cursor((0, 0) if event.older else self.editor.document.end)

    # Storage of the draft.

    def save_draft(self) -> None:
        """Post the draft now, if it differs from the one posted last."""
        self._saver.stop_timer()
        if self.webhook is not None and (inputs := self.unsaved()) is not None:
            self._saver.mark_stored(inputs)
            self.post_message(self.DraftChanged(self.webhook.key, inputs, self.lineage))

    def unsaved(self) -> Inputs | None:
        """Return the draft if it differs from the one posted last. For an exit of the app, after which no message arrives."""
        inputs = self.inputs()
        return None if self._saver.is_stored(inputs) else inputs

    # Reactions to typing and to the focus.

    def on_resize(self) -> None:
        self.frame.fit()

    @on(DescendantFocus)
    @on(DescendantBlur)
    @on(FieldChanged)
    @on(TextArea.Changed)
    def _fit_rows(self) -> None:
        self.frame.fit_rows()

    def on_limited_text_area_refused(self, event: LimitedTextArea.Refused) -> None:
        event.stop()
        self.frame.refuse_text(event.bytes)

    def on_field_done(self, event: FieldDone) -> None:
        """Move the focus from a field to the prompt."""
        event.stop()
        self.editor.focus()

    def on_descendant_blur(self) -> None:
        """Save the draft, and answer no to an open question."""
        self._close_question()
        self.save_draft()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Update everything that depends on the text, after each change of it."""
        event.stop()
        self._mark_changed()
        if self._asked is None and self.editor.written:
            self.frame.say_length()

    def on_field_changed(self, event: FieldChanged) -> None:
        """Update everything that depends on the fields. A message about a fault is cleared once no field has one."""
        event.stop()
        self._mark_changed()
        if self.frame.says_fault and not self.form.has_faults:
            self.frame.show_message(None)

    def _mark_changed(self) -> None:
        """React to a change: an earlier prompt that was edited is a new one, and the draft is posted soon."""
        loaded = self._recall.shown
        if loaded is not None and self.editor.written != prompt_text(loaded):
            self._recall.go_to(OWN)
        self.editor.browsing = self._recall.browsing
        self.editor.update_suggestion()
        draft = self.draft
        self.frame.hint_at_preview(bool(draft.inputs) and draft.asks_for_preview(self._declared))
        if self.webhook is not None:
            self._saver.save_soon()

    # Sending.

    def batch_sent(self) -> None:
        """Clear the panel after its batch was sent, and add the batch to the history."""
        self._recall.add(self.inputs())
        self.clear()
        self._saver.mark_stored(self.inputs())

    def send_as_written(self) -> None:
        """Send the text as one prompt instead of the batch."""
        draft = self._checked(self.editor.written)
        if draft is not None and self.webhook is not None:
            self._send(self.webhook.key, self.editor.written, dict(draft.inputs))

    def on_prompt_editor_submit_requested(self, event: PromptEditor.SubmitRequested) -> None:
        """Send the prompt if it is valid. Preview it if it is a batch; ask first if it repeats the last submission."""
        event.stop()
        if self.webhook is None or event.turn != self.editor.turn or (draft := self._checked(event.text)) is None:
            return
        body = dict(draft.inputs)
        if draft.asks_for_preview(self._declared):
            self._ask_batch(body, lines=bool(draft.batch_lines))
        elif (ago := self._repeat.since(self.webhook.key, body, self._now())) is not None:
            self._ask(
                event.text,
                body,
                f"Same prompt sent {max(1, round(ago))} s ago. y send it anyway · any other key cancel",
            )
        elif self.editor.doubt.must_ask:
            self._ask(event.text, body, "This text began while you typed elsewhere. y run it · any other key cancel")
        else:
            self._send(self.webhook.key, event.text, body)

    def _ask(self, text: str, body: dict[str, Json], words: str) -> None:
        """Ask whether to send this prompt."""
        self._asked = (text, body)
        self.editor.open_question()
        self.frame.show_message(SafeText(words), kind="ask")

    def on_prompt_editor_confirmation_answered(self, event: PromptEditor.ConfirmationAnswered) -> None:
        """Send the prompt of the question if the answer is yes."""
        event.stop()
        question = self._asked
        self._close_question()
        if event.yes and question is not None and self.webhook is not None:
            self._send(self.webhook.key, *question)

    def on_prompt_editor_held_enter_ignored(self, event: PromptEditor.HeldEnterIgnored) -> None:
        event.stop()
        self.frame.show_message(SafeText("Loaded, not sent: press Enter again to run it."), kind="info")

    def on_prompt_editor_edit_requested(self, event: PromptEditor.EditRequested) -> None:
        event.stop()
        self.post_message(self.EditorRequested(self.editor.written))

    def _checked(self, text: SafeText) -> Draft | None:
        """Return the draft with `text` as its prompt. None if it cannot be sent; the panel then says why."""
        draft = replace(self.draft, text=text.strip())
        if (wrong := self.form.first_wrong()) is not None:
            self.frame.show_message(_field_fault(wrong))
            wrong.control.focus()
        elif (fault := draft.fault) is not None:
            self.frame.show_message(fault)
        else:
            return draft
        return None

    def _send(self, key: str, text: str, body: dict[str, Json]) -> None:
        """Post `body`, and remove `text` from the editor. Text that was typed after it stays, for the next prompt."""
        from cordage_tui.engine.batch.random_inputs import RandomInputs  # the first screen does without

        self._repeat.sent(key, body, self._now())
        sent = RandomInputs(self._declared).drawn((body,))[0]
        self._recall.add(sent)
        written = self.editor.written
        self._origin = replace(self._origin, batch_lines=None)
        self.editor.write(written.removeprefix(text) if written.startswith(text) else "")
        rest, lineage = self.inputs(), self.lineage
        self._origin = replace(self._origin, at_rest=canonical(self.form.values()), lineage=lineage.left_in(rest))
        self.frame.show_message(None)
        self._saver.mark_stored(rest)
        self.post_message(self.Submitted(key, sent, rest, lineage))

    def _ask_batch(self, body: Inputs, *, lines: bool) -> None:
        if self.webhook is not None:
            self.frame.show_message(None)
            self.post_message(self.BatchRequested(self.webhook.key, body, lines))

    def _close_question(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.editor.close_question()
            self.frame.show_message(None)

    # Actions of keys.

    def preview_batch(self) -> None:
        """Open the preview of the text as a batch."""
        from cordage_tui.engine.batch.draft import line_count

        draft = self._checked(self.editor.written)
        if draft is not None:
            self._ask_batch(draft.inputs, lines=line_count(draft.inputs) > 1)

    def remove_field(self) -> None:
        """Remove the focused free field. Its text is filled in when the user next adds a field."""
        removed = self.form.offer_again(self.screen.focused)
        if removed:
            self._replace_fields(self.draft.without_field(removed[0]))
            self.frame.show_message(SafeText(f"Removed {removed[1][:40]} · ctrl+z undo"), kind="info")
            self.editor.focus()

    def action_leave_entry(self) -> None:
        """Close the line that adds a field. If it is not open, leave the key to the screen."""
        if not self.form.close_entry():
            raise SkipAction
        self.editor.focus()


def _field_fault(row: FieldRow) -> SafeText:
    """Return a sentence that names the invalid field and its error."""
    name, error = one_line(row.field.name, 40), row.problem
    return SafeText(f"Not sent: {name} m{error[1:]}" if error.startswith("Must ") else f"Not sent: {name}: {error}")
