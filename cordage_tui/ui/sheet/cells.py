"""From faces to the strips of cells, each made once: a cell that looks as before is the same object."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, ImageView, PixelSize
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.pictures.route import GraphicsProtocol
from cordage_tui.ui.sheet.faces import TileModel, instead, label
from cordage_tui.ui.sheet.grid import Grid

GROUND: Final = "sheet--ground"
"""CSS class of a cell without a picture."""
CURSOR: Final = "sheet--cursor"
"""CSS class of the label under the cursor."""
_KEPT: Final = 400
"""Cells that are remembered: some pages' worth."""
_DIMMED: Final = 0.28
"""How much of a rejected picture is left; the rest is background."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderedCell:
    """As drawn: every line as wide as a cell. Compared by identity."""

    picture: tuple[Strip, ...]
    label: Strip


def box(painter: ImageRenderer, face: TileModel, grid: Grid) -> ImageRequest | None:
    """The picture of a tile as it will be drawn; of a rejected one always as pixels, which can be dimmed."""
    if face.output is None:
        return None
    if face.is_rejected and painter.route is not GraphicsProtocol.WORDS:
        return ImageRequest(face.output, PixelSize(grid.width, grid.height * 2), ImageFormat.RGB)
    return painter.wanted(face.output, grid.width, grid.height)


class CellRenderer:
    """Draws on one widget."""

    def __init__(self, widget: Widget, painter: ImageRenderer) -> None:
        self._widget = widget
        self._painter = painter
        self._kept: OrderedDict[object, RenderedCell] = OrderedDict()

    def forget(self) -> None:
        """Colours or the way of drawing have changed."""
        self._kept.clear()

    def draw(self, face: TileModel | None, sight: ImageView, grid: Grid, *, cursor: bool) -> RenderedCell:
        """The cell of a tile; of None: a place without one."""
        key = (face, sight, grid.width, grid.height, cursor)
        cell = self._kept.pop(key, None)
        if cell is None:
            cell = self._drawn(face, sight, grid, cursor=cursor)
        elif sight.image is not None:
            self._painter.touch(sight.image)
        self._kept[key] = cell
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return cell

    def _drawn(self, face: TileModel | None, sight: ImageView, grid: Grid, *, cursor: bool) -> RenderedCell:
        words = label(face, grid.width, cursor=cursor) if face is not None else Content("")
        below = self.text(words, grid.width, CURSOR if cursor else "")
        if face is None:
            return RenderedCell((self.text(Content(""), grid.width),) * grid.height, below)
        if sight.image is not None and self._painter.route is not GraphicsProtocol.WORDS:
            return RenderedCell(self._framed(sight.image, face, grid), below)
        lines = instead(face, sight, grid.width, grid.height)
        lines += [Content("")] * (grid.height - len(lines))
        return RenderedCell(tuple(self.text(line, grid.width, GROUND) for line in lines), below)

    def _framed(self, image: Image, face: TileModel, grid: Grid) -> tuple[Strip, ...]:
        """The picture at the foot and the left of its box, above its label and below its heading."""
        ground = self._widget.background_colors[1]
        if face.is_rejected and image.form is ImageFormat.RGB:
            image = dimmed(image, ground)
        strips = self._painter.strips(image, ground)[: grid.height]
        width = min(grid.width, strips[0].cell_length) if strips else 0
        style = self._widget.visual_style.rich_style
        rows = [_padded(strip.crop(0, width), grid.width, style) for strip in strips]
        blank = Strip.blank(grid.width, style)
        return (*[blank] * (grid.height - len(rows)), *rows)

    def text(self, words: Content, width: int, component: str = "") -> Strip:
        """One line of words, padded."""
        style = self._widget.get_visual_style(component) if component else self._widget.visual_style
        shown = words.truncate(width) if words.cell_length > width else words
        return Visual.to_strips(self._widget, shown if shown.plain else Content(" "), width, 1, style, pad=True)[0]


def _padded(strip: Strip, width: int, style: Style) -> Strip:
    blank = width - strip.cell_length
    return Strip.join([strip, Strip.blank(blank, style)]) if blank else strip


@lru_cache(128)
def dimmed(image: Image, ground: Color) -> Image:
    """A picture of pixels, most of its light gone into the background."""
    pixels = bytearray(image.parts[0])
    for channel, value in enumerate(ground.rgb):
        table = bytes(round(level * _DIMMED + value * (1 - _DIMMED)) for level in range(256))
        pixels[channel::3] = pixels[channel::3].translate(table)
    return replace(image, parts=(bytes(pixels),))
