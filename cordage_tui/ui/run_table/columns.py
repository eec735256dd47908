"""Columns of the run table, and their positions at a given width."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import EARLIER_COLUMNS, ColumnName, RunRow, SortKey
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_table import cell_texts
from cordage_tui.ui.run_table.cell_texts import Cell, Context

GUTTER: Final = 1
"""Cells at the left of every line: the mark, else the cursor's bar."""
EDGE: Final = 1
"""Cells at the right of every line: the scroll thumb's."""
GAP: Final = 1
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """Column of the run table."""

    title: str
    cell: Callable[[RunRow, Context], Cell]
    group: Callable[[RunRow, Context], Cell]
    """Cell of a batch's line."""
    width: int
    """Cells; 0: all cells that the other columns leave."""
    leaves: int = 0
    """Cells that the flexible column must keep; if it would have fewer, this column is hidden."""
    sort: SortKey | None = None
    """Sort key of a click on the title."""
    right: bool = False
    """Whether the column is aligned right."""
    about: SafeText = SafeText("")
    """What the column shows, for the dialog of columns."""
    ticks: bool = False
    """Whether its cells depend on the time."""

    def draw(self, row: RunRow, context: Context) -> Cell:
        """Draw the cell of a row."""
        return (self.group if row.size else self.cell)(row, context)


COLUMNS: Final[Mapping[ColumnName, RunColumn]] = {
    ColumnName.TIME: RunColumn(
        "time",
        cell_texts.time,
        cell_texts.batch_time,
        5,
        18,
        SortKey.DURATION,
        right=True,
        about=SafeText("how long a run ran, or is running"),
        ticks=True,
    ),
    ColumnName.AGE: RunColumn(
        "age",
        cell_texts.age,
        cell_texts.batch_age,
        4,
        20,
        SortKey.CREATED,
        right=True,
        about=SafeText("age of what has ended, time left of what runs"),
        ticks=True,
    ),
    ColumnName.DONE: RunColumn(
        "done",
        cell_texts.progress,
        cell_texts.batch_done,
        cell_texts.BAR,
        20,
        about=SafeText("progress as a bar"),
        ticks=True,
    ),
    ColumnName.SIGN: RunColumn("", cell_texts.sign, cell_texts.batch_sign, 1, about=SafeText("status as a sign")),
    ColumnName.STATUS: RunColumn(
        "status",
        cell_texts.status,
        cell_texts.batch_status,
        9,
        56,
        SortKey.STATUS,
        about=SafeText("status as a word, if there is room"),
    ),
    ColumnName.PROMPT: RunColumn(
        "prompt",
        cell_texts.prompt,
        cell_texts.batch_prompt,
        0,
        0,
        SortKey.PROMPT,
        about=SafeText("always shown; takes what the others leave"),
    ),
    ColumnName.TAGS: RunColumn(
        "tags",
        cell_texts.tags,
        cell_texts.batch_tags,
        14,
        29,
        about=SafeText("your tags; without this column, they are after the prompt"),
    ),
    ColumnName.AUTHOR: RunColumn(
        "author", cell_texts.author, cell_texts.author, 12, 29, about=SafeText("who submitted it, if it was not you")
    ),
    ColumnName.WEBHOOK: RunColumn(
        "webhook",
        cell_texts.webhook,
        cell_texts.webhook,
        14,
        29,
        SortKey.WEBHOOK,
        about=SafeText("left out while one webhook is chosen"),
    ),
    ColumnName.HERE: RunColumn(
        "here",
        cell_texts.own_queue,
        cell_texts.no_group,
        5,
        20,
        right=True,
        about=SafeText("how long it waited here, in the queue"),
        ticks=True,
    ),
    ColumnName.AT_CORDAGE: RunColumn(
        "at cordage",
        cell_texts.queued,
        cell_texts.no_group,
        10,
        20,
        right=True,
        about=SafeText("how long it waited at Cordage"),
        ticks=True,
    ),
}
"""Columns by name. `time` ticks, so it comes first: then it can be sent again without the prompt, even if the prompt
has characters of uncertain width (`frames.TerminalCells`)."""

_CHOSEN: Final = (ColumnName.DONE, ColumnName.TAGS, ColumnName.AUTHOR, ColumnName.HERE, ColumnName.AT_CORDAGE)
USUAL: Final = tuple(name for name in ColumnName if name not in _CHOSEN)
"""Columns that are shown if the user has chosen none. Few users need the bar, tags, authors and times of waiting."""

