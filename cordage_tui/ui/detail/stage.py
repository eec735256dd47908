"""How much of a panel pictures take: a stage for the chosen output, and one even grid for small ones of all.

A stage is laid out before its picture is there and keeps its size when that comes, so that no line moves.
"""

from math import ceil
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass

HARDLY: Final = 0.1
"""Of a line that a picture may be lower for the sake of one line less."""
SHAPE: Final = 1.5
"""Width over height of a picture nothing is known of."""
SHARE: Final = 0.45
"""Of the panel's lines that the chosen output may take at most."""
ENOUGH: Final = 12
"""Lines it may take of a low panel too, as long as `OTHERS` are left."""
OTHERS: Final = 8
LOWEST: Final = 4
"""Lines of a stage at least."""
TEXT_LINES: Final = 8
"""Lines for an output that is probably a text."""
SMALL: Final = (8, 14)
"""Cells of a small picture's width, about: at least, and where there is room for five of the most."""
GAP: Final = 1
"""Cells between two of them."""
SMALL_LINES: Final = (2, 5)
"""Lines of a small picture, at least and at most."""
SMALL_ROWS: Final = 3
"""Rows of small pictures at most."""


class CellSize(NamedTuple):
    """So many cells."""

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class ThumbnailGrid:
    """Where small pictures stand: side by side in rows, all of one size."""

    space: CellSize
    """Of one of them."""
    across: int
    """In a row at most."""
    count: int
    """How many are shown."""
    more: int
    """How many are not."""

    def column(self, index: int) -> int:
        """The cell at which the picture of that place in its row begins."""
        return index * (self.space.columns + GAP)


def most_rows(height: int) -> int:
    """Lines that the chosen output takes at most on a panel of `height` lines."""
    return max(LOWEST, int(height * SHARE), min(ENOUGH, height - OTHERS))


def rows_for(width: int, shape: float, cell: float, most: int) -> int:
    """Lines that a picture of that shape (width over height) takes when it is `width` cells wide, or as many as it may.

    `cell` is the shape of a cell.
    """
    return max(1, min(most, ceil(width * cell / shape - HARDLY)))


def room_for(most: CellSize, shape: float, cell: float) -> CellSize:
    """What a picture of that shape takes of `most` when it is as large as it may be."""
    rows = rows_for(most.columns, shape, cell, most.rows)
    columns = most.columns if rows < most.rows else max(1, min(most.columns, round(rows * shape / cell)))
    return CellSize(columns, rows)


def grid(width: int, count: int, shape: float, cell: float) -> ThumbnailGrid | None:
    """Small pictures of `count` outputs on `width` cells; None: one output needs none, and no room holds none."""
    across = (width + GAP) // (max(SMALL[0], min(SMALL[1], width // 5)) + GAP)
    if count < 2 or across < 1:
        return None
    columns = (width + GAP) // across - GAP
    rows = max(SMALL_LINES[0], rows_for(columns, shape, cell, SMALL_LINES[1]))
    most = across * SMALL_ROWS
    shown = count if count <= most else most - 1
    return ThumbnailGrid(CellSize(columns, rows), across, shown, count - shown)
