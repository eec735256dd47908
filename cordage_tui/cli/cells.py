"""Text in columns, for people: as wide as the terminal, and plain where nobody looks."""

import unicodedata
from collections.abc import Sequence
from typing import Final

GAP: Final = "  "
_LEAST: Final = 8
"""Cells that a column keeps, if it ever had so many."""


def width_of(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded, or cut with `…`. Never half a wide character."""
    size = width_of(text)
    if size <= width:
        return text + " " * (width - size)
    kept, used = [], 0
    for char in text:
        used += _cells(char)
        if used > width - 1:
            break
        kept.append(char)
    cut = "".join(kept).rstrip() + "…" if width > 0 else ""
    return cut + " " * (width - width_of(cut))


def table(rows: Sequence[Sequence[str]], width: int, wide: int) -> list[list[str]]:
    """`rows` with every cell fitted to its column. The column number `wide` takes what is left of `width` cells; where that
    is next to nothing, the widest of all give way."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    widths[wide] = max(_LEAST, min(widths[wide], room - (sum(widths) - widths[wide])))
    while sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return [[fit(cell, size) for cell, size in zip(row, widths, strict=True)] for row in rows]


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
