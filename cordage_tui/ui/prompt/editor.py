"""Prompt editor with paste guard and history."""

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Final, NamedTuple

from textual import events
from textual.message import Message
from textual.widgets.text_area import Selection

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import PROMPT, Inputs, canonical
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled import DisabledReason
from cordage_tui.ui.terminal.driver import see_pause
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.terminal.pauses import MODIFIERS, QUIET_S, TypingPaused, is_from_terminal, quiet_before
from cordage_tui.ui.widgets.text import literal
from cordage_tui.ui.widgets.text_area import LimitedTextArea, editable

# Editor of the prompt's text, with the keys that may send it.

_EDITING = frozenset(["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"])
"""Keys that act inside the text whatever comes before them, so a held key repeats as fast as it likes."""

HELD_S: Final = 1.0
"""Seconds without the key after which it is no longer held down: it begins to repeat within two thirds of one."""

UNREAD_S: Final = 0.6
"""Seconds after a question came up in the panel in which nobody has read it: who types on looks at the keyboard."""


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
    """Text area whose Enter asks to send, unless it is part of a paste.

    An Enter counts only when there was no other input for `QUIET_S` before it and after it; otherwise it is a newline,
    and in such a burst no key leaves the editor or acts elsewhere: its text was not typed by a person. A second `escape` is
    no burst, however fast it comes.
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
        """Send `text`: the text at that moment, whatever keys have come since."""

        def __init__(self, text: SafeText, turn: int) -> None:
            super().__init__()
            self.text = text
            self.turn = turn
            """The editor's `turn` at that moment; when it differs by now, the text was replaced: do not send."""

    class EditRequested(Message):
        """Open `$EDITOR`."""

    class CurlPasted(Message):
        """Fill the panel from a curl command that was pasted into an empty prompt; it may hold an API key."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class HeldEnterIgnored(Message):
        """An Enter was ignored: the key that loaded the text is probably still held down."""

    class HistoryRequested(Message):
        """Load an earlier prompt from history, or a later one."""

        def __init__(self, older: bool) -> None:
            super().__init__()
            self.older = older

    class ConfirmationAnswered(Message):
        """Answer to the open question; `yes` only by its own key."""

        def __init__(self, yes: bool) -> None:
            super().__init__()
            self.yes = yes

    browsing = False
    """Set by the owner: the text is an earlier prompt, so up and down walk through history."""

    completion: Callable[[str], str] = staticmethod(lambda text: "")
    """Set by the owner: returns how an earlier prompt that begins with `text` goes on; empty: there is none."""

    def __init__(self) -> None:
        super().__init__(literal(SafeText("Describe what to make…")))
        self._guard = PasteGuard()
        self._asking = False
        self._asked_at = -math.inf
        """A question is open: `y` answers yes, any other key no."""
        self._burst = False
        self._only_escapes = False
        """Each key of the present burst was `escape`: a person has pressed it twice, and no text begins so."""
        self._enter: events.Key | None = None
        self._held_since: float | None = None
        """Time of the last Enter of a key that may be held down; None: there is none."""

    @property
    def settled(self) -> bool:
        """True if no Enter is pending that might be part of a paste."""
        return self._enter is None

    def why_not_send(self) -> DisabledReason | None:
        """Return the screen's reason: where a queued prompt is edited, the key that sends stores it.

        The footer dims the key, which stays bound: unbound, Enter would insert a new line in place of being refused.
        """
        reason = self.screen.why_not_send() if isinstance(self.screen, ActionNode) else None
        return replace(reason, dimmed=True) if reason is not None else None

    def keep_whole(self, text: SafeText | None) -> SafeText | None:
        """Drop a pending Enter, which was about the text that is replaced."""
        self._drop_enter()
        return super().keep_whole(text)

    def go_up(self) -> None:
        """Load the previous prompt from history where the cursor is at the top, else move up."""
        if (self.browsing or not self.written) and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=True))
        else:
            self.action_cursor_up()

    def go_down(self) -> None:
        """Load the next prompt from history where the cursor is at the bottom, else move down."""
        if self.browsing and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.HistoryRequested(older=False))
        else:
            self.action_cursor_down()

    def action_cursor_right(self, select: bool = False) -> None:
        """Insert what is shown dim behind the cursor, else move right."""
        rest, self.suggestion = self.suggestion, ""
        if rest and not select:
            self.insert_bounded(rest)
        else:
            super().action_cursor_right(select)

    def update_suggestion(self) -> None:
        """Show the rest of an earlier prompt behind the cursor, where that is at the end of a new one."""
        at_end = self.selection == Selection.cursor(self.document.end)
        written = "" if self.browsing or self.kept_whole or not at_end else self.text
        self.suggestion = self.completion(written) if written else ""

    def watch_selection(self) -> None:
        """Hide what was shown behind the cursor when that goes elsewhere."""
        if self.is_mounted:
            self.update_suggestion()

    def submit(self) -> None:
        """Send, requested in a way that no paste can imitate (palette, mouse)."""
        self.post_message(self.SubmitRequested(self.written, self.turn))

    async def on_key(self, event: events.Key) -> None:
        """Hold Enter back and keep bursts inside, before the text area handles the key."""
        if event.key.rpartition("+")[2] in MODIFIERS:
            return
        self._burst = self._guard.record(event)
        self._only_escapes = event.key == "escape" and (self._only_escapes or not self._burst)
        self._end_wait(event)
        if self._is_held(event) or (self._asking and self._answer(event)):
            event.stop().prevent_default()
        elif not event.is_printable and event.key not in _EDITING:
            self._command(event)

    def on_paste(self, event: events.Paste) -> None:
        """Insert the paste whole; it never sends. A curl command in a blank prompt is read instead."""
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
        """Record the focus as input: the key that moved it may be the first of a burst. No key has when the window comes back."""
        if not event.from_app_focus:
            self._guard.record_opening(event, self.app)

    def on_blur(self) -> None:
        """Drop a pending Enter: followed this fast by leaving, it was not meant."""
        self._drop_enter()

    def open_question(self) -> None:
        """Answer a question with the next key: `y` is yes, any other no."""
        self._asking, self._asked_at = True, monotonic()

    def close_question(self) -> None:
        """Drop the question."""
        self._asking = False

    def ignore_held_enter(self, since: float) -> None:
        """Ignore the key that sends until it was released, as it was pressed elsewhere at `since`, monotonic seconds."""
        self._held_since = since

    def _is_held(self, event: events.Key) -> bool:
        """Return whether this is one more of a key held down, by the times of the keys: the app may be late to them."""
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
        """Handle a key that is not text by its binding.

        Bindings run only after the keys behind it have arrived, so the two that matter, and all of a burst, are handled
        here.
        """
        bound = self.screen.active_bindings.get(event.key)
        own = bound.binding if bound and bound.node is self else None
        id = own.id if own is not None else None
        if id == InsertNewline.id or (id == SubmitPrompt.id and self._burst) or (event.key == "enter" and not bound):
            self.insert_bounded("\n")
        elif id == SubmitPrompt.id:
            self._hold_back(event)
        elif self._burst and event.key == "tab":
            self.insert_bounded("\t")
        elif not self._burst or self._only_escapes or (own is not None and id != EditPromptOutside.id):
            return
        event.stop().prevent_default()

    def _hold_back(self, enter: events.Key) -> None:
        """Submit once nothing was typed behind `enter` for so long. On a busy machine keys that came in time are late to this
        widget: the app calls behind them."""

        def settle() -> None:
            if self._enter is enter:
                self._quiet()

        self._enter = enter
        if not see_pause(self.app, settle):
            self.set_timer(QUIET_S, partial(self.app.post_message, TypingPaused(settle)))

    def _quiet(self) -> None:
        """Submit: no input followed the Enter, so a person pressed it."""
        if self._drop_enter():
            self.submit()

    def _end_wait(self, event: events.Event) -> None:
        """Settle a pending Enter at later input: it was part of a burst, or else had its time already."""
        if self._enter and quiet_before(event) >= self._enter.time:
            self._quiet()
        elif self._drop_enter():
            self.insert_bounded("\n")

    def _drop_enter(self) -> bool:
        dropped, self._enter = self._enter is not None, None
        return dropped

    def _answer(self, event: events.Key) -> bool:
        """Answer the open question; True when the key is used up by that. A key that sends is no answer: it may be
        held down. A letter within `UNREAD_S` begins the next prompt."""
        key = event.key
        if key in {"enter", "ctrl+j"}:
            return True
        is_read = not self._burst and (event.time - self._asked_at >= UNREAD_S or not is_from_terminal(event))
        yes = key == "y" and is_read
        self._asking = False  # the next key may come before the owner hears of this one
        self.post_message(self.ConfirmationAnswered(yes=yes))
        return yes or key == "escape" or (key == "n" and is_read)


class SubmitByCtrlJ(SubmitPrompt):
    """Send the prompt to the webhook."""

    keys = "ctrl+j"


class NewlineByEnter(InsertNewline):
    """Insert a new line."""

    keys = "enter,alt+enter,shift+enter"


class NewlineOnEnterEditor(PromptEditor):
    """Editor for the setting `submit = "ctrl+j"`: Enter inserts a newline, ctrl+j sends."""

    ACTIONS = (SubmitByCtrlJ(), NewlineByEnter())
    BINDINGS = bindings_of(ACTIONS)


EDITORS: Final[dict[str, Callable[[], PromptEditor]]] = {"enter": PromptEditor, "ctrl+j": NewlineOnEnterEditor}
"""The editor for each value of the `submit` setting."""


# History of prompts, as in a shell.


class HistoryPlace(NamedTuple):
    """Place of the user among earlier inputs."""

    at: int = -1
    """Index of the entry that is shown; -1: none."""
    left: Inputs = {}
    """What was written before the first entry was shown."""
    loaded: Inputs | None = None
    """Inputs from elsewhere that are shown, unedited."""

    @property
    def is_own(self) -> bool:
        """True for what is written, which is no earlier prompt."""
        return self.at < 0 and self.loaded is None


OWN: Final = HistoryPlace()
"""Place at what is written."""


class PromptHistory:
    """Earlier inputs of one webhook, newest first, and the user's place among them."""

    def __init__(self, entries: Sequence[Inputs] = ()) -> None:
        self._entries = list(entries)
        self.place = OWN

    def renew(self, entries: Sequence[Inputs]) -> None:
        """Replace the entries, unless one of them is shown."""
        if self.place.at < 0:
            self._entries = list(entries)

    @property
    def browsing(self) -> bool:
        """True if the text is an unedited entry, or was loaded from elsewhere and is unedited."""
        return self.shown is not None

    @property
    def shown(self) -> Inputs | None:
        """Entry that is shown unedited; None when not browsing."""
        at = self.place.at
        return self.place.loaded if at < 0 else self._entries[at] if at < len(self._entries) else None

    def older(self, current: Inputs) -> HistoryPlace | None:
        """Return the place of the entry before the one shown, None at the oldest. `current` is at the other end."""
        at, left, loaded = self.place
        if at + 1 >= len(self._entries):
            return None
        return HistoryPlace(at + 1, current if at < 0 else left, loaded)

    def newer(self) -> HistoryPlace | None:
        """Return the place of the entry after the one shown; past the newest, of the text from before; None when no
        entry is shown."""
        return None if self.place.at < 0 else self.place._replace(at=self.place.at - 1)

    def inputs_at(self, place: HistoryPlace) -> Inputs:
        """Return the entry at a place that `older` or `newer` gave, or what was written before."""
        return self._entries[place.at] if place.at >= 0 else place.left

    def completing(self, text: str) -> str | None:
        """Return the newest prompt that begins with `text` and is longer; None when there is none."""
        prompts = (entry.get(PROMPT) for entry in self._entries)
        return next((p for p in prompts if isinstance(p, str) and p.startswith(text) and p != text), None)

    def go_to(self, place: HistoryPlace) -> None:
        """Go to a place; `OWN` once the text has been edited."""
        self.place = place

    def add(self, inputs: Inputs) -> None:
        """Put a body in front; the same body further back goes."""
        body = canonical(inputs)
        self._entries = [inputs, *(entry for entry in self._entries if canonical(entry) != body)]
        self.go_to(OWN)


