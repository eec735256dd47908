"""Names of keys on screen."""

from typing import Final

from textual.keys import format_key

SAME_AS_ENTER: Final = "shift+enter"
"""Key that most terminals send as a plain Enter. It is shown only if this terminal is known to send it differently."""

_ARROWS: Final = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
_SHORT: Final = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}
_AS_THEY_ARE: Final = ("enter", "tab", "space", "backspace", "delete", "home", "end", "insert")
_WORDS: Final = {**_ARROWS, **_SHORT, **{name: name for name in _AS_THEY_ARE}}


def key_name(key: str) -> str:
    """Return the name of a key on screen: `question_mark` → `?`, `escape` → `esc`, `ctrl+p` unchanged."""
    *modifiers, plain = key.split("+")
    return "+".join([*modifiers, _WORDS.get(plain) or format_key(plain)])


def character(key: str) -> str | None:
    """Return the character that `key` types in a text field; None if it types none.

    Textual's own `key_to_character` does not know `slash`.
    """
    if key == "space":
        return " "
    typed = format_key(key)
    return typed if len(typed) == 1 and key not in _WORDS and "+" not in key else None
