"""Order of keys: each key is handled before the next one is passed to a widget."""

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final, NamedTuple

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.action import LetterHold
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.terminal.driver import see_pause
from cordage_tui.ui.terminal.pauses import MODIFIERS, TypingPaused, follows_at_once, is_from_terminal
from cordage_tui.ui.widgets.text_area import LimitedTextArea, editable

KEY_TIMEOUT_S: Final = 0.25
"""Seconds after which a key counts as handled even if its message did not come back, because its widget was removed."""

WORD_S: Final = 0.4
"""Seconds without a key after a letter that is a command. Within a word the next letter comes sooner, at 30 words a minute."""
_REMEMBERED: Final = 12
"""So many letters that were commands are remembered."""
LEADS_S: Final = 1.0
"""Seconds after a letter in which what happens is taken to be its effect, also on a busy machine."""
_BETWEEN_COMMANDS: Final = frozenset("jkhlgGnN")
"""Letters that only move the cursor. They often come fast, and right before a command."""
_IN_A_WORD: Final = SafeText("You seem to be typing a text, so that key did nothing. Go to the prompt first.")


class _Command(NamedTuple):
    """A letter from the terminal that was a command, not text in a field."""

    letter: Key
    screen: Screen[Any]
    """The screen that got it."""


class KeyOrder:
    """Queue of an app's keys. Each key waits until the one before it is handled, even if they come fast.

    Textual passes each key to the widget that has the focus when the key is read, but runs the key's binding only after the
    key has bubbled up to the app. If several keys arrive at once (typed ahead on a slow connection, or pasted without
    brackets), the second key would go to the widget that had the focus before the first key moved it: the text after `t`
    would be commands to the table. A message that follows each key on the same way shows when it has been handled.
    """

    class KeyDone(Message):
        """Marker that follows a key. When it arrives, each widget on its way and the app have handled the key."""

    def __init__(self, app: App[Any], forward: Callable[[Event], Awaitable[None]]) -> None:
        """Create the queue. `forward` passes an event to the focused widget, as Textual's `App.on_event` does."""
        self._app = app
        self._forward = forward
        self.waiting: deque[Key | Paste | TypingPaused] = deque()
        """Keys that were not yet passed to a widget."""
        self.heard = 0
        """Number of keys and pastes so far. It shows a slow action whether the user has pressed other keys since."""
        self._given_at: float | None = None
        """Time when the key that is being handled was forwarded, in monotonic seconds; None if all keys are handled."""
        self._present: Key | None = None
        """The key that was forwarded, while it is handled."""
        self._commands = deque[_Command](maxlen=_REMEMBERED)
        """The last letters that were commands."""
        self._held: Callable[[], object] | None = None
        """Call of a letter that may begin a word."""
        self._letter: Key | None = None
        """That letter."""

    async def add_key(self, event: Key | Paste) -> None:
        """Queue a key. Remove control characters from a paste, because Textual's fields would send an escape sequence in it to the
        terminal."""
        self.heard += 1
        self._end_hold(event)
        if isinstance(event, Paste) and not isinstance(
            self._app.focused, LimitedTextArea
        ):  # that widget does it itself
            event.text = editable(event.text)
        await self.queue(event)

    def hold_letter(self, then: Callable[[], object]) -> LetterHold:
        """Call `then` if the present letter is not the end of a word, and no key follows it for `WORD_S`."""
        letter = self._present
        if letter is None or not _is_letter(letter):
            return LetterHold.NO_LETTER
        if self._ends_word(letter):
            toast(self._app, _IN_A_WORD)
            return LetterHold.REFUSED

        def settle() -> None:
            if self._held is then:
                self._held = None
                then()

        self._held, self._letter = then, letter
        if following := next((event for event in self.waiting if isinstance(event, Key | Paste)), None):
            self._end_hold(following)
        else:
            see_pause(self._app, settle, WORD_S)
        return LetterHold.HELD

    def is_in_word(self, now: float) -> bool:
        """Return whether the key that led to what happens `now` is a letter at the end of a word."""
        letter = self._commands[-1].letter if self._commands else None
        return letter is not None and now - letter.time <= LEADS_S and self._ends_word(letter)

    def follows_fast(self, letter: Key) -> bool:
        """Return whether a letter of a text followed the last command as fast as in a word."""
        return bool(self._commands) and letter.time - self._commands[-1].letter.time < WORD_S

    def is_in_burst(self, letter: Key) -> bool:
        """Return whether there was no pause between the last command and a letter of a text: both are of one paste."""
        return bool(self._commands) and follows_at_once(letter, self._commands[-1].letter.time)

    def _ends_word(self, letter: Key) -> bool:
        """Return whether letters of a word came before this one, each within `WORD_S` of the next: `p` in `up` is no command.

        Not of a word are letters that move the cursor, that repeat, or that opened the screen that is shown now.
        """
        screen, after, has_opened = self._app.screen, letter, False
        for command in reversed(self._commands):
            if command.letter is letter:
                continue
            if after.time - command.letter.time >= WORD_S:
                return False
            is_opener = command.screen is not screen and not has_opened
            is_move = not isinstance(screen, ModalScreen) and _may_stand_before_command(command.letter)
            if not (is_opener or is_move or command.letter.key == after.key):
                return True
            screen, after, has_opened = command.screen, command.letter, has_opened or is_opener
        return False

    def _end_hold(self, event: Key | Paste) -> None:
        """Drop what is held at the next key: it was the first letter of a word, or the user thinks better of it."""
        if self._held is None or (isinstance(event, Key) and event.key in MODIFIERS):
            return
        self._held = None
        is_same = isinstance(event, Key) and self._letter is not None and event.key == self._letter.key
        if not is_same and (isinstance(event, Paste) or event.is_printable):
            toast(self._app, _IN_A_WORD)

    async def queue(self, event: Key | Paste | TypingPaused) -> None:
        """Handle an event after those in the queue. A pause runs its callback then."""
        self.waiting.append(event)
        if self._given_at is None or monotonic() - self._given_at > KEY_TIMEOUT_S:
            await self.give_next()

    async def give_next(self) -> None:
        """Forward the next key, because the one before it is handled."""
        self._given_at = self._present = None
        while self.waiting and self._given_at is None:
            event = self.waiting.popleft()
            if isinstance(event, TypingPaused):
                event.then()
            else:
                self._given_at = monotonic()
                await self._forward_key(event)

    async def _forward_key(self, event: Key | Paste) -> None:
        if isinstance(event, Key) and event.key.startswith("alt+") and not self._is_text(event):
            event.character = None  # otherwise it would be the key without alt (docs/dev/library-traps.md T39)
        self._present = event if isinstance(event, Key) else None
        if isinstance(event, Key) and _is_letter(event) and not isinstance(self._app.focused, Input | TextArea):
            self._commands.append(_Command(event, self._app.screen))
        await self._forward(event)
        target = self._app.focused or self._app.screen
        if not target.post_message(self.KeyDone()):
            self._app.call_later(self.give_next)

    def _is_text(self, event: Key) -> bool:
        """Return whether a letter with alt is text. Some keyboards type special letters that way."""
        return event.key not in self._app.screen.active_bindings and isinstance(self._app.focused, Input | TextArea)


def _may_stand_before_command(key: Key) -> bool:
    """Return whether a key moves the cursor, or is a sign or a space, which no word has in it."""
    return key.character in _BETWEEN_COMMANDS or not (key.character or "").isalpha()


def _is_letter(key: Key) -> bool:
    """Return whether a person, or a program that types, wrote a letter: digits are counts, and keys of tests are no typing."""
    return is_from_terminal(key) and key.is_printable and not (key.character or "").isdecimal()
