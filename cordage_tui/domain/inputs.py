"""Inputs of a run: canonical JSON, fingerprint, the prompt among them, and values in words."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from cordage_tui.domain.safe_text import SafeText, normalized, one_line, safe
from cordage_tui.domain.secrets import redact
from cordage_tui.domain.urls import is_signed, unsigned

# Inputs of a webhook: a JSON object, usually with a `prompt`.

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Inputs: TypeAlias = Mapping[str, Json]

PROMPT: Final = "prompt"
"""The input that has its own place on screen; all others are fields next to it."""


RANDOM: Final = "random"
"""Value of an input that its webhook declares random: a number is drawn in its place when a body is made."""
LARGEST_RANDOM: Final = 2**32 - 1
"""Largest number that is drawn unless the webhook gives other bounds: seeds have 32 bits in most workflows."""
_EXACT: Final = 2**53 - 1
"""Largest whole number that all readers of JSON take exactly."""
_BOUNDED: Final = r"(?ai)random\s+(\S*\.\.\S*|[-+.,_0-9]+)"
_BOUNDS: Final = r"(?a)(-?[0-9]{1,16})\.\.(-?[0-9]{1,16})"


def random_bounds(default: "Json") -> tuple[int, int] | None:
    """Return the smallest and the largest random number of an input whose default is `random` or `random 1..100`.

    None: it is another default. Raises ValueError, with a message for people, for bounds that make no sense.
    """
    text = default.strip() if isinstance(default, str) else ""
    if text.casefold() == RANDOM:
        return 0, LARGEST_RANDOM
    if not (written := re.fullmatch(_BOUNDED, text)):
        return None
    if not (bounds := re.fullmatch(_BOUNDS, written[1])):
        raise ValueError(f"{text!r} has no bounds of whole numbers")
    low, high = int(bounds[1]), int(bounds[2])
    if low >= high:
        raise ValueError(f"{text!r} has to go from a smaller number to a larger one")
    if max(-low, high) > _EXACT:
        raise ValueError(f"{text!r} goes beyond {_EXACT:,}, which not every reader of JSON takes exactly")
    return low, high


def canonical(inputs: Inputs) -> str:
    """Encode `inputs` as one JSON text: keys sorted, no spaces. The database and the wire both use this form."""
    return json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The character U+0000 as JSON writes it; a backslash before it may be text."""


_WRAPPED: Final = 100
"""Elements of a list that are looked into for a prompt."""
_DEPTH: Final = 4
"""Levels of a value that are looked into for a prompt."""
REPEAT_S: Final = 2.0
"""Seconds within which the same body for the same webhook is probably a mistake: the user is asked."""
LOST: Final = "\ufffd"
"""Character that terminals put in the place of bytes which are not UTF-8."""


def text_fault(encoded: str) -> str | None:
    """Return the problem with the text of inputs that `canonical` has encoded, as the end of a sentence; None: no
    problem."""
    try:
        encoded.encode()
    except UnicodeEncodeError:
        return "has bytes or characters that are not Unicode text. Write it as UTF-8."
    if "\\u0000" in encoded and _NUL.search(encoded):
        return "has the character U+0000. Remove it; a file that is full of them is UTF-16: save it as UTF-8."
    return None


def nearly_prompt(name: str) -> bool:
    """Return whether a name is probably a mistyped `prompt`: with other case, a letter more, less or changed, or two
    exchanged."""
    plain = name.strip().casefold()
    if plain == PROMPT or name == PROMPT:
        return name != PROMPT
    if abs(len(plain) - len(PROMPT)) > 1:
        return False
    start = next(
        (at for at, (typed, wanted) in enumerate(zip(plain, PROMPT, strict=False)) if typed != wanted), len(plain)
    )
    differing, expected = plain[start:], PROMPT[start:]
    exchanged = differing[:2][::-1] + differing[2:] == expected
    return exchanged or differing[1:] == expected or differing == expected[1:] or differing[1:] == expected[1:]


def holds_prompt(value: Json, depth: int = _DEPTH) -> bool:
    """Return whether a value is an object with a prompt, or one that wraps such objects up to `depth` times."""
    if depth == 0 or isinstance(value, str):
        return False
    if isinstance(value, Mapping):
        named = any(name == PROMPT or nearly_prompt(name) for name in value)
        return named or any(holds_prompt(inner, depth - 1) for inner in value.values())
    return isinstance(value, Sequence) and any(holds_prompt(inner, depth - 1) for inner in value[:_WRAPPED])


def fingerprint(inputs: Inputs) -> str:
    """Build a key that is equal for submissions that a server could not distinguish.

    Strings are NFC and trimmed, and keys are sorted. Links lose their signatures, which change each time a link to
    the same file is given.
    """
    return canonical({key: _compared(value) for key, value in inputs.items()})


def digest(inputs: Inputs) -> str:
    """Hash `fingerprint`: equal when a server could not distinguish the submissions."""
    from hashlib import sha256  # loads OpenSSL, 2 ms: not for who only reads

    return sha256(fingerprint(inputs).encode("utf-8", "surrogatepass")).hexdigest()


def _compared(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    text = normalized(value, "NFC").strip()
    return unsigned(text) if text.startswith(_LINKS) and is_signed(text) else text


_LINKS: Final = ("https://", "http://")


def prompt_name(inputs: Inputs) -> str | None:
    """Find the input that a person would recognise the run by: `prompt`, otherwise the first that is text; None: none
    is."""
    return next((name for name in (PROMPT, *inputs) if isinstance(v := inputs.get(name), str) and v.strip()), None)


def prompt_of(inputs: Inputs) -> str:
    """Find the text that a person would recognise the run by: that of `prompt_name`, otherwise all inputs as JSON."""
    name = prompt_name(inputs)
    return str(inputs[name]) if name is not None else canonical(inputs) if inputs else ""


def whole_prompt(shown: SafeText, inputs: Inputs | None) -> SafeText:
    """Return the prompt on one line, uncut, for one that the table has cut."""
    if inputs is None or not shown.endswith("…"):
        return shown
    prompt = prompt_of(inputs)
    return one_line(prompt, limit=len("<U+10FFFF>") * len(prompt)) or shown


def other_inputs(inputs: Inputs) -> Inputs:
    """Return all inputs but the one that `prompt_of` shows, which another may equal."""
    prompt = prompt_name(inputs)
    return {name: value for name, value in inputs.items() if name != prompt}


def value_words(value: object) -> str:
    """Format a JSON value for people: text unchanged, everything else as JSON. Raw."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


LONGEST_VALUE: Final = 2_000
"""Characters of a value that are made fit to be shown on a line."""


def value_line(value: object, webhook_key: str = "", limit: int = 500) -> SafeText:
    """Format a JSON value on one line, with the secrets in it covered; a cut value ends in `…`."""
    return one_line(redact(safe(value_words(value), LONGEST_VALUE), webhook_key), limit)


def readable_inputs(inputs: str | bytes | None) -> Inputs | None:
    """Read inputs from JSON; None if there are none, or the text is not a JSON object, as after damage to the disk."""
    try:
        value = json.loads(inputs or "null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


SEEN_PROMPTS: Final = 100
"""Prompts at either end of a batch that are compared with each other."""


def common_words(prompts: Iterable[str]) -> frozenset[str]:
    """Return the words that all these prompts have; empty unless two of them differ."""
    words_of_each = [frozenset(prompt.split(" ")) for prompt in {*prompts}]
    return frozenset.intersection(*words_of_each) if len(words_of_each) > 1 else frozenset()
