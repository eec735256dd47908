"""Geometry of the contact sheet: grid and table."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, prod
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import BatchSource, RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.contact_sheet.tiles import Tile

# Where cells stand on a page, how large they are, and how the cursor moves among them. Pure.

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


# A matrix batch as a table: its axes become headings of rows and columns. Pure.

_LONGEST: Final = 40
"""Characters of a heading."""
_LEAST_GUTTER: Final = 8
"""Cells that row headings may take on the narrowest page."""

Heading = tuple[SafeText, ...]
"""One value for each axis, the one that varies slowest first."""


class AxisSplit(NamedTuple):
    """Which way the axes of a matrix go."""

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]

    def names(self, index: int) -> Heading:
        """The values that meet at that place."""
        row, column = divmod(index, len(self.columns))
        return self.rows[row] + self.columns[column]


@dataclass(frozen=True, slots=True)
class Axes:
    """What varies in a batch whose prompts are each value with each of the others'."""

    values: tuple[tuple[SafeText, ...], ...]
    """Of each axis, the slowest first; as they are shown."""

    @property
    def splits(self) -> tuple[AxisSplit, ...]:
        """Every way to lay them out: the first axes down, the last ones, which vary fastest, across; the widest first."""
        return tuple(self._split(at) for at in range(1, len(self.values)))

    def _split(self, at: int) -> AxisSplit:
        return AxisSplit(tuple(product(*self.values[:at])), tuple(product(*self.values[at:])))


def axes_of(source: BatchSource, size: int) -> Axes | None:
    """The axes of a batch of `size` prompts; None where it is no table: a list, one axis, or axes that were paired up."""
    axes = source.axes
    if len(axes) < 2 or prod(len(values) for _, values in axes) != size:
        return None
    return Axes(tuple(tuple(_shown(name, value) for value in values) for name, values in axes))


def _shown(name: str, value: str) -> SafeText:
    """A value of the prompt by itself; of another input with its name, which says what it is."""
    bare = name == PROMPT or name.startswith(f"{PROMPT} ")
    return one_line(value if bare else f"{name} {value}", _LONGEST) or one_line("(empty)")


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """A matrix on a page."""

    split: AxisSplit
    page: GridInput
    step: int
    """Of zooming: as large as shows all of it on one page, if any does."""


def table_of(axes: Axes, width: int, height: int) -> MatrixTable:
    """The way to lay it out that shows its pictures largest, on a page of `width` × `height` cells."""
    tables = [_table(split, width, height) for split in axes.splits]
    whole = [table for table in tables if table.page.best_step() is not None]
    if whole:
        return max(whole, key=lambda table: table.step)
    abreast = (table for table in tables if table.page.grid(table.step).across == len(table.split.columns))
    return next(abreast, tables[-1])


def _table(split: AxisSplit, width: int, height: int) -> MatrixTable:
    widest = max(cell_len(value) for heading in split.rows for value in heading)
    page = GridInput(
        *(width, height, len(split.rows) * len(split.columns), len(split.columns)),
        gutter=min(widest + 2, max(_LEAST_GUTTER, width // 6)),
        head=len(split.columns[0]),
    )
    best = page.best_step()
    return MatrixTable(split, page, MIDDLE if best is None else best)


class MatrixTiles:
    """The tiles of a matrix, row by row: a run each, with the output that is chosen of it."""

    def __init__(self, size: int, rows: Mapping[int, RowId], counts: Mapping[RowId, int]) -> None:
        """`rows`: place among the prompts → row, where it has not been dropped; `counts`: how many outputs each has."""
        self.count = size
        self._rows = rows
        self._counts = counts
        self._chosen: dict[RowId, int] = {}
        self._places = {row: place for place, row in rows.items()}

    def at(self, index: int) -> Tile | None:
        """The tile at that place; None where the prompt was dropped."""
        row = self._rows.get(index)
        return None if row is None else Tile(row, min(self._chosen.get(row, 1), self._counts.get(row, 0)))

    def index_of(self, tile: Tile) -> int | None:
        """Where its run stands."""
        return self._places.get(tile.row)

    def knows(self, row: RowId) -> bool:
        return row in self._places

    def outputs_of(self, row: RowId) -> int:
        """How many the run has, as far as is known here."""
        return self._counts.get(row, 0)

    def choose(self, row: RowId, number: int) -> None:
        """Show this output of the run."""
        self._chosen[row] = max(1, min(number, self.outputs_of(row)))

    def chosen_by(self, other: "MatrixTiles") -> "MatrixTiles":
        """This one, with the outputs chosen in `other`."""
        self._chosen = other._chosen
        return self


def spans(columns: Sequence[Heading], level: int) -> list[tuple[int, int, SafeText]]:
    """The headings of one axis across: first column, columns, and its value, which stands once over all of its columns."""
    found: list[tuple[int, int, SafeText]] = []
    for at, heading in enumerate(columns):
        if found and columns[at - 1][: level + 1] == heading[: level + 1]:
            first, count, value = found[-1]
            found[-1] = (first, count + 1, value)
        else:
            found.append((at, 1, heading[level]))
    return found
