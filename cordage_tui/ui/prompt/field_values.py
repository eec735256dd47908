"""Input fields beside the prompt: their kinds, and conversion between text and JSON value. Pure."""

import json
import re
from typing import Final

from cordage_tui.domain.inputs import PROMPT, Json
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.input_fields import (
    UNSET,
    FieldKind,
    InputField,
    InvalidFieldValue,
    Unset,
    Value,
    json_of,
    parse,
)
from cordage_tui.ui.widgets.text_area import editable

MAX_TYPED: Final = 4_096
"""Most characters of a value that can be typed in a one-line field. A longer value can only be kept as a whole."""

_FREE: Final = r"(?s)\s*(?P<name>[^=]*?)\s*(?P<sign>:?=)(?P<value>.*)\s*"


def holding(field: InputField, value: Value) -> InputField:
    """Return `field`, or a field with the same name and another kind that can hold `value` exactly and show it safely."""
    if value is UNSET:
        return field
    text = text_of(field, value)
    if len(text) > MAX_TYPED:
        return InputField(field.name, FieldKind.CHOICE, (value,), field.free)
    if field.picked:
        known = any(_same(value, option) for option in field.options)
        return field if known else InputField(field.name, FieldKind.CHOICE, (*field.options, value), field.free)
    try:
        can_hold = _same(parse(field, text), value) and "\n" not in text
    except InvalidFieldValue:
        can_hold = False
    return field if can_hold else InputField(field.name, FieldKind.JSON, free=field.free)


def free_field(name: str, value: Json) -> InputField:
    """Return the free field that holds `value`: of kind TEXT for a string, of kind JSON for everything else."""
    return holding(InputField(name, FieldKind.TEXT if isinstance(value, str) else FieldKind.JSON, free=True), value)


def text_of(field: InputField, value: Value) -> SafeText:
    """Return `value` as it is typed in `field`. The text is safe to show."""
    if value is UNSET:
        return SafeText("")
    if isinstance(value, str) and field.kind is not FieldKind.JSON:
        return editable(value)
    text = json.dumps(value, ensure_ascii=False)
    return SafeText(text) if editable(text) == text else SafeText(json.dumps(value))


def parse_free(text: str) -> tuple[str, Json]:
    """Parse `key=value` or `key:=json`, the notation of httpie. Raises InvalidFieldValue."""
    match = re.fullmatch(_FREE, text)
    if match is None or not match["name"]:
        raise InvalidFieldValue("Write key=value, or key:=json.")
    if match["name"] == PROMPT:
        raise InvalidFieldValue("`prompt` cannot be a field: type it in the prompt.")
    return match["name"], match["value"].strip() if match["sign"] == "=" else json_of(match["value"])


def as_free(name: str, value: Json) -> SafeText:
    """Return the text that a user types to get this free field."""
    field = free_field(name, value)
    sign = "=" if field.kind is FieldKind.TEXT else ":="
    return SafeText(
        editable(name) + sign + text_of(field if not field.picked else InputField(name, FieldKind.JSON), value)
    )


def _same(first: Value, second: Value) -> bool:
    """Compare as JSON. There `true` is not `1`, and `1` is not `1.0`."""
    if isinstance(first, Unset) or isinstance(second, Unset):
        return first is second
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
