"""Geometry of the contact sheet, as a grid and as a table."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, prod
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile, Tiles

# Positions and sizes of cells, and movement of the cursor. Pure.

STEPS: Final = (4, 6, 8, 11, 15, 20)
"""Least lines of a picture for each zoom step."""
MIDDLE: Final = 2
"""Initial zoom step."""
BESIDE: Final = 2
"""Cells of a column besides the picture: the cursor's bar before it, and a blank after it."""
BELOW: Final = 2
"""Lines of a row besides the picture: the label, and a blank line."""
_BREADTH: Final = 2.75
"""Cells of a picture's width per line of its height. Cells are twice as high as wide; pictures are a little wider."""
_TALLEST: Final = 0.38
"""Most lines of a picture's height per cell of its width. Higher pictures are rare, and would add blank lines."""
_STRETCH: Final = 1.6
"""Largest factor by which a cell is widened to fill the page."""


@dataclass(frozen=True, slots=True)
class GridInput:
    """Input of the grid layout: page size, number of tiles, headings."""

    width: int
    """Cells of the page, including row headings."""
    height: int
    """Lines of the page, including column headings."""
    count: int
    """Number of tiles."""
    columns: int | None = None
    """Fixed number of columns; None: as many as fit."""
    gutter: int = 0
    """Cells of the row headings."""
    head: int = 0
    """Lines of the column headings."""

    def grid(self, step: int) -> "Grid":
        """Return the grid at a zoom step, stretched to fill the page."""
        height = STEPS[step]
        least_width = breadth(height)
        room = max(1, self.width - self.gutter)
        fitting = max(1, room // (least_width + BESIDE))
        columns = self.columns or fitting
        visible = min(columns, fitting)
        width = max(1, min(room // visible - BESIDE, int(least_width * _STRETCH)))
        lines = max(1, self.height - self.head)
        rows = max(1, (lines + 1) // (height + BELOW))
        picture = max(1, min((lines + 1) // rows - BELOW, ceil(width * _TALLEST)))
        return Grid(self, columns, visible, rows, width, picture)

    def best_step(self) -> int | None:
        """Return the largest zoom step that shows everything on one page; None: no step does."""
        return next((step for step in reversed(range(len(STEPS))) if self.grid(step).is_whole), None)


@dataclass(frozen=True, slots=True)
class CellPosition:
    """Position of a picture on the page: its first cell and its first line."""

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
    """Lines of a picture, without the label below it."""

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
        """Return the position of a tile; None: it is not on this page."""
        row, column = divmod(index, self.columns)
        down, across = row - view.top, column - view.left
        if not (0 <= index < self.page.count and 0 <= down < self.down and 0 <= across < self.across):
            return None
        x = self.page.gutter + across * (self.width + BESIDE) + 1
        return CellPosition(x, self.page.head + down * (self.height + BELOW))

    def index_at(self, x: int, y: int, view: "GridViewport") -> int | None:
        """Return the index of the tile under the mouse; None: there is none."""
        across, down = (x - self.page.gutter) // (self.width + BESIDE), (y - self.page.head) // (self.height + BELOW)
        index = (view.top + down) * self.columns + view.left + across
        is_on_tile = 0 <= across < self.across and 0 <= down < self.down and index < self.page.count
        return index if is_on_tile else None

    def on_page(self, view: "GridViewport") -> Sequence[int]:
        """Return the indexes of the tiles on the page, row by row."""
        rows = range(view.top, min(self.rows, view.top + self.down))
        across = range(view.left, min(self.columns, view.left + self.across))
        return [i for row in rows for column in across if (i := row * self.columns + column) < self.page.count]


@dataclass(frozen=True, slots=True)
class GridViewport:
    """Part of the grid that is on the page, and the cursor."""

    cursor: int = 0
    top: int = 0
    """First row on the page."""
    left: int = 0
    """First column on the page."""

    def to(self, index: int, grid: Grid) -> "GridViewport":
        """Move the cursor to that tile, or to the nearest one, with the least scrolling."""
        cursor = max(0, min(index, grid.page.count - 1))
        row, column = divmod(cursor, grid.columns)
        top = _scrolled_to(row, self.top, grid.down)
        return GridViewport(
            cursor, max(0, min(top, grid.rows - grid.down)), _scrolled_to(column, self.left, grid.across)
        )

    def stepped(self, rows: int, grid: Grid) -> "GridViewport":
        """Move the cursor `rows` rows down. It stays in its column; if the last row is too short, it goes to the last tile."""
        index = self.cursor + rows * grid.columns
        if index < 0:
            index = self.cursor % grid.columns
        elif index >= grid.page.count:
            last = (grid.page.count - 1) // grid.columns
            index = last * grid.columns + self.cursor % grid.columns
        return self.to(index, grid)

    def paged(self, pages: int, grid: Grid) -> "GridViewport":
        """Move `pages` pages down. The cursor keeps its position on the page."""
        moved = GridViewport(self.cursor, self.top + pages * grid.down, self.left)
        return moved.stepped(pages * grid.down, grid)


def breadth(height: int) -> int:
    """Return the width, in cells, of a picture that is `height` lines high."""
    return round(height * _BREADTH)


def _scrolled_to(index: int, first: int, shown: int) -> int:
    """Return the first index on the page after the least scrolling that brings `index` on the page."""
    return min(index, max(first, index - shown + 1))


# Table layout of a matrix batch: its axes become headings of rows and columns. Pure.

_LONGEST: Final = 40
"""Most characters of a heading."""
_LEAST_GUTTER: Final = 8
"""Cells that row headings may take even on the narrowest page."""

Heading = tuple[SafeText, ...]
"""Values, one for each axis, the slowest axis first."""


class AxisSplit(NamedTuple):
    """Assignment of the axes of a matrix to rows and columns."""

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]

    def names(self, index: int) -> Heading:
        """Return the values of the tile at this index."""
        row, column = divmod(index, len(self.columns))
        return self.rows[row] + self.columns[column]


@dataclass(frozen=True, slots=True)
class Axes:
    """Axes of a batch whose prompts are all combinations of their values."""

    values: tuple[tuple[SafeText, ...], ...]
    """Values of each axis as they are shown, the slowest axis first."""

    @property
    def splits(self) -> tuple[AxisSplit, ...]:
        """Possible layouts, the widest first. The first axes go down, and the last ones, which vary fastest, go across."""
        return tuple(self._split(first_across) for first_across in range(1, len(self.values)))

    def _split(self, first_across: int) -> AxisSplit:
        return AxisSplit(tuple(product(*self.values[:first_across])), tuple(product(*self.values[first_across:])))


def axes_of(source: BatchSource, size: int) -> Axes | None:
    """Return the axes of a batch of `size` prompts. None if it is not a table: a list, one axis, or paired axes."""
    axes = source.axes
    if len(axes) < 2 or prod(len(values) for _, values in axes) != size:
        return None
    return Axes(tuple(tuple(_shown(name, value) for value in values) for name, values in axes))


def _shown(name: str, value: str) -> SafeText:
    """Return a value as it is shown: a prompt without its name, other inputs with it."""
    is_prompt = name == PROMPT or name.startswith(f"{PROMPT} ")
    return one_line(value if is_prompt else f"{name} {value}", _LONGEST) or one_line("(empty)")


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """Layout of a matrix on a page."""

    split: AxisSplit
    page: GridInput
    step: int
    """Largest zoom step that shows the whole table on one page; if no step does, the middle one."""


def table_of(axes: Axes, width: int, height: int) -> MatrixTable:
    """Return the layout with the largest pictures on a page of `width` × `height` cells."""
    tables = [_table(split, width, height) for split in axes.splits]
    whole = [table for table in tables if table.page.best_step() is not None]
    if whole:
        return max(whole, key=lambda table: table.step)
    all_columns = (table for table in tables if table.page.grid(table.step).across == len(table.split.columns))
    return next(all_columns, tables[-1])


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
    """Tiles of a matrix, row by row. Each run has one tile, with one chosen output."""

    def __init__(self, size: int, rows: Mapping[int, RowId], counts: Mapping[RowId, int]) -> None:
        """Create the tiles. `rows`: index of the prompt → row, without dropped prompts. `counts`: number of outputs of each
        row."""
        self.count = size
        self._rows = rows
        self._counts = counts
        self._chosen: dict[RowId, int] = {}
        self._places = {row: index for index, row in rows.items()}

    def at(self, index: int) -> Tile | None:
        """Return the tile at this index; None: the prompt was dropped."""
        row = self._rows.get(index)
        return None if row is None else Tile(row, min(self._chosen.get(row, 1), self._counts.get(row, 0)))

    def index_of(self, tile: Tile) -> int | None:
        """Return the index of the tile's run; None: it is not here."""
        return self._places.get(tile.row)

    def knows(self, row: RowId) -> bool:
        return row in self._places

    def outputs_of(self, row: RowId) -> int:
        """Return the number of the run's outputs, as far as it is known here."""
        return self._counts.get(row, 0)

    def choose(self, row: RowId, number: int) -> None:
        """Show this output of the run."""
        self._chosen[row] = max(1, min(number, self.outputs_of(row)))

    def chosen_by(self, other: "MatrixTiles") -> "MatrixTiles":
        """Return these tiles with the outputs chosen in `other`."""
        self._chosen = other._chosen
        return self


def spans(columns: Sequence[Heading], level: int) -> list[tuple[int, int, SafeText]]:
    """Return the headings of one axis across: first column, number of columns, and the value that is shown over them."""
    headings: list[tuple[int, int, SafeText]] = []
    for index, heading in enumerate(columns):
        if headings and columns[index - 1][: level + 1] == heading[: level + 1]:
            first, count, value = headings[-1]
            headings[-1] = (first, count + 1, value)
        else:
            headings.append((index, 1, heading[level]))
    return headings


class GridModel:
    """Tiles laid out as a grid on a page, with a cursor that stays on its tile."""

    def __init__(self) -> None:
        self.tiles: Tiles = FlatTiles()
        self.grid: Grid | None = None
        """Layout of the tiles; None: there is no room."""
        self.view = GridViewport()
        self.split: AxisSplit | None = None
        """Headings, if the tiles are laid out as a table."""
        self._axes: Axes | None = None
        self._cursor_tile: Tile | None = None
        self._size = (0, 0)
        self._step: int | None = None
        self._best_step = MIDDLE

    @property
    def tile(self) -> Tile | None:
        """Tile under the cursor; None: there is none, or its prompt was dropped."""
        return self.tiles.at(self.view.cursor)

    @property
    def tiles_on_page(self) -> Mapping[int, Tile]:
        """Tiles on the page by their indexes; empty: there is no room."""
        indexes = () if self.grid is None else self.grid.on_page(self.view)
        return {index: tile for index in indexes if (tile := self.tiles.at(index)) is not None}

    def show(self, tiles: Tiles, axes: Axes | None) -> None:
        """Lay out these tiles; with `axes` they are a matrix, laid out as a table. If the cursor's tile is gone, it keeps its
        index."""
        self.tiles, self._axes = tiles, axes
        self._lay_out()

    def resize(self, width: int, height: int) -> None:
        """Lay out for a page of another size, in cells."""
        self._size = (width, height)
        self._lay_out()

    def zoom(self, by: int) -> None:
        """Change to the next cell size that looks different on this page."""
        before = self.grid
        while before is not None and 0 <= (step := self._zoom_step() + by) < len(STEPS):
            self._step = step
            if before.page.grid(step) != before:
                break
        self._lay_out()

    def move(self, view: GridViewport) -> None:
        """Set the cursor and the page."""
        self.view = view
        self._cursor_tile = self.tile

    def _zoom_step(self) -> int:
        """Return the user's zoom step, else the one that shows the whole table."""
        return self._best_step if self._step is None else self._step

    def _page(self) -> GridInput | None:
        """Return the page layout for the present tiles; None: there is no room."""
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
        index = self.tiles.index_of(self._cursor_tile) if self._cursor_tile is not None else None
        self.grid = page.grid(self._zoom_step())
        self.move(self.view.to(self.view.cursor if index is None else index, self.grid))
