"""Differences between the inputs of two runs, word by word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby, takewhile
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, value_words
from cordage_tui.domain.safe_text import SafeText, one_line, safe

LONGEST: Final = 4_000
"""Characters of a value that are compared and shown; the rest of a longer one is left out."""
_WORDS: Final = re.compile(r"\w+\W*|\W+")
"""Words of a text, each with the characters up to the next word."""
_TOKENS: Final = re.compile(r"\s+|\w+|[^\w\s]")
"""Words, spaces, single signs."""
_ALIKE: Final = 0.4
"""Share of common words from which two texts are compared word by word: below it, they differ as a whole."""


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
    """Part of two texts: the first one's words here, and the second one's in their place. Both are equal, or one may
    be empty."""

    left: SafeText
    right: SafeText

    @property
    def differs(self) -> bool:
        """True if the two texts differ here."""
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
    """Compare the inputs: the prompt first, then different ones, then equal ones; each group in the first run's
    order.

    Only `longest` characters of a value are compared.
    """
    names = list(dict.fromkeys((*left, *right)))
    diff_fields = [_field(name, left, right, longest) for name in names]
    prompt = one_line(PROMPT)
    return sorted(diff_fields, key=lambda field: (field.name != prompt, field.change is Change.SAME))


def _field(name: str, left: Inputs, right: Inputs, longest: int) -> DiffField:
    shown, no_text = one_line(name, 100), SafeText("")
    if name not in right:
        return DiffField(shown, Change.REMOVED, (Edit(_text(left[name], longest), no_text),))
    if name not in left:
        return DiffField(shown, Change.ADDED, (Edit(no_text, _text(right[name], longest)),))
    left_text, right_text = _text(left[name], longest), _text(right[name], longest)
    if left[name] == right[name] and type(left[name]) is type(right[name]):
        return DiffField(shown, Change.SAME, (Edit(left_text, right_text),))
    return DiffField(shown, Change.CHANGED, edits(left_text, right_text))


def edits(left: SafeText, right: SafeText) -> tuple[Edit, ...]:
    """Compare two texts, word by word if they are alike."""
    blocks = _blocks(_WORDS.findall(left), _WORDS.findall(right))
    parts = (
        edit for left_part, right_part in blocks for edit in _split(left_part, right_part) if edit.left or edit.right
    )
    groups = (zip(*group, strict=True) for _, group in groupby(parts, key=lambda edit: edit.differs))
    found_edits = [Edit(_joined(left_part), _joined(right_part)) for left_part, right_part in groups]
    alike = sum(_words(edit.left) for edit in found_edits if not edit.differs)
    return tuple(found_edits) if 2 * alike >= _ALIKE * (_words(left) + _words(right)) else (Edit(left, right),)


def _blocks(left_words: Sequence[str], right_words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Match the words of two texts, each with the characters up to the next word."""
    # Words that are everywhere are only matched next to others: otherwise the time would grow with the square of the
    # length.
    for _, a, b, c, d in SequenceMatcher(None, left_words, right_words, autojunk=True).get_opcodes():
        yield "".join(left_words[a:b]), "".join(right_words[c:d])


def _split(left: str, right: str) -> Iterator[Edit]:
    """Split off the common beginning and end of two parts."""
    left_tokens, right_tokens = _TOKENS.findall(left), _TOKENS.findall(right)
    head = _common(left_tokens, right_tokens)
    tail = _common(left_tokens[head:][::-1], right_tokens[head:][::-1])
    yield Edit(_joined(left_tokens[:head]), _joined(right_tokens[:head]))
    yield Edit(
        _joined(left_tokens[head : len(left_tokens) - tail]), _joined(right_tokens[head : len(right_tokens) - tail])
    )
    yield Edit(_joined(left_tokens[len(left_tokens) - tail :]), _joined(right_tokens[len(right_tokens) - tail :]))


def _common(left_tokens: Sequence[str], right_tokens: Sequence[str]) -> int:
    """Count the tokens that both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left_tokens, right_tokens, strict=False)))


def _words(text: str) -> int:
    """Count the words: spaces and signs that two texts share mean nothing."""
    return sum(token.isalnum() for token in _TOKENS.findall(text))


def _joined(tokens: Iterable[str]) -> SafeText:
    return SafeText("".join(tokens))


def _text(value: Json, longest: int) -> SafeText:
    return safe(value_words(value), longest)
