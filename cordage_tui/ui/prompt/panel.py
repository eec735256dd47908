"""Prompt panel: drafts, history, and the checks before a body leaves it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import PROMPT, RANDOM, Inputs, Json, canonical
from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.input_fields import with_defaults
from cordage_tui.ui.prompt.draft import Draft, DraftSaver, DraftStep, fields_of, prompt_text
from cordage_tui.ui.prompt.duplicate_guard import DuplicateSubmitGuard
from cordage_tui.ui.prompt.editor import OWN, HistoryPlace, PromptCompletion, PromptEditor, PromptHistory
from cordage_tui.ui.prompt.form import FieldChanged, FieldRow
from cordage_tui.ui.prompt.layout import PromptLayout
from cordage_tui.ui.widgets.text_area import MAX_BYTES, size

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.linked_output import LinkedOutput


class PromptPanel(PromptLayout):
    """Panel to write inputs for one webhook. It posts the user's requests and knows nothing of their outcome.

    `submit` is the setting of that name. `now` returns monotonic seconds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "batch", "batch", id="prompt.batch", tooltip="Preview a batch: one prompt per line, {red|blue} in the text, {a,b} or 1..8 in a field or as a last line seed=1..8"),
        Binding("ctrl+z", "undo", "undo", id="prompt.undo", tooltip="Undo typing, or what loaded, cleared, removed or replaced text and fields", show=False),
        Binding("ctrl+y", "redo", "redo", id="prompt.redo", tooltip="Redo what was undone", show=False),
        Binding("alt+n", "remove_field", "remove the field", id="prompt.remove_field", tooltip="Remove this field", show=False),
        Binding("alt+x", "clear", "empty the prompt", id="prompt.clear", tooltip="Empty prompt and fields; they are kept in the history", show=False),
        Binding("alt+down", "webhook(1)", "next webhook", id="prompt.next_webhook", tooltip="Take this prompt to the next webhook, with the fields that fit", show=False),
        Binding("alt+up", "webhook(-1)", "previous webhook", id="prompt.previous_webhook", tooltip="Take this prompt to the previous webhook, with the fields that fit", show=False),
    ]  # fmt: skip

    class Submitted(Message):
        """Send `inputs` to the webhook, once. The panel has been cleared; `load` restores them if they were refused."""

        def __init__(self, webhook_key: str, inputs: Inputs, draft: Inputs, lineage: Lineage) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.draft = draft
            """Inputs left in the panel, to be stored together with the submission."""
            self.lineage = lineage

    class BatchRequested(Message):
        """Preview `inputs` as a batch. The panel keeps its text; `batch_sent` clears it, `send_as_written` sends it."""

        def __init__(self, webhook_key: str, inputs: Inputs, lines: bool) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lines = lines
            """Each line of the prompt is a prompt, unless the user says otherwise."""

    class EditorRequested(Message):
        """Run `$EDITOR` on `text` and pass the result to `set_text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class DraftChanged(Message):
        """Store `inputs` as the webhook's draft, to survive a restart; empty: no draft."""

        def __init__(self, webhook_key: str, inputs: Inputs, lineage: Lineage) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lineage = lineage

    class DraftReplaced(Message):
        """Keep `inputs`, which were not sent, in the history: they have been replaced in the panel."""

        def __init__(self, webhook_key: str, inputs: Inputs) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs

    class CompletionRequested(Message):
        """Look among all earlier prompts, or the word lists, for what begins with `text`, and pass it to `complete`."""

        def __init__(self, webhook_key: str, text: str) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.text = text

    class WebhookRequested(Message):
        """Take what is written to the webhook so many places on; with `key` it has been taken there by undo or redo."""

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
        heading: str = "Prompt",
        hint: SafeText | None = None,
        id: str | None = None,
    ) -> None:
        """`heading` and `hint` stand in the border; None: the key that sends."""
        super().__init__(submit, linked=linked, heading=heading, hint=hint, id=id)
        self._now = now
        self.webhook: Webhook | None = None
        """Webhook that the prompt is for; None: no one webhook."""
        self._origin = Draft()
        """Draft as it was shown last: text and fields have been edited since."""
        self._saver = DraftSaver(self.set_timer, self.save_draft)
        self._repeat = DuplicateSubmitGuard()
        self._asked: tuple[str, dict[str, Json]] | None = None
        """Text and body that the open question is about."""
        self._recall = PromptHistory()
        self._completion = self._complete_from(self._recall)
        self.editor.exchange = self._exchange

    @property
    def draft(self) -> Draft:
        """Draft in the panel now."""
        fields, invalid = self.form.values(), self.form.invalid()
        return replace(self._origin, text=str(self.editor.written), fields=fields, invalid=invalid)

    @property
    def lineage(self) -> Lineage:
        """Run that the draft was made from, and outputs that it names."""
        return self._origin.lineage

    def inputs(self) -> Inputs:
        """Inputs in the panel, without fields that are left out or invalid."""
        return self.draft.inputs

    # What is shown: the draft of a webhook, or something that takes its place.

    def show(
        self,
        webhook: Webhook | None,
        draft: Inputs | None,
        history: Sequence[Inputs],
        lineage: Lineage = NO_LINEAGE,
    ) -> None:
        """Switch to `webhook`. The text of the one before is posted as its draft first.

        `draft` is what was left for it (None: never written for, so its defaults apply), with its `lineage`, `history` what it
        was sent, newest first. The webhook that is shown already keeps what is being written, and `draft` is ignored.
        """
        if webhook is not None and self.webhook is not None and webhook.key == self.webhook.key:
            self._refresh(webhook, history)
            return
        self.save_draft()
        self._close_question()
        self.webhook = webhook
        self._recall_from(PromptHistory(history))
        self.show_message(None)
        self.form.declare(self._declared)
        if draft is not None:
            self.form.load(fields_of(draft))
        default = {} if webhook is None else {PROMPT: webhook.inputs.get(PROMPT)}
        self.editor.write(prompt_text(default if draft is None else draft), undoable=False)
        untouched = canonical(self.inputs()) if draft is None else None
        self._origin = Draft(lineage=lineage, at_rest=canonical(self.form.values()), untouched=untouched)
        self._saver.mark_stored(self.inputs())
        self.name_target(self.webhook)

    def _refresh(self, webhook: Webhook, history: Sequence[Inputs]) -> None:
        """Update name and fields of the same webhook, while something may be half written."""
        if webhook.inputs != self._declared:
            written = self.form.values(), self.form.invalid()
            self.form.declare(webhook.inputs)
            self.form.load(*written)
        self._recall.renew(history)
        self.webhook = webhook
        self.name_target(self.webhook)

    def load(self, inputs: Inputs, *, batch_lines: bool | None = None, lineage: Lineage = NO_LINEAGE) -> None:
        """Show exactly `inputs`, to edit and run again; `lineage`: the run that they are from. An unsent text is posted with
        `DraftReplaced`, and is the first in history.

        With `batch_lines` they are a batch's, and Enter previews it: True where each line is a prompt.
        """
        self._close_question()
        draft = replace(Draft.of(inputs), batch_lines=batch_lines, lineage=lineage)
        self._replace(draft, HistoryPlace(loaded=inputs))
        self._mark_changed()

    def load_fields(self, inputs: Inputs) -> None:
        """Show the fields of `inputs`, beside the text that is written."""
        fields = fields_of(inputs)
        self._put_aside(replace(self.draft, fields=fields).inputs)
        self._replace_fields(replace(self.draft, fields=fields, invalid={}))
        self._mark_changed()

    def set_fields(self, fields: Inputs) -> None:
        """Set these fields beside what is written, in one step that undo takes back."""
        self._replace_fields(self.draft.with_fields(fields))
        self._mark_changed()

    def give_back(self, inputs: Inputs, lineage: Lineage = NO_LINEAGE) -> None:
        """Restore a submission that was refused, as if Enter had not been pressed."""
        written = {**inputs, **{name: value for name, value in self.form.values().items() if value == RANDOM}}
        self._repeat.refused(written)
        self.load(written, lineage=lineage)

    def set_text(self, text: str) -> None:
        """Replace the prompt's text, as an edit that ctrl+z undoes."""
        if size(text) > MAX_BYTES:
            self.on_limited_text_area_refused(PromptEditor.Refused(size(text)))
        else:
            self.editor.write(text)

    def clear(self, *, keep: bool = False) -> None:
        """Empty the prompt; the fields go back to the webhook's defaults. `keep` in the history what somebody wrote."""
        self._close_question()
        self._replace(Draft(fields=fields_of({**with_defaults(self._declared, {}), PROMPT: ""})), OWN, keep=keep)

    def take_to(
        self,
        webhook: Webhook,
        inputs: Inputs,
        found: Inputs | None,
        history: Sequence[Inputs],
        lineage: Lineage = NO_LINEAGE,
    ) -> None:
        """Show `inputs` for another webhook, which had the draft `found` of that `lineage`; the one before keeps none. Undo takes
        both back."""
        if found is not None and prompt_text(found).strip() and canonical(found) != canonical(inputs):
            self.post_message(self.DraftReplaced(webhook.key, found))
            history = [found, *history]
        draft = replace(
            Draft.of(inputs),
            batch_lines=self._origin.batch_lines,
            at_rest=canonical(fields_of(inputs)),
            lineage=self.lineage,
        )
        step = DraftStep(webhook, draft, history=PromptHistory(history), finds=(found or {}, lineage))
        self.editor.write(draft.text, beside=step)

    def _replace(self, draft: Draft, place: HistoryPlace, *, keep: bool = True) -> None:
        """Show `draft` in place of what is written, in one step that undo takes back, with its fields.

        What is somebody's work is kept in the history, if `keep`.
        """
        if keep:
            self._put_aside(draft.inputs)
        at_rest = canonical(draft.fields) if draft.text.strip() or place.is_own else None
        draft = replace(draft, at_rest=at_rest, untouched=self._origin.untouched)
        self.editor.write(draft.text, beside=DraftStep(self.webhook, draft, place))

    def _replace_fields(self, draft: Draft) -> None:
        """Show the fields of `draft` beside the text that is written, in one step that undo takes back."""
        step = DraftStep(self.webhook, replace(draft, at_rest=None), self._recall.place, self._recall)
        self.editor.write(self.editor.written, beside=step)

    def _exchange(self, step: DraftStep) -> DraftStep:
        """Show the fields of `step`, whose text is written, and return the step that takes this back."""
        back = DraftStep(self.webhook, self.draft, self._recall.place, self._recall)
        self._origin = step.draft
        self._saver.forget_stored()  # the same inputs may have another lineage
        self.show_message(None)
        old, webhook = self.webhook, step.webhook
        is_taken = old is not None and webhook is not None and old.key != webhook.key
        if is_taken and webhook is not None:
            back = replace(back, leaves=step.finds, finds=step.leaves)
            self._write_for(webhook, step.history or PromptHistory())
        self._recall.go_to(step.place)
        self.form.load(step.draft.fields, step.draft.invalid)
        if is_taken and old is not None:
            self.save_draft()  # first: a crash in between leaves the prompt in two places, not in none
            self.post_message(self.DraftChanged(old.key, *step.leaves))
        return back

    def _write_for(self, webhook: Webhook, history: PromptHistory) -> None:
        self.webhook = webhook
        self.form.declare(webhook.inputs)
        self._recall_from(history)
        self.name_target(webhook)
        self.post_message(self.WebhookRequested(0, webhook.key))

    @property
    def _declared(self) -> Mapping[str, Json]:
        """Inputs that the webhook declares."""
        return self.webhook.inputs if self.webhook else {}

    # Earlier prompts: recalled, completed, and kept when something else takes their place.

    def complete(self, webhook_key: str, text: str, prompt: str | None) -> None:
        """Use `prompt` as the one that begins with `text`, if that is still being written; None: there is none."""
        if self.webhook is not None and self.webhook.key == webhook_key:
            self._completion.learn(text, prompt)
            self.editor.update_suggestion()

    def _recall_from(self, history: PromptHistory) -> None:
        """Recall these prompts of the webhook, and complete what is typed from them."""
        self._recall = history
        self._completion = self._complete_from(history)

    def _complete_from(self, history: PromptHistory) -> PromptCompletion:
        def ask(text: str) -> None:
            if self.webhook is not None:
                self.post_message(self.CompletionRequested(self.webhook.key, text))

        completion = PromptCompletion(history, ask)
        self.editor.completion = completion.rest_of_line
        return completion

    def _put_aside(self, comes: Inputs) -> None:
        """Keep the draft in the history before it is replaced, if it is somebody's work."""
        draft = self.draft
        if self.webhook is not None and draft.is_work(comes, self._recall.shown):
            self._recall.add(draft.inputs)
            self.post_message(self.DraftReplaced(self.webhook.key, draft.inputs))

    def on_prompt_editor_history_requested(self, event: PromptEditor.HistoryRequested) -> None:
        """Show an earlier prompt, or a later one."""
        event.stop()
        place = self._recall.older(self.inputs()) if event.older else self._recall.newer()
        if place is not None:
            self._replace(Draft.of(self._recall.inputs_at(place)), place, keep=False)
            self.editor.move_cursor((0, 0) if event.older else self.editor.document.end)

    # Storage of the draft.

    def save_draft(self) -> None:
        """Post the draft now, if it differs from the last one."""
        self._saver.stop_timer()
        if self.webhook is not None and (inputs := self.unsaved()) is not None:
            self._saver.mark_stored(inputs)
            self.post_message(self.DraftChanged(self.webhook.key, inputs, self.lineage))

    def unsaved(self) -> Inputs | None:
        """Return the draft if it differs from the last one posted: for an exit that no message would survive."""
        inputs = self.inputs()
        return None if self._saver.is_stored(inputs) else inputs

    # What is typed.

    def on_descendant_blur(self) -> None:
        """Save the draft, and answer an open question no."""
        self._close_question()
        self.save_draft()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Update all that depends on the text, after every change of it."""
        event.stop()
        self._mark_changed()
        if self._asked is None and self.editor.written:
            self.say_length()

    def on_field_changed(self, event: FieldChanged) -> None:
        """Update all that depends on the fields; words about a fault go once no field has one."""
        event.stop()
        self._mark_changed()
        if self.says_fault and not self.form.has_faults:
            self.show_message(None)

    def _mark_changed(self) -> None:
        """Note a change: an edited earlier prompt is a new one, and the draft is posted soon."""
        shown = self._recall.shown
        if shown is not None and self.editor.written != prompt_text(shown):
            self._recall.go_to(OWN)
        self.editor.browsing = self._recall.browsing
        self.editor.update_suggestion()
        draft = self.draft
        self.hint_at_preview(bool(draft.inputs) and draft.asks_for_preview(self._declared))
        if self.webhook is not None:
            self._saver.save_soon()

    # Sending.

    def batch_sent(self) -> None:
        """Clear the panel after its batch was sent."""
        self._recall.add(self.inputs())
        self.clear()
        self._saver.mark_stored(self.inputs())

    def send_as_written(self) -> None:
        """Send the text as one prompt instead of the batch."""
        draft = self._checked(self.editor.written)
        if draft is not None and self.webhook is not None:
            self._send(self.webhook.key, self.editor.written, dict(draft.inputs))

    def on_prompt_editor_submit_requested(self, event: PromptEditor.SubmitRequested) -> None:
        """Send the prompt if it is valid and not a repetition."""
        event.stop()
        if self.webhook is None or event.turn != self.editor.turn or (draft := self._checked(event.text)) is None:
            return
        body = dict(draft.inputs)
        if draft.asks_for_preview(self._declared):
            self._ask_batch(body, lines=bool(draft.batch_lines))
        elif (ago := self._repeat.since(self.webhook.key, body, self._now())) is not None:
            self._asked = (event.text, body)
            self.editor.open_question()
            self.show_message(
                SafeText(f"Same prompt sent {max(1, round(ago))} s ago. y send again · any other key cancel"),
                kind="ask",
            )
        else:
            self._send(self.webhook.key, event.text, body)

    def on_prompt_editor_confirmation_answered(self, event: PromptEditor.ConfirmationAnswered) -> None:
        """Send the prompt that was asked about if the answer is yes."""
        event.stop()
        asked = self._asked
        self._close_question()
        if event.yes and asked is not None and self.webhook is not None:
            self._send(self.webhook.key, *asked)

    def on_prompt_editor_held_enter_ignored(self, event: PromptEditor.HeldEnterIgnored) -> None:
        event.stop()
        self.show_message(SafeText("Loaded, not sent: press Enter again to run it."), kind="info")

    def on_prompt_editor_edit_requested(self, event: PromptEditor.EditRequested) -> None:
        event.stop()
        self.post_message(self.EditorRequested(self.editor.written))

    def _checked(self, text: SafeText) -> Draft | None:
        """Return the draft with `text` as its prompt; None when it cannot be sent, which the panel then explains."""
        draft = replace(self.draft, text=text.strip())
        if (wrong := self.form.first_wrong()) is not None:
            self.show_message(_field_fault(wrong))
            wrong.control.focus()
        elif (fault := draft.fault) is not None:
            self.show_message(fault)
        else:
            return draft
        return None

    def _send(self, key: str, text: str, body: dict[str, Json]) -> None:
        """Post `body`, and remove `text` from the editor; what was typed after it since stays, for the next prompt."""
        from cordage_tui.engine.batch.random_inputs import RandomInputs  # the first screen does without

        self._repeat.sent(key, body, self._now())
        sent = RandomInputs(self._declared).drawn((body,))[0]
        self._recall.add(sent)
        written = self.editor.written
        self._origin = replace(self._origin, batch_lines=None)
        self.editor.write(written.removeprefix(text) if written.startswith(text) else "")
        left, lineage = self.inputs(), self.lineage
        self._origin = replace(self._origin, at_rest=canonical(self.form.values()), lineage=lineage.left_in(left))
        self.show_message(None)
        self._saver.mark_stored(left)
        self.post_message(self.Submitted(key, sent, left, lineage))

    def _ask_batch(self, body: Inputs, *, lines: bool) -> None:
        if self.webhook is not None:
            self.show_message(None)
            self.post_message(self.BatchRequested(self.webhook.key, body, lines))

    def _close_question(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.editor.close_question()
            self.show_message(None)

    # Keys.

    def action_batch(self) -> None:
        """Preview the text as a batch."""
        from cordage_tui.engine.batch.draft import line_count

        draft = self._checked(self.editor.written)
        if draft is not None:
            self._ask_batch(draft.inputs, lines=line_count(draft.inputs) > 1)

    def action_undo(self) -> None:
        """Undo the last change of the text, or what replaced it and the fields."""
        self.editor.action_undo()
        self.editor.focus()

    def action_redo(self) -> None:
        """Redo what was undone last."""
        self.editor.action_redo()
        self.editor.focus()

    def action_remove_field(self) -> None:
        """Remove the focused free field; adding a field next offers it again."""
        removed = self.form.offer_again(self.screen.focused)
        if removed:
            self._replace_fields(self.draft.without_field(removed[0]))
            self.show_message(SafeText(f"Removed {removed[1][:40]} · ctrl+z undo"), kind="info")
            self.editor.focus()

    def action_clear(self) -> None:
        """Clear the prompt; what somebody wrote stays in the history."""
        self.clear(keep=True)

    def action_webhook(self, by: int) -> None:
        """Ask for another webhook for what is written."""
        if self.webhook is not None:
            self.post_message(self.WebhookRequested(by))


def _field_fault(row: FieldRow) -> SafeText:
    """Say which field is wrong, and why."""
    name, why = one_line(row.field.name, 40), row.problem
    return SafeText(f"Not sent: {name} m{why[1:]}" if why.startswith("Must ") else f"Not sent: {name}: {why}")
