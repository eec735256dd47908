"""Dialog that asks how to quit while prompts are queued."""

from collections.abc import Iterable
from enum import StrEnum

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.widgets.text import literal


class QuitChoice(StrEnum):
    """Way to quit while prompts are queued."""

    KEEP = "keep"
    """They stay on disk, and are sent at the next start."""
    HAND_OVER = "hand over"
    """A background worker sends them."""
    DROP = "drop"
    """They are discarded."""


@dataclass(frozen=True, slots=True)
class PendingWork:
    """Prompts that would be left behind."""

    queued: int
    """Queued prompts."""
    sending: int
    """Prompts being sent, without a response so far."""
    no_worker: SafeText | None
    """Why no worker could send them; None: one could."""


class QuitDialog(ChoiceMenu[QuitChoice | None]):
    """Menu of ways to quit while prompts are queued. Keeping them has the focus; None: do not quit."""

    def __init__(self, pending: PendingWork) -> None:
        super().__init__(title(pending), choices(pending))
        self._pending = pending

    def remarks(self) -> Iterable[Content]:
        if self._pending.no_worker is not None:
            yield literal(self._pending.no_worker, "$quiet")
        if self._pending.sending:
            yield literal(one_line("One more is being sent; quitting waits for its response."), "$quiet")


def title(pending: PendingWork) -> SafeText:
    """`3 prompts are not sent yet`."""
    count = pending.queued
    return one_line("1 prompt is not sent yet" if count == 1 else f"{count:,} prompts are not sent yet")


def choices(pending: PendingWork) -> list[MenuChoice[QuitChoice | None]]:
    """Ways to quit; a background worker only where there could be one."""
    told = [
        MenuChoice[QuitChoice | None](key, SafeText(words), answer, SafeText(note))
        for key, words, answer, note in (
            ("y", "Quit, keep them", QuitChoice.KEEP, "sent at the next start"),
            ("h", "Continue in background", QuitChoice.HAND_OVER, "a worker sends them"),
            ("x", "Discard them", QuitChoice.DROP, "not charged"),
            ("escape", "Cancel", None, ""),
        )
    ]
    return [one for one in told if one.answer is not QuitChoice.HAND_OVER or pending.no_worker is None]
