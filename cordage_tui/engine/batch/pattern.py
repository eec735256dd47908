"""Texts with alternatives in them, such as `a {red|blue} fox`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.sampling import SeededDraw

# Why there is no batch, and how large one may be.

MOST: Final = 10_000
"""Bodies of one batch."""


class BatchError(Exception):
    """Error of a text or file that makes no batch; `what` says why and where, for a person."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = one_line(what)
        super().__init__(self.what)


def refuse_if_too_many(count: int) -> None:
    """Raise BatchError for more than `MOST`."""
    if count > MOST:
        raise BatchError(f"That makes {count:,} prompts; a batch has {MOST:,} at most.")


# Text with alternatives in it: `a {red|blue} fox`.
#
# A group is the text between braces with at least one `|`; any other braces are text. A backslash before `{`, `}`
# or `|` makes it text, two backslashes there are one. Groups do not nest. `3 of ` at the beginning of a group, with no
# blank before it, chooses so many of its alternatives at random.

_SPECIAL: Final = r"(\\*)([{}|])"
_SOME: Final = r"(?as)([0-9]{1,9}) of (.*)"


class _Token(NamedTuple):
    text: str
    special: bool
    """It is a brace or a bar that counts, not text."""
    at: int
    """Character of the source where it begins."""


class Group(NamedTuple):
    """Alternatives within a text."""

    alternatives: tuple[str, ...]
    some: int | None = None
    """How many of them, chosen at random for the whole batch; None: all."""

    @classmethod
    def of(cls, alternatives: tuple[str, ...], at: int) -> "Group":
        """Parse the text between braces that open at character `at`. Raises BatchError."""
        if not (found := re.fullmatch(_SOME, alternatives[0])):
            return cls(alternatives)
        some, alternatives = int(found[1]), (found[2], *alternatives[1:])
        if not 1 <= some <= len(alternatives):
            raise BatchError(
                f"{{{some} of … at character {at}: the group has {len(alternatives):,} alternatives, "
                f"so write a number from 1 to {len(alternatives):,}."
            )
        return cls(alternatives, some)

    def chosen(self, draw: SeededDraw) -> "Group":
        """Choose the alternatives of this batch, in the order they are written in."""
        if self.some is None:
            return self
        places = draw.sample(self.some, len(self.alternatives))
        return Group(tuple(self.alternatives[place] for place in places))


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with alternatives, parsed."""

    pieces: tuple[str | Group, ...]
    """What follows what: text and groups."""
    loose: bool
    """It has a brace without its counterpart, which counts as text."""

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Parse `text`. Raises BatchError where groups are nested or make no sense."""
        pieces: list[str | Group] = []
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
                        f"Nested braces at character {tokens[at].at + 1}: alternatives cannot be nested. "
                        "Write them out, or escape a literal brace with a backslash."
                    )
                pieces.append(Group.of(_alternatives(tokens[at + 1 : end]), tokens[at].at + 1))
            else:
                pieces.append("".join(token.text for token in tokens[at : end + 1]))
            at = end + 1
        return cls(tuple(pieces), loose)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Groups, left to right."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Group))

    def chosen(self, draw: SeededDraw) -> "Pattern":
        """Choose the alternatives of this batch where that is left to chance."""
        pieces = (piece if isinstance(piece, str) else piece.chosen(draw) for piece in self.pieces)
        return Pattern(tuple(pieces), self.loose)

    def fill(self, picks: Sequence[int]) -> str:
        """Text with one alternative of each group, by its place in it, in the order of `groups`."""
        rest = iter(picks)
        return "".join(piece if isinstance(piece, str) else piece.alternatives[next(rest)] for piece in self.pieces)


def has_groups(text: str) -> bool:
    """Return whether a batch would make several texts of it, or report an error."""
    if "{" not in text or "|" not in text:
        return False
    try:
        return bool(Pattern.of(text).groups)
    except BatchError:
        return True


def escape(text: str) -> str:
    """Escape `text` so that a batch takes it literally."""
    return re.sub(_SPECIAL, lambda found: f"{found[1] * 2}\\{found[2]}", text)


def _tokens(text: str) -> Iterator[_Token]:
    """Split into braces, bars and text; backslashes before them are consumed."""
    end = 0
    for found in re.finditer(_SPECIAL, text):
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
    """Prefix counts of the special tokens that are `char`."""
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
