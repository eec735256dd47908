"""The inputs that a webhook declares in the settings: their kinds, their defaults, and what a text means in each. The prompt panel
and the command line send the same body by this."""

import math
import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT, RANDOM, Json, random_bounds, value_words
from cordage_tui.domain.json_text import InvalidJsonText, json_value
from cordage_tui.domain.safe_text import one_line


class Unset(Enum):
    """The one value of a field that is left out of what is sent (JSON's null is a value)."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

Value: TypeAlias = "Json | Unset"
"""What a field can hold."""


class FieldKind(StrEnum):
    """Kind of an input field."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class InputField:
    """Input field beside the prompt."""

    name: str
    kind: FieldKind
    options: tuple[Json, ...] = ()
    """What a CHOICE or BOOLEAN goes through; leaving it out is always possible."""
    free: bool = False
    """Added by the user, so it can be removed; an empty free TEXT is sent as the empty string, others are left out."""
    random: bool = False
    """Declared random: a NUMBER, or the word `random` until one is drawn."""

    @property
    def hint(self) -> str:
        """Words for the kind of text that is typed in it."""
        return f"{self.kind} or {RANDOM}" if self.random else str(self.kind)

    @property
    def picked(self) -> bool:
        """Filled in by picking one of `options`, not by typing."""
        return self.kind in {FieldKind.CHOICE, FieldKind.BOOLEAN}


class InvalidFieldValue(Exception):
    """Error of a text that is not of the field's kind; `words` says why, for a person."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = one_line(words)


def declared(inputs: Mapping[str, Json]) -> tuple[tuple[InputField, Value], ...]:
    """The fields of a webhook's `inputs` setting, in its order, each with its default; a list is a choice whose first
    element is the default."""
    return tuple(_declared(name, default) for name, default in inputs.items() if name != PROMPT)


def _declared(name: str, default: Json) -> tuple[InputField, Value]:
    if isinstance(default, bool):
        return InputField(name, FieldKind.BOOLEAN, (True, False)), default
    if isinstance(default, int | float):
        return InputField(name, FieldKind.NUMBER), default
    if random_bounds(default) is not None:
        return InputField(name, FieldKind.NUMBER, random=True), RANDOM
    if isinstance(default, str):
        return InputField(name, FieldKind.TEXT), default or UNSET
    if isinstance(default, Mapping) or not default:
        return InputField(name, FieldKind.JSON), default or UNSET
    return InputField(name, FieldKind.CHOICE, tuple(default)), default[0]


def parse(field: InputField, text: str) -> Value:
    """The value that `text` means in `field`; in a number's also several values for a batch, as they are
    written. Raises InvalidFieldValue with words for a person."""
    if field.kind is FieldKind.TEXT:
        return text if text or field.free else UNSET
    if not text.strip():
        return UNSET
    if field.random and text.strip().casefold() == RANDOM:
        return RANDOM
    if field.kind is FieldKind.NUMBER:
        return text.strip() if _is_several(text) else _number(text.strip())
    return json_of(text)


def typed(field: InputField, text: str) -> Value:
    """The value that `text` means in `field` on a command line. There a choice is typed, too. Raises InvalidFieldValue."""
    if not field.picked:
        return parse(field, text)
    if not text:
        return UNSET
    known = next((option for option in field.options if value_words(option) == text), UNSET)
    if known is UNSET and field.kind is FieldKind.BOOLEAN and not _is_several(text):
        raise InvalidFieldValue("Must be true or false.")
    return text if known is UNSET else known


def with_defaults(inputs: Mapping[str, Json], given: Mapping[str, Value]) -> dict[str, Json]:
    """The body for what was `given` to a webhook that declares `inputs`: their defaults if nothing was given, without what was
    left out."""
    prompt = inputs.get(PROMPT)
    defaults: dict[str, Value] = {field.name: value for field, value in declared(inputs)}
    if isinstance(prompt, str) and prompt.strip():
        defaults[PROMPT] = prompt.strip()
    return {name: value for name, value in {**defaults, **given}.items() if not isinstance(value, Unset)}


def _is_several(text: str) -> bool:
    """Return whether `text` has several values for a batch, such as `1..8`."""
    from cordage_tui.engine.batch.expand import values_of  # the first screen does without batches
    from cordage_tui.engine.batch.pattern import BatchError

    try:
        return values_of(text) is not None
    except BatchError as error:
        raise InvalidFieldValue(error.what) from None


def _number(text: str) -> int | float:
    try:
        value: int | float = int(text) if re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII) else float(text)
    except ValueError:
        raise InvalidFieldValue("Must be a number.") from None
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise InvalidFieldValue("Must be a number.")
    return value


def json_of(text: str) -> Json:
    """The JSON value that `text` is. Raises InvalidFieldValue."""
    try:
        return json_value(text)
    except InvalidJsonText as wrong:
        raise InvalidFieldValue(str(wrong)) from None
