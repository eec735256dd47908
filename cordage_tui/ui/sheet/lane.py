"""One column of a sheet's page. Textual resends a line from the left edge of its widget on, so each column is one: what
changes in it costs nothing of the pictures at its left."""

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.ui.pictures.cells import same_strip

Row = tuple[Strip, ...]
"""What stands on one line, left to right. The first piece may change by itself and is then resent alone."""


class GridColumn(Widget):
    """Shows lines, and sends no more than those that differ."""

    ALLOW_SELECT = False

    def __init__(self, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._rows: Sequence[Row] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """These lines instead, from the top."""
        before, self._rows = self._rows, rows
        regions = [
            Region(0, y, reach, 1)
            for y in range(max(len(before), len(rows)))
            if (reach := _reach(_at(before, y), _at(rows, y), self.size.width))
        ]
        if regions and self.size:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.visual_style.rich_style
        return Strip.join(_at(self._rows, y)).adjust_cell_length(width, style)


def _at(rows: Sequence[Row], y: int) -> Row:
    return rows[y] if y < len(rows) else ()


def _reach(before: Row, now: Row, width: int) -> int:
    """Cells from the left that hold all that differs; pieces are told apart by identity first, for a picture's are long."""
    if len(before) != len(now):
        return width
    differs = [place for place, (was, has) in enumerate(zip(before, now, strict=True)) if not _same(was, has)]
    return sum(piece.cell_length for piece in now[: differs[-1] + 1]) if differs else 0


def _same(was: Strip, now: Strip) -> bool:
    return was is now or (was.cell_length == now.cell_length and same_strip(was, now))
