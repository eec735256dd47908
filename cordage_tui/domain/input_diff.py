"""Differences between the inputs of two runs, word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby, takewhile
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, value_words
from cordage_tui.domain.text import SafeText, one_line, safe

LONGEST: Final = 4_000
"""Characters of a value that are compared and shown; the rest of a longer one is left out."""
_WORDS: Final = re.compile(r"\w+\W*|\W+")
"""Words of a text, each with what is behind it."""
_TOKENS: Final = re.compile(r"\s+|\w+|[^\w\s]")
"""Words, spaces, single signs."""
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


class Edit(NamedTuple):
    """Part of two texts: what the first has here, and what the second has in its place. Both are equal, or one may be
    empty."""

    left: SafeText
    right: SafeText

    @property
    def differs(self) -> bool:
        """True if the two have something else here."""
        return self.left != self.right


@dataclass(frozen=True, slots=True)
class DiffField:
    """Input of the two runs."""

    name: SafeText
    change: Change
    edits: tuple[Edit, ...]
    """Both values, in parts."""

    @property
    def left(self) -> tuple[Piece, ...]:
        """Value of the first run; empty: it has no such input."""
        return tuple(Piece(edit.left, edit.differs) for edit in self.edits if edit.left)

    @property
    def right(self) -> tuple[Piece, ...]:
        """Value of the second run; empty: it has no such input."""
        return tuple(Piece(edit.right, edit.differs) for edit in self.edits if edit.right)


def fields(left: Inputs, right: Inputs, longest: int = LONGEST) -> list[DiffField]:
    """Compare the inputs: the prompt first, then what differs, then what is the same; each in the first run's order. Of a value
    `longest` characters are compared."""
    names = list(dict.fromkeys((*left, *right)))
    found = [_field(name, left, right, longest) for name in names]
    prompt = one_line(PROMPT)
    return sorted(found, key=lambda field: (field.name != prompt, field.change is Change.SAME))


def _field(name: str, left: Inputs, right: Inputs, longest: int) -> DiffField:
    shown, nothing = one_line(name, 100), SafeText("")
    if name not in right:
        return DiffField(shown, Change.REMOVED, (Edit(_text(left[name], longest), nothing),))
    if name not in left:
        return DiffField(shown, Change.ADDED, (Edit(nothing, _text(right[name], longest)),))
    mine, its = _text(left[name], longest), _text(right[name], longest)
    if left[name] == right[name] and type(left[name]) is type(right[name]):
        return DiffField(shown, Change.SAME, (Edit(mine, its),))
    return DiffField(shown, Change.CHANGED, edits(mine, its))


def edits(left: SafeText, right: SafeText) -> tuple[Edit, ...]:
    """Compare two texts, word by word where they are alike."""
    blocks = _blocks(_WORDS.findall(left), _WORDS.findall(right))
    parts = (edit for mine, its in blocks for edit in _split(mine, its) if edit.left or edit.right)
    groups = (zip(*group, strict=True) for _, group in groupby(parts, key=lambda edit: edit.differs))
    found = [Edit(_joined(mine), _joined(its)) for mine, its in groups]
    alike = sum(_words(edit.left) for edit in found if not edit.differs)
    return tuple(found) if 2 * alike >= _ALIKE * (_words(left) + _words(right)) else (Edit(left, right),)


def _blocks(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Match the words of two texts, each with what follows it."""
    # Words that are everywhere are matched beside others only: the time would grow with the square of the length.
    for _, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=True).get_opcodes():
        yield "".join(ours[a:b]), "".join(theirs[c:d])


def _split(mine: str, its: str) -> Iterator[Edit]:
    """Split off what two parts begin and end with."""
    ours, theirs = _TOKENS.findall(mine), _TOKENS.findall(its)
    head = _common(ours, theirs)
    tail = _common(ours[head:][::-1], theirs[head:][::-1])
    yield Edit(_joined(ours[:head]), _joined(theirs[:head]))
    yield Edit(_joined(ours[head : len(ours) - tail]), _joined(theirs[head : len(theirs) - tail]))
    yield Edit(_joined(ours[len(ours) - tail :]), _joined(theirs[len(theirs) - tail :]))


def _common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Count the tokens that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))


def _words(text: str) -> int:
    """Count the words: spaces and signs that two texts share mean nothing."""
    return sum(token.isalnum() for token in _TOKENS.findall(text))


def _joined(tokens: Iterable[str]) -> SafeText:
    return SafeText("".join(tokens))


def _text(value: Json, longest: int) -> SafeText:
    return safe(value_words(value), longest)
