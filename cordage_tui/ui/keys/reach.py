"""Which keys a plain terminal, tmux and SSH can send."""

import re
from typing import Final

from cordage_tui.ui.keys.names import character

_PLAIN: Final = frozenset(
    [
        "enter",
        "escape",
        "tab",
        "space",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    ]
    + [f"f{n}" for n in range(1, 13)]
)
_CTRL_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_SAME_AS: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
_FLOW: Final = frozenset({"ctrl+s", "ctrl+c"})
DELETING: Final = frozenset({"backspace", "delete", "k", "d", "ctrl+k", "ctrl+d", "ctrl+h"})
"""Keys that hands press without thinking, in editors and shells; never destructive (DESIGN.md section 3)."""


def unsendable_reason(key: str) -> str | None:
    """Why `key` cannot be relied on, as the end of a sentence; None when it can."""
    *modifiers, plain = key.split("+")
    if same := _SAME_AS.get(key):
        return f"a terminal cannot tell it from {same}"
    if key in _FLOW:
        return "the terminal keeps it for itself"
    if not modifiers:
        return None if plain in _PLAIN or character(plain) or len(plain) == 1 else "no key has that name"
    if modifiers == ["ctrl"] and plain in _CTRL_LETTERS:
        return None
    if modifiers in (["shift"], ["alt"]) and _with_shift_or_alt(modifiers[0], plain):
        return None
    return "a plain terminal or tmux cannot send it"


def _with_shift_or_alt(modifier: str, plain: str) -> bool:
    if modifier == "shift":
        return plain == "tab"
    return bool(re.fullmatch(r"[a-z0-9]|enter|up|down|left|right", plain))
