"""All lines of the table for one moment."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RunRow
from cordage_tui.ui.runs.cells import Context
from cordage_tui.ui.runs.columns import places
from cordage_tui.ui.runs.lines import RenderedLine, blank_line, header_line, row_line, words_lines
from cordage_tui.ui.runs.listing import TableModel
from cordage_tui.ui.runs.roles import Palette

HEADER: Final = 1
"""Lines above the first row."""
_KEPT: Final = 512
"""Drawn lines remembered: some screens' worth."""


@dataclass(frozen=True, slots=True)
class RowRenderer:
    """Draws at one width in one set of colours, and remembers the lines it drew: most are the same in the next frame."""

    width: int
    """Cells."""
    palette: Palette
    _drawn: dict[object, RenderedLine]

    @classmethod
    def at(cls, width: int, palette: Palette) -> "RowRenderer":
        """A painter with nothing drawn yet."""
        return cls(width, palette, {})

    def lines(self, height: int, listing: TableModel, context: Context, empty: Content) -> list[RenderedLine]:
        """`height` lines: titles, rows, blanks; with no rows, `empty` in the middle instead of them."""
        styles = self.palette.plain
        titles = [header_line(self.width, listing.sort, listing.descending, styles)][:height]
        room = height - len(titles)
        if not listing.view.count:
            return titles + words_lines(self.width, room, empty, styles)
        thumb = listing.view.thumb()
        context = replace(context, batches=listing.batches, varying=listing.varying)
        rows = [
            self._row(
                row, context, row.id == listing.cursor, listing.is_marked(listing.view.top + line, row), line in thumb
            )
            for line, row in enumerate(listing.shown[:room])
        ]
        return titles + rows + [blank_line(self.width, styles)] * (room - len(rows))

    def _row(self, row: RunRow, context: Context, cursor: bool, mark: bool, thumb: bool) -> RenderedLine:
        cells = tuple(place.column.draw(row, context) for place in places(self.width))
        key = (cells, cursor, mark, thumb)
        line = self._drawn.get(key)
        if line is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            styles = self.palette.cursor if cursor else self.palette.plain
            line = row_line(self.width, cells, styles, cursor=cursor, mark=mark, thumb=thumb)
            self._drawn[key] = line
        return line
