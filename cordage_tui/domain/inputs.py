"""Inputs of a run: canonical JSON, fingerprint, strict JSON parsing."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

# What is sent to a webhook: a JSON object, usually with a `prompt`.

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Inputs: TypeAlias = Mapping[str, Json]

PROMPT: Final = "prompt"
"""The input that has a place of its own; all others are fields beside it."""


def canonical(inputs: Inputs) -> str:
    """Encode `inputs` as one JSON text: keys sorted, no spaces. What the database keeps and the wire carries."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(inputs: Inputs) -> str:
    """Build a key that is equal for submissions that a server could not distinguish: strings NFC and trimmed, keys
    sorted."""
    normalized = {
        key: unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value
        for key, value in inputs.items()
    }
    return canonical(normalized)


def prompt_of(inputs: Inputs) -> str:
    """Find the text that a person would recognise the run by: `prompt`, else the first string, else the whole as
    JSON."""
    prompt = inputs.get(PROMPT)
    if isinstance(prompt, str) and prompt.strip():
        return prompt
    first = next((v for v in inputs.values() if isinstance(v, str) and v.strip()), None)
    return first if first is not None else (canonical(inputs) if inputs else "")


def value_words(value: Json) -> str:
    """Format a value for people: text as it is, everything else as JSON. Raw."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# JSON that a person types, read strictly, with words for what is wrong.


class InvalidJsonText(ValueError):
    """Invalid JSON text; `str` of it says why, for a person."""


def json_value(text: str) -> Json:
    """Parse `text` strictly. Raises InvalidJsonText, also for what only Python accepts as JSON."""
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
