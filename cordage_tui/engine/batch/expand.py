"""Expand patterns such as {a|b}, {a,b} and 1..8 into axes and request bodies."""

import re
import sys
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate
from math import prod
from typing import Final, overload

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, readable_inputs
from cordage_tui.engine.batch.pattern import BatchError, Lists, Pattern, no_lists, refuse_if_too_many
from cordage_tui.engine.batch.sampling import EVERYTHING, Sampling, SeededDraw

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
    """Values that `text` denotes; None when it denotes itself. Raises BatchError for too many of them in a list."""
    text = text.strip()
    if range_match := re.fullmatch(_RANGE, text):
        return _range(range_match)
    if len(text) < 3 or text[0] != "{" or text[-1] != "}" or readable_inputs(text) is not None:
        return None
    elements = _elements(text[1:-1])
    return None if elements is None else _typed(elements)


def number(text: str) -> int | float | None:
    """The number that `text` is as JSON writes numbers, so neither `007` nor `1_000`; None when it is none."""
    match = re.fullmatch(_NUMBER, text)
    return None if match is None else float(text) if match["rest"] else int(text)


def _range(range_match: re.Match[str]) -> Sequence[int]:
    first, last, step = int(range_match[1]), int(range_match[2]), int(range_match[3] or 1)
    if not step:
        raise BatchError(f"{range_match[0]}: the step must not be 0.")
    return range(first, last + 1, step) if first <= last else range(first, last - 1, -step)


def _elements(inner: str) -> list[_Element] | None:
    """Return the elements between the braces; None when it is not a list: one element that is not a range, or braces
    in it."""
    elements: list[_Element] = []
    end = -1
    while end < len(inner):
        match = _ELEMENT.match(inner, end + 1)
        if match is None or (match.end() < len(inner) and inner[match.end()] != ","):
            return None
        quoted, end = match["quoted"], match.end()
        text = match["plain"].strip() if quoted is None else re.sub(_ESCAPED, r"\1", quoted)
        elements.append(_Element(text, quoted is not None))
    lone = len(elements) == 1 and not re.fullmatch(_RANGE, elements[0].text)
    return None if lone else elements


def _typed(elements: Sequence[_Element]) -> Sequence[Json]:
    parts: list[Sequence[Json]] = []
    for element in elements:
        range_match = None if element.quoted else re.fullmatch(_RANGE, element.text)
        parts.append(_range(range_match) if range_match else [element.text])
    refuse_if_too_many(sum(map(len, parts)))
    values = [value for part in parts for value in part]
    numbers = [value if isinstance(value, int) else number(str(value)) for value in values]
    if any(element.quoted for element in elements) or any(value is None for value in numbers):
        return [str(value) for value in values]
    return numbers


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
    """Name of the input; numbered if several axes are in one."""
    values: Sequence[Json]


class _Texts(Sequence[Json]):
    """Texts of several patterns, one pattern after the other; each is made when it is asked for."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns
        self._lengths = [_lengths(pattern) for pattern in patterns]
        self._ends = list(accumulate(map(prod, self._lengths)))
        if self._ends[-1] > sys.maxsize:  # more than a sequence can have
            refuse_if_too_many(self._ends[-1])

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        return self.text(range(len(self))[place], None)

    def text(self, at: int, draw: SeededDraw | None) -> str:
        """Make the text at a place. Without a `draw`, alternatives that each body draws stay as written."""
        line = bisect_right(self._ends, at)
        before = self._ends[line - 1] if line else 0
        return self._patterns[line].fill(_digits(at - before, self._lengths[line]), draw)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Input of every body."""

    key: str
    axes: tuple[Axis, ...] = ()
    """In the matrix's order."""
    pattern: Pattern | None = None
    """Of a text: the axes are the groups in it."""
    value: Json = None
    """Value without text and axis. Otherwise, without a pattern, the only axis is the whole value."""

    @classmethod
    def of(cls, key: str, value: Json, draw: SeededDraw, lists: Lists) -> "_Slot":
        """Parse an input; `draw` makes the random choices of the whole batch. Raises BatchError."""
        if not isinstance(value, str):
            return cls(key, value=value)
        values = None if key == PROMPT else values_of(value)
        if values is not None:
            return cls(key, (Axis(key, values),))
        pattern = Pattern.of(value).chosen(draw, lists)
        groups = pattern.groups
        names = [key] if len(groups) == 1 else [f"{key} {n}" for n in range(1, len(groups) + 1)]
        axes = (Axis(name, group.alternatives) for name, group in zip(names, groups, strict=True))
        return cls(key, tuple(axes), pattern)

    def fill(self, picks: Sequence[int], draw: SeededDraw) -> Json:
        if self.pattern is not None:
            return self.pattern.fill(picks, draw)
        if not self.axes:
            return self.value
        values = self.axes[0].values
        return values.text(picks[0], draw) if isinstance(values, _Texts) else values[picks[0]]


