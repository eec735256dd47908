"""Texts with alternatives in them, such as `a {red|blue} fox`."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.batch.sampling import SeededDraw

# Reasons why there is no batch, and its largest size.

MOST: Final = 10_000
"""Bodies of one batch."""


class BatchError(Exception):
    """Error of a text or file that makes no batch; `what` says why and where, for people."""

    def __init__(self, message: str) -> None:
        self.what: SafeText = one_line(message)
        super().__init__(self.what)


def refuse_if_too_many(count: int) -> None:
    """Raise BatchError for more than `MOST`."""
    if count > MOST:
        raise BatchError(f"That makes {count:,} prompts; a batch has {MOST:,} at most.")


# Text with alternatives in it: `a {red|blue} fox`.
#
# A group is the text between braces with at least one `|`; any other braces are text. A backslash before `{`, `}` or
# `|` makes it text; two backslashes there are one. Groups do not nest. `3 of ` at the beginning of a group, without a
# blank before it, chooses 3 of its alternatives at random. `~` there, or a weight such as `3::` at the beginning of an
# alternative, makes it a group that each body draws from. `@styles` alone between braces, or after these, is a word
# list.

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
    """First character in the source."""


Lists: TypeAlias = Callable[[str], tuple[str, ...]]
"""Reads the word list of this name. Raises BatchError."""


def no_lists(name: str) -> tuple[str, ...]:
    """Refuse to read a word list if there is no folder of them. Raises BatchError."""
    raise BatchError(f"{{@{name}}}: word lists cannot be read here.")


class Group(NamedTuple):
    """Alternatives within a text."""

    alternatives: tuple[str, ...]
    written: str = ""
    chosen_count: int | None = None
    """How many of them, chosen at random for the whole batch; None: all."""
    free: bool = False
    """Each body draws one of them at random; otherwise all of them are an axis."""
    weights: tuple[int, ...] = ()
    """Chances of the alternatives, in proportion to each other; empty: all have the same."""
    word_list: str = ""
    """Name of the word list whose lines they are, until it is read."""

    @classmethod
    def of(cls, parts: tuple[str, ...], at: int) -> "Group":
        """Parse the text between braces that open at character `at`. Raises BatchError."""
        written = "{" + "|".join(parts) + "}"
        count_match = re.fullmatch(_SOME, parts[0])
        chosen_count = int(count_match[1]) if count_match else None
        free = not count_match and parts[0].startswith("~")
        parts = (count_match[2] if count_match else parts[0].removeprefix("~") if free else parts[0], *parts[1:])
        weighted = [re.fullmatch(_WEIGHT, part) for part in parts]
        weights: tuple[int, ...] = ()
        if any(weighted):
            weights = tuple(round(float(weight[1]) * _UNIT) if weight else _UNIT for weight in weighted)
            parts = tuple(weight[2] if weight else part for part, weight in zip(parts, weighted, strict=True))
        possible = sum(map(bool, weights)) if weights else len(parts)
        if not possible:
            raise BatchError(f"{{ at character {at}: each alternative has the weight 0.")
        if chosen_count is not None and not 1 <= chosen_count <= possible:
            raise BatchError(
                f"{{{chosen_count} of … at character {at}: the group has {possible:,} to choose from, "
                f"so write a number from 1 to {possible:,}."
            )
        return cls(parts, written, chosen_count, free or (chosen_count is None and bool(weights)), weights)

    @classmethod
    def named(cls, match: re.Match[str]) -> "Group":
        """Make the group of a word list."""
        return cls((), f"{{{match[0]}}}", int(match[2]) if match[2] else None, match[1] == "~", word_list=match[3])

    def chosen(self, draw: SeededDraw, lists: Lists) -> "Group":
        """Choose the alternatives of this batch, in the order they are written in. Raises BatchError."""
        if self.word_list:
            return self._replace(alternatives=lists(self.word_list), word_list="").chosen(draw, lists)
        if self.chosen_count is None:
            return self
        if not 1 <= self.chosen_count <= len(self.alternatives):
            lines = len(self.alternatives)
            raise BatchError(f"{self.written}: the list has {lines:,} lines, so write a number from 1 to {lines:,}.")
        places = draw.sample(self.chosen_count, len(self.alternatives)) if not self.weights else self._weighted(draw)
        return Group(tuple(self.alternatives[place] for place in places), self.written)

    def _weighted(self, draw: SeededDraw) -> Sequence[int]:
        """Draw different places, each time in proportion to the weights that are left."""
        weights = list(self.weights)
        for _ in range(self.chosen_count or 0):
            weights[draw.weighted(weights)] = 0
        return [place for place, weight in enumerate(weights) if weight != self.weights[place]]

    def one(self, draw: SeededDraw) -> str:
        """Draw one alternative."""
        return self.alternatives[draw.weighted(self.weights or (1,) * len(self.alternatives))]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with alternatives, parsed."""

    pieces: tuple[str | Group, ...]
    """Text and groups in their order."""
    loose: bool
    """It has a brace without its counterpart, which counts as text."""

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Parse `text`. Raises BatchError if groups are nested or make no sense."""
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
            elif end == at + 2 and (list_match := re.fullmatch(_LISTED, tokens[at + 1].text)):
                pieces.append(Group.named(list_match))
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
        """Read word lists, and make the random choices of the whole batch. Raises BatchError."""
        pieces = (piece if isinstance(piece, str) else piece.chosen(draw, lists) for piece in self.pieces)
        return Pattern(tuple(pieces), self.loose)

    def fill(self, picks: Sequence[int], draw: SeededDraw | None) -> str:
        """Return the text with one alternative of each group, by its place, in the order of `groups`.

        Without a `draw`, groups that each body draws from stay as written.
        """
        picks_left = iter(picks)
        texts = []
        for piece in self.pieces:
            if isinstance(piece, str):
                texts.append(piece)
            elif piece.free:
                texts.append(piece.one(draw) if draw else piece.written)
            else:
                texts.append(piece.alternatives[next(picks_left)])
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
    for special in re.finditer(_SPECIAL, text):
        if special.start() > end:
            yield _Token(text[end : special.start()], False, end)
        backslashes, end = len(special[1]), special.end()
        if backslashes > 1:
            yield _Token("\\" * (backslashes // 2), False, special.start())
        yield _Token(special[2], backslashes % 2 == 0, special.start(2))
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
