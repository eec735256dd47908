"""Columns of the run table, and their positions at a given width."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import EARLIER_COLUMNS, INPUT_COLUMN, ColumnName, RunRow, SortKey
from cordage_tui.domain.safe_text import SafeText, one_line
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
    ColumnName.DECISION: RunColumn(
        "decision",
        cell_texts.decision,
        cell_texts.no_group,
        9,
        29,
        SortKey.DECISION,
        about=SafeText("kept, or all outputs rejected"),
    ),
    ColumnName.STARS: RunColumn(
        "stars", cell_texts.stars, cell_texts.no_group, 6, 29, SortKey.STARS, about=SafeText("most stars of an output")
    ),
    ColumnName.OUTPUTS: RunColumn(
        "outputs", cell_texts.outputs, cell_texts.no_group, 7, 29, right=True, about=SafeText("how many outputs it has")
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
    ColumnName.INPUTS: RunColumn(
        "inputs",
        cell_texts.varied_inputs,
        cell_texts.no_group,
        0,
        about=SafeText("inputs that vary, on a wide screen"),
    ),
    ColumnName.TAGS: RunColumn(
        "tags",
        cell_texts.tags,
        cell_texts.batch_tags,
        14,
        29,
        about=SafeText("your tags; without it, after the prompt"),
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

_CHOSEN: Final = (
    *(ColumnName.DONE, ColumnName.DECISION, ColumnName.STARS, ColumnName.OUTPUTS),
    *(ColumnName.TAGS, ColumnName.AUTHOR, ColumnName.HERE, ColumnName.AT_CORDAGE),
)
USUAL: Final = tuple(name for name in ColumnName if name not in _CHOSEN)
"""Columns that are shown if the user has chosen none. Few users need the others."""


def column_of(name: str) -> RunColumn:
    """Return the column with that name; for the name of an input its own one."""
    return COLUMNS[ColumnName(name)] if name in list(ColumnName) else _input_column(name.removeprefix(INPUT_COLUMN))


@lru_cache(maxsize=64)
def _input_column(name: str) -> RunColumn:
    title = one_line(name, INPUT_WIDTHS[1])
    width = max(INPUT_WIDTHS[0], min(INPUT_WIDTHS[1], cell_len(title)))
    about = one_line(f"the input {name}", 60)
    return RunColumn(title, partial(cell_texts.input_value, name), cell_texts.no_group, width, 29, about=about)


INPUT_WIDTHS: Final = (8, 16)
"""Least and most cells of the column of one input."""
VARIED_WIDTHS: Final = (20, 48)
"""Least and most cells of the column of inputs that vary."""
VARIED_LEAVES: Final = 64
"""Least cells that the prompt keeps beside the column of inputs that vary, unless the user has chosen the columns. It keeps half of
the table too."""

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
    of_line: tuple[PlacedColumn, ...]
    """Positions for the line of a batch. It has no inputs of its own, so its title takes those cells too."""

    def of_row(self, row: RunRow) -> tuple[PlacedColumn, ...]:
        """Positions for a row."""
        return self.of_line if row.size else self.positions if row.batch is None else self.of_batch

    def shows(self, name: ColumnName) -> bool:
        """Return whether a column is shown."""
        return any(place.column is COLUMNS[name] for place in self.positions)

    @property
    def has_inputs(self) -> bool:
        """Return whether a column shows single inputs."""
        return any(place.column not in COLUMNS.values() for place in self.positions)

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
    chosen: tuple[str, ...] = (),
    *,
    one_webhook: bool = False,
    without_lines: bool = False,
    inputs_vary: bool = True,
) -> TableLayout:
    """Lay out the columns of a table `width` cells wide.

    `names`: cells of the longest webhook name. `chosen`: the user's columns in their order; empty: the usual ones.
    `one_webhook`: all rows are of one webhook, so the column is left out. `without_lines`: the batches' lines are not
    shown, so each row of a batch names its webhook. `inputs_vary`: the column of varying inputs has something to
    show. Columns that would leave the prompt too few cells are hidden.
    """
    listed: list[str] = [name for name in chosen or USUAL if not (one_webhook and name == ColumnName.WEBHOOK)]
    columns = {name: column_of(name) for name in listed}
    sized = {name: column.width for name, column in columns.items()}
    if ColumnName.WEBHOOK in sized:
        sized[ColumnName.WEBHOOK] = max(NAME_WIDTHS[0], min(NAME_WIDTHS[1], names))
    room, fitting = width - GUTTER - EDGE, {str(ColumnName.PROMPT)}
    for name in sorted((name for name in listed if sized[name]), key=lambda name: columns[name].leaves):
        leaves = min(columns[name].leaves, CHOSEN_LEAVES) if chosen else columns[name].leaves
        if room - sized[name] - GAP >= leaves:
            room -= sized[name] + GAP
            fitting.add(name)
    if inputs_vary and ColumnName.INPUTS in columns:
        spare = room - GAP - (CHOSEN_LEAVES if chosen else max(VARIED_LEAVES, width // 2))
        if spare >= VARIED_WIDTHS[0]:
            sized[ColumnName.INPUTS] = min(spare, VARIED_WIDTHS[1])
            room -= sized[ColumnName.INPUTS] + GAP
            fitting.add(ColumnName.INPUTS)
    sized[ColumnName.PROMPT] = max(0, room)
    places: list[PlacedColumn] = []
    x = GUTTER
    for name in (name for name in listed if name in fitting and sized[name]):
        places.append(PlacedColumn(columns[name], x, sized[name]))
        x += sized[name] + GAP
    of_batch = tuple(places) if without_lines else _joined(places, ColumnName.WEBHOOK)
    return TableLayout(width, tuple(places), of_batch, _joined(places, ColumnName.INPUTS))


def _joined(places: Sequence[PlacedColumn], left_out: ColumnName) -> tuple[PlacedColumn, ...]:
    """Leave a column out, and give its cells to the prompt or the varying inputs, if they are directly before it."""
    joined: list[PlacedColumn] = []
    for place in places:
        if place.column is not COLUMNS[left_out]:
            joined.append(place)
        elif joined and joined[-1].column in (COLUMNS[ColumnName.PROMPT], COLUMNS[ColumnName.INPUTS]):
            joined[-1] = joined[-1]._replace(width=place.x + place.width - joined[-1].x)
    return tuple(joined)


def widest_name(names: Collection[SafeText]) -> int:
    """Return the cells of the longest of these names."""
    return max(map(cell_len, names), default=0)


SETTING: Final = "columns"
"""Name of the stored setting that holds the columns that the user has chosen in the app."""


def columns_text(names: Sequence[str]) -> str:
    """Encode columns for the stored setting: one per line, because the name of an input may have blanks."""
    return "\n".join(names)


def stored_columns(text: str | None) -> tuple[str, ...]:
    """Read the stored columns. Empty (the usual columns) if there are none, or if a later version has stored unknown names.

    Earlier versions stored names with blanks between them.
    """
    listed = text.split("\n" if "\n" in text else None) if text else []
    names = [EARLIER_COLUMNS.get(name, name) for name in listed]
    known = (name.startswith(INPUT_COLUMN) or name in list(ColumnName) for name in names)
    return tuple(names) if ColumnName.PROMPT in names and all(known) else ()
