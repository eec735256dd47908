"""Rows of the run table as strips, and the widget that shows them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
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
from cordage_tui.ui.widgets.line_view import LineDiffWidget
from cordage_tui.ui.widgets.text import fit

# Drawn lines from cells, and the difference between two of them. Pure functions.

Part: TypeAlias = tuple[str, Style]
"""Text padded to its width, and its colours."""

TAIL_GAP: Final = 2
"""Cells before a tail."""
LEAST_BESIDE: Final = 12
"""Cells that a text keeps beside its tail."""

BAR, MARK, THUMB = "▌", "•", "▐"


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """A line as drawn."""

    parts: tuple[Part, ...]
    """Left to right, without gaps."""
    ends: tuple[int, ...]
    """Cell after each part."""
    strip: Strip
    """The same for the terminal, with as few changes of colour as possible."""


def row_line(
    table: int, cells: Sequence[Cell], styles: Styles, *, cursor: bool, mark: bool, thumb: bool
) -> RenderedLine:
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


def header_line(table: int, sort: SortKey, descending: bool, styles: Styles) -> RenderedLine:
    """Draw the titles; the sorted column has an arrow: ▾ largest first, ▴ smallest first."""
    body = []
    for place in places(table):
        column = place.column
        chosen = column.sort is sort
        title = column.title + ("▾" if descending else "▴") if chosen else column.title
        body.append(Cell(fit(title, place.width, column.right), StyleRole.SORTED if chosen else StyleRole.TITLE))
    return _line(table, [Cell(" " * GUTTER, StyleRole.TITLE)], body, styles, Cell(" " * EDGE, StyleRole.TITLE))


def blank_line(table: int, styles: Styles) -> RenderedLine:
    """Draw an empty line."""
    return _from_parts([(" " * table, styles[StyleRole.QUIET])])


def words_lines(table: int, height: int, words: Content, styles: Styles) -> list[RenderedLine]:
    """Draw `height` lines with `words` in their middle, wrapped."""
    wrapped = words.wrap(table - 4, align="center") if table > 4 and words.plain else []
    shown = wrapped[: max(0, height)]
    above = (height - len(shown)) // 2
    blank = blank_line(table, styles)
    middle = [_words_line(table, line, styles[StyleRole.QUIET]) for line in shown]
    return [blank] * above + middle + [blank] * (height - above - len(shown))


def changed_cells(old: RenderedLine | None, new: RenderedLine) -> int:
    """Return how many cells from the left must be redrawn to turn `old` into `new`."""
    if old is new:
        return 0
    if old is None or old.ends != new.ends:
        return new.ends[-1] if new.ends else 0
    pairs = zip(reversed(old.parts), reversed(new.parts), reversed(new.ends), strict=True)
    return next((end for was, now, end in pairs if was != now), 0)


def _line(table: int, gutter: Iterable[Cell], body: Sequence[Cell], styles: Styles, edge: Cell) -> RenderedLine:
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


def _words_line(table: int, words: Content, style: Style) -> RenderedLine:
    """Centre a line of words."""
    left = max(0, (table - words.cell_length) // 2)
    own = [(text, style + (its or Style.null())) for text, its, _ in words.render_segments() if text]
    right = max(0, table - left - words.cell_length)
    return _from_parts([(" " * left, style), *own, (" " * right, style)])


def _from_parts(parts: Sequence[Part]) -> RenderedLine:
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
    ends = tuple(accumulate(cell_len(text) for text, _ in parts))
    return RenderedLine(tuple(parts), ends, Strip([Segment(text, style) for text, style in runs], ends[-1]))


HEADER: Final = 1
"""Lines above the first row."""
_KEPT: Final = 512
"""Drawn lines in the cache: some screens' worth."""


@dataclass(frozen=True, slots=True)
class RowRenderer:
    """Renderer of rows at one width in one palette, with a cache of its lines: most are the same in the next frame."""

    width: int
    """Cells."""
    palette: Palette
    _drawn: dict[object, RenderedLine]

    @classmethod
    def at(cls, width: int, palette: Palette) -> "RowRenderer":
        """Create a renderer with an empty cache."""
        return cls(width, palette, {})

    def lines(self, height: int, model: TableModel, context: Context, empty: Content) -> list[RenderedLine]:
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


class DiffWidget(LineDiffWidget[RenderedLine]):
    """Lines of the run table.

    A widget apart from the table because Textual resends a line from the widget's left edge: here the table's border is not
    part of what is resent.
    """

    def __init__(self, draw: Callable[[Size], Sequence[RenderedLine]]) -> None:
        """`draw` returns all lines for a size in cells; called between frames, and for the first frame of a size."""
        super().__init__()
        self._draw = draw
        self._drawn_for = Size()

    def redraw(self) -> None:
        """Draw, and send what differs."""
        if not self.size or self._drawn_for != self.size:
            return  # Textual asks for every line itself when a size is new
        self.paint(self._draw(self.size))

    def changed_cells(self, old: RenderedLine | None, new: RenderedLine | None) -> int:
        return changed_cells(old, new) if new is not None else self.size.width

    def render_line(self, y: int) -> Strip:
        """Return line `y` as last drawn."""
        if self._drawn_for != self.size:
            self._drawn_for, self._painted = self.size, self._draw(self.size)
        return self._painted[y].strip
