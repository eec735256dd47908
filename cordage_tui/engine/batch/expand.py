"""Expand patterns such as {a|b}, {a,b} and 1..8 into axes and request bodies."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import product
from math import prod
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json
from cordage_tui.domain.text import SafeText, one_line

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
# or `|` makes it text, two backslashes there are one. Groups do not nest.

_SPECIAL: Final = r"(\\*)([{}|])"


class _Token(NamedTuple):
    text: str
    special: bool
    """It is a brace or a bar that counts, not text."""
    at: int
    """Character of the source where it begins."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with alternatives, parsed."""

    pieces: tuple[tuple[str, ...], ...]
    """What follows what: a single string is text, several are the alternatives of a group."""
    loose: bool
    """It has a brace without its counterpart, which counts as text."""

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Parse `text`. Raises BatchError where groups are nested."""
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
                        f"Nested braces at character {tokens[at].at + 1}: alternatives cannot be nested. "
                        "Write them out, or escape a literal brace with a backslash."
                    )
                pieces.append(_alternatives(tokens[at + 1 : end]))
            else:
                pieces.append(("".join(token.text for token in tokens[at : end + 1]),))
            at = end + 1
        return cls(tuple(pieces), loose)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives of each group, left to right."""
        return tuple(piece for piece in self.pieces if len(piece) > 1)

    def fill(self, picks: Sequence[str]) -> str:
        """Text with one alternative of each group, in the order of `groups`."""
        rest = iter(picks)
        return "".join(piece[0] if len(piece) == 1 else next(rest) for piece in self.pieces)


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


# A whole value that denotes several: `{noir,ink}`, `1..8`, `{1..4,10}`.
#
# A list whose every element is a number gives numbers, any other gives text; double quotes keep an element text.

_RANGE: Final = r"(?a)(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})(?:\.\.([0-9]{1,9}))?"
_NUMBER: Final = r"(?a)-?(?:0|[1-9][0-9]{0,14})(?P<rest>(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?)"
_ELEMENT: Final = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^",{}|]*))', re.DOTALL)
_ESCAPED: Final = r"(?s)\\(.)"


@dataclass(frozen=True, slots=True)
class _Element:
    """Element of a list, as written."""

    text: str
    quoted: bool


def values_of(text: str) -> Sequence[Json] | None:
    """Values that `text` denotes; None when it denotes itself. Raises BatchError for too many of them."""
    text = text.strip()
    if found := re.fullmatch(_RANGE, text):
        return _range(found)
    if len(text) < 3 or text[0] != "{" or text[-1] != "}" or _is_json(text):
        return None
    elements = _elements(text[1:-1])
    return None if elements is None else _typed(elements)


def number(text: str) -> int | float | None:
    """The number that `text` is as JSON writes numbers, so neither `007` nor `1_000`; None when it is none."""
    found = re.fullmatch(_NUMBER, text)
    return None if found is None else float(text) if found["rest"] else int(text)


def _range(found: re.Match[str]) -> Sequence[int]:
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if not step:
        raise BatchError(f"{found[0]}: the step must not be 0.")
    values = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    refuse_if_too_many(len(values))
    return values


def _elements(inner: str) -> list[_Element] | None:
    """The elements between the braces; None when it is no list: one element that is no range, or braces in it."""
    elements: list[_Element] = []
    end = -1
    while end < len(inner):
        found = _ELEMENT.match(inner, end + 1)
        if found is None or (found.end() < len(inner) and inner[found.end()] != ","):
            return None
        quoted, end = found["quoted"], found.end()
        text = found["plain"].strip() if quoted is None else re.sub(_ESCAPED, r"\1", quoted)
        elements.append(_Element(text, quoted is not None))
    lone = len(elements) == 1 and not re.fullmatch(_RANGE, elements[0].text)
    return None if lone else elements


def _typed(elements: Sequence[_Element]) -> Sequence[Json]:
    parts: list[Sequence[Json]] = []
    for element in elements:
        found = None if element.quoted else re.fullmatch(_RANGE, element.text)
        parts.append(_range(found) if found else [element.text])
    refuse_if_too_many(sum(map(len, parts)))
    values = [value for part in parts for value in part]
    numbers = [value if isinstance(value, int) else number(str(value)) for value in values]
    if any(element.quoted for element in elements) or any(value is None for value in numbers):
        return [str(value) for value in values]
    return numbers


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


# Inputs with several values in them, and every body they make.


