"""Sixel images inside tmux. tmux removes a whole image if text is written over one of its cells.

So a frame has blanks with marks in the place of pictures. When the frame is written, the parts of pictures that no text
covers are drawn over the blanks.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import PixelSize
from cordage_tui.ui.images.image_cells import ImageCells
from cordage_tui.ui.terminal.capabilities import BAND

_MARK: Final = re.compile(r"\x1b_P(\d+);(\d+);(\d+);(\d+)\x1b\\")
"""Mark before the blanks for the cells [first, last) of a picture's row: picture, row, first, last."""
_PLACE: Final = re.compile(r"\x1b\[(\d+);(\d+)H")
_INVISIBLE: Final = re.compile(r"\x1b\[[\d;:?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x1f]")
_SEQUENCE: Final = re.compile(r'\x1bP0;1;0q"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)*)(.*)\x1b\\', re.DOTALL)
_REGISTER: Final = re.compile(r"#(\d+)(;2;\d+;\d+;\d+)")
_FIRST: Final = re.compile(r"#0(?![\d;])")
_UNUSED: Final = ";2;0;0;0"
_LONGEST: Final = 900_000
"""Most characters of an image. tmux drops images of more than a megabyte."""
_SEAM: Final = BAND
"""After this many rows of cells, a band ends with a row, whatever the height of a cell is."""


class SixelPicture:
    """Picture whose parts are Sixel sequences of one band each."""

    def __init__(self, parts: Sequence[bytes], columns: int, rows: int, cell: PixelSize, background: Color) -> None:
        self._parts = parts
        self._cell = cell
        self._ground = "".join(f";{round(value / 2.55)}" for value in background.rgb)
        self.columns = columns
        self.rows = rows

    def drawn(self, first: int, last: int) -> list[tuple[int, str]]:
        """Return the images of the rows [first, last), each with its first row. It is one image, unless that is too long."""
        image = self._image(first, last)
        seam = max((first + last) // 2, first + _SEAM) // _SEAM * _SEAM
        if len(image) <= _LONGEST or seam >= last:
            return [(first, image)] if image else []
        return self.drawn(first, seam) + self.drawn(seam, last)

    def _image(self, first: int, last: int) -> str:
        """Return one image of the rows [first, last), cut to whole bands.

        In xterm, pixels that the image does not draw get colour 0, so colour 0 is the background here. tmux writes unused
        colours in a form that makes xterm lose the next colour, so no number is left unused.
        """
        top, bottom = -(-first * self._cell.height // BAND), last * self._cell.height // BAND
        matches = (_SEQUENCE.fullmatch(part.decode("ascii")) for part in self._parts[top:bottom])
        bands = [band for band in matches if band is not None]
        if not bands:
            return ""
        used = {int(number): colour for band in bands for number, colour in _REGISTER.findall(band[3])}
        free_number = max(used, default=0) + 1
        colours = [
            f";2{self._ground}",
            *(used.get(number, _UNUSED) for number in range(1, free_number)),
            used.get(0, _UNUSED),
        ]
        registers = "".join(f"#{number}{colour}" for number, colour in enumerate(colours))
        body = _FIRST.sub(f"#{free_number}", "-".join(band[4] for band in bands))
        width, height = max(int(band[1]) for band in bands), sum(int(band[2]) for band in bands)
        return f'\x1bP0;1;0q"1;1;{width};{height}{registers}{body}\x1b\\'


class PlacedPicture:
    """Picture at a position on the screen."""

    def __init__(self, picture: SixelPicture, top: int, left: int) -> None:
        self.picture = picture
        self.top = top
        self.left = left
        self.uncovered: set[int] = set()
        """Rows whose cells are all blanks for this picture."""

    def covers(self, line: int, first: int, last: int) -> bool:
        """Return whether some of these cells of a line belong to the picture."""
        is_in_rows = self.top <= line < self.top + self.picture.rows
        return is_in_rows and first < self.left + self.picture.columns and self.left < last

    def drawn(self) -> list[str]:
        """Return the sequences that draw the largest uncovered part. They leave the cursor where it is."""
        runs = (
            [row for _, row in run] for _, run in groupby(enumerate(sorted(self.uncovered)), lambda at: at[1] - at[0])
        )
        rows = max(runs, key=len, default=[])
        images = self.picture.drawn(rows[0], rows[-1] + 1) if rows else []
        return [f"\x1b7\x1b[{self.top + row};{self.left}H{image}\x1b8" for row, image in images]


class _Written(NamedTuple):
    """Cells of a line that a frame writes."""

    line: int
    first: int
    last: int
    picture: SixelPicture | None = None
    row: int = 0
    left: int = 0
    """First cell of the picture."""


class SixelScreen:
    """Pictures on the screen, known from the frames that were written."""

    def __init__(self) -> None:
        self._pictures: WeakValueDictionary[int, SixelPicture] = WeakValueDictionary()
        self._placed: list[PlacedPicture] = []

    def strips(
        self, parts: Sequence[bytes], columns: int, rows: int, cell: PixelSize, background: Color
    ) -> list[Strip]:
        """Return the rows of a picture as blanks with marks, which `finished` replaces. Each of `parts` is one band."""
        picture = SixelPicture(parts, columns, rows, cell, background)
        self._pictures[id(picture)] = picture
        style = Style(bgcolor=background.rich_color)
        cells = (ImageCells(picture.columns, partial(_marked, picture, row)) for row in range(picture.rows))
        return [Strip([Segment(row_cells, style)], picture.columns) for row_cells in cells]

    def finished(self, frame: str) -> tuple[str, list[str]]:
        """Return a frame without marks, and the images to draw after it."""
        if not self._placed and "\x1b_P" not in frame:
            return frame, []
        changed = dict[int, PlacedPicture]()
        for written in self._writes(frame):
            for placed in self._placed:
                if placed.covers(written.line, written.first, written.last):
                    placed.uncovered.discard(written.line - placed.top)
                    changed[id(placed)] = placed
            if written.picture is not None and written.last - written.first == written.picture.columns:
                placed = self._at(written.picture, written.line - written.row, written.left)
                placed.uncovered.add(written.row)
                changed[id(placed)] = placed
        self._placed = [placed for placed in self._placed if placed.uncovered]
        return _MARK.sub("", frame), [image for placed in changed.values() for image in placed.drawn()]

    def _at(self, picture: SixelPicture, top: int, left: int) -> PlacedPicture:
        for placed in self._placed:
            if placed.picture is picture and (placed.top, placed.left) == (top, left):
                return placed
        self._placed.append(PlacedPicture(picture, top, left))
        return self._placed[-1]

    def _writes(self, frame: str) -> Iterator[_Written]:
        _, *pieces = _PLACE.split(frame)
        for line, column, text in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
            yield from self._cells(int(line), int(column), text)

    def _cells(self, line: int, start: int, text: str) -> Iterator[_Written]:
        plain, *marked = _MARK.split(text)
        end = start + _width(plain)
        yield _Written(line, start, end)
        for key, row, first, last, after in zip(*(marked[nth::5] for nth in range(5)), strict=True):
            start, end = end, end + int(last) - int(first)
            yield _Written(line, start, end, self._pictures.get(int(key)), int(row), start - int(first))
            start, end = end, start + _width(after)  # the width of the blanks is included
            yield _Written(line, start, end)


def _marked(picture: SixelPicture, row: int, first: int, last: int) -> str:
    return f"\x1b_P{id(picture)};{row};{first};{last}\x1b\\{' ' * (last - first)}"


def _width(text: str) -> int:
    return cell_len(_INVISIBLE.sub("", text))
