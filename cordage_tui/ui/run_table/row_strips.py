"""Rows of the run table as strips, and the widget that shows them."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.run import ColumnName, RowId, RunRow, SortKey
from cordage_tui.ui.run_table.cell_texts import Cell, Context, Palette, StyleRole, Styles
from cordage_tui.ui.run_table.columns import EDGE, GUTTER, PlacedColumn, TableLayout
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.widgets.line_view import PaintedLines
from cordage_tui.ui.widgets.text import fit

# Lines from cells. Pure functions.

Part: TypeAlias = tuple[str, Style]
"""Text padded to its width, and its colours."""

TAIL_GAP: Final = 2
"""Blank cells before a tail."""
LEAST_BESIDE: Final = 12
"""Cells that a text keeps beside its tail."""

BAR, MARK, THUMB = "▌", "•", "▐"


def row_line(
    layout: TableLayout,
    places: Sequence[PlacedColumn],
    cells: Sequence[Cell],
    styles: Styles,
    *,
    cursor: bool,
    mark: bool,
    thumb: bool,
) -> Strip:
    """Draw a row. `places`: positions of its columns in the layout; `cells`: one for each position."""
    gutter = [(MARK, styles[StyleRole.MARK]) if mark else (BAR if cursor else " ", styles[StyleRole.BAR])]
    body = [
        [(text, styles[role]) for text, role in fitted(cell, place.width, place.column.right)]
        for cell, place in zip(cells, places, strict=True)
    ]
    return _line(layout.width, places, gutter, body, styles, (THUMB if thumb else " ", styles[StyleRole.THUMB]))


def fitted(cell: Cell, width: int, right: bool) -> list[tuple[str, StyleRole]]:
    """Fit a cell's text into `width` cells, with a tail at the right end if one leaves enough room for the text."""
    most = width - TAIL_GAP - (max(LEAST_BESIDE, cell_len(cell.text)) if cell.tail_yields else LEAST_BESIDE)
    tail = next((tail for tail in cell.tails if tail and cell_len(tail) <= most), None)
    room = width if tail is None else width - TAIL_GAP - cell_len(tail)
    text = fit_pieces(cell.pieces, room, cell.indent) if cell.pieces else [(fit(cell.text, room, right), cell.role)]
    if tail is None:
        return text
    if cell.tail_role in (None, cell.role) and len(text) == 1:
        return [(text[0][0] + " " * TAIL_GAP + tail, cell.role)]
    return [*text, (" " * TAIL_GAP, cell.role), (tail, cell.tail_role or cell.role)]


CUT: Final = "…"


def fit_pieces(pieces: Sequence[tuple[str, bool]], width: int, indent: str) -> list[tuple[str, StyleRole]]:
    """Fit the prompt of a row of a batch into `width` cells.

    Pieces that all rows share are shortened first, from the left, until everything that differs is in view.
    """
    texts = [indent, *shortened(pieces, width - len(indent))]
    fitted_pieces: list[tuple[str, StyleRole]] = []
    room = width
    for index, text in enumerate(texts):
        role = StyleRole.DIFFERS if index and pieces[index - 1][1] else StyleRole.PROMPT
        is_followed = any(texts[index + 1 :])
        if cell_len(text) + is_followed > room:
            return [*fitted_pieces, (fit(text + CUT if is_followed else text, room), role)]
        fitted_pieces.append((text, role))
        room -= cell_len(text)
    return [*fitted_pieces, (" " * room, StyleRole.PROMPT)]


def shortened(pieces: Sequence[tuple[str, bool]], width: int) -> list[str]:
    """Replace pieces that all rows share by `…`, from the left, until the last differing piece ends within `width` cells."""
    texts = [text for text, _ in pieces]
    last = max((index for index, (_, differs) in enumerate(pieces) if differs), default=-1)
    for index, (text, differs) in enumerate(pieces[: last + 1]):
        if sum(map(cell_len, texts[: last + 1])) + (last + 1 < len(texts)) <= width:
            break
        if not differs and cell_len(text) > 2:
            texts[index] = f"{CUT} "
    return texts


