"""Rows of the run table as strips, and the widget that shows them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RunRow, SortKey
from cordage_tui.ui.run_table.cells import EDGE, GUTTER, Cell, Context, Palette, StyleRole, Styles, places
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.terminal_images.strips import changed_cells
from cordage_tui.ui.widgets.line_view import LineDiffWidget
from cordage_tui.ui.widgets.text import fit

# Lines from cells. Pure functions.

Part: TypeAlias = tuple[str, Style]
"""Text padded to its width, and its colours."""

TAIL_GAP: Final = 2
"""Cells before a tail."""
LEAST_BESIDE: Final = 12
"""Cells that a text keeps beside its tail."""

BAR, MARK, THUMB = "▌", "•", "▐"


def row_line(table: int, cells: Sequence[Cell], styles: Styles, *, cursor: bool, mark: bool, thumb: bool) -> Strip:
    """Draw a row of a table `table` cells wide. `cells` are those of `places(table)`, in that order."""
    texts = [fitted(cell, place.width, place.column.right) for cell, place in zip(cells, places(table), strict=True)]
    gutter = [Cell(BAR if cursor else " ", StyleRole.BAR), Cell(MARK if mark else " ", StyleRole.MARK)]
    body = [Cell(text, cell.role) for text, cell in zip(texts, cells, strict=True)]
    return _line(table, gutter, body, styles, Cell(THUMB if thumb else " ", StyleRole.THUMB))


def fitted(cell: Cell, width: int, right: bool) -> str:
    """Fit a cell's text into `width` cells, with a tail at the right end where one leaves room enough for the text."""
    most = width - TAIL_GAP - LEAST_BESIDE
    tail = next((tail for tail in cell.tails if tail and cell_len(tail) <= most), None)
    if tail is None:
        return fit(cell.text, width, right)
    return fit(cell.text, width - TAIL_GAP - cell_len(tail), right) + " " * TAIL_GAP + tail


def header_line(table: int, sort: SortKey, descending: bool, styles: Styles) -> Strip:
    """Draw the titles; the sorted column has an arrow: ▾ largest first, ▴ smallest first."""
    body = []
    for place in places(table):
        column = place.column
        chosen = column.sort is sort
        title = column.title + ("▾" if descending else "▴") if chosen else column.title
        body.append(Cell(fit(title, place.width, column.right), StyleRole.SORTED if chosen else StyleRole.TITLE))
    return _line(table, [Cell(" " * GUTTER, StyleRole.TITLE)], body, styles, Cell(" " * EDGE, StyleRole.TITLE))


def blank_line(table: int, styles: Styles) -> Strip:
    """Draw an empty line."""
    return _from_parts([(" " * table, styles[StyleRole.QUIET])])


def words_lines(table: int, height: int, words: Content, styles: Styles) -> list[Strip]:
    """Draw `height` lines with `words` in their middle, wrapped."""
    wrapped = words.wrap(table - 4, align="center") if table > 4 and words.plain else []
    shown = wrapped[: max(0, height)]
    above = (height - len(shown)) // 2
    blank = blank_line(table, styles)
    middle = [_words_line(table, line, styles[StyleRole.QUIET]) for line in shown]
    return [blank] * above + middle + [blank] * (height - above - len(shown))


def _line(table: int, gutter: Iterable[Cell], body: Sequence[Cell], styles: Styles, edge: Cell) -> Strip:
    """Join gutter, columns with their gaps, and edge; a blank line where not even gutter and edge fit."""
    if table < GUTTER + EDGE:
        return blank_line(table, styles)
    parts: list[Part] = [(cell.text, styles[cell.role]) for cell in gutter]
    x = GUTTER
    for cell, place in zip(body, places(table), strict=True):
        if place.x > x:
            parts.append((" " * (place.x - x), styles[StyleRole.QUIET]))
        parts.append((cell.text, styles[cell.role]))
        x = place.x + place.width
    if table - EDGE > x:
        parts.append((" " * (table - EDGE - x), styles[StyleRole.QUIET]))
    parts.append((edge.text, styles[edge.role]))
    return _from_parts(parts)


def _words_line(table: int, words: Content, style: Style) -> Strip:
    """Centre a line of words."""
    left = max(0, (table - words.cell_length) // 2)
    own = [(text, style + (its or Style.null())) for text, its, _ in words.render_segments() if text]
    right = max(0, table - left - words.cell_length)
    return _from_parts([(" " * left, style), *own, (" " * right, style)])


def _from_parts(parts: Sequence[Part]) -> Strip:
    """Join parts to a line. A blank joins its left neighbour: all parts of a line have the same background."""
    runs: list[Part] = []
    lead = ""
    for text, style in parts:
        if not text.strip(" "):
            if runs:
                runs[-1] = (runs[-1][0] + text, runs[-1][1])
            else:
                lead += text
        elif runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((lead + text, style))
            lead = ""
    if lead:
        runs.append((lead, parts[-1][1]))
    return Strip([Segment(text, style) for text, style in runs], sum(cell_len(text) for text, _ in parts))


HEADER: Final = 1
"""Lines above the first row."""
_KEPT: Final = 256
"""Drawn lines in the cache: some screens' worth."""


@dataclass(frozen=True, slots=True)
class RowRenderer:
    """Renderer of rows at one width in one palette, with a cache of its lines: most are the same in the next frame."""

    width: int
    """Cells."""
    palette: Palette
    _drawn: dict[object, Strip]

    @classmethod
    def at(cls, width: int, palette: Palette) -> "RowRenderer":
        """Create a renderer with an empty cache."""
        return cls(width, palette, {})

    def lines(self, height: int, model: TableModel, context: Context, empty: Content) -> list[Strip]:
        """Draw `height` lines: titles, rows, blanks; without rows, `empty` in the middle."""
        styles = self.palette.plain
        titles = [header_line(self.width, model.sort, model.descending, styles)][:height]
        room = height - len(titles)
        if not model.view.count:
            return titles + words_lines(self.width, room, empty, styles)
        thumb = model.view.thumb()
        context = replace(context, batches=model.batches, varying=model.varying)
        rows = [
            self._row(row, context, row.id == model.cursor, model.is_marked(model.view.top + line, row), line in thumb)
            for line, row in enumerate(model.shown[:room])
        ]
        return titles + rows + [blank_line(self.width, styles)] * (room - len(rows))

    def _row(self, row: RunRow, context: Context, cursor: bool, mark: bool, thumb: bool) -> Strip:
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


class DiffWidget(LineDiffWidget[Strip]):
    """Lines of the run table."""

    def __init__(self, draw: Callable[[Size], Sequence[Strip]]) -> None:
        """`draw` returns all lines for a size in cells; called between frames, and for the first frame of a size."""
        super().__init__()
        self._draw = draw
        self._drawn_for = Size()

    def redraw(self) -> None:
        """Draw, and send what differs."""
        if not self.size or self._drawn_for != self.size:
            return  # Textual asks for every line itself when a size is new
        self.paint(self._draw(self.size))

    def changed_cells(self, old: Strip | None, new: Strip | None) -> range:
        return changed_cells(old, new)

    def render_line(self, y: int) -> Strip:
        """Return line `y` as last drawn."""
        if self._drawn_for != self.size:
            self._drawn_for, self._painted = self.size, self._draw(self.size)
        return self._painted[y]
