"""A prompt is edited before it is sent: saving puts the new inputs in its place and sends nothing by itself."""

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.ink import literal
from cordage_tui.ui.prompt.outside import ExternalEditorMixin
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.toast import toast

SAVES: Final = {"enter": "Enter saves", "ctrl+j": "ctrl+j saves"}
"""What the border says of each value of the `submit` setting."""


class QueuedPromptPanel(PromptPanel):
    """The prompt panel under its own words: what it hands out is saved, not sent."""

    def __init__(self, submit: str) -> None:
        super().__init__(submit=submit)
        self._saves = SafeText(f"{SAVES[submit]} · esc leaves it as it is")

    def name_target(self, target: Webhook | None) -> None:
        super().name_target(target)
        name = one_line(target.name, 60) if target else SafeText("")
        self.border_title = Content.assemble("Edit before it is sent → ", literal(name))
        self.border_subtitle = literal(self._saves)


class EditQueuedPromptScreen(ModalScreen[None]):
    """Lays the inputs of one prompt out. `save` keeps what was made of them, and says in words why it could not; None: it
    did. Then the screen goes; else the text stays where it was written."""

    BINDINGS = [Binding("escape", "leave", "leave", id="dialog.leave", tooltip="Leave without a change.")]
    AUTO_FOCUS = "PromptEditor"

    def __init__(
        self, webhook: Webhook, inputs: Inputs, submit: str, save: Callable[[Inputs], SafeText | None]
    ) -> None:
        super().__init__()
        self._webhook = webhook
        self._inputs = inputs
        self._submit = submit
        self._save = save

    def compose(self) -> ComposeResult:
        yield QueuedPromptPanel(self._submit)

    def on_mount(self) -> None:
        panel = self.query_one(QueuedPromptPanel)
        panel.show(self._webhook, {}, ())
        panel.load(self._inputs)

    def on_prompt_panel_submitted(self, event: PromptPanel.Submitted) -> None:
        event.stop()
        problem = self._save(event.inputs)
        if problem is None:
            self.dismiss()
        else:
            panel = self.query_one(QueuedPromptPanel)
            panel.load(event.inputs)
            panel.show_message(problem)

    def on_prompt_panel_draft_changed(self, event: PromptPanel.DraftChanged) -> None:
        """This is no draft of the webhook's next prompt."""
        event.stop()

    def on_prompt_panel_editor_requested(self, event: PromptPanel.EditorRequested) -> None:
        """`$EDITOR` on the prompt, with the screen handed over."""
        event.stop()
        self.run_worker(self._edit_outside(event.text), group="editor", exclusive=False)

    async def _edit_outside(self, text: str) -> None:
        result = await self.app.edit_outside(text) if isinstance(self.app, ExternalEditorMixin) else None
        if result is None:
            return
        self.query_one(QueuedPromptPanel).set_text(result.text)
        if result.words:
            toast(self.app, result.words, error=True)

    def action_leave(self) -> None:
        self.dismiss()
