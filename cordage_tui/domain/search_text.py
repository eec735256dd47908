"""Text of a run that a filter searches: its prompt, its id and its inputs."""

import json
from typing import Final

from cordage_tui.domain.inputs import (
    PROMPT,
    Inputs,
    Json,
    prompt_of,
    readable_inputs,
)
from cordage_tui.domain.safe_text import folded, one_line

SEARCHED_PROMPT: Final = 1_000
"""Characters of a prompt that are searched."""
SEARCHED_VALUE: Final = 200
"""Characters of each other input that are searched."""
SEARCHED_INPUTS: Final = 50
"""Inputs that are searched, the first by name."""
_OWN_LINES: Final = 3
_CHARACTERS: Final = 0xFFFE
"""Number of marks in each of the two private planes of Unicode; `one_line` lets none of their characters through."""


def search_text(prompt: str, run_id: str | None = None, word: str | None = None, inputs: Inputs | None = None) -> str:
    """Build the text that a filter searches: prompt, run id, the server's word and the values of the other inputs.

    All are folded, one per line, so that no match spans two of them. Each value follows the mark of its input.
    """
    own_lines = (folded(one_line(prompt, SEARCHED_PROMPT)), folded(run_id or ""), folded(word or ""))
    return "\n".join((*own_lines, _searched_values(inputs or {})))


def with_inputs(search: bytes, inputs: bytes | None) -> str:
    """Return a text of `search_text` with another prompt and other inputs, which are JSON; unchanged without JSON."""
    new_inputs, text = readable_inputs(inputs), search.decode("utf-8", "replace")
    if new_inputs is None:
        return text
    _, *kept_lines = text.split("\n")[:_OWN_LINES]
    return "\n".join(
        (folded(one_line(prompt_of(new_inputs), SEARCHED_PROMPT)), *kept_lines, _searched_values(new_inputs))
    )


def input_mark(name: str, *, is_number: bool) -> str:
    """Return the mark before the values of an input in `search_text`, one for numbers and one for all others.

    It is two characters that no text has, so a word is never found in the names of inputs.
    """
    from binascii import crc32  # who only reads runs loads no library for it

    digest = crc32(name.encode("utf-8", "surrogatepass"))
    plane = 0x100000 if is_number else 0xF0000
    return chr(plane + (digest >> 16) % _CHARACTERS) + chr(0xF0000 + digest % _CHARACTERS)


def searched_value(value: Json) -> str:
    """Return the text of a value that a filter searches."""
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return folded(one_line(value, SEARCHED_VALUE))


def _searched_values(inputs: Inputs) -> str:
    names = [name for name in sorted(inputs)[:SEARCHED_INPUTS] if name != PROMPT]
    return "".join(
        f"{input_mark(name, is_number=_is_number(inputs[name]))}{searched_value(inputs[name])}\n" for name in names
    )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
