"""Texts with alternatives in them, such as `a {red|blue} fox`."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
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
# blank before it, chooses so many of its alternatives at random; `~` there, or a weight such as `3::` at the beginning of
# an alternative, makes it one that each body draws from. `@styles` alone between braces, or after these, is a word list.

_SPECIAL: Final = r"(\\*)([{}|])"
_WEIGHT: Final = r"(?as)([0-9]{1,4}(?:\.[0-9]{1,3})?)::(.*)"
_UNIT: Final = 1_000
"""Weight of 1: weights have three decimals, and are added up exactly."""
_LISTED: Final = r"(~|([0-9]{1,9}) of )?@([\w./-]{1,60})"
_SOME: Final = r"(?as)([0-9]{1,9}) of (.*)"


class _Token(NamedTuple):
    text: str
    special: bool
    """It is a brace or a bar that counts, not text."""
    at: int
    """Character of the source where it begins."""


Lists: TypeAlias = Callable[[str], tuple[str, ...]]
"""Reads the word list of this name. Raises BatchError."""


def no_lists(name: str) -> tuple[str, ...]:
    """Refuse to read a word list where there is no folder of them. Raises BatchError."""
    raise BatchError(f"{{@{name}}}: word lists cannot be read here.")


class Group(NamedTuple):
    """Alternatives within a text."""

    alternatives: tuple[str, ...]
    written: str = ""
    some: int | None = None
    """How many of them, chosen at random for the whole batch; None: all."""
    free: bool = False
    """One of them at random for each body; else all of them are an axis."""
    weights: tuple[int, ...] = ()
    """Chances of the alternatives, in proportion to each other; empty: all have the same."""
    words: str = ""
    """Name of the word list whose lines they are, until it is read."""

    @classmethod
    def of(cls, parts: tuple[str, ...], at: int) -> "Group":
        """Parse the text between braces that open at character `at`. Raises BatchError."""
        written = "{" + "|".join(parts) + "}"
        found = re.fullmatch(_SOME, parts[0])
        some = int(found[1]) if found else None
        free = not found and parts[0].startswith("~")
        parts = (found[2] if found else parts[0].removeprefix("~") if free else parts[0], *parts[1:])
        weighted = [re.fullmatch(_WEIGHT, part) for part in parts]
        weights: tuple[int, ...] = ()
        if any(weighted):
            weights = tuple(round(float(weight[1]) * _UNIT) if weight else _UNIT for weight in weighted)
            parts = tuple(weight[2] if weight else part for part, weight in zip(parts, weighted, strict=True))
        possible = sum(map(bool, weights)) if weights else len(parts)
        if not possible:
            raise BatchError(f"{{ at character {at}: each alternative has the weight 0.")
        if some is not None and not 1 <= some <= possible:
            raise BatchError(
                f"{{{some} of … at character {at}: the group has {possible:,} to choose from, "
                f"so write a number from 1 to {possible:,}."
            )
        return cls(parts, written, some, free or (some is None and bool(weights)), weights)

    @classmethod
    def named(cls, found: re.Match[str]) -> "Group":
        """Make the group of a word list."""
        return cls((), f"{{{found[0]}}}", int(found[2]) if found[2] else None, found[1] == "~", words=found[3])

    def chosen(self, draw: SeededDraw, lists: Lists) -> "Group":
        """Choose the alternatives of this batch, in the order they are written in. Raises BatchError."""
        if self.words:
            return self._replace(alternatives=lists(self.words), words="").chosen(draw, lists)
        if self.some is None:
            return self
        if not 1 <= self.some <= len(self.alternatives):
            lines = len(self.alternatives)
            raise BatchError(f"{self.written}: the list has {lines:,} lines, so write a number from 1 to {lines:,}.")
        places = draw.sample(self.some, len(self.alternatives)) if not self.weights else self._weighted(draw)
        return Group(tuple(self.alternatives[place] for place in places), self.written)

    def _weighted(self, draw: SeededDraw) -> Sequence[int]:
        """Draw different places, each time in proportion to the weights that are left."""
        weights = list(self.weights)
        for _ in range(self.some or 0):
            weights[draw.weighted(weights)] = 0
        return [place for place, weight in enumerate(weights) if weight != self.weights[place]]

    def one(self, draw: SeededDraw) -> str:
        """Draw one alternative."""
        return self.alternatives[draw.weighted(self.weights or (1,) * len(self.alternatives))]


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
            elif end == at + 2 and (found := re.fullmatch(_LISTED, tokens[at + 1].text)):
                pieces.append(Group.named(found))
            else:
                pieces.append("".join(token.text for token in tokens[at : end + 1]))
            at = end + 1
        return cls(tuple(pieces), loose)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Groups that are axes, left to right."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Group) and not piece.free)

    @property
    def free(self) -> bool:
        """True if each body draws for itself."""
        return any(isinstance(piece, Group) and piece.free for piece in self.pieces)

    def chosen(self, draw: SeededDraw, lists: Lists) -> "Pattern":
        """Read word lists, and choose the alternatives of this batch where that is left to chance. Raises BatchError."""
        pieces = (piece if isinstance(piece, str) else piece.chosen(draw, lists) for piece in self.pieces)
        return Pattern(tuple(pieces), self.loose)

    def fill(self, picks: Sequence[int], draw: SeededDraw | None) -> str:
        """Text with one alternative of each group, by its place in it, in the order of `groups`. Groups that each body draws
        from stay as written where there is no draw."""
        rest = iter(picks)
        texts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                texts.append(piece)
            elif piece.free:
                texts.append(piece.one(draw) if draw else piece.written)
            else:
                texts.append(piece.alternatives[next(rest)])
        return "".join(texts)


def has_groups(text: str) -> bool:
    """Return whether a batch would make several texts of it, or one by chance, or report an error."""
    if "{" not in text or ("|" not in text and "@" not in text):
        return False
    try:
        pattern = Pattern.of(text)
        return bool(pattern.groups) or pattern.free
    except BatchError:
        return True


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
