"""Differences between the inputs of two runs."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, value_words
from cordage_tui.domain.text import SafeText, one_line, safe

LONGEST: Final = 4_000
"""Characters of a value that are compared and shown; the rest of a longer one is left out."""
_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")
"""Tokens of a text: words, spaces, single signs."""
_ALIKE: Final = 0.4
"""Share of common words from which two texts are compared word by word: else all of both differs."""


class Change(StrEnum):
    """Change of a field from the first run to the second; values are the signs."""

    SAME = " "
    REMOVED = "-"
    """Only the first has it."""
    ADDED = "+"
    """Only the second has it."""
    CHANGED = "~"


class Piece(NamedTuple):
    """Part of a text."""

    text: SafeText
    differs: bool
    """The other text has not got it here."""


@dataclass(frozen=True, slots=True)
class DiffField:
    """Input of the two runs."""

    name: SafeText
    change: Change
    left: tuple[Piece, ...]
    """Empty: the first run has no such input."""
    right: tuple[Piece, ...]


def fields(left: Inputs, right: Inputs) -> list[DiffField]:
    """Compare the inputs: the prompt first, then what differs, then what is the same; each in the first run's order."""
    names = list(dict.fromkeys((*left, *right)))
    found = [_field(name, left, right) for name in names]
    prompt = one_line(PROMPT)
    return sorted(found, key=lambda field: (field.name != prompt, field.change is Change.SAME))


def _field(name: str, left: Inputs, right: Inputs) -> DiffField:
    shown = one_line(name, 100)
    if name not in right:
        return DiffField(shown, Change.REMOVED, _whole(left[name]), ())
    if name not in left:
        return DiffField(shown, Change.ADDED, (), _whole(right[name]))
    if left[name] == right[name] and type(left[name]) is type(right[name]):
        return DiffField(shown, Change.SAME, _plain(left[name]), _plain(right[name]))
    return DiffField(shown, Change.CHANGED, *pieces(_text(left[name]), _text(right[name])))


def pieces(left: SafeText, right: SafeText) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Compare two texts word by word where they are alike."""
    ours, theirs = _WORDS.findall(left), _WORDS.findall(right)
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    alike = sum(_words(ours[a:b]) for tag, a, b, _, _ in blocks if tag == "equal")
    if 2 * alike < _ALIKE * (_words(ours) + _words(theirs)):
        return (Piece(left, True),), (Piece(right, True),)
    mine = [_piece(ours[a:b], tag) for tag, a, b, _, _ in blocks if b > a]
    its = [_piece(theirs[a:b], tag) for tag, _, _, a, b in blocks if b > a]
    return tuple(mine), tuple(its)


def _words(tokens: Sequence[str]) -> int:
    """Count the words: spaces and signs that two texts share mean nothing."""
    return sum(token.isalnum() for token in tokens)


def _piece(words: Sequence[str], tag: str) -> Piece:
    return Piece(SafeText("".join(words)), tag != "equal")


def _text(value: Json) -> SafeText:
    return safe(value_words(value), LONGEST)


def _whole(value: Json) -> tuple[Piece, ...]:
    return (Piece(_text(value), True),)


def _plain(value: Json) -> tuple[Piece, ...]:
    return (Piece(_text(value), False),)
