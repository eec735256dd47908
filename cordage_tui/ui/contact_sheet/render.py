"""Cells of the contact sheet as strips."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, ImageView, PixelSize
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.contact_sheet.layout import BESIDE, AxisSplit, Grid, GridViewport, spans
from cordage_tui.ui.contact_sheet.tiles import TileModel, jump_label, label, placeholder
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.widgets.line_view import PaintedLines, line_strip
from cordage_tui.ui.widgets.text import literal

# Rendering of cells, with a cache: a cell that looks as before is the same object.

GROUND: Final = "sheet--ground"
"""CSS class of a cell without a picture."""
CURSOR: Final = "sheet--cursor"
"""CSS class of the label under the cursor."""
_KEPT: Final = 1.5
"""How many pages of rendered cells are cached. In half blocks a page is two or three megabytes."""
_DIMMED: Final = 0.28
"""Share of a rejected picture in its colours; the rest is the background."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class RenderedCell:
    """Cell as strips. Every line is as wide as a cell. Cells are compared by identity."""

    picture: tuple[Strip, ...]
    label: Strip


def box(renderer: ImageRenderer, model: TileModel, grid: Grid) -> ImageRequest | None:
    """Return the request for a tile's picture. A rejected one is always requested as pixels, which can be dimmed."""
    if model.output is None:
        return None
    if model.is_rejected and renderer.draws:
        return ImageRequest(model.output, PixelSize(grid.width, grid.height * 2), ImageFormat.RGB)
    return renderer.wanted(model.output, grid.width, grid.height, among=grid.across * grid.down)


class CellRenderer:
    """Renders cells for one widget, and caches them."""

    def __init__(self, widget: Widget, renderer: ImageRenderer) -> None:
        self._widget = widget
        self._renderer = renderer
        self._cache: LruCache[object, RenderedCell] = LruCache(0)

    def forget(self) -> None:
        """Clear the cache after a change of colours or of the image protocol."""
        self._cache.clear()

    def draw(
        self, model: TileModel | None, image_view: ImageView, grid: Grid, *, cursor: bool, letters: str | None = None
    ) -> RenderedCell:
        """Return the cell of a tile (None: an empty cell). `letters`: those still to type to jump to it; None: not jumping."""
        if letters is not None and model is not None:
            plain = self.draw(model, image_view, grid, cursor=cursor)
            label_strip = self.text(jump_label(model, letters, grid.width), grid.width, CURSOR if cursor else "")
            return RenderedCell(plain.picture, label_strip)
        key = (model, image_view, grid.width, grid.height, cursor)
        cell = self._cache.get(key)
        if cell is None:
            cell = self._drawn(model, image_view, grid, cursor=cursor)
            self._cache.limit = round(grid.across * grid.down * _KEPT)
            self._cache.put(key, cell)
        if image_view.image is not None:
            self._renderer.touch(image_view.image)
        return cell

    def _drawn(self, model: TileModel | None, image_view: ImageView, grid: Grid, *, cursor: bool) -> RenderedCell:
        label_text = label(model, grid.width, cursor=cursor) if model is not None else Content("")
        label_strip = self.text(label_text, grid.width, CURSOR if cursor else "")
        if model is None:
            return RenderedCell((self.text(Content(""), grid.width),) * grid.height, label_strip)
        if image_view.image is not None and self._renderer.draws:
            other = self._cache.peek((model, image_view, grid.width, grid.height, not cursor))
            return RenderedCell(other.picture if other else self._framed(image_view.image, model, grid), label_strip)
        lines = placeholder(model, image_view, grid.width, grid.height)
        lines += [Content("")] * (grid.height - len(lines))
        return RenderedCell(tuple(self.text(line, grid.width, GROUND) for line in lines), label_strip)

    def _framed(self, image: Image, model: TileModel, grid: Grid) -> tuple[Strip, ...]:
        """Return the picture at the bottom left of its box, directly above its label."""
        ground = self._widget.background_colors[1]
        if model.is_rejected and image.form is ImageFormat.RGB:
            image = dimmed(image, ground)
        strips = self._renderer.strips(image, ground)[: grid.height]
        width = min(grid.width, strips[0].cell_length) if strips else 0
        style = self._widget.visual_style.rich_style
        rows = [_padded(strip.crop(0, width), grid.width, style) for strip in strips]
        blank = Strip.blank(grid.width, style)
        return (*[blank] * (grid.height - len(rows)), *rows)

    def text(self, text: Content, width: int, component: str = "") -> Strip:
        """Render a text as one padded line."""
        style = self._widget.get_visual_style(component) if component else self._widget.visual_style
        cut = text.truncate(width) if text.cell_length > width else text
        return line_strip(self._widget, cut if cut.plain else Content(" "), width, style)


