"""The input fields beside the prompt: their kinds, and text to JSON value and back. Pure."""

import json
import math
import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from cordage_tui.domain.inputs import Json
from cordage_tui.domain.json_text import NotJson, json_value
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.value import dataclass
from cordage_tui.engine.batch.errors import BatchError
from cordage_tui.engine.batch.values import values_of
from cordage_tui.ui.prompt.written import editable

PROMPT: Final = "prompt"
"""The input that the editor holds; no field bears its name."""

MAX_TYPED: Final = 4_096
"""Characters of a value that a one-line field can be typed in; a longer value is kept whole and offered as it is."""

_FREE = re.compile(r"\s*(?P<name>[^=]*?)\s*(?P<sign>:?=)(?P<value>.*)\s*", re.DOTALL)


class Unset(Enum):
    """The one value of a field that is left out of what is sent (JSON's null is a value)."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

Value: TypeAlias = "Json | Unset"
"""What a field can hold."""


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Field:
    """One input beside the prompt."""

    name: str
    kind: FieldKind
    options: tuple[Json, ...] = ()
    """What a CHOICE or BOOLEAN goes through; leaving it out is always possible."""
    free: bool = False
    """Added by the user, so it can be removed; an empty free TEXT is sent as the empty string, others are left out."""

    @property
    def picked(self) -> bool:
        """Filled in by picking one of `options`, not by typing."""
        return self.kind in {FieldKind.CHOICE, FieldKind.BOOLEAN}


class BadValue(Exception):
    """What was typed is not of the field's kind; `words` says why, for a person."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = one_line(words)


def declared(inputs: Mapping[str, Json]) -> tuple[tuple[Field, Value], ...]:
    """The fields of a webhook's `inputs` setting, in its order, each with its default; a list is a choice whose first
    element is the default."""
    return tuple(_declared(name, default) for name, default in inputs.items() if name != PROMPT)


def _declared(name: str, default: Json) -> tuple[Field, Value]:
    if isinstance(default, bool):
        return Field(name, FieldKind.BOOLEAN, (True, False)), default
    if isinstance(default, int | float):
        return Field(name, FieldKind.NUMBER), default
    if isinstance(default, str):
        return Field(name, FieldKind.TEXT), default or UNSET
    if isinstance(default, Mapping) or not default:
        return Field(name, FieldKind.JSON), default or UNSET
    return Field(name, FieldKind.CHOICE, tuple(default)), default[0]


def holding(field: Field, value: Value) -> Field:
    """`field`, or one of the same name in another kind that can hold `value` exactly and show it safely."""
    if value is UNSET:
        return field
    text = text_of(field, value)
    if len(text) > MAX_TYPED:
        return Field(field.name, FieldKind.CHOICE, (value,), field.free)
    if field.picked:
        known = any(_same(value, option) for option in field.options)
        return field if known else Field(field.name, FieldKind.CHOICE, (*field.options, value), field.free)
    try:
        kept = _same(parse(field, text), value) and "\n" not in text
    except BadValue:
        kept = False
    return field if kept else Field(field.name, FieldKind.JSON, free=field.free)


def free_field(name: str, value: Json) -> Field:
    """The free field that holds `value`: TEXT for a string, JSON for everything else."""
    return holding(Field(name, FieldKind.TEXT if isinstance(value, str) else FieldKind.JSON, free=True), value)


def text_of(field: Field, value: Value) -> SafeText:
    """`value` as it is typed in `field`; safe to show."""
    if value is UNSET:
        return SafeText("")
    if isinstance(value, str) and field.kind is not FieldKind.JSON:
        return editable(value)
    text = json.dumps(value, ensure_ascii=False)
    return SafeText(text) if editable(text) == text else SafeText(json.dumps(value))


def parse(field: Field, text: str) -> Value:
    """The value that `text` means in `field`; in a number's also several values for a batch, as they are written. Raises BadValue with words for a person."""
    if field.kind is FieldKind.TEXT:
        return text if text or field.free else UNSET
    if not text.strip():
        return UNSET
    if field.kind is FieldKind.NUMBER:
        return text.strip() if _is_several(text) else _number(text.strip())
    return _json(text)


def parse_free(text: str) -> tuple[str, Json]:
    """Name and value of `key=value` or `key:=json`, as httpie writes them. Raises BadValue."""
    found = _FREE.fullmatch(text)
    if found is None or not found["name"]:
        raise BadValue("Write key=value, or key:=json.")
    if found["name"] == PROMPT:
        raise BadValue("The prompt has its own place, beside the fields.")
    return found["name"], found["value"].strip() if found["sign"] == "=" else _json(found["value"])


def as_free(name: str, value: Json) -> SafeText:
    """What would have to be typed to get this free field."""
    field = free_field(name, value)
    sign = "=" if field.kind is FieldKind.TEXT else ":="
    return SafeText(editable(name) + sign + text_of(field if not field.picked else Field(name, FieldKind.JSON), value))


def _is_several(text: str) -> bool:
    """Whether it stands for the values of a batch, such as `1..8`."""
    try:
        return values_of(text) is not None
    except BatchError as error:
        raise BadValue(error.what) from None


def _number(text: str) -> int | float:
    try:
        value: int | float = int(text) if re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII) else float(text)
    except ValueError:
        raise BadValue("Not a number.") from None
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise BadValue("Not a number.")
    return value


def _json(text: str) -> Json:
    try:
        return json_value(text)
    except NotJson as wrong:
        raise BadValue(str(wrong)) from None


def _same(one: Value, other: Value) -> bool:
    """Equal as JSON, where `true` is not `1`, and `1` is not `1.0`."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
