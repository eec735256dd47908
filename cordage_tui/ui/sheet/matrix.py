"""A matrix batch as a table: its axes become headings of rows and columns. Pure."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import BatchSource, RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.sheet.grid import MIDDLE, GridInput
from cordage_tui.ui.sheet.roll import Tile

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
