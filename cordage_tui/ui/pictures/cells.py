"""Cells that a terminal fills with a picture, though to Textual they are blanks."""

from collections.abc import Callable
from typing import SupportsIndex

from rich.segment import Segment
from textual.strip import Strip

Draw = Callable[[int, int], str]
"""What to write for the cells [first, last) of a row. It must leave the cursor behind the last of them."""


class ImageCells(str):
    """Part of a row of a picture: blanks that turn into what draws them at the moment a frame is put together.

    Textual measures, crops, covers and colours text, and drops everything that is no text (`Segment.control` does not survive
    its colour filter). So this is text. `Strip.render` formats it between its colours, which is when `draw` is called;
    a crop slices it, which draws that part only; and whatever else is made of it, such as an SVG, is blank.
    """

    _draw: Draw
    _first: int

    def __new__(cls, count: int, draw: Draw, first: int = 0) -> "ImageCells":
        cells = super().__new__(cls, " " * count)
        cells._draw, cells._first = draw, first
        return cells

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        if not isinstance(key, slice):
            return super().__getitem__(key)
        first, last, step = key.indices(len(self))
        return (
            ImageCells(max(0, last - first), self._draw, self._first + first) if step == 1 else super().__getitem__(key)
        )

    def __format__(self, spec: str) -> str:
        return self._draw(self._first, self._first + len(self)) if self else ""


def same_strip(one: Strip, other: Strip) -> bool:
    """Whether drawing one over the other would change nothing. To `==` the rows of all pictures are alike: they are blanks."""
    return one is other or (len(one) == len(other) and all(map(_same, one, other)))


def _same(one: Segment, other: Segment) -> bool:
    if isinstance(one.text, ImageCells) or isinstance(other.text, ImageCells):
        return one.text is other.text and one.style == other.style
    return one == other
