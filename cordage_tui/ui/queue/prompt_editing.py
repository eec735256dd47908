"""Editing of a queued prompt. Saving replaces its inputs, and sends nothing."""

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.screen import ModalScreen

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import EditStart, QueueItem
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.errors import REFUSALS
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.engine.outbox.queue_file import changed_faults
from cordage_tui.ui.dialogs.base import ConfirmDialog, LeaveDialog
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.keys.action import ActionNode, bindings_of
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.textual_patches.screen import PatchedScreen
from cordage_tui.ui.widgets.text import literal

SAVES: Final = {"enter": "Enter saves", "ctrl+j": "ctrl+j saves"}
"""Hint in the border for each value of the `submit` setting."""
SENT_MEANWHILE: Final = one_line("It was already sent, without your changes.")
EDITED_ELSEWHERE: Final = one_line("Another window edits this prompt.")
_REFUSALS: Final = {EditStart.SENT: SENT_MEANWHILE, EditStart.OPEN_ELSEWHERE: EDITED_ELSEWHERE}


class QueuedPromptEditing:
    """Editing of one prompt before it is sent. The prompt is not sent while it is edited."""

    def __init__(self, screen: EngineScreen[None], submit: str, foreground: ForegroundProgram, item: QueueItem) -> None:
        """`submit`: the setting of that name."""
        self._screen = screen
        self._queue = screen.engine.queue
        self._submit = submit
        self._foreground = foreground
        self._item = item

    def open(self) -> None:
        """Set the prompt aside, so that it is not sent, and open its screen."""
        item, profile = self._item, self._screen.engine.profile
        with self._screen.report_errors():
            detail = self._screen.store.query.detail(item.row)
            if detail is None or detail.inputs is None:
                self._screen.toast(SENT_MEANWHILE)
                return
            start = self._queue.begin_edit(item.row)
            if (refusal := _REFUSALS.get(start)) is not None:
                self._screen.toast(refusal)
                return
            webhook = profile.webhook(item.webhook_key) or Webhook(item.webhook_key, profile.label(item.webhook_key))
            links = self._screen.store.run_lookup.lineage(item.row).links
            inputs = OutputNames(self._screen.store, profile.stored_as).named(detail.inputs, links)
            screen = EditQueuedPromptScreen(webhook, inputs, self._submit, self._save, self._foreground)
            self._screen.app.push_screen(screen, lambda _: self._leave(start))

    def _save(self, inputs: Inputs) -> SafeText | None:
        try:
            change = self._queue.edit(self._item.row, inputs)
            return None if change.done else EDITED_ELSEWHERE if change.state is OutboxState.HELD else SENT_MEANWHILE
        except REFUSALS as error:
            return error.what

    def _leave(self, start: EditStart) -> None:
        with self._screen.report_errors():
            self._queue.leave_edit(self._item.row, start)


class LeaveQueuedPrompt(LeaveDialog):
    """Cancel without a change."""

    word = "leave"


class EditQueuedPromptScreen(PatchedScreen, ActionNode, ModalScreen[None]):
    """Screen to edit a queued prompt. `save` stores the inputs, and returns None, or why it could not.

    The screen is left when the inputs are stored; otherwise the text stays in the panel.
    """

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS = (LeaveQueuedPrompt(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = "PromptEditor"

    def __init__(
        self,
        webhook: Webhook,
        inputs: Inputs,
        submit: str,
        save: Callable[[Inputs], SafeText | None],
        foreground: ForegroundProgram,
    ) -> None:
        super().__init__()
        self._webhook = webhook
        self._inputs = inputs
        self._submit = submit
        self._save = save
        self._foreground = foreground

    def compose(self) -> ComposeResult:
        hint = SafeText(f"{SAVES[self._submit]} · esc cancel")
        yield PromptPanel(submit=self._submit, heading="Edit queued prompt", hint=hint)

    def on_mount(self) -> None:
        panel = self.query_one(PromptPanel)
        panel.show(self._webhook, {}, ())
        panel.load(self._inputs)

    def on_prompt_panel_submitted(self, event: PromptPanel.Submitted) -> None:
        event.stop()
        problem = self._save(event.inputs)
        if problem is None:
            self.dismiss()
        else:
            panel = self.query_one(PromptPanel)
            panel.give_back(event.inputs)
            panel.frame.show_message(problem)

    def on_prompt_panel_batch_requested(self, event: PromptPanel.BatchRequested) -> None:
        """Ask before a text is saved that looks like a pattern or does not fit the webhook: a queued prompt is one run."""
        event.stop()
        faults = changed_faults(event.inputs, self._inputs, self._webhook.inputs)
        if not faults:
            self._save_as_written(True)
            return
        lines = [literal(one_line(str(fault), 400), "$run-wait") for fault in faults]
        dialog = ConfirmDialog(one_line("Save it as it is?"), lines, one_line("Save"))
        self.app.push_screen(dialog, self._save_as_written)

    def _save_as_written(self, yes: bool | None) -> None:
        if yes:
            self.query_one(PromptPanel).send_as_written()

    def on_prompt_editor_curl_pasted(self, event: PromptEditor.CurlPasted) -> None:
        """Say where to paste a curl command. As text, its API key would be sent with the prompt."""
        event.stop()
        self.query_one(PromptPanel).frame.show_message(one_line("Paste a curl command into the prompt panel instead."))

    def on_prompt_panel_draft_changed(self, event: PromptPanel.DraftChanged) -> None:
        """Stop the message, because this is not the draft of the webhook's next prompt."""
        event.stop()

    def on_prompt_panel_editor_requested(self, event: PromptPanel.EditorRequested) -> None:
        """Open `$EDITOR` on the prompt, in the foreground of the terminal."""
        event.stop()
        self.run_worker(self._edit_outside(event.text), group="editor", exclusive=False)

    async def _edit_outside(self, text: str) -> None:
        result = await self._foreground.edit(text)
        if result is None:
            return
        self.query_one(PromptPanel).set_text(result.text)
        if result.words:
            toast(self.app, result.words, error=True)

    def leave(self) -> None:
        """Leave the prompt as it was."""
        self.dismiss()
