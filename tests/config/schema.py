"""JSON schema of `config.toml`, from the keys that the readers ask for while they read the whole example.

`python -m tests.generate` writes the file that the package ships.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import tomli_w

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import EXAMPLE_FILE, load
from cordage_tui.config.toml_reader import KeyPath, TomlDocument, TomlTable
from cordage_tui.config.user_programs import CommandTarget
from cordage_tui.ui.key_scopes import all_scopes

EXAMPLE: Final = EXAMPLE_FILE.read_text(encoding="utf-8")
WHOLE: Final = re.sub(r'^# (?=\[|["\w.-]+ = )', "", EXAMPLE, flags=re.MULTILINE)
"""The example with every setting in force."""
_WORDS: Final = {"type": ["string", "array"], "items": {"type": "string"}}
"""A text, or a list of them."""

Shape = dict[str, Any]


@cache
def generated() -> str:
    """The whole schema, as JSON."""
    shapes, maps = _asked()
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:cordage-tui:config",
        "title": "config.toml of cordage-tui",
    }
    return json.dumps(head | _table((), shapes, maps), indent=1, ensure_ascii=False) + "\n"


def _asked() -> tuple[dict[KeyPath, Shape], set[KeyPath]]:
    """Return the type of each key by its path, and the tables whose keys the user chooses."""
    shapes: dict[KeyPath, Shape] = {}
    named: set[KeyPath] = set()

    def noting(name: str, original: Any) -> Any:
        def read(table: TomlTable, key: str, *more: Any) -> Any:
            shapes.setdefault((*table.path, key), _shape(name, key, more))
            return original(table, key, *more)

        return read

    def names(table: TomlTable) -> tuple[str, ...]:
        named.add(table.path)
        return tuple(table._values)

    kinds = ("text", "flag", "number", "whole", "choice", "choices", "words", "json_object", "table", "tables", "value")
    with patch.multiple(TomlTable, names=names, **{kind: noting(kind, getattr(TomlTable, kind)) for kind in kinds}):
        assert not _loaded(WHOLE).warnings
    chosen = {path for path in named if all(_is_free(shape) for under, shape in shapes.items() if under[:-1] == path)}
    return shapes, chosen


def _is_free(shape: Shape) -> bool:
    return shape == {} or shape.get("type") == "object"


def _loaded(text: str) -> Any:
    with TemporaryDirectory() as folder:
        paths = Paths.under(Path(folder))
        paths.config_dir.mkdir(mode=0o700)
        paths.config_file.write_text(text, encoding="utf-8")
        return load(paths)


def _shape(kind: str, key: str, more: tuple[Any, ...]) -> Shape:
    match kind:
        case "text":
            return {"type": "string"}
        case "flag":
            return {"type": "boolean"}
        case "number" | "whole":
            return {"type": "integer" if kind == "whole" else "number", "minimum": more[0], "maximum": more[1]}
        case "choice":
            return {"type": "string", "enum": [str(word) for word in more[0]]}
        case "choices":
            named, free = {"enum": [str(word) for word in (*more[0], *more[2])]}, f"^{re.escape(more[3])}."
            return {"type": "array", "items": {"type": "string", "anyOf": [named, {"pattern": free}]}}
        case "words":
            return dict(_WORDS)
        case "json_object" | "table":
            return {"type": "object"}
        case "tables":
            return {"type": "array"}
    targets = {"enum": [str(target) for target in CommandTarget]}
    return {"anyOf": [targets, {"type": "array", "items": targets}]} if key == "on" else {}


def _table(path: KeyPath, shapes: Mapping[KeyPath, Shape], maps: set[KeyPath]) -> Shape:
    """The table at `path`, with all that is read below it."""
    below = {under[-1]: shape for under, shape in shapes.items() if len(under) == len(path) + 1 and under[:-1] == path}
    if path == ("keys",):
        return {
            "type": "object",
            **_described(path),
            "properties": dict(_actions()),
            "additionalProperties": {"type": "object"},
        }
    if path in maps:
        (example,) = below  # its name is the user's
        return {"type": "object", "additionalProperties": _table((*path, example), shapes, maps)}
    properties = {str(key): _key((*path, key), shape, shapes, maps) for key, shape in below.items()}
    wanted = [key for key in properties if _is_required((*path, key))]
    required = {"required": wanted} if wanted else {}
    return {"type": "object", **_described(path), "properties": properties, **required, "additionalProperties": False}


def _key(path: KeyPath, shape: Shape, shapes: Mapping[KeyPath, Shape], maps: set[KeyPath]) -> Shape:
    inner = any(under[: len(path)] == path and len(under) > len(path) for under in shapes)
    if shape.get("type") == "array" and "items" not in shape:
        return {"type": "array", "items": _table((*path, 0), shapes, maps)}
    return _table(path, shapes, maps) if inner else {**shape, **_described(path)}


def _actions() -> Iterator[tuple[str, Shape]]:
    """Yield each action's id with its description, by id: the order of the scopes depends on what was imported first."""
    bindings = ((binding.id, str(binding.description)) for scope in all_scopes() for binding in scope.bindings)
    for action, description in sorted((action, description) for action, description in bindings if action):
        content = {"description": description} if description else {}
        yield action, {"type": _WORDS["type"], **content}


def _is_required(path: KeyPath) -> bool:
    """Return whether the example without that key is refused."""
    values: Any = tomllib.loads(WHOLE)
    del values["default_profile"]  # it needs the profile
    inner = values
    for part in path[:-1]:
        inner = inner[part]
    inner.pop(path[-1], None)
    try:
        _loaded(tomli_w.dumps(values))
    except ConfigError:
        return True
    return False


_LINES: Final = WHOLE.splitlines()
_DOCUMENT: Final = TomlDocument(EXAMPLE_FILE, WHOLE)


def _described(path: KeyPath) -> Shape:
    """Return the description of a key, from its line in the example, or of a table, from the text after its head."""
    line = _DOCUMENT.line(path) if path else None
    if line is None:
        return {}
    code, _, description = _LINES[line - 1].partition(" # ")
    for more in _LINES[line:]:
        if not description or not (going_on := re.fullmatch(r"# {5,}# (.+)", more)):
            break
        description += f" {going_on[1]}"
    if not code.startswith("["):
        return {"description": f"{code.strip()}   # {description}" if description else code.strip()}
    return {"description": description} if description else {}