class Combine(StrEnum):
    """Way to combine axes."""

    PRODUCT = "product"
    """Each value with each of the others'; the first axis varies slowest."""
    ZIP = "zip"
    """The first values together, then the second ones, and so on: all axes are equally long."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Axis of a batch: an input that varies."""

    name: str
    """The input; numbered where several vary within one."""
    values: Sequence[Json]


@dataclass(frozen=True, slots=True)
class _Slot:
    """Input of every body."""

    key: str
    axes: int
    """How many axes it takes, in the matrix's order."""
    pattern: Pattern | None = None
    """Of a text: the axes are the groups in it."""
    value: Json = None
    """Where there is neither text nor axis. Else, without a pattern, the one axis is the whole value."""

    def fill(self, picks: Sequence[Json]) -> Json:
        if self.pattern is not None:
            return self.pattern.fill([str(pick) for pick in picks])
        return picks[0] if self.axes else self.value


@dataclass(frozen=True, slots=True)
class BatchMatrix:
    """Axes of a batch, and the bodies made of them."""

    axes: tuple[Axis, ...]
    loose: bool
    """Some text has a brace without its counterpart; it is sent as it is."""
    _slots: tuple[_Slot, ...]

    @classmethod
    def of(cls, inputs: Inputs, prompts: Sequence[str] = ()) -> "BatchMatrix":
        """Parse inputs. `prompts`: they are the first axis, with their alternatives expanded; else the prompt is that
        of `inputs`. Raises BatchError for nested groups and too many values."""
        rest = {key: value for key, value in inputs.items() if key != PROMPT}
        patterns = [Pattern.of(prompt) for prompt in prompts]
        slots: list[tuple[_Slot, list[Axis]]] = []
        if len(patterns) > 1:
            refuse_if_too_many(sum(prod(map(len, pattern.groups)) for pattern in patterns))
            texts = [text for pattern in patterns for text in _texts(pattern)]
            slots.append((_Slot(PROMPT, 1), [Axis(PROMPT, texts)]))
        elif prompts or PROMPT in inputs:
            slots.append(_varying(PROMPT, prompts[0] if prompts else inputs[PROMPT]))
        slots += [_varying(key, value) for key, value in rest.items()]
        loose = any(pattern.loose for pattern in (*patterns, *(slot.pattern for slot, _ in slots if slot.pattern)))
        axes = tuple(axis for _, own in slots for axis in own)
        return cls(axes, loose, tuple(slot for slot, _ in slots))

    def count(self, combine: Combine) -> int:
        """Number of bodies. Raises BatchError where axes of unequal length are zipped."""
        lengths = [len(axis.values) for axis in self.axes]
        if combine is Combine.PRODUCT or not lengths:
            return prod(lengths)
        if len(set(lengths)) > 1:
            told = ", ".join(f"{axis.name} has {len(axis.values):,}" for axis in self.axes)
            raise BatchError(f"Lists must have equal length to be paired: {told}.")
        return lengths[0]

    def bodies(self, combine: Combine) -> list[Inputs]:
        """Make all bodies. Raises BatchError where they are too many, or cannot be zipped."""
        refuse_if_too_many(self.count(combine))
        values = [axis.values for axis in self.axes]
        picks: Iterable[tuple[Json, ...]] = (
            zip(*values, strict=True) if combine is Combine.ZIP and values else product(*values)
        )
        return [self._body(pick) for pick in picks]

    def _body(self, picks: Sequence[Json]) -> Inputs:
        body: dict[str, Json] = {}
        at = 0
        for slot in self._slots:
            body[slot.key] = slot.fill(picks[at : at + slot.axes])
            at += slot.axes
        return body


def _varying(key: str, value: Json) -> tuple[_Slot, list[Axis]]:
    if not isinstance(value, str):
        return _Slot(key, 0, value=value), []
    values = None if key == PROMPT else values_of(value)
    if values is not None:
        return _Slot(key, 1), [Axis(key, values)]
    pattern = Pattern.of(value)
    names = [key] if len(pattern.groups) == 1 else [f"{key} {n}" for n in range(1, len(pattern.groups) + 1)]
    axes = [Axis(name, group) for name, group in zip(names, pattern.groups, strict=True)]
    return _Slot(key, len(axes), pattern), axes


def _texts(pattern: Pattern) -> list[str]:
    return [pattern.fill(picks) for picks in product(*pattern.groups)]
