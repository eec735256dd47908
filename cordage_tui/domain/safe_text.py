"""Text that is safe to print: control characters escaped, line breaks removed, and characters compared."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NewType

if TYPE_CHECKING:
    from types import ModuleType

# The choke point for text from outside.
#
# Neither Textual nor Rich strips terminal control. An escape sequence in a prompt, an error or a URL would reach the
# terminal whole. Every string from a server, the disk or the environment passes `safe` or `one_line` before it is
# shown. These return `SafeText`, and the values for screens hold nothing else. Raw strings live only in the database
# and on the wire.

SafeText = NewType("SafeText", str)
"""Text that no terminal can mistake for a command: control, bidi and invisible characters are in visible form."""

MAX_SHOWN: Final = 100_000
"""Characters of one string that are shown at most; the rest is replaced by an ellipsis."""

MAX_COMBINING: Final = 8
"""Combining marks kept on one base character; more would paint over neighbouring lines."""

_NONCHARACTERS: Final = "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0xE0000, 0x10000))
_SUSPECT: Final = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff\ufdd0-\ufdef"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"{_NONCHARACTERS}\U000e0000-\U0010ffff]"
)
_CROWDS: Final = r"[^\w\x00-\u02ff]{9,}"
"""Runs of more than `MAX_COMBINING` characters that may all be combining marks: they contain no letter or digit."""
_KEYCAP_CUT: Final = r"[0-9#*]\ufe0f\Z"
_BREAKS: Final = r"[ \t\n]+"


def safe(value: str, limit: int = MAX_SHOWN) -> SafeText:
    """Return `value` without anything that acts on a terminal; newlines and tabs stay. Idempotent.

    C0 controls become their Unicode pictures (ESC → ␛). Other characters that are invisible or reorder text become
    `<U+XXXX>`. A joiner or an emoji selector stays if it follows an emoji or makes a keycap. A text longer than
    `limit` characters is cut with `…`.
    """
    text = _cut(value, limit)
    if text.isascii() and text.isprintable():
        return SafeText(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if lazy_pattern(_SUSPECT).search(text):
        text = _made_visible(text)
    text = lazy_pattern(_CROWDS).sub(_thinned, text)
    return SafeText(_cut(text, limit))


def _cut(text: str, limit: int) -> str:
    """Cut `text` to `limit` characters, the last of them `…`; a keycap is not cut within."""
    if len(text) <= limit:
        return text
    kept = text[: max(0, limit - 1)]
    return (kept[:-1] if lazy_pattern(_KEYCAP_CUT).search(kept, max(0, len(kept) - 2)) else kept) + "…"


def safe_unlimited(value: str) -> SafeText:
    """Return `safe` without a limit of length. For text that leaves the program: the clipboard, a file."""
    return safe(value, limit=len("<U+10FFFF>") * len(value))


def one_line(value: str, limit: int = 500) -> SafeText:
    """`safe`, on one line: runs of white space become one space. For table cells, titles and toasts."""
    if len(value) <= limit and value.isascii() and value.isprintable() and "  " not in value:
        return SafeText(value.strip())  # as most text is, and lists have thousands
    return SafeText(lazy_pattern(_BREAKS).sub(" ", safe(value, limit)).strip())


def visible_id(value: str) -> SafeText:
    """Return `safe`, on one line and whole, with line breaks and tabs in visible form too. For ids, one per line."""
    return SafeText(safe_unlimited(value).replace("\n", "␊").replace("\t", "␉"))


@cache
def lazy_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed: it takes a millisecond, and most text is plain ASCII."""
    return re.compile(text)


# What Python's tables of characters say. They are loaded at the first text that is not ASCII.


@cache
def _tables() -> "ModuleType":
    import unicodedata

    return unicodedata


def normalized(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Return the text in a normal form of Unicode."""
    normal_form: str = _tables().normalize(form, text)
    return normal_form


def _category(char: str) -> str:
    category: str = _tables().category(char)
    return category


def is_word_character(char: str) -> bool:
    """Return whether a character is a letter, a mark or a decimal digit."""
    kind = _category(char)
    return kind[0] in "LM" or kind == "Nd"


def cells(char: str) -> int:
    """Return the width of a character on a terminal, in cells."""
    if _tables().combining(char) or _category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if _tables().east_asian_width(char) in "WF" else 1


def closest(word: str, known: Sequence[str], cutoff: float) -> str | None:
    """Return the known word that is spelt most like `word`, in any case; None: all are less alike than `cutoff`, 0 to 1."""
    from difflib import get_close_matches

    folded_names = {name.casefold(): name for name in known}
    matches = get_close_matches(word[:80].casefold(), folded_names, n=1, cutoff=cutoff)
    return folded_names[matches[0]] if matches else None


def folded(text: str) -> str:
    """Fold `text` for comparison: case and composition do not matter."""
    if text.isascii():
        return text.lower()
    return normalized(text, "NFC").casefold()


def _made_visible(text: str) -> str:
    suspect = lazy_pattern(_SUSPECT)
    visible_chars: list[str] = []
    for place, char in enumerate(text):
        before, after = visible_chars[-1] if visible_chars else "", text[place + 1 : place + 2]
        is_shown = suspect.match(char) is None or _is_part_of_emoji(char, before, after)
        visible_chars.append(char if is_shown else _visible(char))
    return "".join(visible_chars)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


_EMOJI: Final = "‼⁉ℹ↔◽◾〰"
"""Characters with an emoji form whose category is neither So nor Sk."""
_KEYCAPS: Final = "0123456789#*"


def _is_part_of_emoji(char: str, before: str, after: str) -> bool:
    """Return whether a joiner or an emoji selector belongs to the emoji before it. `before` is the visible text
    before it."""
    if char == "\ufe0f":
        return _is_pictographic(before) or (before != "" and before in _KEYCAPS and after == "\u20e3")
    return char == "\u200d" and (before == "\ufe0f" or _is_pictographic(before))


def _is_pictographic(char: str) -> bool:
    """Return whether a character is an emoji or a skin tone (categories So and Sk, and a few others)."""
    return len(char) == 1 and (char in _EMOJI or _category(char) in {"So", "Sk"})


def _thinned(crowd: re.Match[str]) -> str:
    """Leave out the combining marks of a run that are too many for their base character."""
    kept: list[str] = []
    marks = 0
    for char in crowd.group():
        marks = marks + 1 if _category(char).startswith("M") else 0
        if marks <= MAX_COMBINING:
            kept.append(char)
    return "".join(kept)
