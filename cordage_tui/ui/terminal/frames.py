"""Cells that the terminal shows, so that a frame writes only cells that differ.

Textual composes a frame, and writes all of it, or all of each widget that must be painted again. This module keeps the
cells of the last frame and compares, as ncurses and ratatui do. Opening a filter at 120 × 36 writes 3 KB instead of 19.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rich.console import Console
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from cordage_tui.ui.images.image_cells import ImageCells, is_regular, seen_of_blank
from cordage_tui.ui.textual_patches.compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

Cell = tuple[object, ...]
"""Content of a cell. Equal cells look the same. Image cells are equal only if they show the same cell of a picture."""
GAP: Final = 6
"""Most equal cells between two differing cells that are written again. To jump over them takes as many bytes."""
_NEVER_DRAWN: Final[Cell] = ()


class LinePiece(NamedTuple):
    """Part of a line of a frame."""

    y: int
    x: int
    strip: Strip


class Changes(CompositorUpdate):
    """Text that changes cells of the terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        return self._text


class TerminalCells:
    """Cells that the terminal shows, as far as they are known."""

    def __init__(self) -> None:
        self._size = Size(0, 0)
        self._lines: list[list[Cell]] = []

    def forget(self) -> None:
        """Forget all cells, because another program has written to the terminal, or output was left out."""
        self._size = Size(0, 0)

    def resize(self, size: Size) -> None:
        """Set the size of the terminal, in cells. A new size forgets all cells."""
        if size != self._size:
            self._size = size
            self._lines = [[_NEVER_DRAWN] * size.width for _ in range(size.height)]

    def changes(self, update: CompositorUpdate, size: Size, console: Console) -> "Changes | None":
        """Return the text that makes the terminal show the frame `update`. It then counts as shown. None: nothing differs.

        `size`: of the terminal, in cells. A new size forgets all cells.
        """
        self.resize(size)
        written: list[str] = []
        end: tuple[int, int] | None = None
        for y, x, strip in _pieces(update, size):
            for first, last in self.differing(y, x, strip):
                if end != (y, first):
                    written.append(f"\x1b[{y + 1};{first + 1}H")
                part = strip if (first, last) == (x, x + strip.cell_length) else strip.crop(first - x, last - x)
                written.append(part.render(console))
                end = (y, last) if last < size.width and all(map(is_regular, part)) else None
        return Changes("".join(written)) if written else None

    def differing(self, y: int, x: int, strip: Strip) -> list[tuple[int, int]]:
        """Return the runs [first, last) of cells of a piece that differ from the shown cells. The piece then counts as shown."""
        old = self._lines[y][x : x + strip.cell_length]
        new = _cells(strip)
        if old == new:
            return []
        self._lines[y][x : x + len(new)] = new
        if _NEVER_DRAWN in old or not all(map(_is_regular_cell, old)) or not all(map(is_regular, strip)):
            # Terminals disagree about the width of such characters, so the whole piece is written.
            return [(x, x + len(new))]
        differing = [
            index for index, (old_cell, new_cell) in enumerate(zip(old, new, strict=True)) if old_cell != new_cell
        ]
        return [(x + first, x + last) for first, last in _runs(_whole_pictures(new, differing))]


def _pieces(update: CompositorUpdate, size: Size) -> Iterator[LinePiece]:
    """Yield the parts of lines that a frame has, cut to the screen."""
    lines: Iterable[tuple[int, int, Strip]]
    if isinstance(update, LayoutUpdate):
        lines = ((y, update.region.x, Strip.join(line)) for y, line in enumerate(update.strips, update.region.y))
    elif isinstance(update, ChopsUpdate):
        lines = _changed_pieces(update)
    else:
        raise TypeError(f"A frame is a LayoutUpdate or a ChopsUpdate, not {type(update).__name__}.")
    for y, x, strip in lines:
        if y < size.height and x < size.width:
            yield LinePiece(y, x, strip.crop(0, size.width - x) if x + strip.cell_length > size.width else strip)


def _changed_pieces(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield the pieces of a frame that must be painted. Textual also lists pieces of hidden widgets, which are skipped."""
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < last and first < end:
                yield y, x, strip


def _runs(differing: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the differing cells as runs [first, last), joined over short gaps."""
    first = differing[0]
    for cell, following in pairwise([*differing, differing[-1] + GAP + 2]):
        if following - cell > GAP + 1:
            yield first, cell + 1
            first = following


def _whole_pictures(cells: Sequence[Cell], differing: Sequence[int]) -> Sequence[int]:
    """Return the differing cells. If one is of a picture, add all cells of the picture in this line: inside tmux a part of
    the line draws nothing."""
    pictures = {cells[index][0] for index in differing if len(cells[index]) == _IMAGE}
    if not pictures:
        return differing
    chosen = set(differing)
    return [
        index for index, cell in enumerate(cells) if index in chosen or (len(cell) == _IMAGE and cell[0] in pictures)
    ]


# A cell of text is (character, style), or (" ", background) for a blank. Other cells have more parts.

_TEXT: Final = 2
_IMAGE: Final = 3
_IRREGULAR: Final = 4


def _is_regular_cell(cell: Cell) -> bool:
    return len(cell) != _IRREGULAR


def _cells(strip: Strip) -> list[Cell]:
    cells: list[Cell] = []
    for segment in strip:
        if segment_cells := _cells_of(segment):
            cells += segment_cells
        elif segment.text and cells:  # an accent, which belongs to the cell before it
            cells[-1] = (segment.text, segment.style, cells[-1], None)
    return cells


def _cells_of(segment: Segment) -> list[Cell]:
    text, style, _ = segment
    if isinstance(text, ImageCells):
        return [(*text.place(index), style) for index in range(len(text))]
    if not is_regular(segment):
        return [(text, style, index, None) for index in range(segment.cell_length)]
    blank = seen_of_blank(style)
    return [(char, blank if char == " " else style) for char in text]