def header_line(layout: TableLayout, sort: SortKey, descending: bool, styles: Styles) -> Strip:
    """Draw the titles; the sorted column has an arrow: ▾ largest first, ▴ smallest first."""
    body = []
    for place in layout.positions:
        column = place.column
        is_sorted = column.sort is sort
        title = column.title + ("▾" if descending else "▴") if is_sorted else column.title
        role = StyleRole.SORTED if is_sorted else StyleRole.TITLE
        body.append([(fit(title, place.width, column.right), styles[role])])
    blank = styles[StyleRole.TITLE]
    return _line(layout.width, layout.positions, [(" " * GUTTER, blank)], body, styles, (" " * EDGE, blank))


def blank_line(table: int, styles: Styles) -> Strip:
    """Draw an empty line."""
    return _from_parts([(" " * table, styles[StyleRole.QUIET])], table)


def words_lines(table: int, height: int, words: Content, styles: Styles) -> list[Strip]:
    """Draw `height` lines with a wrapped text in their middle."""
    wrapped = words.wrap(table - 4, align="center") if table > 4 and words.plain else []
    visible = wrapped[: max(0, height)]
    above = (height - len(visible)) // 2
    blank = blank_line(table, styles)
    middle = [_words_line(table, line, styles[StyleRole.QUIET]) for line in visible]
    return [blank] * above + middle + [blank] * (height - above - len(visible))


def _line(
    table: int,
    places: Sequence[PlacedColumn],
    gutter: Sequence[Part],
    body: Sequence[Sequence[Part]],
    styles: Styles,
    edge: Part,
) -> Strip:
    """Join gutter, columns with their gaps, and edge; a blank line if not even gutter and edge fit."""
    if table < GUTTER + EDGE:
        return blank_line(table, styles)
    parts: list[Part] = [*gutter]
    x = GUTTER
    for cell, place in zip(body, places, strict=True):
        if place.x > x:
            parts.append((" " * (place.x - x), styles[StyleRole.QUIET]))
        parts += cell
        x = place.x + place.width
    if table - EDGE > x:
        parts.append((" " * (table - EDGE - x), styles[StyleRole.QUIET]))
    parts.append(edge)
    return _from_parts(parts, table)


