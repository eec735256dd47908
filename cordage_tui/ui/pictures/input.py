"""Keys and answers out of what a terminal sends, in whatever pieces and pauses it comes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.events import Resize
from textual.message import Message

from cordage_tui.ui.pictures.answers import Answer, TerminalReplyParser

_UNREADABLE: Final = (ParseError, ValueError, OverflowError, LookupError)
"""What Textual's parser raises for sequences that no terminal sends, but a broken line may bring."""
_LARGEST: Final = 4096
"""Columns or rows of a screen that are believed."""


class TerminalInput:
    """A sieve for answers before Textual's parser. Nothing that comes ends it."""

    def __init__(self) -> None:
        self._parser = _Parser()
        self._sieve = TerminalReplyParser(constants.ESCAPE_DELAY)

    def expect_answers(self, now: float) -> None:
        """The terminal has just been asked something."""
        self._sieve.expect(now)

    def left_s(self, now: float) -> float | None:
        """Seconds until `tick` may have something; None: nothing is waited for."""
        return self._sieve.left_s(now)

    def feed(self, text: str, now: float) -> list[Message | Answer]:
        """What `text` says, with what came before it."""
        typed = self._sieve.feed(text, now)
        # What cannot be parsed costs what is parsed in one go with it.
        pieces = typed if "\x1b" in typed else filter(None, [typed])
        return [one for piece in pieces for one in self._parsed(_Parser.feed, piece)] + self._answers()

    def tick(self, now: float) -> list[Message | Answer]:
        """What the pause since the last piece says: an escape that nothing follows is a key."""
        return self._parsed(_Parser.tick) + self._parsed(_Parser.pressed, self._sieve.due(now)) + self._answers()

    def _parsed(self, parse: Callable[..., Iterable[Message]], *text: str) -> list[Message | Answer]:
        heard = list[Message | Answer]()
        try:
            heard.extend(message for message in parse(self._parser, *text) if not _is_absurd(message))
        except _UNREADABLE:
            self._parser = _Parser()
        return heard

    def _answers(self) -> list[Message | Answer]:
        heard = list[Message | Answer](self._sieve.heard)
        self._sieve.heard.clear()
        return heard


class _Parser(XTermParser):
    """Textual's, which waits after an escape for what may follow."""

    def pressed(self, keys: str) -> Iterator[Message]:
        """Keys that were waited upon already. Only where the parser waits too may it be told that nothing follows."""
        if keys:
            yield from self.feed(keys)
            if self._timeout_time is not None:
                self._timeout_time = 0.0
                yield from self.tick()


def _is_absurd(message: Message) -> bool:
    """A size of the screen that none has; drawing it would take all memory."""
    return isinstance(message, Resize) and not (
        0 < message.size.width <= _LARGEST and 0 < message.size.height <= _LARGEST
    )
