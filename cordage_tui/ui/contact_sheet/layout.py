"""Geometry of the contact sheet: grid and table."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, prod
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile, Tiles

# Positions and sizes of cells, and movement of the cursor. Pure.

STEPS: Final = (4, 6, 8, 11, 15, 20)
"""Least lines of a picture at each zoom step."""
MIDDLE: Final = 2
"""Initial zoom step."""
BESIDE: Final = 2
"""Cells of a column that hold no picture: the cursor's bar before it, a blank after it."""
BELOW: Final = 2
"""Lines of a row that hold no picture: the label, and a blank line."""
_BREADTH: Final = 2.75
"""Cells across per line of a picture: cells are twice as high as wide, and pictures a little wider than high."""
_TALLEST: Final = 0.38
"""Lines of a picture per cell across, at most: taller ones are rare, and would only add blank."""
_STRETCH: Final = 1.6
"""Factor by which a cell may be widened to fill the page."""


@dataclass(frozen=True, slots=True)
class GridInput:
    """Input of the grid layout: page size, number of tiles, headings."""

    width: int
    """Cells of the page, including row headings."""
    height: int
    """Lines of the page, including column headings."""
    count: int
    """Tiles."""
    columns: int | None = None
    """Fixed number of columns; None: as many as fit."""
    gutter: int = 0
    """Cells of the row headings."""
    head: int = 0
    """Lines of the column headings."""

    def grid(self, step: int) -> "Grid":
        """Return the grid at a zoom step, stretched to fill the page."""
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
        """Return the largest zoom step with which everything is on one page; None: none is."""
        return next((step for step in reversed(range(len(STEPS))) if self.grid(step).is_whole), None)


@dataclass(frozen=True, slots=True)
class CellPosition:
    """Position of a cell on the page: first cell and line of its picture."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Grid of cells of one size."""

    page: GridInput
    columns: int
    """Columns in all."""
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
        """Rows in all."""
        return ceil(self.page.count / self.columns)

    @property
    def is_whole(self) -> bool:
        """True if everything is on one page."""
        return self.rows <= self.down and self.columns <= self.across

    @property
    def pages(self) -> int:
        """Number of pages."""
        return max(1, ceil(self.rows / self.down))

    def spot(self, index: int, view: "GridViewport") -> CellPosition | None:
        """Return the position of a tile; None: not on this page."""
        row, column = divmod(index, self.columns)
        down, across = row - view.top, column - view.left
        if not (0 <= index < self.page.count and 0 <= down < self.down and 0 <= across < self.across):
            return None
        x = self.page.gutter + across * (self.width + BESIDE) + 1
        return CellPosition(x, self.page.head + down * (self.height + BELOW))

    def index_at(self, x: int, y: int, view: "GridViewport") -> int | None:
        """Return the tile under the mouse; None: none."""
        across, down = (x - self.page.gutter) // (self.width + BESIDE), (y - self.page.head) // (self.height + BELOW)
        index = (view.top + down) * self.columns + view.left + across
        inside = 0 <= across < self.across and 0 <= down < self.down and index < self.page.count
        return index if inside else None

    def on_page(self, view: "GridViewport") -> Sequence[int]:
        """Return the tiles on the page, row by row."""
        rows = range(view.top, min(self.rows, view.top + self.down))
        across = range(view.left, min(self.columns, view.left + self.across))
        return [i for row in rows for column in across if (i := row * self.columns + column) < self.page.count]


@dataclass(frozen=True, slots=True)
class GridViewport:
    """Part of the grid on the page, and the cursor."""

    cursor: int = 0
    top: int = 0
    """First row on the page."""
    left: int = 0
    """First column on the page."""

    def to(self, index: int, grid: Grid) -> "GridViewport":
        """Move the cursor to that tile, or the nearest there is, with the least scrolling."""
        cursor = max(0, min(index, grid.page.count - 1))
        row, column = divmod(cursor, grid.columns)
        top = _with(row, self.top, grid.down)
        return GridViewport(cursor, max(0, min(top, grid.rows - grid.down)), _with(column, self.left, grid.across))

    def stepped(self, rows: int, grid: Grid) -> "GridViewport":
        """Move down `rows` rows; beyond the last full one to the last tile, at the first never out of the column."""
        index = self.cursor + rows * grid.columns
        if index < 0:
            index = self.cursor % grid.columns
        elif index >= grid.page.count:
            last = (grid.page.count - 1) // grid.columns
            index = last * grid.columns + self.cursor % grid.columns
        return self.to(index, grid)

    def paged(self, pages: int, grid: Grid) -> "GridViewport":
        """Move down `pages` pages, the cursor in its place on the page."""
        moved = GridViewport(self.cursor, self.top + pages * grid.down, self.left)
        return moved.stepped(pages * grid.down, grid)