def _words_line(table: int, words: Content, style: Style) -> Strip:
    """Draw one centred line of a text."""
    left = max(0, (table - words.cell_length) // 2)
    segments = [(text, style + (text_style or Style.null())) for text, text_style, _ in words.render_segments() if text]
    right = max(0, table - left - words.cell_length)
    return _from_parts([(" " * left, style), *segments, (" " * right, style)], left + words.cell_length + right)


def _from_parts(parts: Sequence[Part], width: int) -> Strip:
    """Join parts to a line of `width` cells. Blanks join the part before them: all parts of a line have the same
    background."""
    runs: list[Part] = []
    leading_blanks = ""
    for text, style in parts:
        if not text.strip(" "):
            if runs:
                runs[-1] = (runs[-1][0] + text, runs[-1][1])
            else:
                leading_blanks += text
        elif runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((leading_blanks + text, style))
            leading_blanks = ""
    if leading_blanks:
        runs.append((leading_blanks, parts[-1][1]))
    return Strip([Segment(text, style) for text, style in runs], width)


HEADER: Final = 1
"""Lines above the first row."""
_KEPT: Final = 2
"""How many screens of drawn lines, and of cells, are cached. Each line is a few kilobytes."""


@dataclass(slots=True)
class RowRenderer:
    """Renderer of rows in one layout and one palette, with a cache of drawn lines: most are the same in the next frame.

    In the other lines most cells are the same, so cells that do not tick are cached as well.
    """

    layout: TableLayout
    palette: Palette
    _drawn: dict[object, Strip] = field(default_factory=dict)
    _still: dict[RowId, tuple[RunRow, Sequence[Cell | None]]] = field(default_factory=dict)
    """Cells of each row that do not tick; None for one that does."""
    _still_in: Context | None = None
    """Context in which these cells were drawn, without the time."""

    def lines(self, height: int, model: TableModel, context: Context, empty: Content) -> list[Strip]:
        """Draw `height` lines: titles, rows and blank lines. If there are no rows, `empty` is in the middle."""
        styles, width = self.palette.plain, self.layout.width
        titles = [header_line(self.layout, model.sort, model.descending, styles)][:height]
        room = height - len(titles)
        if not model.view.count:
            return titles + words_lines(width, room, empty, styles)
        thumb = model.view.thumb()
        context = replace(
            context,
            batches=model.batches,
            varying=model.varying,
            common=model.common,
            words=self.layout.shows(ColumnName.STATUS),
            tagged=self.layout.shows(ColumnName.TAGS),
            signed=self.layout.shows(ColumnName.SIGN),
            titles=model.titles if context.without_lines else {},
            inputs=model.inputs if self.layout.has_inputs else {},
            varied=model.varied if self.layout.shows(ColumnName.INPUTS) else None,
        )
        timeless = replace(context, now=None, outlooks={})
        if timeless != self._still_in or len(self._still) > _KEPT * height:
            self._still, self._still_in = {}, timeless
        rows = [
            self._row(row, context, row.id == model.cursor, model.is_marked(model.view.top + line, row), line in thumb)
            for line, row in enumerate(model.shown[:room])
        ]
        while len(self._drawn) > _KEPT * height:
            del self._drawn[next(iter(self._drawn))]
        return titles + rows + [blank_line(width, styles)] * (room - len(rows))

    def _row(self, row: RunRow, context: Context, cursor: bool, mark: bool, thumb: bool) -> Strip:
        places = self.layout.of_row(row)
        cached_row, still_cells = self._still.get(row.id, (None, ()))
        if cached_row is not row:
            still_cells = [None if place.column.ticks else place.column.draw(row, context) for place in places]
            self._still[row.id] = (row, still_cells)
        cells = tuple(
            place.column.draw(row, context) if cell is None else cell
            for cell, place in zip(still_cells, places, strict=True)
        )
        key = (cells, cursor, mark, thumb)
        line = self._drawn.get(key)
        if line is None:
            styles = self.palette.cursor if cursor else self.palette.plain
            line = row_line(self.layout, places, cells, styles, cursor=cursor, mark=mark, thumb=thumb)
            self._drawn[key] = line
        return line


class DiffWidget(Widget):
    """Lines of the run table."""

    ALLOW_SELECT = False

    def __init__(self, draw: Callable[[Size], Sequence[Strip]]) -> None:
        """`draw` returns all lines for a size in cells. It is called between frames, and for the first frame of a size."""
        super().__init__()
        self.painted = PaintedLines(self)
        self._draw = draw
        self._drawn_for = Size()

    def redraw(self) -> None:
        """Draw all lines, and send those that differ."""
        if not self.size or self._drawn_for != self.size:
            return  # for a new size Textual requests every line anyway
        self.painted.paint(self._draw(self.size))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as last drawn. There is no border and no padding, for which Textual would draw each line again."""
        self._draw_new_size()
        lines, background = [self.render_line(y) for y in crop.line_range], self.background_colors[1]
        for line_filter in self.get_line_filters():
            lines = [line.apply_filter(line_filter, background) for line in lines]
        return [line.crop(*crop.column_span) for line in lines]

    def render_line(self, y: int) -> Strip:
        """Return line `y` as last drawn. Below the last line it is blank: Textual requests such lines before a new layout."""
        if y >= len(self.painted.strips):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        return self.painted.strips[y]

    def on_unmount(self) -> None:
        self.painted.forget()

    def _draw_new_size(self) -> None:
        if self._drawn_for != self.size:
            self._drawn_for = self.size
            self.painted.replace(self._draw(self.size))
