"""Input fields beside the prompt: their kinds, text to JSON value and back. Pure."""

import json
import re
from typing import Final

from cordage_tui.domain.inputs import PROMPT, Json
from cordage_tui.domain.text import SafeText
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
"""Characters of a value that a one-line field can be typed in; a longer value is kept whole and offered as it is."""

_FREE: Final = r"(?s)\s*(?P<name>[^=]*?)\s*(?P<sign>:?=)(?P<value>.*)\s*"


def holding(field: InputField, value: Value) -> InputField:
    """Return `field`, or one of the same name in another kind that can hold `value` exactly and show it safely."""
    if value is UNSET:
        return field
    text = text_of(field, value)
    if len(text) > MAX_TYPED:
        return InputField(field.name, FieldKind.CHOICE, (value,), field.free)
    if field.picked:
        known = any(_same(value, option) for option in field.options)
        return field if known else InputField(field.name, FieldKind.CHOICE, (*field.options, value), field.free)
    try:
        kept = _same(parse(field, text), value) and "\n" not in text
    except InvalidFieldValue:
        kept = False
    return field if kept else InputField(field.name, FieldKind.JSON, free=field.free)


def free_field(name: str, value: Json) -> InputField:
    """Return the free field that holds `value`: TEXT for a string, JSON for everything else."""
    return holding(InputField(name, FieldKind.TEXT if isinstance(value, str) else FieldKind.JSON, free=True), value)


def text_of(field: InputField, value: Value) -> SafeText:
    """Return `value` as it is typed in `field`; safe to show."""
    if value is UNSET:
        return SafeText("")
    if isinstance(value, str) and field.kind is not FieldKind.JSON:
        return editable(value)
    text = json.dumps(value, ensure_ascii=False)
    return SafeText(text) if editable(text) == text else SafeText(json.dumps(value))


def parse_free(text: str) -> tuple[str, Json]:
    """Parse `key=value` or `key:=json`, as httpie writes them. Raises InvalidFieldValue."""
    found = re.fullmatch(_FREE, text)
    if found is None or not found["name"]:
        raise InvalidFieldValue("Write key=value, or key:=json.")
    if found["name"] == PROMPT:
        raise InvalidFieldValue("`prompt` cannot be a field: type it in the prompt.")
    return found["name"], found["value"].strip() if found["sign"] == "=" else json_of(found["value"])


def as_free(name: str, value: Json) -> SafeText:
    """Return the text that would have to be typed to get this free field."""
    field = free_field(name, value)
    sign = "=" if field.kind is FieldKind.TEXT else ":="
    return SafeText(
        editable(name) + sign + text_of(field if not field.picked else InputField(name, FieldKind.JSON), value)
    )


def _same(one: Value, other: Value) -> bool:
    """Compare as JSON, where `true` is not `1`, and `1` is not `1.0`."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
