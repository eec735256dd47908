"""Prompt editor, with the keys that can send the prompt, and a guard against pastes."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Final

from textual import events
from textual.message import Message
from textual.widgets.text_area import Selection

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, LetterHold, bindings_of, hold_letter, key_order_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.prompt.typing_doubt import TypingDoubt
from cordage_tui.ui.terminal.driver import see_pause
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.terminal.pauses import MODIFIERS, QUIET_S, TypingPaused, is_from_terminal, quiet_before
from cordage_tui.ui.widgets.text import literal
from cordage_tui.ui.widgets.text_area import LimitedTextArea, editable

# Editor of the prompt's text, with the keys that can send it.

_EDITING = frozenset(["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"])
"""Keys that act in the text even within a burst, so a held key can repeat fast."""

HELD_S: Final = 1.0
"""Seconds after which a key that did not repeat is no longer held down. A held key begins to repeat within two thirds of a
second."""

UNREAD_S: Final = 0.6
"""Seconds after a question appeared in which nobody can have read it, because somebody who types looks at the keyboard."""


class SubmitPrompt(Action["PromptEditor"]):
    """Send the prompt to the webhook."""

    id, keys, word = "prompt.submit", "enter", "run it"
    title, search = "Run the prompt", "send, submit, trigger"
    in_footer = sends = True

    def run(self, on: "PromptEditor") -> None:
        on.submit()


class InsertNewline(Action["PromptEditor"]):
    """Insert a new line."""

    id, keys, word = "prompt.newline", "ctrl+j,alt+enter,shift+enter", "new line"
    in_footer = True
    in_palette = False

    def run(self, on: "PromptEditor") -> None:
        on.insert_bounded("\n")


class EditPromptOutside(Action["PromptEditor"]):
    """Edit the prompt in $VISUAL or $EDITOR."""

    id, keys, word = "prompt.editor", "ctrl+e", "$EDITOR"
    title, search = "Edit the prompt in $EDITOR", "vim, external"
    in_footer = True

    def run(self, on: "PromptEditor") -> None:
        on.post_message(PromptEditor.EditRequested())


class OlderPrompt(Action["PromptEditor"]):
    """Load the previous prompt from history."""

    id, keys, word = "prompt.history_older", "up", "older prompt"
    title, search = "Earlier prompts", "history, previous, recall"

    def run(self, on: "PromptEditor") -> None:
        on.go_up()


class CompletePrompt(Action["PromptEditor"]):
    """Move right; at the end take the rest of an earlier prompt, which is shown dim."""

    id, keys, word = "prompt.complete", "right", "take the rest"

    def run(self, on: "PromptEditor") -> None:
        on.action_cursor_right()


class NewerPrompt(Action["PromptEditor"]):
    """Load the next newer prompt from history."""

    id, keys, word = "prompt.history_newer", "down", "newer prompt"
    in_palette = False

    def run(self, on: "PromptEditor") -> None:
        on.go_down()


class PromptEditor(ActionNode, LimitedTextArea):
    """Text area whose Enter key sends the prompt, unless it is part of a paste.

    An Enter counts only if there was no other input for `QUIET_S` before and after it. Otherwise it is a newline. In such a
    burst no key leaves the editor or acts elsewhere, because no person has typed it. A second `escape` is not a burst, even
    if it comes fast.
    """

    BINDING_GROUP_TITLE = "Prompt"
    ACTIONS: ClassVar[Sequence[Action[Any]]] = (
        SubmitPrompt(),
        InsertNewline(),
        EditPromptOutside(),
        OlderPrompt(),
        CompletePrompt(),
        NewerPrompt(),
    )
    BINDINGS = bindings_of(ACTIONS)

    class SubmitRequested(Message):
        """Send `text`, which is the text at the moment of the request, even if keys have changed it since."""

        def __init__(self, text: SafeText, turn: int) -> None:
            super().__init__()
            self.text = text
            self.turn = turn
            """The editor's `turn` at that moment. If it differs now, the text was replaced: do not send."""

    class EditRequested(Message):
        """Open `$EDITOR`."""

    class CurlPasted(Message):
        """Fill the panel from a curl command that was pasted into an empty prompt. It may contain an API key."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class HeldEnterIgnored(Message):
        """An Enter was ignored, because the key that loaded the text is probably still held down."""

    class HistoryRequested(Message):
        """Load an older prompt from history, or a newer one."""

        def __init__(self, older: bool) -> None:
            super().__init__()
            self.older = older

    class ConfirmationAnswered(Message):
        """The open question was answered; yes only by the key `y`."""

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    browsing = False
    """True if the text is an earlier prompt, so up and down go through history. The owner sets it."""

    completion: Callable[[str], str] = staticmethod(lambda text: "")
    """Function that returns the rest of an earlier prompt that begins with `text`; empty if there is none. The owner sets
    it."""

    def __init__(self) -> None:
        super().__init__(literal(SafeText("Describe what to make…")))
        self._guard = PasteGuard()
        self._asking = False
        self._asked_at = -math.inf
        """Time of the last question, in monotonic seconds. While it is open, `y` answers yes and any other key no."""
        self._holds_yes = False
        """The last key was a `y`, which answers yes if no other key follows it as fast as in a word."""
        self.doubt = TypingDoubt()
        self._burst = False
        self._only_escapes = False
        """True if each key of the present burst was `escape`. Then a person has pressed it twice, because no text begins so."""
        self._enter: events.Key | None = None
        self._held_since: float | None = None
        """Time of the last press of an Enter key that may be held down; None if there is none."""

    @property
    def settled(self) -> bool:
        """True if no Enter is pending that might be part of a paste."""
        return self._enter is None

    def why_not_send(self) -> DisabledReason | None:
        """Return the screen's reason. In the editor of a queued prompt nothing is sent: there the key stores the prompt.

        The footer dims the key, but the key stays bound: otherwise Enter would insert a new line instead of being refused.
        """
        reason = self.screen.why_not_send() if isinstance(self.screen, ActionNode) else None
        return replace(reason, dimmed=True) if reason is not None else None

    def keep_whole(self, text: SafeText | None) -> SafeText | None:
        """Keep a text as a whole, and drop a pending Enter, which was meant for the text before."""
        self._drop_enter()
        return super().keep_whole(text)

    def go_up(self) -> None:
        """Load the previous prompt from history if the cursor is on the first line; otherwise move up."""
        if (self.browsing or not self.written) and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=True))
        else:
            self.action_cursor_up()

    def go_down(self) -> None:
        """Load the next prompt from history if the cursor is on the last line; otherwise move down."""
        if self.browsing and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=False))
        else:
            self.action_cursor_down()

    def action_cursor_right(self, select: bool = False) -> None:
        """Insert the dim text behind the cursor if there is one; otherwise move right."""
        rest, self.suggestion = self.suggestion, ""
        if rest and not select:
            self.insert_bounded(rest)
        else:
            super().action_cursor_right(select)

    def update_suggestion(self) -> None:
        """Show the rest of an earlier prompt behind the cursor, if the cursor is at the end of a new prompt."""
        at_end = self.selection == Selection.cursor(self.document.end)
        written = "" if self.browsing or self.kept_whole or not at_end else self.text
        self.suggestion = self.completion(written) if written else ""

    def watch_selection(self) -> None:
        """Hide the dim text when the cursor moves elsewhere."""
        if self.is_mounted:
            self.update_suggestion()

    def submit(self) -> None:
        """Send the prompt. A paste cannot call this: it is for the palette, the mouse, and an Enter that was checked."""
        self.post_message(self.SubmitRequested(self.written, self.turn))

    async def on_key(self, event: events.Key) -> None:
        """Hold back Enter and keep bursts inside the editor, before the text area handles the key."""
        if event.key.rpartition("+")[2] in MODIFIERS:
            return
        self._burst = self._guard.record(event)
        self._only_escapes = event.key == "escape" and (self._only_escapes or not self._burst)
        self._end_wait(event)
        if event.is_printable:
            self._record_letter(event)
        if self._is_held(event) or (self._asking and self._answer(event)):
            event.stop().prevent_default()
        elif not event.is_printable and event.key not in _EDITING:
            self._command(event)

    def on_paste(self, event: events.Paste) -> None:
        """Insert the pasted text; it never sends. A curl command that is pasted into a blank prompt fills the panel instead."""
        event.stop().prevent_default()
        self._guard.record(event)
        self._end_wait(event)
        if self._asking:
            self.post_message(self.ConfirmationAnswered(yes=False))
        from cordage_tui.domain.curl_line import is_curl  # late: at a paste, which few make

        if not self.text.strip() and is_curl(event.text):
            self.post_message(self.CurlPasted(event.text))
        else:
            self.insert_bounded(editable(event.text))

    def on_focus(self, event: events.Focus) -> None:
        """Record the focus as input, because the key that moved it may be the first of a burst. When the window gets the focus
        again, no key has moved it."""
        if not event.from_app_focus:
            self._guard.record_opening(event, self.app)
            self.doubt.record_focus(is_in_word=self._is_in_word(), is_empty=not self.text)

    def on_blur(self) -> None:
        """Drop a pending Enter: it was not meant if the focus leaves so soon after it."""
        self._drop_enter()

    def mark_loaded(self) -> None:
        """Record that a text was loaded by a key, which may be a letter of a word."""
        self.doubt.record_loading(is_in_word=self._is_in_word())

    def _record_letter(self, event: events.Key) -> None:
        order = key_order_of(self)
        self.doubt.record_letter(
            is_fast=order is not None and order.follows_fast(event),
            is_in_burst=order is not None and order.is_in_burst(event),
            is_first=not self.text,
        )

    def _is_in_word(self) -> bool:
        order = key_order_of(self)
        return order is not None and order.is_in_word(monotonic())

    def open_question(self) -> None:
        """Take the next key as the answer to a question: `y` is yes, any other key no."""
        self._asking, self._asked_at, self._holds_yes = True, monotonic(), False

    def close_question(self) -> None:
        """Take no further key as an answer."""
        self._asking = self._holds_yes = False

    def ignore_held_enter(self, since: float) -> None:
        """Ignore the key that sends until it is released. It was pressed elsewhere at `since`, in monotonic seconds."""
        self._held_since = since

    def _is_held(self, event: events.Key) -> bool:
        """Return whether this is a repetition of a key that is held down. The times of the keys decide, because the app may handle
        them late."""
        held, self._held_since = self._held_since, None
        if held is None or event.time - held >= HELD_S:
            return False
        bound = self.screen.active_bindings.get(event.key)
        if event.key != "enter" and not (bound and bound.node is self and bound.binding.id == SubmitPrompt.id):
            return False
        self._held_since = event.time
        self.post_message(self.HeldEnterIgnored())
        return True

    def _command(self, event: events.Key) -> None:
        """Handle the binding of a key that is not text.

        Textual runs bindings only after the next keys have arrived. So the two important bindings, and each key of a burst, are
        handled here.
        """
        bound = self.screen.active_bindings.get(event.key)
        binding = bound.binding if bound and bound.node is self else None
        id = binding.id if binding is not None else None
        if id == InsertNewline.id or (id == SubmitPrompt.id and self._burst) or (event.key == "enter" and not bound):
            self.insert_bounded("\n")
        elif id == SubmitPrompt.id:
            self._hold_back(event)
        elif self._burst and event.key == "tab":
            self.insert_bounded("\t")
        elif not self._burst or self._only_escapes or (binding is not None and id != EditPromptOutside.id):
            return
        event.stop().prevent_default()

    def _hold_back(self, enter: events.Key) -> None:
        """Submit if nothing is typed for `QUIET_S` after `enter`. On a busy machine this widget gets keys late, so the app calls
        `settle` only after the keys that came in that time."""

        def settle() -> None:
            if self._enter is enter:
                self._quiet()

        self._enter = enter
        if not see_pause(self.app, settle):
            self.set_timer(QUIET_S, partial(self.app.post_message, TypingPaused(settle)))

    def _quiet(self) -> None:
        """Submit, because no input followed the Enter: a person has pressed it."""
        if self._drop_enter():
            self.submit()

    def _end_wait(self, event: events.Event) -> None:
        """Decide about a pending Enter when other input comes. It submits if there was a pause before that input; otherwise it was
        part of a burst and is a newline."""
        if self._enter and quiet_before(event) >= self._enter.time:
            self._quiet()
        elif self._drop_enter():
            self.insert_bounded("\n")

    def _drop_enter(self) -> bool:
        dropped, self._enter = self._enter is not None, None
        return dropped

    def _answer(self, event: events.Key) -> bool:
        """Answer the open question; return True if the key does nothing else. A key that sends is no answer, because it may be held
        down. A letter within `UNREAD_S` begins the next prompt, and so does a `y` with another
        letter behind it."""
        key = event.key
        if key in {"enter", "ctrl+j"}:
            return True
        is_read = not self._burst and (event.time - self._asked_at >= UNREAD_S or not is_from_terminal(event))
        yes = key == "y" and is_read and not self._holds_yes
        hold = hold_letter(self, self._say_yes) if yes else LetterHold.NO_LETTER
        if hold is LetterHold.HELD:
            self._holds_yes = True
            return True
        if self._holds_yes and event.is_printable:
            self.insert_bounded("y")  # the first letter of a word
        yes = yes and hold is LetterHold.NO_LETTER
        self._say(yes=yes)
        return yes or key == "escape" or (key == "n" and is_read)

    def _say_yes(self) -> None:
        """Answer yes after the pause behind a `y`, if the question is still open."""
        if self._holds_yes and self._asking:
            self._say(yes=True)

    def _say(self, *, yes: bool) -> None:
        self._asking = self._holds_yes = False  # the next key may come before the owner hears of this one
        self.post_message(self.ConfirmationAnswered(yes=yes))


class SubmitByCtrlJ(SubmitPrompt):
    """Send the prompt to the webhook."""

    keys = "ctrl+j"


class NewlineByEnter(InsertNewline):
    """Insert a new line."""

    keys = "enter,alt+enter,shift+enter"


class NewlineOnEnterEditor(PromptEditor):
    """Editor for the setting `submit = "ctrl+j"`: Enter inserts a newline, and ctrl+j sends."""

    ACTIONS = (SubmitByCtrlJ(), NewlineByEnter())
    BINDINGS = bindings_of(ACTIONS)


EDITORS: Final[dict[str, Callable[[], PromptEditor]]] = {"enter": PromptEditor, "ctrl+j": NewlineOnEnterEditor}
"""Editor for each value of the `submit` setting."""
