"""The question before the program is left while prompts wait to be sent."""

from enum import StrEnum
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key, Mount
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.prompt.editor import PasteGuard
from cordage_tui.ui.widgets.text import literal


class QuitChoice(StrEnum):
    """What becomes of the prompts that wait."""

    KEEP = "keep"
    """They stay on disk, and go when the program is started again."""
    HAND_OVER = "hand over"
    """A worker goes on with them."""
    DROP = "drop"
    """They are forgotten."""


@dataclass(frozen=True, slots=True)
class PendingWork:
    """What would be left behind."""

    queued: int
    """Prompts that wait to be sent."""
    sending: int
    """Prompts on the wire, without an answer so far."""
    no_worker: SafeText | None
    """Why a worker could not go on with them; None: one could."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """One answer."""

    id: str
    leave: QuitChoice | None
    """None: stay."""
    key: str
    word: str
    meaning: str


_CHOICES: Final = (
    _Choice("keep", QuitChoice.KEEP, "y", "Quit, keep them", "sent at the next start"),
    _Choice("worker", QuitChoice.HAND_OVER, "h", "Continue in background", "a worker sends them"),
    _Choice("drop", QuitChoice.DROP, "x", "Discard them", "not charged"),
    _Choice("stay", None, "esc", "Cancel", ""),
)


class QuitDialog(ModalScreen[QuitChoice | None]):
    """How to leave, or None: stay. Keep is focused. Keys that come as fast as those of a paste are no answer."""

    BINDINGS = [
        Binding("y", "leave('keep')", "keep", id="leaving.keep", tooltip="Quit and keep the prompts on disk"),
        Binding(
            "h",
            "leave('hand over')",
            "hand over",
            id="leaving.hand_over",
            tooltip="Quit; a background worker sends them",
        ),
        Binding("x", "leave('drop')", "drop", id="leaving.drop", tooltip="Discard the prompts and quit"),
        Binding("n,escape", "stay", "stay", id="leaving.stay", tooltip="Stay in the app"),
        Binding("left,up,shift+tab", "app.focus_previous", show=False),
        Binding("right,down,tab", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = "#keep"

    def __init__(self, waits: PendingWork) -> None:
        super().__init__()
        self._waits = waits
        self._guard = PasteGuard()
        self._burst = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card question", can_focus=False) as card:
            card.border_title = literal(title(self._waits))
            for choice in offered(self._waits):
                yield Button(label(choice), id=choice.id, compact=True, classes="choice")
            if (words := remarks(self._waits)) is not None:
                yield Static(words, classes="ask")

    def on_mount(self, event: Mount) -> None:
        self._guard.heard(event.time)

    def on_key(self, event: Key) -> None:
        self._burst = self._guard.heard(event.time)

    def on_mouse_down(self) -> None:
        self._burst = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return parameters != (QuitChoice.HAND_OVER.value,) or self._waits.no_worker is None

    def action_leave(self, how: str) -> None:
        if not self._burst:
            self.dismiss(QuitChoice(how))

    def action_stay(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        leave = next(choice.leave for choice in _CHOICES if choice.id == event.button.id)
        if leave is None:
            self.action_stay()
        else:
            self.action_leave(leave.value)


def title(waits: PendingWork) -> SafeText:
    """`3 prompts are not sent yet`."""
    return one_line("1 prompt is not sent yet" if waits.queued == 1 else f"{waits.queued:,} prompts are not sent yet")


def offered(waits: PendingWork) -> list[_Choice]:
    """What can be chosen."""
    return [choice for choice in _CHOICES if choice.leave is not QuitChoice.HAND_OVER or waits.no_worker is None]


def label(choice: _Choice) -> Content:
    """Key, answer and what it means, in columns."""
    key, word = literal(SafeText(f"{choice.key:<5}"), "dim"), literal(SafeText(f"{choice.word:<24}"))
    return Content.assemble(key, word, literal(one_line(choice.meaning), "dim"))


def remarks(waits: PendingWork) -> Content | None:
    """What else there is to know."""
    said = [literal(waits.no_worker, "$quiet")] if waits.no_worker is not None else []
    if waits.sending:
        said.append(literal(one_line("One more is being sent; quitting waits for its response."), "$quiet"))
    return Content("\n").join(said) if said else None
