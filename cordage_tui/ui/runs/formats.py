"""Fitting text into cells, in the one form that every panel uses."""

import re
from typing import Final

from rich.cells import cell_len, split_text

_UNSTEADY: Final = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def steady(text: str) -> str:
    """`text` without emoji joiners, variation selectors and skin tones: terminals disagree by whole cells on what they make
    of them, and everything to the right of one, up to the border, would be shifted."""
    return text if text.isascii() else _UNSTEADY.sub("", text)


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells: padded, at the left if `right`, or cut with `…`. Never half a wide character; `steady`."""
    if width <= 0:
        return ""
    text = steady(text)
    size = cell_len(text)
    if size > width:
        text = split_text(text, width - 1)[0].rstrip() + "…"
        size = cell_len(text)
    blank = " " * (width - size)
    return blank + text if right else text + blank
