"""A page of a sheet as rows of strips, one list for each of its lanes. Pure but for the strips, which a `CellRenderer` makes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.sheet.cells import RenderedCell
from cordage_tui.ui.sheet.grid import BESIDE, Grid, GridViewport
from cordage_tui.ui.sheet.lane import Row
from cordage_tui.ui.sheet.matrix import AxisSplit, spans

BAR: Final = "▌"

Ink = Callable[[Content, int], Strip]
"""Draws words in so many cells."""


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """What is on the page."""

    grid: Grid
    view: GridViewport
    split: AxisSplit | None
    cells: Mapping[int, RenderedCell]
    """By their places among the tiles."""

    def lane(self, across: int, draw: Ink) -> list[Row]:
        """The lines of that column of the page: its headings, then its cells."""
        grid, column = self.grid, self.view.left + across
        rows: list[Row] = [(draw(words, grid.width + BESIDE),) for words in self._heads(column)]
        for down in range(grid.down):
            index = (self.view.top + down) * grid.columns + column
            cell = self.cells.get(index)
            if cell is None:
                rows += [()] * (grid.height + 2)
            else:
                rows += _cell(cell, draw, cursor=index == self.view.cursor)
        return rows

    def gutter(self, draw: Ink) -> list[Row]:
        """The row headings: the values one under the other, those that vary slowest first."""
        grid, split = self.grid, self.split
        if split is None:
            return []
        rows: list[Row] = [()] * grid.page.head
        for heading in split.rows[self.view.top : self.view.top + grid.down]:
            lines: list[Row] = [
                (draw(_heading(words, bold=level == 0), grid.page.gutter),) for level, words in enumerate(heading)
            ]
            rows += (lines + [()] * (grid.height + 2))[: grid.height + 2]
        return rows

    def _heads(self, column: int) -> Sequence[Content]:
        """One line for each axis across; a value stands over the first of its columns that is on the page."""
        if self.split is None:
            return ()
        found = []
        for level in range(self.grid.page.head):
            for first, count, value in spans(self.split.columns, level):
                if column == max(first, self.view.left) and column < first + count:
                    found.append(Content.assemble(" ", _heading(value, bold=level == 0)))
                    break
            else:
                found.append(Content(""))
        return found


def _heading(words: SafeText, *, bold: bool) -> Content:
    return literal(words, "$foreground bold" if bold else "$quiet")


def _cell(cell: RenderedCell, draw: Ink, *, cursor: bool) -> list[Row]:
    bar = draw(Content.styled(BAR, "$accent"), 1) if cursor else draw(Content(""), 1)
    return [*((bar, strip) for strip in cell.picture), (bar, cell.label), ()]
