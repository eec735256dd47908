"""Half blocks: pictures as coloured characters, two pixels in each cell."""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
from itertools import groupby
from typing import Final
from weakref import WeakValueDictionary

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import Image
from cordage_tui.ui.terminal.capabilities import ColorDepth, reduce
from cordage_tui.ui.textual_patches.styles import PixelStyle, rich_color

# Pictures in half blocks. Each cell shows two pixels, one above the other.

_UPPER: Final = "▀"


class PalettePixelStyle(PixelStyle):
    """Style of a cell in colours of the palette. Its parameters are stored, because a picture has few such styles."""

    __slots__ = ("_parameters",)

    def __init__(self, pixels: bytes) -> None:
        super().__init__(pixels)
        background = f"48;5;{_number(pixels[-3:])}"
        self._parameters = f"38;5;{_number(pixels[:3])};{background}" if len(pixels) > 3 else background

    def parameters(self, pixels: bytes) -> str:
        return self._parameters


@lru_cache(256)
def _number(pixel: bytes) -> int | None:
    return rich_color(pixel).downgrade(ColorSystem.EIGHT_BIT).number


class BlockStrip(Strip):
    """Strip that can have weak references."""

    __slots__ = ("__weakref__",)


class BlockRows:
    """Rows of pictures. They are kept only as long as a widget shows them: a cell is 700 bytes in ten small objects, while
    its pixels, which the engine keeps, are six bytes."""

    def __init__(self) -> None:
        self._shown: WeakValueDictionary[tuple[Image, Color, ColorDepth, int], BlockStrip] = WeakValueDictionary()

    def strips(self, image: Image, background: Color, depth: ColorDepth) -> list[BlockStrip]:
        """Return the rows of a picture: the shown ones, or newly drawn ones if a row is not shown."""
        keys = [(image, background, depth, row) for row in range((image.height + 1) // 2)]
        rows = [strip for key in keys if (strip := self._shown.get(key)) is not None]
        if len(rows) == len(keys):
            return rows
        drawn = block_strips(image, background, depth)
        return [self._shown.setdefault(key, strip) for key, strip in zip(keys, drawn, strict=True)]


def block_strips(image: Image, background: Color, depth: ColorDepth) -> list[BlockStrip]:
    """Return one strip for each two rows of pixels. Below an odd last row, the `background` is visible.

    Within the picture, equal cells share one segment, and equal pixels one colour. They are not shared between pictures: a
    photograph has thousands, and few of them occur in another one.
    """
    line = image.width * 3
    pixels = reduce(image.parts[0], image.width, depth)
    rows = [pixels[at : at + line] for at in range(0, len(pixels), line)]
    style = PixelStyle if depth is ColorDepth.TRUE else PalettePixelStyle
    cell = cache(partial(_cell, style))
    pairs = zip(rows[::2], rows[1::2], strict=False)
    strips = [BlockStrip(_cells(top, bottom, cell), image.width) for top, bottom in pairs]
    if len(rows) % 2:
        strips.append(BlockStrip(_last_cells(rows[-1], background.rich_color), image.width))
    return strips


def _cells(top: bytes, bottom: bytes, cell: Callable[[bytes], Segment]) -> Iterator[Segment]:
    """Return the segments of a line. Equal neighbours are one segment."""
    pairs = [top[at : at + 3] + bottom[at : at + 3] for at in range(0, len(top), 3)]
    for pair, run in groupby(pairs):
        segment, count = cell(pair), len(list(run))
        yield segment if count == 1 else Segment(segment.text * count, segment.style)


def _cell(style: Callable[[bytes], Style], pair: bytes) -> Segment:
    """Return a cell. If both pixels are equal, it has only a background."""
    return Segment(" ", style(pair[3:])) if pair[:3] == pair[3:] else Segment(_UPPER, style(pair))


def _last_cells(top: bytes, ground: RichColor) -> Iterator[Segment]:
    for pixel, run in groupby(top[at : at + 3] for at in range(0, len(top), 3)):
        yield Segment(_UPPER * len(list(run)), Style.from_color(rich_color(pixel), ground))
