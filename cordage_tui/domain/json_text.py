"""JSON that a person types, read strictly, with words for what is wrong."""

import json
from typing import NoReturn

from cordage_tui.domain.inputs import Json


class InvalidJsonText(ValueError):
    """The text is no JSON that could be sent; `str` of it says why, for a person."""


def json_value(text: str) -> Json:
    """The value of `text`. Raises InvalidJsonText, also for what Python alone takes for JSON."""
    try:
        value: Json = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        at = f" at character {error.pos + 1}" if error.lineno == 1 else f" in line {error.lineno}"
        raise InvalidJsonText(f"Not JSON: {error.msg[:1].lower()}{error.msg[1:]}{at}.") from None
    except RecursionError:
        raise InvalidJsonText("Not usable: nested too deeply.") from None
    except InvalidJsonText:
        raise
    except ValueError:
        raise InvalidJsonText("Not usable: a number too large, or text that is no Unicode.") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise InvalidJsonText(f"Not JSON: {name} is no JSON value.")
