"""Replies of the terminal among typed keys."""

import re
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.image import PixelSize

# Separation of replies from keys. Pure. The result does not depend on the pieces and pauses in which they come.

SIXEL: Final = 4
"""Device attribute of Sixel graphics."""

RESIZE_REPORTS: Final = "2048"
"""Mode in which the terminal reports its size. It is the last mode that Textual asks about at the start."""

_TELLS_MODIFIERS: Final = 1
"""Flag of Kitty's keyboard protocol that Textual requests: keys with different modifiers are different keys."""

_WHOLE: Final = re.compile(
    r"\x1b\]11;(?P<background>[^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\[\?997;(?P<scheme>[12])n|"
    r"\x1b\[\?(?P<mode>[0-9]{1,5});[0-9]\$y|\x1b\[\?(?P<keyboard>[0-9]{1,3})u|"
    r"\x1b\[\?(?P<attributes>[\d;]*)c|\x1b\[6;(?P<height>\d{1,5});(?P<width>\d{1,5})t|\x1b_G(?P<kitty>[^\x1b]*)\x1b\\"
)
_BEGUN: Final = re.compile(
    r"\x1b(?:\[(?:\?[\d;]*\$?|6(?:;\d{0,5}(?:;\d{0,5})?)?)?|_(?:G[^\x1b]*\x1b?)?|\](?:11?(?:;[^\x07\x1b]*\x1b?)?)?)?"
)
_SCHEME: Final = "\x1b[?9"
"""Beginning of the report that the colour scheme has changed. It comes without a query."""
_LONGEST: Final = 512
"""Longest reply, in characters."""
_EXPECTED_S: Final = 10.0
"""Seconds after a query in which its reply is expected, even over a very slow connection."""
_TORN_S: Final = 1.0
"""Seconds to wait after the first two characters of an expected reply, which may also be alt with `[` or `_`. Also the
seconds after a query to wait for the rest after an escape, which may also be a key."""


@dataclass(frozen=True, slots=True)
class DeviceAttributes:
    """Primary device attributes."""

    sixel: bool


@dataclass(frozen=True, slots=True)
class CellSizeReply:
    """Pixels of a cell."""

    size: PixelSize


@dataclass(frozen=True, slots=True)
class KittySupportReply:
    """Support of Kitty's graphics protocol."""

    takes: bool


@dataclass(frozen=True, slots=True)
class BackgroundReply:
    """Background of the terminal, as a reply or after a change."""

    dark: bool | None
    """Whether the background is dark; None: the format of its colour is not known."""


@dataclass(frozen=True, slots=True)
class KeyboardReply:
    """Support of Kitty's keyboard protocol."""

    tells_modifiers: bool
    """True if the protocol is in force, so that shift+enter and Enter are different keys."""


Answer = DeviceAttributes | CellSizeReply | KittySupportReply | BackgroundReply | KeyboardReply


