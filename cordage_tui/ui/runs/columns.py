"""The columns of the run table, one row of data each, and where they stand at a given width."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RunRow, SortKey
from cordage_tui.ui.runs import cells, group
from cordage_tui.ui.runs.cells import Cell, Context

GUTTER: Final = 2
"""Cells at the left of every line: the cursor's bar and the slot of the mark."""
EDGE: Final = 1
"""Cells at the right of every line: the scroll thumb's."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One column."""

    title: str
    cell: Callable[[RunRow, Context], Cell]
    group: Callable[[RunRow, Context], Cell]
    """The cell of a batch's line."""
    widths: tuple[tuple[int, int], ...] = ()
    """(from this table width on, cells), ascending; narrower than the first it is not shown. None at all: it takes what
    the others leave."""
    sort: SortKey | None = None
    """What a click on its title sorts by."""
    right: bool = False
    """Aligned right."""
    gap: int = 2
    """Blank cells after it."""

    def draw(self, row: RunRow, context: Context) -> Cell:
        """The cell of that row."""
        return (self.group if row.size else self.cell)(row, context)

    def width(self, table: int) -> int:
        """Its cells in a table of `table` cells; 0: not shown, or flexible."""
        return next((cells for start, cells in reversed(self.widths) if table >= start), 0)


COLUMNS: Final = (
    RunColumn("time", cells.time, group.batch_time, ((48, 7),), SortKey.DURATION, right=True),
    RunColumn("done", cells.progress, group.batch_done, ((74, cells.BAR),), gap=1),
    RunColumn("left", cells.time_left, group.no_cell, ((66, 4),), right=True, gap=1),
    RunColumn("", cells.sign, group.batch_sign, ((8, 1),), gap=1),
    RunColumn("status", cells.status, group.batch_status, ((36, 9),), SortKey.STATUS),
    RunColumn("webhook", cells.webhook, cells.webhook, ((58, 8), (84, 12), (120, 16)), SortKey.WEBHOOK),
    RunColumn("prompt", cells.prompt, group.batch_prompt, (), SortKey.PROMPT),
    RunColumn("age", cells.age, cells.age, ((66, 4),), SortKey.CREATED, right=True, gap=1),
)
"""In the order they stand. `time` is first because it ticks: Textual resends a line from the widget's left edge up to what
changed, and thirty running rows must stay below 2 kB/s (PERFORMANCE.md, measured again by tests/bench/table.py)."""

SORT_ORDER: Final = (SortKey.CREATED, *(c.sort for c in COLUMNS if c.sort not in (None, SortKey.CREATED)))
"""The keys that the sort action steps through."""


@dataclass(frozen=True, slots=True)
class ColumnPosition:
    """A column and where it stands."""

    column: RunColumn
    x: int
    """First cell."""
    width: int
    """Cells."""


@lru_cache(maxsize=8)
def places(table: int) -> tuple[ColumnPosition, ...]:
    """Where the columns stand in a table `table` cells wide, left to right. None overlap, none pass the right edge."""
    fixed = [c for c in COLUMNS if c.width(table)]
    rest = table - GUTTER - EDGE - sum(c.width(table) + c.gap for c in fixed)
    flexible = [c for c in COLUMNS if not c.widths]
    if fixed and COLUMNS.index(fixed[-1]) > COLUMNS.index(flexible[0]):
        rest -= flexible[0].gap
    result: list[ColumnPosition] = []
    x = GUTTER
    for column in COLUMNS:
        width = column.width(table) if column.widths else max(0, rest)
        if width:
            result.append(ColumnPosition(column, x, width))
            x += width + column.gap
    return tuple(result)


def column_at(table: int, x: int) -> RunColumn | None:
    """The column under cell `x`; the gap after a column, and what no order goes by before it, belong to it."""
    for place in places(table):
        if place.column.sort is not None and x < place.x + place.width + place.column.gap:
            return place.column
    return None