# The rest of an earlier prompt, shown dim behind the cursor.

LEAST_COMPLETED: Final = 3
"""Characters from which all earlier prompts are searched for one that goes on; before that those in memory."""


def names_list(text: str) -> bool:
    """Return whether a text ends within the name of a word list, as `a fox, {@st` does."""
    return re.fullmatch(r"\{(~|[0-9]{1,9} of )?@[\w.-]{0,60}", text[text.rfind("{") :]) is not None


class PromptCompletion:
    """Completion of a prompt from those in the history, and from what `ask` finds: all others, and names of word lists."""

    def __init__(self, history: PromptHistory, ask: Callable[[str], None]) -> None:
        """Set `ask`, which searches for a text that begins with the given one and hands it to `learn`."""
        self._history = history
        self._ask = ask
        self._asked = ""
        self._found: str | None = None

    def learn(self, text: str, prompt: str | None) -> None:
        """Take note of a prompt that begins with `text`; None: there is none."""
        self._asked, self._found = text, prompt

    def rest_of_line(self, text: str) -> str:
        """Return the rest of the line of the newest prompt that begins with `text`, inert; empty: there is none."""
        is_long = len(text) >= LEAST_COMPLETED or names_list(text)
        found = self._history.completing(text) or (self._older(text) if is_long else None)
        return editable((found or text)[len(text) :]).partition("\n")[0]

    def _older(self, text: str) -> str | None:
        """Return the prompt that was found last, if it begins so; else ask, unless no prompt can begin so."""
        if self._found is not None and self._found.startswith(text):
            return self._found
        is_new = not (self._asked and text.startswith(self._asked)) or (names_list(text) and text != self._asked)
        if self._found is not None or is_new:
            self._asked, self._found = text, None
            self._ask(text)
        return None
