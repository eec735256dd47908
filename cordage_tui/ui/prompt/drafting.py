"""What stands in the prompt panel is told as a draft, soon after each change."""

from dataclasses import dataclass
from typing import Final

from textual.message import Message
from textual.timer import Timer

from cordage_tui.domain.inputs import Inputs, canonical
from cordage_tui.ui.prompt.body import PromptBody

DRAFT_S: Final = 0.3
"""Seconds after a change within which the draft is told: what a crash can lose."""


class DraftStorage(PromptBody):
    """The body, and what of it was told last."""

    @dataclass
    class DraftChanged(Message, namespace="prompt_panel"):
        """What stands in the panel for the webhook now, to be kept across restarts; empty: nothing."""

        webhook_key: str
        inputs: Inputs

    _drafted = canonical({})
    _saving: Timer | None = None

    def save_draft(self) -> None:
        """Tell the draft now, if it is not the one told last."""
        if self._saving:
            self._saving.stop()
            self._saving = None
        if self.webhook is not None and (inputs := self.unsaved()) is not None:
            self._drafted = canonical(inputs)
            self.post_message(self.DraftChanged(self.webhook.key, inputs))

    def unsaved(self) -> Inputs | None:
        """What stands here, if it is not the draft told last: for an end of the program that no message would survive."""
        inputs = self.inputs()
        return inputs if canonical(inputs) != self._drafted else None

    def _draft_is_told(self) -> None:
        """What stands here now needs no telling."""
        self._drafted = canonical(self.inputs())

    def _draft_soon(self) -> None:
        """Something changed."""
        if self._saving is None and self.webhook is not None:
            self._saving = self.set_timer(DRAFT_S, self.save_draft)
