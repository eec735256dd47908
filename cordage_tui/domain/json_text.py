"""JSON that people type or files contain, parsed strictly."""

import json
from typing import NoReturn

from cordage_tui.domain.inputs import Json
from cordage_tui.domain.safe_text import one_line


class InvalidJsonText(ValueError):
    """Invalid JSON text; `str` of it says why, for a person."""


def strict_json(text: str) -> Json:
    """Parse `text` as JSON. Raises RecursionError, and ValueError also for input that only Python accepts or is not
    Unicode.

    Two values for one name raise ValueError too, because one would be lost.
    """
    value: Json = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_with_each_name_once)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def json_value(text: str) -> Json:
    """Parse `text` strictly. Raises InvalidJsonText, with words for a person."""
    try:
        return strict_json(text)
    except json.JSONDecodeError as error:
        at = f" at character {error.pos + 1}" if error.lineno == 1 else f" in line {error.lineno}"
        raise InvalidJsonText(f"Not JSON: {error.msg[:1].lower()}{error.msg[1:]}{at}.") from None
    except RecursionError:
        raise InvalidJsonText("Not usable: nested too deeply.") from None
    except InvalidJsonText as error:
        raise InvalidJsonText(f"Not JSON: {error}.") from None
    except ValueError:
        raise InvalidJsonText("Not usable: a number too large, or text that is not Unicode.") from None


def _with_each_name_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise InvalidJsonText(f"two values for {str(one_line(twice, 60))!r}")
    return members


def _no_constant(name: str) -> NoReturn:
    raise InvalidJsonText(f"{name} is not a JSON value")
