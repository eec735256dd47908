"""Generated parts of the README and of the pages in `cordage_tui/docs`: keys, options and fields of JSON.

`python -m tests.generate` writes them. A part stands between `<!-- NAME words -->` and `<!-- /NAME -->`.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cordage_tui.cli.base.command_line import build_parser
from cordage_tui.cli.base.parser import Parser
from cordage_tui.domain.manual import FOLDER
from tests.readme.cheat_sheet import cheat_sheet
from tests.readme.key_tables import rows, tables

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *(FOLDER / f"{name}.md" for name in ("keys", "cheatsheet", "command-line", "json")))
SCHEMA = json.loads((ROOT / "cordage_tui" / "cli" / "schema.json").read_text())


def generated(text: str) -> str:
    """The page with each of its generated parts made anew."""

    def part(found: re.Match[str]) -> str:
        name, words = found[1], found[2].split()
        return f"<!-- {' '.join([name, *words])} -->\n{MAKERS[name](words)}<!-- /{name} -->"

    return re.sub(rf"<!-- ({'|'.join(MAKERS)})((?: [\w.]+)*) -->\n.*?<!-- /\1 -->", part, text, flags=re.DOTALL)


def keys(ids: list[str]) -> str:
    """The key tables, or one table with those actions without their ids."""
    if not ids:
        return tables()
    chosen = [f"| {row.keys} | {row.does} |" for row in map(rows().__getitem__, ids)]
    return "\n".join(["| key | does |", "|---|---|", *chosen]) + "\n"


def flags(_: list[str]) -> str:
    """Each command with its usage and arguments."""
    return "\n".join(_command(build_parser())) + "\n"


def _command(parser: Parser) -> Iterator[str]:
    yield f"### {parser.prog}\n\n{parser.description}\n"
    shared = "common options"
    own = [group for group in parser._action_groups if group.title != shared or " " not in parser.prog]
    known = {id(action) for group in own for action in group._group_actions}
    rows = [
        f"| `{_names(action)}` | {_cell((action.help or '').replace('%(default)s', str(action.default)))} |"
        for action in parser.arguments
        if id(action) in known and not isinstance(action.choices, dict) and "--help" not in action.option_strings
    ]
    if rows:
        yield from ("| argument | |", "|---|---|", *rows, "")
    for inner in parser.commands.values():
        yield from _command(inner)


def _names(action: argparse.Action) -> str:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = "" if action.nargs == 0 else name
    if not action.option_strings:
        return {"*": f"[{value}…]", "+": f"{value}…", "?": f"[{value}]"}.get(str(action.nargs), value).replace(
            "|", "\\|"
        )
    return " ".join(filter(None, [", ".join(action.option_strings), value])).replace("|", "\\|")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def fields(_: list[str]) -> str:
    """Each object of the JSON schema with its fields."""
    shared = [name for name in SCHEMA["$defs"] if {"$ref": f"#/$defs/{name}"} not in SCHEMA["anyOf"]]
    parts = [_object(name, f"## {name}") for name in SCHEMA["$defs"] if name not in shared]
    return "\n".join([*parts, *(_object(name, f"## Shared: {name}") for name in shared)])


def _object(name: str, heading: str) -> str:
    shape = SCHEMA["$defs"][name]
    told = [_cell(shape["description"]), ""] if "description" in shape else []
    rows = list(_fields(shape, ""))
    table = ["| field | type | |", "|---|---|---|", *rows, ""] if rows else []
    return "\n".join([heading, "", *told, *table])


def _fields(shape: dict[str, Any], above: str) -> Iterator[str]:
    """A row for each field, and for those of objects inside it."""
    for name, value in shape.get("properties", {}).items():
        if not above and name in ("schema", "kind"):
            continue
        yield f"| `{above}{name}` | {_type(value)} | {_cell(value.get('description', ''))} |"
        for one in (value, *value.get("anyOf", ())):
            items = one.get("items") if isinstance(one.get("items"), dict) else None
            yield from _fields(items or one, f"{above}{name}{'[]' if items else ''}.")


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return value["$ref"].rpartition("/")[2]
    if "anyOf" in value or "oneOf" in value:
        return " or ".join(dict.fromkeys(_type(one) for one in value.get("anyOf") or value["oneOf"]))
    if "enum" in value or "const" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value.get("enum", [value.get("const")])).replace("|", "\\|")
    kind = value.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    items = value.get("items")
    return f"array of {_type(items)}" if kind == "array" and isinstance(items, dict) else str(kind)


MAKERS = {"keys": keys, "flags": flags, "json": fields, "cheatsheet": cheat_sheet}
