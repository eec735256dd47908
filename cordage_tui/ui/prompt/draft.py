"""Draft of a prompt: validated body, storage, batch check."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message
from textual.timer import Timer

from cordage_tui.domain.inputs import LOST, PROMPT, Inputs, Json, canonical, text_fault
from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.editor import OWN, HistoryPlace, PromptCompletion, PromptEditor, PromptHistory
from cordage_tui.ui.prompt.form import NOTHING_INVALID
from cordage_tui.ui.prompt.layout import PromptLayout
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable, size

if TYPE_CHECKING:
    _PromptMixin = PromptLayout
else:
    _PromptMixin = object  # docs/library-traps.md T38

# The form as one body: read, checked and filled in.


class PromptBody(_PromptMixin):
    """Inputs for one webhook, from editor and fields."""

    webhook: Webhook | None = None
    """Webhook that the prompt is for; None: no one webhook. Set by `panel.PromptPanel.show`."""
    _at_rest: str | None = None

    def inputs(self) -> Inputs:
        """Inputs in the panel, without fields that are left out or invalid."""
        written = self.editor.written
        return self.form.values() | ({PROMPT: str(written)} if written else {})

    def _validated_body(self, text: SafeText) -> dict[str, Json] | None:
        """Return the body with `text` as its prompt; None when it cannot be sent, which the panel then explains."""
        wrong = self.form.first_wrong()
        written = text.strip()
        body = self.form.values() | ({PROMPT: written} if written else {})
        if wrong is not None:
            name, why = one_line(wrong.field.name, 40), wrong.problem
            said = f"{name} m{why[1:]}" if why.startswith("Must ") else f"{name}: {why}"
            self.show_message(SafeText(f"Not sent: {said}"))
            wrong.control.focus()
        elif not body or (PROMPT not in body and canonical(body) == self._at_rest):
            self.show_message(SafeText("Nothing to send: type a prompt."))
        elif size(canonical(body)) > MAX_BYTES:
            self.show_message(SafeText("Not sent: the prompt and its fields are larger than 1 MiB together."))
        elif (fault := text_fault(canonical(body))) is not None:
            self.show_message(SafeText(f"Not sent: it {fault}"))
        elif editable(LOST) in canonical(body):
            self.show_message(
                SafeText("Not sent: it has U+FFFD in the place of a character that was not UTF-8. Type it again.")
            )
        else:
            return body
        return None

    def _set_baseline(self, unless: bool = False) -> None:
        """Remember the fields as defaults: without a prompt, a stray Enter does not send them.

        `unless` they came from a run that had no prompt.
        """
        self._at_rest = None if unless else canonical(self.form.values())


def prompt_of(inputs: Inputs) -> str:
    """Return the prompt of `inputs`; empty when there is none, or one that is no text."""
    prompt = inputs.get(PROMPT)
    return prompt if isinstance(prompt, str) else ""


def fields_of(inputs: Inputs) -> Inputs:
    """Return `inputs` without the prompt; a prompt that is no text is a field like any other."""
    return {name: value for name, value in inputs.items() if name != PROMPT or not isinstance(value, str)}


# How the prompt panel leads to a batch: by a key of its own, or by Enter where several values stand in what is
# written.

PREVIEW: Final = {"enter": SafeText("Enter previews the batch"), "ctrl+j": SafeText("ctrl+j previews the batch")}
"""Hint in the border while Enter previews, for each value of the `submit` setting."""


class BatchConfirmation(PromptBody):
    """Prompt body that asks for a batch preview. It sends nothing."""

    class BatchRequested(Message, namespace="prompt_panel"):
        """Preview `inputs` as a batch. The panel keeps its text; `batch_sent` clears it, `send_as_written` sends it."""

        def __init__(self, webhook_key: str, inputs: Inputs, lines: bool) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lines = lines
            """Each line of the prompt is a prompt, unless the user says otherwise."""

    _loaded: bool | None = None
    """Set while a loaded batch is edited, which Enter previews; True: each line was a prompt."""
    _previews = False

    @property
    def hint(self) -> SafeText:
        """Hint in the border for the key that sends."""
        return PREVIEW[self._submit] if self._previews else super().hint

    def action_batch(self) -> None:
        """Preview the text as a batch."""
        from cordage_tui.engine.batch.draft import line_count

        body = self._validated_body(self.editor.written)
        if body is not None:
            self._ask_batch(body, lines=line_count(body) > 1)

    def _wants_batch(self, body: Inputs) -> bool:
        """Return whether Enter opens the preview: of a batch, or of a prompt that may not be meant as it is written."""
        from cordage_tui.engine.batch.draft import asks_for_batch  # the first screen does without batches
        from cordage_tui.engine.batch.unexpanded import asks_about

        return self._loaded is not None or asks_for_batch(body) or asks_about(body) or self._misfits(body)

    def _misfits(self, body: Inputs) -> bool:
        """Return whether an input does not fit the webhook, such as a choice of an earlier run that is none any more."""
        from cordage_tui.engine.batch.checks import BodyChecker
        from cordage_tui.engine.batch.random_inputs import RandomInputs

        declared = self.webhook.inputs if self.webhook else {}
        known = {name: value for name, value in body.items() if name not in RandomInputs(declared).open_in(body)}
        return bool(BodyChecker(declared, allowed=known).faults([known]))

    def _ask_batch(self, body: Inputs, *, lines: bool) -> None:
        if self.webhook is not None:
            self.show_message(None)
            self.post_message(self.BatchRequested(self.webhook.key, body, lines))

    def _look_for_batch(self, inputs: Inputs) -> None:
        """Update the hint in the border for what Enter will do."""
        previews = bool(inputs) and self._wants_batch(inputs)
        if previews is not self._previews:
            self._previews = previews
            self.show_hint()


# Storage of the draft, soon after each change.

DRAFT_S: Final = 0.3
"""Seconds after a change until the draft is stored: what a crash can lose."""


class DraftStorage(PromptBody):
    """Prompt body that posts its draft soon after each change."""

    class DraftChanged(Message, namespace="prompt_panel"):
        """Store `inputs` as the webhook's draft, to survive a restart; empty: no draft."""

        def __init__(self, webhook_key: str, inputs: Inputs, lineage: Lineage) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs
            self.lineage = lineage

    lineage = NO_LINEAGE
    """Of what is written."""
    _drafted = canonical({})
    _saving: Timer | None = None

    def save_draft(self) -> None:
        """Post the draft now, if it differs from the last one."""
        if self._saving:
            self._saving.stop()
            self._saving = None
        if self.webhook is not None and (inputs := self.unsaved()) is not None:
            self._drafted = canonical(inputs)
            self.post_message(self.DraftChanged(self.webhook.key, inputs, self.lineage))

    def unsaved(self) -> Inputs | None:
        """Return the draft if it differs from the last one posted: for an exit that no message would survive."""
        inputs = self.inputs()
        return inputs if canonical(inputs) != self._drafted else None

    def _draft_is_told(self) -> None:
        """Treat the present inputs as stored."""
        self._drafted = canonical(self.inputs())

    def _draft_soon(self) -> None:
        """Post the draft after `DRAFT_S`."""
        if self._saving is None and self.webhook is not None:
            self._saving = self.set_timer(DRAFT_S, self.save_draft)


