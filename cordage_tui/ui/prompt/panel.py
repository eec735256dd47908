"""Prompt panel: drafts, history, and the checks before a body leaves it."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from cordage_tui.domain.inputs import PROMPT, RANDOM, Inputs, Json, canonical
from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.input_fields import with_defaults
from cordage_tui.ui.prompt.draft import DraftReplacement, fields_of, prompt_of
from cordage_tui.ui.prompt.duplicate_guard import DuplicateSubmitGuard
from cordage_tui.ui.prompt.editor import HistoryPlace, PromptEditor, PromptHistory
from cordage_tui.ui.prompt.form import FieldChanged
from cordage_tui.ui.prompt.layout import PromptLayout
from cordage_tui.ui.widgets.text_area import MAX_BYTES, size

if TYPE_CHECKING:
    from cordage_tui.ui.prompt.linked_output import LinkedOutput


class PromptPanel(DraftReplacement, PromptLayout):
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

    class EditorRequested(Message):
        """Run `$EDITOR` on `text` and pass the result to `set_text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        *,
        submit: str = "enter",
        now: Callable[[], float] = time.monotonic,
        linked: "Callable[[], LinkedOutput] | None" = None,
        id: str | None = None,
    ) -> None:
        super().__init__(submit, linked=linked, id=id)
        self._now = now
        self._repeat = DuplicateSubmitGuard()
        self._asked: tuple[str, dict[str, Json]] | None = None
        self._recall_from(PromptHistory())
        self.editor.exchange = self._exchange

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
        self.webhook, self._loaded, self.lineage = webhook, None, lineage
        self._recall_from(PromptHistory(history))
        self.show_message(None)
        self.form.declare(webhook.inputs if webhook else {})
        if draft is not None:
            self.form.load(fields_of(draft))
        default = {} if webhook is None else {PROMPT: webhook.inputs.get(PROMPT)}
        self.editor.write(prompt_of(default if draft is None else draft), undoable=False)
        self._set_baseline()
        self._untouched = canonical(self.inputs()) if draft is None else None
        self._draft_is_told()
        self.name_target(self.webhook)

    def _refresh(self, webhook: Webhook, history: Sequence[Inputs]) -> None:
        """Update name and fields of the same webhook, while something may be half written."""
        if webhook.inputs != (self.webhook or webhook).inputs:
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
        place = HistoryPlace(loaded=inputs)
        self.replace_draft(inputs, batch_lines=batch_lines, place=place, lineage=lineage)
        self._mark_changed()

    def load_fields(self, inputs: Inputs) -> None:
        """Show the fields of `inputs`, beside the text that is written."""
        written = self.editor.written
        self._put_aside({**fields_of(inputs), **({PROMPT: str(written)} if written else {})})
        self.replace_fields(fields_of(inputs))
        self._mark_changed()

    def set_fields(self, fields: Inputs) -> None:
        """Set these fields beside what is written, in one step that undo takes back."""
        invalid = {name: text for name, text in self.form.invalid().items() if name not in fields}
        self.replace_fields({**self.form.values(), **fields}, invalid)
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

    def action_clear(self) -> None:
        """Clear the prompt; what somebody wrote stays in the history."""
        self.clear(keep=True)

    def action_webhook(self, by: int) -> None:
        """Ask for another webhook for what is written."""
        if self.webhook is not None:
            self.post_message(self.WebhookRequested(by))

    def clear(self, *, keep: bool = False) -> None:
        """Empty the prompt; the fields go back to the webhook's defaults. `keep` in the history what somebody wrote."""
        self._close_question()
        defaults = with_defaults(self.webhook.inputs if self.webhook else {}, {})
        self.replace_draft(fields_of({**defaults, PROMPT: ""}), keep=keep)

    def batch_sent(self) -> None:
        """Clear the panel after its batch was sent."""
        self._recall.add(self.inputs())
        self.clear()
        self._draft_is_told()

    def send_as_written(self) -> None:
        """Send the text as one prompt instead of the batch."""
        body = self._validated_body(self.editor.written)
        if body is not None and self.webhook is not None:
            self._send(self.webhook.key, self.editor.written, body)

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

    def on_prompt_editor_submit_requested(self, event: PromptEditor.SubmitRequested) -> None:
        """Send the prompt if it is valid and not a repetition."""
        event.stop()
        if self.webhook is None or event.turn != self.editor.turn:
            return
        body = self._validated_body(event.text)
        if body is None:
            return
        if self._wants_batch(body):
            self._ask_batch(body, lines=bool(self._loaded))
        elif (ago := self._repeat.since(self.webhook.key, body, self._now())) is not None:
            self._asked = (event.text, body)
            self.editor.asking = True
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

    def _send(self, key: str, text: str, body: dict[str, Json]) -> None:
        """Post `body`, and remove `text` from the editor; what was typed behind it since stays, for the next prompt."""
        from cordage_tui.engine.batch.random_inputs import RandomInputs  # the first screen does without

        self._loaded = None
        self._repeat.sent(key, body, self._now())
        sent = RandomInputs(self.webhook.inputs if self.webhook else {}).drawn((body,))[0]
        self._recall.add(sent)
        written = self.editor.written
        self.editor.write(written.removeprefix(text) if written.startswith(text) else "")
        self._set_baseline()
        self.show_message(None)
        self._draft_is_told()
        left, lineage = self.inputs(), self.lineage
        self.lineage = lineage.left_in(left)
        self.post_message(self.Submitted(key, sent, left, lineage))

    def _mark_changed(self) -> None:
        """Note a change: an edited earlier prompt is a new one, and the draft is posted soon."""
        shown = self._recall.shown
        if shown is not None and self.editor.written != prompt_of(shown):
            self._recall.leave()
        self.editor.browsing = self._recall.browsing
        self.editor.update_suggestion()
        self._look_for_batch(self.inputs())
        self._draft_soon()

    def _close_question(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.editor.asking = False
            self.show_message(None)
