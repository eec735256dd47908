"""Keys take effect one after the other, however fast they come.

Textual gives every key to the widget that has the focus when the key is read, but acts on a key's binding only after it has
bubbled up to the app. When several keys arrive at once (typing ahead over a slow line, a paste without brackets), the second
would go where the focus was before the first one moved it: the text after `t` would be commands to the table.
"""

from collections import deque
from time import monotonic
from typing import Any, Final

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message

PATIENCE_S: Final = 0.25
"""Seconds after which a key is taken for done though nothing was heard of it: its widget has gone."""


class SequentialKeys(App[int]):
    """Holds a key back until what the one before it did is done. A message goes the key's own way behind it to tell."""

    class KeyDone(Message):
        """Every widget on the way has had the key before this message, and so has the app."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As the next class in line has it."""
        super().__init__(*arguments, **named)
        self._ahead: deque[Key | Paste] = deque()
        self.keys_heard = 0
        """How many keys and pastes have come: what is found out later than the key that asked for it sees whether the user
        has gone on meanwhile."""
        self._given_at: float | None = None
        """When the key was given that is not done yet, monotonic seconds; None: all are done."""

    async def on_event(self, event: Event) -> None:
        """Textual's own, for a key when its turn has come."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.keys_heard += 1
        self._ahead.append(event)
        if self._given_at is None or monotonic() - self._given_at > PATIENCE_S:
            await self._give_next()

    def on_sequential_keys_key_done(self) -> None:
        """A change of focus that the key asked for is waiting before us in the queue."""
        self.call_later(self._give_next)

    async def _give_next(self) -> None:
        self._given_at = monotonic() if self._ahead else None
        if self._ahead:
            await super().on_event(self._ahead.popleft())
            target = self.focused or self.screen
            if not target.post_message(self.KeyDone()):
                self.on_sequential_keys_key_done()
