"""The text of a prompt, and the keys that may and may not send it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.prompt.bounded import LimitedTextArea
from cordage_tui.ui.prompt.guard import QUIET_S, PasteGuard
from cordage_tui.ui.prompt.written import editable

_EDITING = frozenset(["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"])
"""Keys that act inside the text whatever comes before them, so a held key repeats as fast as it likes."""

_MODIFIERS = frozenset(
    [f"{side}_{key}" for side in ("left", "right") for key in ("shift", "control", "alt", "super", "hyper", "meta")]
    + ["caps_lock", "num_lock", "scroll_lock", "iso_level3_shift", "iso_level5_shift"]
)
"""Keys that some terminals report by themselves, milliseconds before the key they belong to: no input of their own."""


class PromptEditor(LimitedTextArea):
    """A text whose Enter asks to send, unless it is part of a paste.

    An Enter counts only when nothing else was heard for `QUIET_S` before it and after it; otherwise it is a newline, and
    in such a burst no key leaves the editor or acts elsewhere: its text was not typed by a person.
    """

    BINDING_GROUP_TITLE = "Prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "run it", id="prompt.submit", tooltip="Send the prompt to the webhook."),
        Binding(
            "shift+enter,alt+enter,ctrl+j",
            "newline",
            "new line",
            id="prompt.newline",
            tooltip="Begin a new line in the prompt.",
            show=False,
        ),
        Binding("ctrl+e", "edit", "$EDITOR", id="prompt.editor", tooltip="Write the prompt in $VISUAL or $EDITOR."),
        Binding(
            "up",
            "older",
            "older prompt",
            id="prompt.history_older",
            tooltip="In an empty prompt: bring back what was sent before.",
            show=False,
        ),
        Binding(
            "down",
            "newer",
            "newer prompt",
            id="prompt.history_newer",
            tooltip="While looking through earlier prompts: the next newer one.",
            show=False,
        ),
    ]

    @dataclass
    class SubmitRequested(Message):
        """The user wants `text` sent: what stood here at that moment, whatever keys have come since."""

        text: SafeText
        turn: int
        """The editor's `turn` at that moment; when it is another by now, the text was replaced meanwhile: do not send."""

    class EditRequested(Message):
        """The user wants `$EDITOR`."""

    @dataclass
    class HistoryRequested(Message):
        """The user wants an earlier prompt, or a later one again."""

        older: bool

    @dataclass
    class ConfirmationAnswered(Message):
        """The question that stood open was answered; `yes` only by its own key."""

        yes: bool

    browsing = False
    """Set by the owner: the text is an earlier prompt, so up and down go on through them."""

    asking = False
    """Set by the owner: a question stands open, `y` says yes, anything else no."""

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        super().__init__(literal(SafeText("Describe what to make…")))
        self._guard = PasteGuard(quiet_s)
        self._burst = False
        self._enter: tuple[float, Timer] | None = None

    @property
    def settled(self) -> bool:
        """No Enter waits to be told from a paste."""
        return self._enter is None

    def write(self, text: str, *, undoable: bool = True) -> None:
        """As ever; an Enter that still waits was about the text that goes."""
        self._drop_enter()
        super().write(text, undoable=undoable)

    def action_older(self) -> None:
        """Up: an earlier prompt where that is meant, else one line up."""
        if (self.browsing or not self.written) and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=True))
        else:
            self.action_cursor_up()

    def action_newer(self) -> None:
        """Down: a later prompt where that is meant, else one line down."""
        if self.browsing and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=False))
        else:
            self.action_cursor_down()

    def action_submit(self) -> None:
        """Send, asked for in a way that no paste can imitate (palette, mouse)."""
        self.post_message(self.SubmitRequested(self.written, self.turn))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert_bounded("\n")

    def action_edit(self) -> None:
        """Ask for `$EDITOR`."""
        self.post_message(self.EditRequested())

    async def on_key(self, event: events.Key) -> None:
        """Before the text area sees the key: hold Enter back, and keep bursts inside."""
        if event.key.rpartition("+")[2] in _MODIFIERS:
            return
        self._burst = self._guard.heard(event.time)
        self._end_wait(event.time)
        if self.asking and self._answer(event.key):
            event.stop().prevent_default()
        elif not event.is_printable and event.key not in _EDITING:
            self._command(event)

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes into the text, whole, and never sends."""
        event.stop().prevent_default()
        self._guard.heard(event.time)
        self._end_wait(event.time)
        if self.asking:
            self.post_message(self.ConfirmationAnswered(yes=False))
        self.insert_bounded(editable(event.text))

    def on_focus(self, event: events.Focus) -> None:
        """The key that brought the focus here may be the first of a burst."""
        self._guard.heard(event.time)

    def on_blur(self) -> None:
        """An Enter followed that fast by leaving was not meant."""
        self._drop_enter()

    def _command(self, event: events.Key) -> None:
        """A key that is not text: what is bound to it decides. Bindings run only after the keys behind it have arrived, so
        the two that matter, and all of a burst, are dealt with here and now."""
        bound = self.screen.active_bindings.get(event.key)
        action = bound.binding.action if bound and bound.node is self else None
        if action == "newline" or (action == "submit" and self._burst) or (event.key == "enter" and not bound):
            self.action_newline()
        elif action == "submit":
            self._enter = (event.time, self.set_timer(self._guard.quiet_s, self._quiet))
        elif self._burst and event.key == "tab":
            self.insert_bounded("\t")
        elif not self._burst or action not in {None, "edit"}:
            return
        event.stop().prevent_default()

    def _quiet(self) -> None:
        """Nothing followed the Enter: it was a person's."""
        if self._drop_enter():
            self.action_submit()

    def _end_wait(self, at: float) -> None:
        """Input at `at`: an Enter that still waits was part of a burst, or else had its time already."""
        if self._enter and at - self._enter[0] >= self._guard.quiet_s:
            self._quiet()
        elif self._drop_enter():
            self.insert_bounded("\n")

    def _drop_enter(self) -> bool:
        if self._enter is None:
            return False
        self._enter[1].stop()
        self._enter = None
        return True

    def _answer(self, key: str) -> bool:
        """Answer the open question; True when the key is used up by that. What sends is no answer: it may be held down."""
        if key in {"enter", "ctrl+j"}:
            return True
        yes = key == "y" and not self._burst
        self.post_message(self.ConfirmationAnswered(yes=yes))
        return yes or key in {"n", "escape"}


class NewlineOnEnterEditor(PromptEditor):
    """With the setting `submit = "ctrl+j"`: Enter begins a line, ctrl+j sends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "submit", "run it", id="prompt.submit", tooltip="Send the prompt to the webhook."),
        Binding(
            "enter,shift+enter,alt+enter",
            "newline",
            "new line",
            id="prompt.newline",
            tooltip="Begin a new line in the prompt.",
            show=False,
        ),
    ]


EDITORS: Final[dict[str, Callable[[float], PromptEditor]]] = {"enter": PromptEditor, "ctrl+j": NewlineOnEnterEditor}
"""The editor for each value of the `submit` setting."""
