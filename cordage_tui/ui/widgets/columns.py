"""Layout of table columns."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar


class Column(Protocol):
    """Column of a table, as far as its layout goes."""

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """Widths as (from this table width on, cells), ascending; below the first width the column is hidden.

        None at all: the column is flexible, and takes what the others leave.
        """
        ...

    @property
    def gap(self) -> int:
        """Blank cells after it."""
        ...


ColumnT = TypeVar("ColumnT", bound=Column)


class ColumnPosition(NamedTuple, Generic[ColumnT]):
    """Column and the cells it takes."""

    column: ColumnT
    x: int
    """First cell."""
    width: int
    """Cells."""


def place_columns(columns: Sequence[ColumnT], table: int, room: int, x: int = 0) -> list[ColumnPosition[ColumnT]]:
    """Lay out the columns of a table `table` cells wide, in `room` cells from `x` on; those that are not shown are left out.

    None overlap, and with at most one flexible column none pass the end of the room.
    """
    fixed = [_width(column, table) for column in columns]
    rest = room - sum(width + column.gap for column, width in zip(columns, fixed, strict=True) if width)
    for place, column in enumerate(columns):
        if not column.widths and any(fixed[place + 1 :]):
            rest -= column.gap
    placed: list[ColumnPosition[ColumnT]] = []
    for column, own in zip(columns, fixed, strict=True):
        width = own if column.widths else max(0, rest)
        if width:
            placed.append(ColumnPosition(column, x, width))
            x += width + column.gap
    return placed


def _width(column: Column, table: int) -> int:
    """Cells of a column; 0: not shown, or flexible."""
    return next((cells for start, cells in reversed(column.widths) if table >= start), 0)
