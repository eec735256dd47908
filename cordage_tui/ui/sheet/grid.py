"""Where cells stand on a page, how large they are, and how the cursor moves among them. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass

STEPS: Final = (4, 6, 8, 11, 15, 20)
"""Lines of a picture, at least, at each step of zooming."""
MIDDLE: Final = 2
"""The step a sheet begins with."""
BESIDE: Final = 2
"""Cells of a column that hold no picture: the cursor's bar before it, a blank after it."""
BELOW: Final = 2
"""Lines of a row that hold no picture: the label, and a blank line."""
_BREADTH: Final = 2.75
"""Cells across for each line of a picture: cells are twice as high as wide, and pictures a little wider than high."""
_TALLEST: Final = 0.38
"""Lines of a picture for each cell across, at most: higher ones are seldom, and would only stand in more blank."""
_STRETCH: Final = 1.6
"""How much wider than its step a cell may become to fill the page."""


@dataclass(frozen=True, slots=True)
class GridInput:
    """What there is to lay out, and on how much room."""

    width: int
    """Cells, those of row headings too."""
    height: int
    """Lines, those of column headings too."""
    count: int
    """Tiles."""
    columns: int | None = None
    """That a row has, whatever fits; None: as many as fit."""
    gutter: int = 0
    """Cells of the row headings."""
    head: int = 0
    """Lines of the column headings."""

    def grid(self, step: int) -> "Grid":
        """The cells at that step of zooming, stretched to fill the page."""
        height = STEPS[step]
        wide = breadth(height)
        room = max(1, self.width - self.gutter)
        fit = max(1, room // (wide + BESIDE))
        columns = self.columns or fit
        shown = min(columns, fit)
        width = max(1, min(room // shown - BESIDE, int(wide * _STRETCH)))
        lines = max(1, self.height - self.head)
        rows = max(1, (lines + 1) // (height + BELOW))
        picture = max(1, min((lines + 1) // rows - BELOW, ceil(width * _TALLEST)))
        return Grid(self, columns, shown, rows, width, picture)

    def best_step(self) -> int | None:
        """The largest one with which everything is on one page; None: none is."""
        return next((step for step in reversed(range(len(STEPS))) if self.grid(step).is_whole), None)


@dataclass(frozen=True, slots=True)
class CellPosition:
    """Where a cell stands on the page: its picture's first cell and line."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of one size."""

    page: GridInput
    columns: int
    """Of a row."""
    across: int
    """Columns on the page."""
    down: int
    """Rows on the page."""
    width: int
    """Cells of a picture and of its label."""
    height: int
    """Lines of a picture; its label is the next."""

    @property
    def rows(self) -> int:
        """All of them."""
        return ceil(self.page.count / self.columns)

    @property
    def is_whole(self) -> bool:
        """Everything is on one page."""
        return self.rows <= self.down and self.columns <= self.across

    @property
    def pages(self) -> int:
        """How often the whole height fits into the rows."""
        return max(1, ceil(self.rows / self.down))

    def spot(self, index: int, view: "GridViewport") -> CellPosition | None:
        """Where a tile stands; None: not on this page."""
        row, column = divmod(index, self.columns)
        down, across = row - view.top, column - view.left
        if not (0 <= index < self.page.count and 0 <= down < self.down and 0 <= across < self.across):
            return None
        x = self.page.gutter + across * (self.width + BESIDE) + 1
        return CellPosition(x, self.page.head + down * (self.height + BELOW))

    def index_at(self, x: int, y: int, view: "GridViewport") -> int | None:
        """The tile whose cell is under the mouse; None: there is none."""
        across, down = (x - self.page.gutter) // (self.width + BESIDE), (y - self.page.head) // (self.height + BELOW)
        index = (view.top + down) * self.columns + view.left + across
        inside = 0 <= across < self.across and 0 <= down < self.down and index < self.page.count
        return index if inside else None

    def on_page(self, view: "GridViewport") -> Sequence[int]:
        """The tiles on the page, row by row."""
        rows = range(view.top, min(self.rows, view.top + self.down))
        across = range(view.left, min(self.columns, view.left + self.across))
        return [i for row in rows for column in across if (i := row * self.columns + column) < self.page.count]


@dataclass(frozen=True, slots=True)
class GridViewport:
    """Which part of the grid is on the page, and where the cursor stands."""

    cursor: int = 0
    top: int = 0
    """The first row on the page."""
    left: int = 0
    """The first column on the page."""

    def to(self, index: int, grid: Grid) -> "GridViewport":
        """The cursor on that tile, or the nearest there is, and its cell on the page with the least scrolling."""
        cursor = max(0, min(index, grid.page.count - 1))
        row, column = divmod(cursor, grid.columns)
        top = _with(row, self.top, grid.down)
        return GridViewport(cursor, max(0, min(top, grid.rows - grid.down)), _with(column, self.left, grid.across))

    def stepped(self, rows: int, grid: Grid) -> "GridViewport":
        """That many rows down; beyond the last full one to the last tile, never out of the column at the first."""
        index = self.cursor + rows * grid.columns
        if index < 0:
            index = self.cursor % grid.columns
        elif index >= grid.page.count:
            last = (grid.page.count - 1) // grid.columns
            index = last * grid.columns + self.cursor % grid.columns
        return self.to(index, grid)

    def paged(self, pages: int, grid: Grid) -> "GridViewport":
        """That many pages down, the cursor in its place on the page."""
        moved = GridViewport(self.cursor, self.top + pages * grid.down, self.left)
        return moved.stepped(pages * grid.down, grid)


def breadth(height: int) -> int:
    """Cells across of a picture of so many lines."""
    return round(height * _BREADTH)


def _with(at: int, first: int, shown: int) -> int:
    return min(at, max(first, at - shown + 1))