# Earlier prompts: recalled, completed, and kept when something else takes their place.


class RecalledPrompt(BatchConfirmation, DraftStorage):
    """Prompt body that recalls what was sent before."""

    class DraftReplaced(Message, namespace="prompt_panel"):
        """Keep `inputs`, which were not sent, in the history: they have been replaced in the panel."""

        def __init__(self, webhook_key: str, inputs: Inputs) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.inputs = inputs

    class CompletionRequested(Message, namespace="prompt_panel"):
        """Look among all earlier prompts, or the word lists, for what begins with `text`, and pass it to `complete`."""

        def __init__(self, webhook_key: str, text: str) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.text = text

    _recall: PromptHistory
    _completion: PromptCompletion
    _untouched: str | None = None

    def _recall_from(self, history: PromptHistory) -> None:
        """Recall these prompts of the webhook, and complete what is typed from them."""
        self._recall = history

        def ask(text: str) -> None:
            if self.webhook is not None:
                self.post_message(self.CompletionRequested(self.webhook.key, text))

        self._completion = PromptCompletion(self._recall, ask)
        self.editor.completion = self._completion.rest_of_line

    def complete(self, webhook_key: str, text: str, prompt: str | None) -> None:
        """Use `prompt` as the one that begins with `text`, if that is still being written; None: there is none."""
        if self.webhook is not None and self.webhook.key == webhook_key:
            self._completion.learn(text, prompt)
            self.editor.update_suggestion()

    def _put_aside(self, comes: Inputs) -> None:
        """Keep the text in history before it is replaced, if it is somebody's work."""
        stands, body = self.inputs(), canonical(self.inputs())
        shown = self._recall.shown
        idle = body == self._untouched or (PROMPT not in stands and body in (self._at_rest, canonical({})))
        if self.webhook is None or idle or body == canonical(comes) or (shown is not None and body == canonical(shown)):
            return
        self._recall.add(stands)
        self.post_message(self.DraftReplaced(self.webhook.key, stands))


# Replacement of the draft, which undo and redo exchange as a whole.


