"""Keys as people read and write them."""

from typing import Final

from textual.keys import format_key

_WORDS: Final = {
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
}


def key_name(key: str) -> str:
    """How a key is written on screen: `question_mark` → `?`, `escape` → `esc`, `ctrl+p` as it is."""
    *modifiers, plain = key.split("+")
    return "+".join([*modifiers, _WORDS.get(plain) or format_key(plain)])
