"""Order of keys: each is handled before the next one is given to a widget."""

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
"""Seconds after which a key counts as handled though its message did not come back: its widget has gone."""


class KeyOrder:
    """Keys of an app, handled one after the other however fast they come: a key waits until the one before it is handled.

    Textual gives every key to the widget that has the focus when the key is read, but acts on a key's binding only after it
    has bubbled up to the app. When several keys arrive at once (typing ahead over a slow line, a paste without brackets),
    the second would go where the focus was before the first one moved it: the text after `t` would be commands to the
    table. A message that follows each key the same way shows when it has been handled.
    """

    class KeyDone(Message):
        """Marker after a key: every widget on its way, and the app, have handled it."""

    def __init__(self, app: App[Any], forward: Callable[[Event], Awaitable[None]]) -> None:
        """`forward` gives an event to the focused widget, as Textual's `App.on_event` does."""
        self._app = app
        self._forward = forward
        self.waiting: deque[Key | Paste | TypingPaused] = deque()
        """Keys that are not given to a widget yet."""
        self.heard = 0
        """Number of keys and pastes so far: a late answer to a key can see whether the user has done something since."""
        self._given_at: float | None = None
        """When the key was forwarded that is not handled yet, monotonic seconds; None: all are."""

    async def add_key(self, event: Key | Paste) -> None:
        """Queue a key, and make pasted text inert: Textual's fields would pass an escape sequence in it on to the terminal."""
        self.heard += 1
        if isinstance(event, Paste) and not isinstance(self._app.focused, LimitedTextArea):  # that one does it itself
            event.text = editable(event.text)
        await self.queue(event)

    async def queue(self, event: Key | Paste | TypingPaused) -> None:
        """Handle an event after those that wait; a pause calls back then."""
        self.waiting.append(event)
        if self._given_at is None or monotonic() - self._given_at > KEY_TIMEOUT_S:
            await self.give_next()

    async def give_next(self) -> None:
        """Forward the next key: the one before it is handled."""
        self._given_at = None
        while self.waiting and self._given_at is None:
            event = self.waiting.popleft()
            if isinstance(event, TypingPaused):
                event.then()
            else:
                self._given_at = monotonic()
                await self._give(event)

    async def _give(self, event: Key | Paste) -> None:
        if isinstance(event, Key) and event.key.startswith("alt+") and not self._is_text(event):
            event.character = None  # else it would be the key without alt (docs/dev/library-traps.md T39)
        await self._forward(event)
        target = self._app.focused or self._app.screen
        if not target.post_message(self.KeyDone()):
            self._app.call_later(self.give_next)

    def _is_text(self, event: Key) -> bool:
        """Return whether a letter with alt is text: some keyboards make letters of their own that way."""
        return event.key not in self._app.screen.active_bindings and isinstance(self._app.focused, Input | TextArea)
