"""Order of keys: each key is handled before the next one is passed to a widget."""

from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Final

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.widgets import Input, TextArea

from cordage_tui.ui.terminal.pauses import TypingPaused
from cordage_tui.ui.widgets.text_area import LimitedTextArea, editable

KEY_TIMEOUT_S: Final = 0.25
"""Seconds after which a key counts as handled even if its message did not come back, because its widget was removed."""


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

    async def add_key(self, event: Key | Paste) -> None:
        """Queue a key. Remove control characters from a paste, because Textual's fields would send an escape sequence in it to the
        terminal."""
        self.heard += 1
        if isinstance(event, Paste) and not isinstance(
            self._app.focused, LimitedTextArea
        ):  # that widget does it itself
            event.text = editable(event.text)
        await self.queue(event)

    async def queue(self, event: Key | Paste | TypingPaused) -> None:
        """Handle an event after those in the queue. A pause runs its callback then."""
        self.waiting.append(event)
        if self._given_at is None or monotonic() - self._given_at > KEY_TIMEOUT_S:
            await self.give_next()

    async def give_next(self) -> None:
        """Forward the next key, because the one before it is handled."""
        self._given_at = None
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
        await self._forward(event)
        target = self._app.focused or self._app.screen
        if not target.post_message(self.KeyDone()):
            self._app.call_later(self.give_next)

    def _is_text(self, event: Key) -> bool:
        """Return whether a letter with alt is text. Some keyboards type special letters that way."""
        return event.key not in self._app.screen.active_bindings and isinstance(self._app.focused, Input | TextArea)
