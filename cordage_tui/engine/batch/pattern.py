"""Text with alternatives in it: `a {red|blue} fox`.

A group is what stands between braces and has at least one `|`; any other braces are text. A backslash before `{`, `}` or
`|` makes it text, two backslashes there are one. Groups do not nest.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.engine.batch.errors import BatchError

_SPECIAL: Final = re.compile(r"(\\*)([{}|])")


class _Token(NamedTuple):
    text: str
    special: bool
    """It is a brace or a bar that counts, not text."""
    at: int
    """Character of the source where it begins."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One text, taken apart."""

    pieces: tuple[tuple[str, ...], ...]
    """What follows what: a single string is text, several are the alternatives of a group."""
    loose: bool
    """It has a brace without its counterpart, which counts as text."""

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Raises BatchError where groups are nested."""
        pieces: list[tuple[str, ...]] = []
        tokens = list(_tokens(text))
        ends, loose = _ends(tokens)
        bars = _counts(tokens, "|")
        opens = _counts(tokens, "{")
        at = 0
        while at < len(tokens):
            end = ends.get(at, at)
            if bars[end] > bars[at] and end > at:
                if opens[end] > opens[at + 1]:
                    raise BatchError(
                        f"Braces within braces, from character {tokens[at].at + 1} on: alternatives do not nest. "
                        "Write them out, or put a backslash before a brace that is meant as one."
                    )
                pieces.append(_alternatives(tokens[at + 1 : end]))
            else:
                pieces.append(("".join(token.text for token in tokens[at : end + 1]),))
            at = end + 1
        return cls(tuple(pieces), loose)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The alternatives of each group, left to right."""
        return tuple(piece for piece in self.pieces if len(piece) > 1)

    def filled(self, picks: Sequence[str]) -> str:
        """The text with one alternative of each group, in the order of `groups`."""
        rest = iter(picks)
        return "".join(piece[0] if len(piece) == 1 else next(rest) for piece in self.pieces)


def has_groups(text: str) -> bool:
    """Whether a batch would make several texts of it, or say why it cannot."""
    if "{" not in text or "|" not in text:
        return False
    try:
        return bool(Pattern.of(text).groups)
    except BatchError:
        return True


def escaped(text: str) -> str:
    """`text` written so that a batch takes it literally."""
    return _SPECIAL.sub(lambda found: f"{found[1] * 2}\\{found[2]}", text)


def _tokens(text: str) -> Iterator[_Token]:
    """Braces and bars with the text between them; backslashes before them are spent."""
    end = 0
    for found in _SPECIAL.finditer(text):
        if found.start() > end:
            yield _Token(text[end : found.start()], False, end)
        backslashes, end = len(found[1]), found.end()
        if backslashes > 1:
            yield _Token("\\" * (backslashes // 2), False, found.start())
        yield _Token(found[2], backslashes % 2 == 0, found.start(2))
    if end < len(text):
        yield _Token(text[end:], False, end)


def _ends(tokens: Sequence[_Token]) -> tuple[dict[int, int], bool]:
    """Index of each opening brace → of its closing one; and whether a brace has no counterpart."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    lone = False
    for index, token in enumerate(tokens):
        if token.special and token.text == "{":
            opened.append(index)
        elif token.special and token.text == "}":
            if opened:
                ends[opened.pop()] = index
            else:
                lone = True
    return ends, lone or bool(opened)


def _counts(tokens: Sequence[_Token], char: str) -> list[int]:
    """How many tokens that are `char` and count stand before each index."""
    counts = [0]
    for token in tokens:
        counts.append(counts[-1] + (token.special and token.text == char))
    return counts


def _alternatives(tokens: Sequence[_Token]) -> tuple[str, ...]:
    parts = [""]
    for token in tokens:
        if token.special and token.text == "|":
            parts.append("")
        else:
            parts[-1] += token.text
    return tuple(parts)
