"""What a terminal answers, taken out of what its user types: pure, character by character, whenever and however it comes."""

import re
from dataclasses import dataclass, field
from typing import Final

from cordage_tui.domain.image import PixelSize

SIXEL: Final = 4
"""The device attribute that stands for Sixel graphics."""

_WHOLE: Final = re.compile(
    r"\x1b\[\?(?P<attributes>[\d;]*)c|\x1b\[6;(?P<height>\d{1,5});(?P<width>\d{1,5})t|\x1b_G(?P<kitty>[^\x1b]*)\x1b\\"
)
_BEGUN: Final = re.compile(r"\x1b(?:\[(?:\?[\d;]*|6(?:;\d{0,5}(?:;\d{0,5})?)?)?|_(?:G[^\x1b]*\x1b?)?)?")
_LONGEST: Final = 512
"""Characters of an answer that are waited for; more than that is none."""
_EXPECTED_S: Final = 10.0
"""For so long after a question its answer is on its way, over the slowest line."""
_TORN_S: Final = 1.0
"""Patience with the first two characters of an expected answer, which may be alt with `[` or `_` as well."""


@dataclass(frozen=True, slots=True)
class DeviceAttributes:
    """The device's."""

    sixel: bool


@dataclass(frozen=True, slots=True)
class CellSizeReply:
    """How large one is."""

    size: PixelSize


@dataclass(frozen=True, slots=True)
class KittySupportReply:
    """To the question whether it takes Kitty's pictures."""

    takes: bool


Answer = DeviceAttributes | CellSizeReply | KittySupportReply


@dataclass(slots=True)
class TerminalReplyParser:
    """Lets keys through at once, and holds back only what may be the beginning of an answer.

    A beginning that may as well be keys goes on after `patience_s`, as Textual does with a lone escape. While an answer is
    expected there is more patience, and the rest of what turns out to have begun one is still no typing. At any other time a
    person types, however slowly: escape, then `[`, then `?` are three keys.
    """

    patience_s: float
    _held: str = ""
    _gone: int = 0
    """Characters of `_held` that were let through."""
    _since: float = 0.0
    _expected_until: float = 0.0
    heard: list[Answer] = field(default_factory=list)
    """Answers so far; whoever takes them empties it."""

    def expect(self, now: float) -> None:
        """The terminal has been asked something; the answer that all terminals give, their attributes, is the last."""
        self._expected_until = now + _EXPECTED_S

    def feed(self, text: str, now: float) -> str:
        """What of `text` and of what was held back is the user's."""
        if self._gone and now >= self._expected_until:
            self._held, self._gone = self._held[self._gone :], 0
        text, gone = self._held + text, self._gone
        self._held, self._gone = "", 0
        typed, at = list[str](), 0
        while (start := text.find("\x1b", at)) >= 0:
            typed.append(text[at:start])
            if whole := _WHOLE.match(text, start):
                self._hear(_answer(whole))
                at, gone = whole.end(), 0 if start == 0 else gone
            elif len(text) - start <= _LONGEST and _BEGUN.fullmatch(text, start):
                self._held, self._gone, self._since = text[start:], gone if start == 0 else 0, now
                return "".join(typed)[gone if start else 0 :]
            else:
                typed.append("\x1b")
                at = start + 1
        return "".join([*typed, text[at:]])[gone:]

    def left_s(self, now: float) -> float | None:
        """Seconds until `due` has something to let through; None: nothing is to be waited for."""
        if self._gone == len(self._held):
            return None
        return max(0.0, self._since + self._patience_now() - now)

    def due(self, now: float) -> str:
        """Keys that looked like the beginning of an answer for long enough."""
        if self.left_s(now) != 0.0:
            return ""
        keys, self._gone = self._held[self._gone :], len(self._held)
        if now >= self._expected_until:
            self._held, self._gone = "", 0
        return keys

    def _patience_now(self) -> float:
        if self._since >= self._expected_until or len(self._held) == 1:
            return self.patience_s
        longest = self._expected_until - self._since
        return min(max(_TORN_S, self.patience_s), longest) if len(self._held) == 2 else longest

    def _hear(self, answer: Answer) -> None:
        self.heard.append(answer)
        if isinstance(answer, DeviceAttributes):
            self._expected_until = 0.0


def _answer(match: re.Match[str]) -> Answer:
    if match["attributes"] is not None:
        return DeviceAttributes(str(SIXEL) in match["attributes"].split(";")[1:])
    if match["kitty"] is not None:
        return KittySupportReply(match["kitty"].endswith(";OK"))
    return CellSizeReply(PixelSize(int(match["width"]), int(match["height"])))