def _padded(strip: Strip, width: int, style: Style) -> Strip:
    blank = width - strip.cell_length
    return Strip.join([strip, Strip.blank(blank, style)]) if blank else strip


@lru_cache(128)
def dimmed(image: Image, ground: Color) -> Image:
    """Blend a picture of pixels into the background."""
    pixels = bytearray(image.parts[0])
    for channel, value in enumerate(ground.rgb):
        table = bytes(round(level * _DIMMED + value * (1 - _DIMMED)) for level in range(256))
        pixels[channel::3] = pixels[channel::3].translate(table)
    return replace(image, parts=(bytes(pixels),))


# One column of a sheet's page.

Row = tuple[Strip, ...]
"""Pieces of a line, left to right."""


class GridColumn(Widget):
    """Column of the grid."""

    ALLOW_SELECT = False

    def __init__(self, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.painted = PaintedLines(self)

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, from the top."""
        self.painted.paint([Strip.join(row) for row in rows])

    def render_line(self, y: int) -> Strip:
        line = self.painted.strips[y] if y < len(self.painted.strips) else Strip([])
        return line.adjust_cell_length(self.size.width, self.visual_style.rich_style)

    def on_unmount(self) -> None:
        self.painted.forget()


# A page of the sheet as rows of strips, one list for each column. Pure, except that a `CellRenderer` makes the strips.

BAR: Final = "▐"
"""Left edge of the cursor, directly before the picture."""

Ink = Callable[[Content, int], Strip]
"""Renders a text in a number of cells."""


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """Page of the grid with its rendered cells."""

    grid: Grid
    view: GridViewport
    split: AxisSplit | None
    cells: Mapping[int, RenderedCell]
    """Cells by the index of their tiles."""

    def column_rows(self, across: int, draw: Ink) -> list[Row]:
        """Return the lines of a column of the page: headings, then cells. `across`: index of the column on the page."""
        grid, column = self.grid, self.view.left + across
        rows: list[Row] = [(draw(heading, grid.width + BESIDE),) for heading in self._heads(column)]
        for down in range(grid.down):
            index = (self.view.top + down) * grid.columns + column
            cell = self.cells.get(index)
            if cell is None:
                rows += [()] * (grid.height + 2)
            else:
                rows += _cell(cell, draw, cursor=index == self.view.cursor)
        return rows

    def gutter(self, draw: Ink) -> list[Row]:
        """Return the row headings: the values one below the other, the slowest axis first."""
        grid, split = self.grid, self.split
        if split is None:
            return []
        rows: list[Row] = [()] * grid.page.head
        for heading in split.rows[self.view.top : self.view.top + grid.down]:
            lines: list[Row] = [
                (draw(_heading(value, bold=level == 0), grid.page.gutter),) for level, value in enumerate(heading)
            ]
            rows += (lines + [()] * (grid.height + 2))[: grid.height + 2]
        return rows

    def _heads(self, column: int) -> Sequence[Content]:
        """Return one line for each axis across. A value is over the first of its columns on the page."""
        if self.split is None:
            return ()
        lines = []
        for level in range(self.grid.page.head):
            for first, count, value in spans(self.split.columns, level):
                if column == max(first, self.view.left) and column < first + count:
                    lines.append(Content.assemble(" ", _heading(value, bold=level == 0)))
                    break
            else:
                lines.append(Content(""))
        return lines


def _heading(value: SafeText, *, bold: bool) -> Content:
    return literal(value, "$foreground bold" if bold else "$quiet")


def _cell(cell: RenderedCell, draw: Ink, *, cursor: bool) -> list[Row]:
    bar = draw(Content.styled(BAR, "$accent"), 1) if cursor else draw(Content(""), 1)
    return [*((bar, strip) for strip in cell.picture), (bar, cell.label), ()]