class DraftState(NamedTuple):
    """Content of the panel beside the text of the prompt."""

    webhook: Webhook | None
    fields: Inputs
    invalid: Mapping[str, SafeText] = NOTHING_INVALID
    """Texts of fields that are no value."""
    batch_lines: bool | None = None
    """As in `panel.PromptPanel.load`."""
    at_rest: str | None = None
    lineage: Lineage = NO_LINEAGE
    place: HistoryPlace = OWN
    history: PromptHistory | None = None
    """Of the webhook; None: that of the panel."""
    leaves: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft of the webhook that was shown before, if that is another one."""
    finds: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft that the webhook had before."""


class DraftReplacement(RecalledPrompt):
    """Prompt body whose text and fields are replaced together: each replacement is one step of undo and redo."""

    class WebhookRequested(Message, namespace="prompt_panel"):
        """Take what is written to the webhook so many places on; with `key` it has been taken there by undo or redo."""

        def __init__(self, by: int, key: str | None = None) -> None:
            super().__init__()
            self.by = by
            self.key = key

    def replace_draft(
        self,
        inputs: Inputs,
        *,
        batch_lines: bool | None = None,
        place: HistoryPlace = OWN,
        lineage: Lineage = NO_LINEAGE,
        keep: bool = True,
    ) -> None:
        """Show exactly `inputs` in place of the draft, in one step that undo takes back, with its fields.

        `batch_lines` as in `panel.PromptPanel.load`. A draft that is somebody's work is kept in the history, if `keep`.
        """
        if keep:
            self._put_aside(inputs)
        fields, prompt = fields_of(inputs), prompt_of(inputs)
        at_rest = canonical(fields) if prompt.strip() or place.is_own else None
        state = DraftState(self.webhook, fields, NOTHING_INVALID, batch_lines, at_rest, lineage, place)
        self.editor.write(prompt, beside=state)

    def replace_fields(self, fields: Inputs, invalid: Mapping[str, SafeText] = NOTHING_INVALID) -> None:
        """Show these fields beside the text that is written, in one step that undo takes back."""
        now = self._state()
        self.editor.write(self.editor.written, beside=now._replace(fields=fields, invalid=invalid, at_rest=None))

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
        if found is not None and prompt_of(found).strip() and canonical(found) != canonical(inputs):
            self.post_message(self.DraftReplaced(webhook.key, found))
            history = [found, *history]
        fields = fields_of(inputs)
        state = DraftState(webhook, fields, NOTHING_INVALID, self._loaded, canonical(fields), self.lineage)
        state = state._replace(history=PromptHistory(history), finds=(found or {}, lineage))
        self.editor.write(prompt_of(inputs), beside=state)

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
            fields, invalid = self.form.values(), self.form.invalid()
            self.replace_fields(
                {name: value for name, value in fields.items() if name != removed[0]},
                {name: text for name, text in invalid.items() if name != removed[0]},
            )
            self.show_message(SafeText(f"Removed {removed[1][:40]} · ctrl+z undo"), kind="info")
            self.editor.focus()

    def on_prompt_editor_history_requested(self, event: PromptEditor.HistoryRequested) -> None:
        """Show an earlier prompt, or a later one."""
        event.stop()
        place = self._recall.older(self.inputs()) if event.older else self._recall.newer()
        if place is not None:
            self.replace_draft(self._recall.inputs_at(place), place=place, keep=False)
            self.editor.move_cursor((0, 0) if event.older else self.editor.document.end)

    def _state(self) -> DraftState:
        return DraftState(
            *(self.webhook, self.form.values(), self.form.invalid(), self._loaded, self._at_rest, self.lineage),
            *(self._recall.place, self._recall),
        )

    def _exchange(self, state: DraftState) -> DraftState:
        """Show `state` and return what was shown."""
        now = self._state()
        self._loaded, self._at_rest, self.lineage = state.batch_lines, state.at_rest, state.lineage
        self._drafted = ""  # the same inputs may have another lineage
        self.show_message(None)
        old, webhook = self.webhook, state.webhook
        if old is not None and webhook is not None and old.key != webhook.key:
            now = now._replace(leaves=state.finds, finds=state.leaves)
            self._write_for(webhook, state.history or PromptHistory())
        self._recall.place = state.place
        self.form.load(state.fields, state.invalid)
        if old is not None and self.webhook is not old:
            self.save_draft()  # first: a crash in between leaves the prompt in two places, not in none
            self.post_message(self.DraftChanged(old.key, *state.leaves))
        return now

    def _write_for(self, webhook: Webhook, history: PromptHistory) -> None:
        self.webhook, self._untouched = webhook, None
        self.form.declare(webhook.inputs)
        self._recall_from(history)
        self.name_target(webhook)
        self.post_message(self.WebhookRequested(0, webhook.key))
