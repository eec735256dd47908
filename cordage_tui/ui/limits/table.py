"""A table as lines: columns of fixed width, each one row of data, numbers at the right."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.runs.formats import fit

Item = TypeVar("Item")

GAP: Final = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class LimitsColumn(Generic[Item]):
    """One column."""

    title: str
    cell: Callable[[Item], Content]
    width: int
    """Cells."""
    meaning: str = ""
    """The title at length, for those who ask; empty where it says it all."""
    least: int = 0
    """Cells a page must have for this column to be shown."""
    right: bool = True
    """Aligned right."""
    learned: bool = False
    """It tells what past runs have taught; where they have taught nothing, its cells belong to the words that say so."""


def fitted(columns: Sequence[LimitsColumn[Item]], page: int) -> list[LimitsColumn[Item]]:
    """Those shown on a page of `page` cells."""
    return [column for column in columns if page >= column.least and column.width > 0]


def breadth(columns: Sequence[LimitsColumn[Item]]) -> int:
    """Cells they take, with the gaps between them."""
    return sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)


def titles(columns: Sequence[LimitsColumn[Item]], sorted_by: str | None = None) -> Content:
    """The line above; the column the rows are sorted by has an arrow, as in the run table."""
    return _joined(
        [
            _placed(
                literal(SafeText(f"{c.title}▴"), "$accent")
                if c.title == sorted_by
                else literal(SafeText(c.title), "$quiet"),
                c,
            )
            for c in columns
        ]
    )


def legend(columns: Sequence[LimitsColumn[Item]]) -> SafeText:
    """What the titles mean, where they do not say it."""
    return SafeText(" · ".join(f"{column.title}: {column.meaning}" for column in columns if column.meaning))


def line(columns: Sequence[LimitsColumn[Item]], item: Item, untaught: SafeText | None = None) -> Content:
    """One row. `untaught`: nothing is learned of it yet, in these words, which stand in the place of what would be."""
    if untaught is None:
        return _joined([_placed(column.cell(item), column) for column in columns])
    taught = [column for column in columns if column.learned]
    cells: list[Content] = []
    for column in columns:
        if column not in taught:
            cells.append(_placed(column.cell(item), column))
        elif column is taught[0]:
            cells.append(literal(SafeText(fit(untaught, breadth(taught), right=True)), "$quiet"))
    return _joined(cells)


def _joined(cells: Sequence[Content]) -> Content:
    return Content(" " * GAP).join(cells).rstrip()


def _placed(cell: Content, column: LimitsColumn[Item]) -> Content:
    cell = cell.truncate(column.width, ellipsis=True)
    blank = column.width - cell.cell_length
    return cell.pad_left(blank) if column.right else cell.pad_right(blank)