def breadth(height: int) -> int:
    """Return the cells across of a picture of so many lines."""
    return round(height * _BREADTH)


def _with(at: int, first: int, shown: int) -> int:
    return min(at, max(first, at - shown + 1))


# Table layout of a matrix batch: its axes become headings of rows and columns. Pure.

_LONGEST: Final = 40
"""Characters of a heading."""
_LEAST_GUTTER: Final = 8
"""Cells that row headings may take on the narrowest page."""

Heading = tuple[SafeText, ...]
"""Values, one for each axis, the one that varies slowest first."""


class AxisSplit(NamedTuple):
    """Assignment of a matrix' axes to rows and columns."""

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]

    def names(self, index: int) -> Heading:
        """Return the values that meet at that place."""
        row, column = divmod(index, len(self.columns))
        return self.rows[row] + self.columns[column]


@dataclass(frozen=True, slots=True)
class Axes:
    """Axes of a batch whose prompts are all combinations of their values."""

    values: tuple[tuple[SafeText, ...], ...]
    """Values of each axis, the slowest first; as they are shown."""

    @property
    def splits(self) -> tuple[AxisSplit, ...]:
        """Return all layouts: the first axes down, the last ones, which vary fastest, across; the widest first."""
        return tuple(self._split(at) for at in range(1, len(self.values)))

    def _split(self, at: int) -> AxisSplit:
        return AxisSplit(tuple(product(*self.values[:at])), tuple(product(*self.values[at:])))


def axes_of(source: BatchSource, size: int) -> Axes | None:
    """Return the axes of a batch of `size` prompts; None where it is no table: a list, one axis, or paired axes."""
    axes = source.axes
    if len(axes) < 2 or prod(len(values) for _, values in axes) != size:
        return None
    return Axes(tuple(tuple(_shown(name, value) for value in values) for name, values in axes))


def _shown(name: str, value: str) -> SafeText:
    """Return a value as it is shown: a prompt alone, another input with its name."""
    bare = name == PROMPT or name.startswith(f"{PROMPT} ")
    return one_line(value if bare else f"{name} {value}", _LONGEST) or one_line("(empty)")


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """Layout of a matrix on a page."""

    split: AxisSplit
    page: GridInput
    step: int
    """Zoom step: as large as shows all of it on one page, if any does."""


def table_of(axes: Axes, width: int, height: int) -> MatrixTable:
    """Return the layout that shows the pictures largest, on a page of `width` × `height` cells."""
    tables = [_table(split, width, height) for split in axes.splits]
    whole = [table for table in tables if table.page.best_step() is not None]
    if whole:
        return max(whole, key=lambda table: table.step)
    abreast = (table for table in tables if table.page.grid(table.step).across == len(table.split.columns))
    return next(abreast, tables[-1])


