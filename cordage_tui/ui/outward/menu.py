"""The copy menu: a letter for each thing there is to copy, at the bottom of the screen."""

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Key, Mount
from textual.screen import ModalScreen
from textual.widgets import Button

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.outward.choices import CopyOption
from cordage_tui.ui.prompt.guard import PasteGuard
from cordage_tui.ui.toast import toast

_NOTES_AT: Final = 19
"""Cells before the notes, so that they stand under each other."""


class CopyMenu(ModalScreen[CopyOption]):
    """Answers with what was chosen; None: it was left. A letter that cannot be used says why, and the menu stays. Keys that
    come as fast as those of a paste choose nothing."""

    BINDINGS = [
        Binding("escape,q", "leave", "back", id="copy.leave", tooltip="Copy nothing."),
        Binding("up,shift+tab", "app.focus_previous", show=False),
        Binding("down,tab", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = "Button"

    def __init__(self, title: SafeText, choices: Sequence[CopyOption]) -> None:
        super().__init__()
        self._heading = title
        self._choices = {choice.letter: choice for choice in choices}
        self._guard = PasteGuard()

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card menu", can_focus=False) as card:
            card.border_title = literal(self._heading)
            card.border_subtitle = Content("esc copies nothing")
            for choice in self._choices.values():
                unusable = choice.text is None
                yield Button(
                    label(choice), id=f"copy-{choice.letter}", compact=True, classes="choice", disabled=unusable
                )

    def on_mount(self, event: Mount) -> None:
        self._guard.heard(event.time)

    def on_key(self, event: Key) -> None:
        burst, choice = self._guard.heard(event.time), self._choices.get(event.character or "")
        if choice is None:
            return
        event.stop()
        if not burst:
            self._choose(choice)

    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self._choose(self._choices[(event.button.id or "")[-1:]])

    def _choose(self, choice: CopyOption) -> None:
        if choice.text is None:
            toast(self.app, SafeText(f"{choice.title}: {choice.note}."))
        else:
            self.dismiss(choice)


def label(choice: CopyOption) -> Content:
    """Letter, what it is, and a glimpse of it or why there is none."""
    usable = choice.text is not None
    letter = literal(SafeText(f"{choice.letter}  "), "bold" if usable else "")
    return Content.assemble(letter, literal(SafeText(f"{choice.title:<{_NOTES_AT}}")), literal(choice.note, "dim"))
