"""Tables: layout of columns, rows that are read only when they are shown, and the scroll thumb."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar, overload


class Column(Protocol):
    """Column of a table, as far as its layout needs it."""

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """Widths as (least width of the table, cells), ascending. Below the first width the column is hidden.

        Empty: the column is flexible, and takes the cells that the others leave.
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
    """Lay out the columns of a table `table` cells wide, in `room` cells from `x` on. Hidden columns are left out.

    Columns do not overlap. With at most one flexible column, they end within the room.
    """
    fixed = [_width(column, table) for column in columns]
    rest = room - sum(width + column.gap for column, width in zip(columns, fixed, strict=True) if width)
    for index, column in enumerate(columns):
        if not column.widths and any(fixed[index + 1 :]):
            rest -= column.gap
    placed: list[ColumnPosition[ColumnT]] = []
    for column, fixed_width in zip(columns, fixed, strict=True):
        width = fixed_width if column.widths else max(0, rest)
        if width:
            placed.append(ColumnPosition(column, x, width))
            x += width + column.gap
    return placed


def _width(column: Column, table: int) -> int:
    """Return the cells of a column; 0: it is hidden, or flexible."""
    return next((cells for start, cells in reversed(column.widths) if table >= start), 0)


Item = TypeVar("Item")


class LazySequence(Sequence[Item]):
    """Sequence that reads its items slice by slice, such as the rows on screen.

    A slice that is not in memory is read with `spare` more items at both ends. It is kept until the next read.
    """

    def __init__(self, count: int, read: Callable[[int, int], Iterable[Item]], spare: int = 0) -> None:
        """`read(first, end)` returns the items from `first` up to, but without, `end`; fewer if the source got shorter."""
        self._count = count
        self._read = read
        self._spare = spare
        self.offset = 0
        """Index of the first item in memory."""
        self.kept: list[Item] = []
        """Items in memory."""

    def __len__(self) -> int:
        return self._count

    def get(self, index: int) -> Item | None:
        """Return one item; None: there is none. The items in memory stay."""
        if not self.kept and 0 <= index < self._count:
            _ = self[index : index + 1]
        position = index - self.offset
        if 0 <= position < len(self.kept):
            return self.kept[position]
        return next(iter(self._read(index, index + 1)), None) if index >= 0 else None

    @overload
    def __getitem__(self, key: int) -> Item: ...
    @overload
    def __getitem__(self, key: slice) -> list[Item]: ...
    def __getitem__(self, key: int | slice) -> Item | list[Item]:
        if isinstance(key, int):
            item = self.get(range(self._count)[key])
            if item is None:
                raise IndexError(key)
            return item
        first, end, _ = key.indices(self._count)
        in_memory = range(self.offset, self.offset + len(self.kept))
        if first < end and not (first in in_memory and end - 1 in in_memory):
            self.offset = max(0, first - self._spare)
            self.kept = list(self._read(self.offset, min(end + self._spare, self._count)))
        return self.kept[first - self.offset : end - self.offset] if first < end else []


Drawn = TypeVar("Drawn")


def drawn_lazily(rows: Sequence[Item], draw: Callable[[Item, int], Drawn]) -> LazySequence[Drawn]:
    """Return the lines of `rows`. Each is drawn only when it is shown. `draw` gets a row and its index."""
    return LazySequence(len(rows), lambda first, end: map(draw, rows[first:end], range(first, end)))


def thumb_span(lines: int, height: int, top: int) -> tuple[int, int]:
    """Return the screen lines [first, last) of the scroll thumb. `lines`: all lines; `top`: the lines above the screen.

    The range is empty if everything fits. The thumb touches an end of the track only if that end of the text is in view.
    """
    if height <= 0 or lines <= height:
        return 0, 0
    size = max(1, height * height // lines)
    room, hidden = height - size, lines - height
    first = 0 if top == 0 else room if top >= hidden else max(1, min(room - 1, round(room * top / hidden)))
    first = max(0, min(first, room))
    return first, first + size