SORT_ORDER: Final = (
    SortKey.CREATED,
    *(c.sort for c in COLUMNS.values() if c.sort not in (None, SortKey.CREATED)),
)
"""Sort keys in the order in which the sort action steps through them."""

CHOSEN_LEAVES: Final = 16
"""Cells that the prompt keeps if the user has chosen the columns."""
NAME_WIDTHS: Final = (8, 14)
"""Least and most cells of the webhook column. The least fits its title with an arrow."""


class PlacedColumn(NamedTuple):
    """Column and its place on the line."""

    column: RunColumn
    x: int
    """First cell."""
    width: int
    """Cells."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Positions of the columns in a table `width` cells wide."""

    width: int
    positions: tuple[PlacedColumn, ...]
    of_batch: tuple[PlacedColumn, ...]
    """Positions for the rows of a batch. The batch's line names their webhook, so the prompt takes those cells too."""

    def of_row(self, row: RunRow) -> tuple[PlacedColumn, ...]:
        """Positions for a row."""
        return self.positions if row.batch is None else self.of_batch

    def shows(self, name: ColumnName) -> bool:
        """Return whether a column is shown."""
        return any(place.column.title == COLUMNS[name].title for place in self.positions)

    def column_at(self, x: int) -> RunColumn | None:
        """Return the sortable column under cell `x`. The gap after a column and unsortable columns before it belong to it."""
        for place in self.positions:
            if place.column.sort is not None and x < place.x + place.width + GAP:
                return place.column
        return None


@lru_cache(maxsize=16)
def table_layout(
    width: int,
    names: int = NAME_WIDTHS[1],
    chosen: tuple[ColumnName, ...] = (),
    *,
    one_webhook: bool = False,
    without_lines: bool = False,
) -> TableLayout:
    """Lay out the columns of a table `width` cells wide.

    `names`: cells of the longest webhook name. `chosen`: the user's columns in their order; empty: the usual ones.
    `one_webhook`: all rows are of one webhook, so the column is left out. `without_lines`: the batches' lines are not
    shown, so each row of a batch names its webhook. Columns that would leave the prompt too few cells are hidden.
    """
    sized = {name: column.width for name, column in COLUMNS.items()}
    sized[ColumnName.WEBHOOK] = max(NAME_WIDTHS[0], min(NAME_WIDTHS[1], names))
    listed = [name for name in chosen or USUAL if not (one_webhook and name is ColumnName.WEBHOOK)]
    room, fitting = width - GUTTER - EDGE, {ColumnName.PROMPT}
    for name in sorted((name for name in listed if sized[name]), key=lambda name: COLUMNS[name].leaves):
        leaves = min(COLUMNS[name].leaves, CHOSEN_LEAVES) if chosen else COLUMNS[name].leaves
        if room - sized[name] - GAP >= leaves:
            room -= sized[name] + GAP
            fitting.add(name)
    sized[ColumnName.PROMPT] = max(0, room)
    places: list[PlacedColumn] = []
    x = GUTTER
    for name in (name for name in listed if name in fitting and sized[name]):
        places.append(PlacedColumn(COLUMNS[name], x, sized[name]))
        x += sized[name] + GAP
    return TableLayout(width, tuple(places), tuple(places) if without_lines else _joined(places))


def _joined(places: Sequence[PlacedColumn]) -> tuple[PlacedColumn, ...]:
    """Give the cells of the webhook column to the prompt, if the prompt is before it. The webhook column is left out."""
    joined: list[PlacedColumn] = []
    for place in places:
        if place.column is not COLUMNS[ColumnName.WEBHOOK]:
            joined.append(place)
        elif joined and joined[-1].column is COLUMNS[ColumnName.PROMPT]:
            joined[-1] = joined[-1]._replace(width=place.x + place.width - joined[-1].x)
    return tuple(joined)


def widest_name(names: Collection[SafeText]) -> int:
    """Return the cells of the longest of these names."""
    return max(map(cell_len, names), default=0)


SETTING: Final = "columns"
"""Name of the stored setting that holds the columns that the user has chosen in the app."""


def stored_columns(text: str | None) -> tuple[ColumnName, ...]:
    """Read the stored columns. Empty (the usual columns) if there are none, or if a later version has stored unknown names."""
    names = [EARLIER_COLUMNS.get(name, name) for name in (text or "").split()]
    return tuple(map(ColumnName, names)) if ColumnName.PROMPT in names and set(names) <= set(ColumnName) else ()
