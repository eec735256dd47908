"""Draft of a prompt: validated body, storage, batch check."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.message import Message
from textual.timer import Timer

from cordage_tui.domain.inputs import PROMPT, Inputs, Json, canonical
from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.editor import PromptCompletion, PromptEditor, PromptHistory
from cordage_tui.ui.prompt.layout import PromptLayout
from cordage_tui.ui.widgets.text_area import MAX_BYTES, size

if TYPE_CHECKING:
    _PromptMixin = PromptLayout
else:
    _PromptMixin = object  # see `app_base.AppMixin`

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
        else:
            return body
        return None

    def _set_baseline(self, unless: bool = False) -> None:
        """Remember the fields as defaults: without a prompt, a stray Enter does not send them.

        `unless` they came from a run that had no prompt.
        """
        self._at_rest = None if unless else canonical(self.form.values())

    def _fill(self, inputs: Inputs) -> None:
        self.form.load(fields_of(inputs))
        self.editor.write(prompt_of(inputs))
        self._set_baseline(unless=not prompt_of(inputs).strip())


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
        """Return whether Enter opens the preview."""
        from cordage_tui.engine.batch.draft import asks_for_batch  # the first screen does without batches

        return self._loaded is not None or asks_for_batch(body)

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
        """Look among all earlier prompts for one that begins with `text`, and pass it to `complete`."""

        def __init__(self, webhook_key: str, text: str) -> None:
            super().__init__()
            self.webhook_key = webhook_key
            self.text = text

    _recall: PromptHistory
    _completion: PromptCompletion
    _untouched: str | None = None

    def _recall_from(self, history: Sequence[Inputs]) -> None:
        """Recall these prompts of the webhook, the newest first, and complete what is typed from them."""
        self._recall = PromptHistory(history)

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

    def on_prompt_editor_history_requested(self, event: PromptEditor.HistoryRequested) -> None:
        """Show an earlier prompt, or a later one."""
        event.stop()
        found = self._recall.older(self.inputs()) if event.older else self._recall.newer()
        if found is not None:
            self.lineage = NO_LINEAGE
            self._fill(found)
            self.editor.move_cursor((0, 0) if event.older else self.editor.document.end)
            if not self._recall.browsing:
                self._set_baseline()

    def _put_aside(self, comes: Inputs) -> None:
        """Keep the text in history before it is replaced, if it is somebody's work."""
        stands, body = self.inputs(), canonical(self.inputs())
        shown = self._recall.shown
        idle = body == self._untouched or (PROMPT not in stands and body in (self._at_rest, canonical({})))
        if self.webhook is None or idle or body == canonical(comes) or (shown is not None and body == canonical(shown)):
            return
        self._recall.add(stands)
        self.post_message(self.DraftReplaced(self.webhook.key, stands))
