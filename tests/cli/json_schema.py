"""The part of JSON Schema that `cli/schema.json` uses."""

import json
import re
from pathlib import Path
from typing import Any

import cordage_tui.cli

SCHEMA = json.loads((Path(cordage_tui.cli.__file__).parent / "schema.json").read_text())
_TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "null": type(None), "object": dict}
_KNOWN = {
    "type",
    "const",
    "enum",
    "anyOf",
    "$ref",
    "pattern",
    "items",
    "required",
    "properties",
    "additionalProperties",
}
_WORDS = {"description", "title", "$schema", "$defs"}


def wrong_with(value: Any, schema: Any = SCHEMA, place: str = "$") -> list[str]:
    """Return the differences between `value` and the schema, or an empty list."""
    assert set(schema) <= _KNOWN | _WORDS, set(schema)
    if "$ref" in schema:
        return wrong_with(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], place)
    if "anyOf" in schema:
        alternatives = [wrong_with(value, alternative, place) for alternative in schema["anyOf"]]
        return [] if [] in alternatives else min(alternatives, key=len)
    if "const" in schema and value != schema["const"]:
        return [f"{place} is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place} is {value!r}"]
    if "type" in schema and not _is(value, schema["type"]):
        return [f"{place} is {type(value).__name__}, not {schema['type']}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{place} is {value!r}"]
    return [*_within(value, schema, place)]


def _within(value: Any, schema: Any, place: str) -> list[str]:
    if isinstance(value, list) and "items" in schema:
        return [wrong for n, item in enumerate(value) for wrong in wrong_with(item, schema["items"], f"{place}[{n}]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    wrong = [f"{place}.{name} is missing" for name in schema["required"] if name not in value]
    wrong += [f"{place}.{name} is not described" for name in value if name not in known]
    return wrong + [
        w for name in value if name in known for w in wrong_with(value[name], known[name], f"{place}.{name}")
    ]


def _is(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    return any(
        (name == "array" and isinstance(value, list)) or isinstance(value, _TYPES.get(name, ())) for name in names
    )