def _table(split: AxisSplit, width: int, height: int) -> MatrixTable:
    widest = max(cell_len(value) for heading in split.rows for value in heading)
    page = GridInput(
        width,
        height,
        count=len(split.rows) * len(split.columns),
        columns=len(split.columns),
        gutter=min(widest + 2, max(_LEAST_GUTTER, width // 6)),
        head=len(split.columns[0]),
    )
    best = page.best_step()
    return MatrixTable(split, page, MIDDLE if best is None else best)


class MatrixTiles:
    """Tiles of a matrix, row by row: one per run, with the output that is chosen of it."""

    def __init__(self, size: int, rows: Mapping[int, RowId], counts: Mapping[RowId, int]) -> None:
        """Create the tiles; `rows`: place among the prompts → row, where it was not dropped; `counts`: outputs of
        each."""
        self.count = size
        self._rows = rows
        self._counts = counts
        self._chosen: dict[RowId, int] = {}
        self._places = {row: place for place, row in rows.items()}

    def at(self, index: int) -> Tile | None:
        """Return the tile at that place; None where the prompt was dropped."""
        row = self._rows.get(index)
        return None if row is None else Tile(row, min(self._chosen.get(row, 1), self._counts.get(row, 0)))

    def index_of(self, tile: Tile) -> int | None:
        """Return the index of its run."""
        return self._places.get(tile.row)

    def knows(self, row: RowId) -> bool:
        return row in self._places

    def outputs_of(self, row: RowId) -> int:
        """Return the number of the run's outputs, as far as known here."""
        return self._counts.get(row, 0)

    def choose(self, row: RowId, number: int) -> None:
        """Show this output of the run."""
        self._chosen[row] = max(1, min(number, self.outputs_of(row)))

    def chosen_by(self, other: "MatrixTiles") -> "MatrixTiles":
        """Return these tiles with the outputs chosen in `other`."""
        self._chosen = other._chosen
        return self


def spans(columns: Sequence[Heading], level: int) -> list[tuple[int, int, SafeText]]:
    """Return the headings of one axis across: first column, number of columns, and the value, shown once over them."""
    found: list[tuple[int, int, SafeText]] = []
    for at, heading in enumerate(columns):
        if found and columns[at - 1][: level + 1] == heading[: level + 1]:
            first, count, value = found[-1]
            found[-1] = (first, count + 1, value)
        else:
            found.append((at, 1, heading[level]))
    return found


class GridModel:
    """Tiles laid out as a grid on a page, and the cursor, which stays on its tile."""

    def __init__(self) -> None:
        self.tiles: Tiles = FlatTiles()
        self.grid: Grid | None = None
        """Layout of the tiles; None while there is no room."""
        self.view = GridViewport()
        self.split: AxisSplit | None = None
        """Headings, where the tiles are laid out as a table."""
        self._axes: Axes | None = None
        self._held: Tile | None = None
        self._size = (0, 0)
        self._step: int | None = None
        self._best_step = MIDDLE

    @property
    def tile(self) -> Tile | None:
        """Tile under the cursor; None: none, or a prompt that was dropped."""
        return self.tiles.at(self.view.cursor)

    @property
    def tiles_on_page(self) -> Mapping[int, Tile]:
        """Tiles on the page, by their places; empty while there is no room."""
        places = () if self.grid is None else self.grid.on_page(self.view)
        return {place: tile for place in places if (tile := self.tiles.at(place)) is not None}

    def show(self, tiles: Tiles, axes: Axes | None) -> None:
        """Lay out these tiles; with `axes` they are a matrix, laid out as a table. A cursor without its tile keeps its place."""
        self.tiles, self._axes = tiles, axes
        self._lay_out()

    def resize(self, width: int, height: int) -> None:
        """Lay out for a page of another size, in cells."""
        self._size = (width, height)
        self._lay_out()

    def zoom(self, by: int) -> None:
        """Change to the next cell size; those that look the same on this page are skipped."""
        before = self.grid
        while before is not None and 0 <= (step := self._zoom_step() + by) < len(STEPS):
            self._step = step
            if before.page.grid(step) != before:
                break
        self._lay_out()

    def move(self, view: GridViewport) -> None:
        """Move cursor and page."""
        self.view = view
        self._held = self.tile

    def _zoom_step(self) -> int:
        """Return the user's zoom step, else the one that shows all of a table."""
        return self._best_step if self._step is None else self._step

    def _page(self) -> GridInput | None:
        """Return the page layout for the present tiles; None while there is no room."""
        width, height = self._size
        if width < 1 or height < 1:
            return None
        self.split, self._best_step = None, MIDDLE
        if self._axes is None:
            return GridInput(width, height, self.tiles.count)
        table = table_of(self._axes, width, height)
        self.split, self._best_step = table.split, table.step
        return table.page

    def _lay_out(self) -> None:
        page = self._page()
        if page is None:
            return
        place = self.tiles.index_of(self._held) if self._held is not None else None
        self.grid = page.grid(self._zoom_step())
        self.move(self.view.to(self.view.cursor if place is None else place, self.grid))
