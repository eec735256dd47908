"""Inputs with several values in them, and every body they make."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import product
from math import prod

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, Inputs, Json
from cordage_tui.engine.batch.errors import BatchError, refuse_if_too_many
from cordage_tui.engine.batch.pattern import Pattern
from cordage_tui.engine.batch.values import values_of


class Combine(StrEnum):
    """How axes are put together."""

    PRODUCT = "product"
    """Each value with each of the others'; the first axis varies slowest."""
    ZIP = "zip"
    """The first values together, then the second ones, and so on: all axes are equally long."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that varies."""

    name: str
    """The input; numbered where several vary within one."""
    values: Sequence[Json]


@dataclass(frozen=True, slots=True)
class _Slot:
    """One input of every body."""

    key: str
    axes: int
    """How many axes it takes, in the matrix's order."""
    pattern: Pattern | None = None
    """Of a text: the axes are the groups in it."""
    value: Json = None
    """Where there is neither text nor axis. Else, without a pattern, the one axis is the whole value."""

    def filled(self, picks: Sequence[Json]) -> Json:
        if self.pattern is not None:
            return self.pattern.filled([str(pick) for pick in picks])
        return picks[0] if self.axes else self.value


@dataclass(frozen=True, slots=True)
class BatchMatrix:
    """What varies, and how bodies are made of it."""

    axes: tuple[Axis, ...]
    loose: bool
    """Some text has a brace without its counterpart; it is sent as it is."""
    _slots: tuple[_Slot, ...]

    @classmethod
    def of(cls, inputs: Inputs, prompts: Sequence[str] = ()) -> "BatchMatrix":
        """`prompts`: they are the first axis, each with the alternatives in it written out; else the prompt is that of
        `inputs`. Raises BatchError for nested groups and too many values."""
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
        """How many bodies there are. Raises BatchError where axes of unequal length are zipped."""
        lengths = [len(axis.values) for axis in self.axes]
        if combine is Combine.PRODUCT or not lengths:
            return prod(lengths)
        if len(set(lengths)) > 1:
            told = ", ".join(f"{axis.name} has {len(axis.values):,}" for axis in self.axes)
            raise BatchError(f"Only axes of one length can be zipped: {told}.")
        return lengths[0]

    def bodies(self, combine: Combine) -> list[Inputs]:
        """All of them. Raises BatchError where they are too many, or cannot be zipped."""
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
            body[slot.key] = slot.filled(picks[at : at + slot.axes])
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
    return [pattern.filled(picks) for picks in product(*pattern.groups)]
