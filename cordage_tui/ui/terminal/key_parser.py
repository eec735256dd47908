"""Parser of the terminal's input: keys with their modifiers, pastes, and replies."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from textual import constants
from textual.events import Key, Resize
from textual.keys import Keys
from textual.message import Message

from cordage_tui.domain.safe_text import safe
from cordage_tui.ui.terminal.pauses import TypingPauses
from cordage_tui.ui.terminal.replies import Answer, TerminalReplyParser
from cordage_tui.ui.textual_patches.driver import UNREADABLE, PatchedParser

_LARGEST: Final = 4096
"""Largest number of columns or rows that counts as a screen size."""


class TerminalInput:
    """Input parser. It separates replies before Textual's parser. No input makes it fail."""

    def __init__(self) -> None:
        self.replies = TerminalReplyParser(constants.ESCAPE_DELAY)
        self.pauses = TypingPauses()
        self._pastes = _Pastes()
        self._parser = _Parser()

    def feed(self, text: str, now: float) -> list[Message | Answer]:
        """Parse `text`, which follows all earlier input."""
        parsed = self._pressed(self.replies.pressed(text, now))
        parsed += self._typed(self.replies.feed(text, now))
        self.pauses.mark(parsed, now)
        return parsed + self._answers()

    def left_s(self, now: float) -> float | None:
        """Return the seconds until `tick` or `see_nothing` is due; None: not before more input."""
        held = self._held_s(now)
        return self.pauses.left_s(now) if held is None else held

    def tick(self, now: float) -> list[Message | Answer]:
        """Parse a pause: an escape without anything after it is a key."""
        parsed = self._parsed(_Parser.tick) + self._pressed(self.replies.due(now))
        self.pauses.mark(parsed, now, released=True)
        return parsed + self._answers()

    def see_nothing(self, at: float) -> list[Message | Answer]:
        """Record that there was nothing to read at the time `at` or later. Input that is held back was read, so it ends a pause."""
        return [] if self._held_s(at) is not None else list[Message | Answer](self.pauses.see_nothing(at))

    def _held_s(self, now: float) -> float | None:
        return min(
            (left for left in (self.replies.left_s(now), self._parser.left_s()) if left is not None), default=None
        )

    def _typed(self, text: str) -> list[Message | Answer]:
        """Parse keys and pastes."""
        text = self._pastes.without_escapes(text)
        # If a piece cannot be parsed, everything that is parsed together with it is lost.
        pieces = text if "\x1b" in text else filter(None, [text])
        return [message for piece in pieces for message in self._parsed(_Parser.feed, piece)]

    def _pressed(self, keys: str) -> list[Message | Answer]:
        """Parse keys that were held back. Inside a paste they are text."""
        return self._typed(keys) if self._pastes.is_open else self._parsed(_Parser.pressed, keys)

    def _parsed(self, parse: Callable[..., Iterable[Message]], *text: str) -> list[Message | Answer]:
        parsed = list[Message | Answer]()
        try:
            parsed.extend(message for message in parse(self._parser, *text) if not _is_absurd(message))
        except UNREADABLE:
            self._parser = _Parser()
        return parsed

    def _answers(self) -> list[Message | Answer]:
        parsed = list[Message | Answer](self.replies.heard)
        self.replies.heard.clear()
        return parsed


def _is_absurd(message: Message) -> bool:
    """Return whether a screen size is impossible. Drawing it would take all memory."""
    return isinstance(message, Resize) and not (
        0 < message.size.width <= _LARGEST and 0 < message.size.height <= _LARGEST
    )


# Pastes. An escape inside a paste is text.

_BEGIN: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_ESCAPE: Final = safe("\x1b")


class _Pastes:
    """Makes the escapes in a bracketed paste visible. Textual's parser would read keys after them (docs/dev/library-traps.md
    T52)."""

    def __init__(self) -> None:
        self.is_open = False
        """True between the beginning of a paste and its end."""
        self._last = ""
        """End of the input outside of a paste, which may be the beginning of `_BEGIN`."""
        self._held = ""
        """End of the input inside of a paste, which may be the beginning of `_END`."""

    def without_escapes(self, text: str) -> str:
        """Return `text` with the escapes of its pastes made visible. Its end may be held back until more input comes."""
        done = ""
        while text:
            piece, text = self._inside(text) if self.is_open else self._outside(text)
            done += piece
        return done

    def _outside(self, text: str) -> tuple[str, str]:
        """Split `text` at the beginning of a paste."""
        with_last = self._last + text
        begin = with_last.find(_BEGIN)
        self.is_open = begin >= 0
        cut = begin + len(_BEGIN) - len(self._last) if self.is_open else len(text)
        self._last = "" if self.is_open else with_last[-len(_BEGIN) + 1 :]
        return text[:cut], text[cut:]

    def _inside(self, text: str) -> tuple[str, str]:
        """Split `text` after its first escape, which is made visible unless the paste ends there."""
        text, self._held = self._held + text, ""
        before, escape, after = text.partition("\x1b")
        rest = escape + after
        if rest.startswith(_END):
            self.is_open = False
            return before + _END, rest[len(_END) :]
        if _END.startswith(rest):
            self._held = rest
            return before, ""
        return before + _ESCAPE, after


# Keys. A pressed modifier is never lost, and an unknown sequence does not press a key.

_MODIFY_OTHER_KEYS: Final = re.compile(r"\x1b\[27;(\d{1,4});(\d{1,7})~")
"""Key with modifiers as xterm and tmux write it."""
_UNKNOWN: Final = re.compile(r"\x1b\[(?!\[)[0-?]*[ -/]*[@-~]")
"""Any whole sequence."""
_NOT_KEYS: Final = re.compile(r"\x1b\[(?:M.{0,3}|<?[-\d;]+[mM]|\?\d+;\d\$y)", re.DOTALL)
"""Mouse events and reports of modes. Textual's parser handles them after it has looked for keys."""
_PREFIXES: Final = "[O"
"""Characters that begin a longer sequence after an escape."""


class _Parser(PatchedParser):
    """Textual's parser, which waits after an escape for the rest of a sequence.

    It gives keys such as alt+enter and alt+y their modifier (docs/dev/library-traps.md T53). It drops an unknown sequence, and
    does not press each of its characters.
    """

    def pressed(self, keys: str) -> Iterator[Message]:
        """Parse keys that were held back already. The parser's own wait, if any, is ended."""
        if keys:
            yield from self.feed(keys)
            yield from self.end_waiting()

    def keys_of(self, sequence: str, alt: bool) -> Iterable[Key]:
        if modified := _MODIFY_OTHER_KEYS.fullmatch(sequence):
            sequence = f"\x1b[{modified[2]};{modified[1]}u"
        keys = list(super().keys_of(sequence, alt))
        if keys:
            return map(_with_alt, keys) if alt else keys
        if len(sequence) == 2 and sequence[0] == "\x1b" and sequence[1] not in _PREFIXES:
            return map(_with_alt, super().keys_of(sequence[1], alt=True))
        if _UNKNOWN.fullmatch(sequence) and not _NOT_KEYS.fullmatch(sequence):
            return [Key(Keys.Ignore, sequence)]
        return keys


def _with_alt(key: Key) -> Key:
    """Return `key` with alt. A printable key keeps its character, which a text may insert (docs/dev/library-traps.md T39)."""
    name = key.key if key.key.startswith("alt+") else f"alt+{key.key}"
    return Key(name, key.character if key.is_printable else None)
