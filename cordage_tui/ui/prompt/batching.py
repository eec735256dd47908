"""How the prompt panel leads to a batch: by a key of its own, or by Enter where several values stand in what is written."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.batch.draft import asks_for_batch, line_count
from cordage_tui.ui.ink import literal
from cordage_tui.ui.prompt.body import PromptBody

PREVIEW: Final = {"enter": SafeText("Enter previews the batch"), "ctrl+j": SafeText("ctrl+j previews the batch")}
"""What the border says instead, for each value of the `submit` setting."""


class BatchConfirmation(PromptBody):
    """The body, and what it does about batches. Nothing is sent from here: a batch is shown first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+t",
            "batch",
            "batch",
            id="prompt.batch",
            tooltip="Preview many prompts at once: one a line, {red|blue} in the text, {a,b} or 1..8 in a field or as a last line seed=1..8.",
        ),
    ]

    @dataclass
    class BatchRequested(Message, namespace="prompt_panel"):
        """Show what `inputs` make as a batch. The panel keeps its text; `batch_sent` clears it, `send_as_written` sends it."""

        webhook_key: str
        inputs: Inputs
        lines: bool
        """Each line of the prompt is one, unless the user says otherwise."""

    _loaded: bool | None = None
    """A batch was loaded to be edited: Enter previews it, whatever stands in it; True: each line was a prompt."""
    _previews = False

    @property
    def hint(self) -> SafeText:
        """What the border says of the key that sends."""
        return PREVIEW[self._submit] if self._previews else super().hint

    def action_batch(self) -> None:
        """Preview what stands here, each line a prompt."""
        body = self._validated_body(self.editor.written)
        if body is not None:
            self._ask_batch(body, lines=line_count(body) > 1)

    def _wants_batch(self, body: Inputs) -> bool:
        """Whether Enter leads to the preview."""
        return self._loaded is not None or asks_for_batch(body)

    def _ask_batch(self, body: Inputs, *, lines: bool) -> None:
        if self.webhook is not None:
            self.show_message(None)
            self.post_message(self.BatchRequested(self.webhook.key, body, lines))

    def _look_for_batch(self, inputs: Inputs) -> None:
        """The border says what Enter will do."""
        previews = self._wants_batch(inputs) and bool(inputs)
        if previews is not self._previews:
            self._previews = previews
            self.border_subtitle = literal(self.hint if self.webhook else SafeText(""))
