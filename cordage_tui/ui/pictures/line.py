"""A line of a panel with pictures on it: one row of each, beside one another and over text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from textual.content import Content
from textual.strip import Strip

from cordage_tui.ui.pictures.cells import same_strip

_NOTHING: Final = Content.empty()


class ImageSlice(NamedTuple):
    """A row of one picture, and where it stands."""

    column: int
    """Its first cell, counted from the line's left."""
    strip: Strip

    @property
    def end(self) -> int:
        """The first cell behind it."""
        return self.column + self.strip.cell_length

    def same(self, other: "ImageSlice") -> bool:
        """Whether drawing one over the other would change nothing."""
        return self.column == other.column and same_strip(self.strip, other.strip)


@dataclass(frozen=True, slots=True, eq=False)
class ImageLine:
    """Pieces from left to right, none over another, and the text that shows where there are none."""

    pieces: tuple[ImageSlice, ...]
    text: Content = _NOTHING

    @property
    def cell_length(self) -> int:
        """Cells from the left that hold all of it."""
        return max([self.text.cell_length, *(piece.end for piece in self.pieces)])

    def is_same(self, other: "ImageLine") -> bool:
        """Whether drawing one over the other would change nothing."""
        if len(self.pieces) != len(other.pieces) or not self.text.is_same(other.text):
            return False
        return all(mine.same(its) for mine, its in zip(self.pieces, other.pieces, strict=True))

    def over(self, text: Strip) -> Strip:
        """The line as it is drawn; `text` is its text as wide as the panel. What does not fit is cut off."""
        parts, at, width = list[Strip](), 0, text.cell_length
        for piece in self.pieces:
            if at <= piece.column < width:
                parts += [text.crop(at, piece.column), piece.strip.crop(0, width - piece.column)]
                at = min(piece.end, width)
        return Strip.join([*parts, text.crop(at, width)])


Line = Content | ImageLine
"""What a panel of lines shows on one of them."""


def same(one: Line, other: Line) -> bool:
    """Whether drawing one over the other would change nothing (`Content.__eq__` ignores styles)."""
    if isinstance(one, ImageLine):
        return isinstance(other, ImageLine) and one.is_same(other)
    return isinstance(other, Content) and one.is_same(other)


def beside(pictures: Iterable[tuple[int, Sequence[Strip]]], texts: Sequence[Content] = ()) -> list[ImageLine]:
    """Lines for pictures beside one another, each a column and its rows, all beginning on the first line.

    `texts` show on the same lines where no picture stands; they may be fewer or more than the rows.
    """
    placed = list(pictures)
    height = max([len(texts), *(len(strips) for _, strips in placed)])
    return [
        ImageLine(
            tuple(ImageSlice(column, strips[y]) for column, strips in placed if y < len(strips)),
            texts[y] if y < len(texts) else _NOTHING,
        )
        for y in range(height)
    ]
