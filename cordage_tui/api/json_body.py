"""JSON from a stranger: bounded, finite, and fit for SQLite and for a terminal's encoder (FAULTS.md C 71–81, D 16)."""

import json
import math
import re
from typing import Any, Final, NoReturn, TypeAlias

MAX_DEPTH: Final = 64
"""Arrays and objects inside one another."""
MAX_STRING: Final = 1024 * 1024
"""Characters of one string."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INT_LIMIT: Final = 2**63
"""SQLite's integers end here; what is larger is kept as text."""

Parsed: TypeAlias = "bool | int | float | str | list[Parsed] | dict[str, Parsed] | None"


class BadJson(ValueError):
    """Not JSON that we take; `str` says why, and quotes nothing of it."""


def parse(body: bytes) -> Parsed:
    """The one JSON document in `body`, UTF-8 (or UTF-16/32, which JSON can be told by), with or without BOM.

    Lone surrogates become U+FFFD, integers SQLite cannot hold become text. The last of duplicate keys wins, but a
    `run_id` given twice with two values is None: neither is to be trusted.
    Raises BadJson: not JSON, not finite, deeper than MAX_DEPTH, a string longer than MAX_STRING.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        value = json.loads(text, parse_int=_int, parse_constant=_not_finite, object_pairs_hook=_object)
    except BadJson:
        raise
    except UnicodeDecodeError:
        problem = "the body is not UTF-8"
    except RecursionError:
        problem = "the body is nested too deep"
    except ValueError:
        problem = "the body is not JSON" if body.strip() else "the body is empty"
    else:
        return _clean(value, 0)
    raise BadJson(problem)


def _int(digits: str) -> int | str:
    if len(digits) > 20:
        return digits
    value = int(digits)
    return value if -_INT_LIMIT <= value < _INT_LIMIT else digits


def _not_finite(name: str) -> NoReturn:
    raise BadJson(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and len({repr(value) for name, value in pairs if name == "run_id"}) > 1:
        found["run_id"] = None
    return found


def _clean(value: Any, depth: int) -> Parsed:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadJson("a number is not finite")
    if not isinstance(value, list | dict):
        return value  # type: ignore[no-any-return]
    if depth >= MAX_DEPTH:
        raise BadJson(f"the body is nested deeper than {MAX_DEPTH}")
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    return {_text(name): _clean(item, depth + 1) for name, item in value.items()}


def _text(value: str) -> str:
    if len(value) > MAX_STRING:
        raise BadJson("a string is too long")
    return value if value.isascii() else _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
