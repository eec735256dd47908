"""The schema that editors get, the example and the readers of the settings know the same keys."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from cordage_tui.config.settings import SCHEMA_FILE
from tests.config.schema import WHOLE, generated


def test_the_schema_is_what_the_readers_ask_for() -> None:
    """The shipped file is the generated one (`python -m tests.generate` writes it), which refuses an example that warns."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == generated()


def test_the_example_has_every_key_of_the_schema_and_no_other() -> None:
    known, shown = set(_of_schema(json.loads(generated()))), set(_of_values(tomllib.loads(WHOLE)))
    assert (
        known == shown and {"profiles.*.webhooks.[].limits.per_day", "themes.*.cursor-row", "commands.[].on"} <= known
    )


def _of_schema(shape: dict[str, Any], path: str = "") -> Iterator[str]:
    inner = shape.get("additionalProperties")
    parts = {"[]": shape["items"]} if shape.get("type") == "array" else dict(shape.get("properties", {}))
    parts |= {"*": inner} if isinstance(inner, dict) and path != "keys." else {}
    if not parts or path == "keys." or "properties" not in str(shape):
        yield path[:-1]
        return
    for name, part in parts.items():
        yield from _of_schema(part, f"{path}{name}.")


def _of_values(value: Any, path: str = "") -> Iterator[str]:
    if path == "keys." or path.endswith(".inputs."):
        yield path[:-1]
    elif isinstance(value, list) and isinstance(value[0], dict):
        yield from _of_values(value[0], f"{path}[].")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _of_values(part, f"{path}{'*' if path in ('profiles.', 'themes.') else name}.")
    else:
        yield path[:-1]
