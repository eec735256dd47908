"""Menu of choices with a letter for each."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key, Mount, MouseDown
from textual.widgets import Button, Static

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.base import LeaveDialog, ScrollableModal
from cordage_tui.ui.keys.action import LetterHold, bindings_of, hold_letter
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.widgets.text import literal

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class MenuChoice(Generic[Answer]):
    """Choice of a menu."""

    key: str
    """Character that chooses it, or the name of a key."""
    title: SafeText
    answer: Answer
    note: SafeText = SafeText("")
    """Meaning or beginning of the choice, or why it cannot be chosen."""
    enabled: bool = True
    needs_pause: bool = False
    """True if it spends money or discards work at once: its letter chooses it after a pause."""
    current: bool = False
    """True for the choice in effect, which has the focus at first."""


class LeaveMenu(LeaveDialog):
    """Cancel without a change."""

    keys = "escape,q,n"


class ChoiceMenu(ScrollableModal[Answer | None]):
    """Card with a button for each choice. Returns the chosen answer; None: cancelled.

    The key of a disabled choice says why, and the menu stays. Keys of a paste do not choose.
    """

    ACTIONS = (LeaveMenu(),)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(ACTIONS),
        Binding("up,shift+tab", "app.focus_previous", show=False),
        Binding("down,tab", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = "Button"

    def __init__(self, title: SafeText, choices: Sequence[MenuChoice[Answer]], *, leave_key: str = "") -> None:
        """`leave_key`: the key that opened the menu, which also cancels it."""
        super().__init__()
        self._heading = title
        self._choices = choices
        self._leave_key = leave_key
        self._pastes = PasteGuard()

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card menu", can_focus=False) as card:
            card.border_title = literal(self._heading)
            card.border_subtitle = Content("esc cancel")
            yield from self.compose_body()
            for index, choice in enumerate(self._choices):
                yield Button(
                    self._label(choice),
                    id=f"choice-{index}",
                    compact=True,
                    classes="choice",
                    disabled=not choice.enabled,
                )
            remarks = Content("\n").join(self.remarks())
            if remarks.plain:
                yield Static(remarks, classes="ask")

    def compose_body(self) -> ComposeResult:
        """Yield widgets above the choices. By default there are none."""
        yield from ()

    def remarks(self) -> Iterable[Content]:
        """Return lines below the choices. By default there are none."""
        return ()

    def on_mount(self) -> None:
        current = next((index for index, choice in enumerate(self._choices) if choice.current), None)
        if current is not None:
            self.query_one(f"#choice-{current}").focus()

    @on(Mount)
    def _record_opening(self, event: Mount) -> None:
        self._pastes.record_opening(event, self.app)

    @on(MouseDown)
    def _record_click(self) -> None:
        self._pastes.record_click()

    def on_key(self, event: Key) -> None:
        is_pasted = self._pastes.record(event)
        pressed = (event.key, None if event.key.startswith("alt+") else event.character)
        choice = next((choice for choice in self._choices if choice.key in pressed), None)
        if choice is not None:
            event.stop().prevent_default()
            choose = partial(self._choose, choice)
            is_held = choice.needs_pause and hold_letter(self, choose) is not LetterHold.NO_LETTER
            if not is_pasted and not is_held:
                choose()
        elif self._leave_key in pressed:
            event.stop()
            self.leave()

    def letters(self) -> Sequence[str]:
        """Return the names of the keys that choose."""
        return [key_name(choice.key) for choice in self._choices if choice.enabled]

    def leave(self) -> None:
        """Leave the menu without an answer."""
        self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if not self._pastes.in_burst:
            self._choose(self._choices[int((event.button.id or "").removeprefix("choice-"))])

    def _choose(self, choice: MenuChoice[Answer]) -> None:
        if choice.enabled:
            self.answer(choice.answer)
        else:
            toast(self.app, SafeText(f"{choice.title}: {choice.note}."))

    def answer(self, answer: Answer) -> None:
        """Act on the chosen answer. By default, close the menu with it."""
        self.dismiss(answer)

    def _label(self, choice: MenuChoice[Answer]) -> Content:
        """Return key, title and note of a choice in columns."""
        keys = max(len(key_name(other.key)) for other in self._choices) + 2
        titles = max(literal(other.title).cell_length for other in self._choices) + 2
        key = literal(SafeText(key_name(choice.key).ljust(keys)), "bold" if choice.enabled else "")
        title = literal(choice.title, "bold" if choice.current else "")
        return Content.assemble(key, title.pad_right(titles - title.cell_length), literal(choice.note, "dim"))
