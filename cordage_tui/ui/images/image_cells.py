"""Image cells within lines of text, lines of a panel with pictures, and descriptions of outputs."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, SupportsIndex

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import amount, duration
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.media_type import MediaKind
from cordage_tui.domain.safe_text import SafeText

Draw = Callable[[int, int], str]
"""Returns the text to write for the cells [first, last) of a row. It must leave the cursor after the last cell."""


class ImageCells(str):
    """Blanks that become a part of a picture's row when a frame is composed.

    Textual measures, crops, covers and colours text, and drops everything else (`Segment.control` does not survive its
    colour filter). So this is text. `Strip.render` formats it between its colours, and the formatting calls `draw`. A crop
    slices it, and then only that part is drawn. Anything else that is made of it, such as an SVG, is blank.
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

    def place(self, index: int) -> tuple[Draw, int]:
        """Return the picture's row, and a cell in it. The result is equal only for the same cell of the same picture."""
        return self._draw, self._first + index

    def __format__(self, spec: str) -> str:
        return self._draw(self._first, self._first + len(self)) if self else ""


def same_strip(one: Strip, other: Strip) -> bool:
    """Return whether two strips draw the same. `==` cannot be used: the rows of all pictures are equal blanks."""
    return one is other or (len(one) == len(other) and all(map(_same, one, other)))


def _same(one: Segment, other: Segment) -> bool:
    if one is other:
        return True
    if isinstance(one.text, ImageCells) or isinstance(other.text, ImageCells):
        return one.text is other.text and one.style == other.style
    return one == other


def seen_of_blank(style: Style | None) -> object:
    """Return the part of a style that is visible on a blank."""
    return style.bgcolor if style and not (style.underline or style.reverse or style.strike) else style


def is_regular(segment: Segment) -> bool:
    """Return whether each cell has one character."""
    return segment.text.isascii() or _has_one_cell_each(segment.text)


@lru_cache(256)
def _has_one_cell_each(text: str) -> bool:
    return all(cell_len(char) == 1 for char in text)


# Lines of a panel with pictures.

_NOTHING: Final = Content.empty()


class ImageSlice(NamedTuple):
    """Row of one picture, and its position in the line."""

    column: int
    """First cell, counted from the left."""
    strip: Strip

    @property
    def end(self) -> int:
        """First cell after it."""
        return self.column + self.strip.cell_length

    def same(self, other: "ImageSlice") -> bool:
        """Return whether both draw the same."""
        return self.column == other.column and same_strip(self.strip, other.strip)


@dataclass(frozen=True, slots=True, eq=False)
class ImageLine:
    """Picture rows from left to right, and the text between them."""

    pieces: tuple[ImageSlice, ...]
    text: Content = _NOTHING

    @property
    def cell_length(self) -> int:
        """Number of cells up to the end of the line."""
        return max([self.text.cell_length, *(piece.end for piece in self.pieces)])

    def is_same(self, other: "ImageLine") -> bool:
        """Return whether both draw the same."""
        if len(self.pieces) != len(other.pieces) or not self.text.is_same(other.text):
            return False
        return all(piece.same(other_piece) for piece, other_piece in zip(self.pieces, other.pieces, strict=True))

    def over(self, text: Strip) -> Strip:
        """Return the line drawn over its `text`, which is as wide as the panel. Parts that do not fit are cut off."""
        parts, end, width = list[Strip](), 0, text.cell_length
        for piece in self.pieces:
            if end <= piece.column < width:
                parts += [text.crop(end, piece.column), piece.strip.crop(0, width - piece.column)]
                end = min(piece.end, width)
        return Strip.join([*parts, text.crop(end, width)])


Line = Content | ImageLine
"""Line of a panel."""


def same(one: Line, other: Line) -> bool:
    """Return whether two lines draw the same (`Content.__eq__` ignores styles)."""
    if one is other:
        return True
    if isinstance(one, ImageLine):
        return isinstance(other, ImageLine) and one.is_same(other)
    return isinstance(other, Content) and one.is_same(other)


def beside(pictures: Iterable[tuple[int, Sequence[Strip]]], texts: Sequence[Content] = ()) -> list[ImageLine]:
    """Return lines with pictures side by side. All begin on the first line; each is given by its column and its rows.

    `texts` fill the same lines. There may be fewer or more texts than rows.
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


def joined(left: Line, right: Line, column: int) -> Line:
    """Return one line with `right` to the right of `left`, beginning at cell `column`."""
    texts = [line.text if isinstance(line, ImageLine) else line for line in (left, right)]
    text = (
        Content.assemble(texts[0], " " * max(0, column - texts[0].cell_length), texts[1])
        if texts[1].plain
        else texts[0]
    )
    pieces = list(left.pieces) if isinstance(left, ImageLine) else []
    if isinstance(right, ImageLine):
        pieces += [piece._replace(column=piece.column + column) for piece in right.pieces]
    return ImageLine(tuple(pieces), text) if pieces else text


# Description of an output, with or without its picture.

_NAMED: Final = {MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio"}


def describe(sight: ImageView, load_key: str = "enter") -> SafeText:
    """Describe an output: `PNG · 1024 × 768 · 240 KB`, `video · MP4 · 0:12`, `240 KB, enter to load`."""
    if sight.standing is ImageState.FAILED:
        return sight.words or SafeText("It could not be shown.")
    if sight.standing is ImageState.TOO_LARGE:
        return SafeText(f"{' · '.join(_facts(sight)) or 'large'}, {load_key} to load")
    if facts := _facts(sight):
        return SafeText(" · ".join(facts))
    return SafeText("loading…" if sight.standing is ImageState.LOADING else "")


def _facts(sight: ImageView) -> list[str]:
    facts = list[str]()
    if sight.media is not None:
        facts += [kind_name] if (kind_name := _NAMED.get(sight.media.kind)) else []
        facts.append(sight.media.name)
    if sight.pixels is not None:
        facts.append(f"{sight.pixels.width} × {sight.pixels.height}")
    if sight.duration_s is not None:
        facts.append(duration(round(sight.duration_s)))
    if sight.size is not None:
        facts.append(amount(sight.size))
    return facts