@dataclass(frozen=True, slots=True)
class BatchMatrix:
    """Axes of a batch, and the bodies made of them."""

    axes: tuple[Axis, ...]
    loose: bool
    """Some text has a brace without its counterpart; it is sent unchanged."""
    random: bool
    """The seed decides some of it."""
    _slots: tuple[_Slot, ...]

    @classmethod
    def of(cls, inputs: Inputs, prompts: Sequence[str] = (), seed: int = 0, lists: Lists = no_lists) -> "BatchMatrix":
        """Parse inputs. Raises BatchError for impossible groups and too many values.

        `prompts` are the first axis, with their alternatives expanded; without them the prompt is that of `inputs`.
        """
        draw = SeededDraw(seed, "choose")
        patterns = [Pattern.of(prompt).chosen(draw, lists) for prompt in prompts] if len(prompts) > 1 else []
        slots = [_Slot(PROMPT, (Axis(PROMPT, _Texts(patterns)),))] if patterns else []
        if not patterns and (prompts or PROMPT in inputs):
            slots.append(_Slot.of(PROMPT, prompts[0] if prompts else inputs[PROMPT], draw, lists))
        slots += [_Slot.of(key, value, draw, lists) for key, value in inputs.items() if key != PROMPT]
        patterns += [slot.pattern for slot in slots if slot.pattern]
        axes = tuple(axis for slot in slots for axis in slot.axes)
        random = draw.used or any(pattern.free for pattern in patterns)
        return cls(axes, any(pattern.loose for pattern in patterns), random, tuple(slots))

    def count(self, combine: Combine) -> int:
        """Return the number of combinations. Raises BatchError if axes of unequal length are zipped."""
        lengths = [len(axis.values) for axis in self.axes]
        if combine is Combine.PRODUCT or not lengths:
            return prod(lengths)
        if len(set(lengths)) > 1:
            lengths_text = ", ".join(f"{axis.name} has {len(axis.values):,}" for axis in self.axes)
            raise BatchError(f"Lists must have equal length to be paired: {lengths_text}.")
        return lengths[0]

    def bodies(self, combine: Combine, sampling: Sampling = EVERYTHING) -> list[Inputs]:
        """Make the bodies. Raises BatchError if they are too many, or cannot be zipped."""
        if sampling.times == 0 or sampling.take == 0:
            raise BatchError(f"{'times' if sampling.times == 0 else 'take'}=0: write a number from 1.")
        total, take = self.count(combine), sampling.take
        if take is None:
            for axis in self.axes:
                refuse_if_too_many(len(axis.values))
        count = total if take is None else min(take, total)
        refuse_if_too_many(count * sampling.times)
        places = SeededDraw(sampling.seed or 0, "take").sample(count, total) if count < total else range(total)
        lengths = [len(axis.values) for axis in self.axes]
        picks = ([place] * len(lengths) if combine is Combine.ZIP else _digits(place, lengths) for place in places)
        draw = SeededDraw(sampling.seed or 0, "body")
        return [self._body(pick, draw) for pick in picks for _ in range(sampling.times)]

    def _body(self, picks: Sequence[int], draw: SeededDraw) -> Inputs:
        body: dict[str, Json] = {}
        at = 0
        for slot in self._slots:
            body[slot.key] = slot.fill(picks[at : at + len(slot.axes)], draw)
            at += len(slot.axes)
        return body


def _lengths(pattern: Pattern) -> list[int]:
    return [len(group.alternatives) for group in pattern.groups]


def _digits(place: int, lengths: Sequence[int]) -> list[int]:
    """Return the place on each axis of the combination that is at `place` of all, the first axis varying slowest."""
    digits: list[int] = []
    for length in reversed(lengths):
        place, digit = divmod(place, length)
        digits.append(digit)
    return digits[::-1]