@dataclass(slots=True)
class TerminalReplyParser:
    """Separates replies from keys. It holds back only text that may be the beginning of a reply.

    A beginning that may also be keys is released after `patience_s`, as Textual does with a lone escape. While a reply is
    expected, the wait is longer; and if the beginning was released, the rest of the reply still does not count as typing.
    At other times a user types, however slowly: escape, then `[`, then `?` are three keys.

    Whole reports of modes are passed on to Textual, which asked for them.
    """

    patience_s: float
    _held: str = ""
    _gone: int = 0
    """Number of characters of `_held` that were released."""
    _since: float = 0.0
    _lone: bool = False
    """True if a pause followed the escape that `_held` begins with. Then it is a key, unless it becomes a reply."""
    _expected_until: float = 0.0
    _asked_at: float = 0.0
    _asked: list[str] = field(default_factory=list)
    """Last expected reply of each open query: the mode that it reports; empty: the device attributes."""
    heard: list[Answer] = field(default_factory=list)
    """Replies so far. The reader empties this list."""

    def expect(self, now: float, mode: str = "") -> None:
        """Expect replies to a query. The last one is the report of `mode`; if that is empty, the device attributes, which all
        terminals send."""
        if now >= self._expected_until:
            self._asked.clear()
        self._asked.append(mode)
        self._asked_at, self._expected_until = now, now + _EXPECTED_S

    def feed(self, text: str, now: float) -> str:
        """Return the keys in `text` and in the held-back text before it."""
        if self._gone and now >= self._expected_until:
            self._held, self._gone = self._held[self._gone :], 0
        text, released = self._held + text, self._gone
        self._held, self._gone, self._lone = "", 0, self._is_lone(now)
        typed, position = list[str](), 0
        while (start := text.find("\x1b", position)) >= 0:
            typed.append(text[position:start])
            if whole := _WHOLE.match(text, start):
                typed.append(self._hear(whole))
                position, released = whole.end(), 0 if start == 0 else released
            elif _is_begun(text, start):
                self._held, self._gone, self._since = text[start:], released if start == 0 else 0, now
                self._lone = self._lone and start == 0
                return "".join(typed)[released if start else 0 :]
            else:
                typed.append("\x1b")
                position = start + 1
        return "".join([*typed, text[position:]])[released:]

    def pressed(self, text: str, now: float) -> str:
        """Release an escape that was pressed alone, or with one key after it, if `text` does not make it a reply.

        Call it before `feed`: parsed together, they would be another key.
        """
        held = self._held + text
        has_waited = len(self._held) == 2 and not self._gone and now - self._since >= self.patience_s
        if not (self._is_lone(now) or has_waited) or _WHOLE.match(held) or _is_begun(held, 0):
            return ""
        self._gone = 1 if self._is_lone(now) else 2
        return held[: self._gone]

    def left_s(self, now: float) -> float | None:
        """Return the seconds until `due` has something to release; None: nothing is held back."""
        if self._gone == len(self._held):
            return None
        return max(0.0, self._since + self._patience_now() - now)

    def due(self, now: float) -> str:
        """Release keys that looked like the beginning of a reply, after the wait is over."""
        if self.left_s(now) != 0.0:
            return ""
        end = 1 if self._lone and not self._gone else len(self._held)
        keys, self._gone = self._held[self._gone : end], end
        if self._gone == len(self._held) and now >= self._expected_until:
            self._held, self._gone = "", 0
        return keys

    def _patience_now(self) -> float:
        if self._held.startswith(_SCHEME) and self._since >= self._expected_until:
            return max(_TORN_S, self.patience_s)
        if self._since >= self._expected_until:
            return self.patience_s
        if len(self._held) == 1:
            return max(self.patience_s, self._asked_at + _TORN_S - self._since)
        longest = self._expected_until - self._since
        return min(max(_TORN_S, self.patience_s), longest) if len(self._held) == 2 else longest

    def _is_lone(self, now: float) -> bool:
        """Return whether a held-back escape is followed by a pause."""
        return (
            self._held[:1] == "\x1b"
            and not self._gone
            and (self._lone or (len(self._held) == 1 and now - self._since >= self.patience_s))
        )

    def _hear(self, whole: re.Match[str]) -> str:
        """Record a reply. Return the text of it that Textual needs; empty: it needs none."""
        mode = whole["mode"] or ""
        if (mode or whole["attributes"] is not None) and mode in self._asked:
            del self._asked[: self._asked.index(mode) + 1]
            if not self._asked:
                self._expected_until = 0.0
        if mode:
            return whole[0]
        self.heard.append(_answer(whole))
        return ""


def _is_begun(text: str, start: int) -> bool:
    """Return whether `text` may become a reply from `start` on."""
    return len(text) - start <= _LONGEST and _BEGUN.fullmatch(text, start) is not None


def _answer(match: re.Match[str]) -> Answer:
    if match["attributes"] is not None:
        return DeviceAttributes(str(SIXEL) in match["attributes"].split(";")[1:])
    if match["scheme"] is not None:
        return BackgroundReply(match["scheme"] == "1")
    if match["background"] is not None:
        return BackgroundReply(is_dark(match["background"]))
    if match["keyboard"] is not None:
        return KeyboardReply(bool(int(match["keyboard"]) & _TELLS_MODIFIERS))
    if match["kitty"] is not None:
        return KittySupportReply(match["kitty"].endswith(";OK"))
    return CellSizeReply(PixelSize(int(match["width"]), int(match["height"])))


_COLOUR: Final = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?")


def is_dark(colour: str) -> bool | None:
    """Return whether a colour in the format of X, `rgb:ffff/ffff/ffff`, is dark; None: it is not a colour."""
    match = _COLOUR.fullmatch(colour)
    if match is None:
        return None
    red, green, blue = (int(part, 16) / (16.0 ** len(part) - 1) for part in match.groups())
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
