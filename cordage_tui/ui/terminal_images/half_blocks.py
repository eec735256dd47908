"""Pictures in half blocks: each cell shows two pixels, one above the other."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import Image
from cordage_tui.ui.terminal_images.capabilities import ColorDepth, reduce

_UPPER: Final = "▀"


def block_strips(image: Image, background: Color, depth: ColorDepth) -> list[Strip]:
    """Return one strip for each two rows of pixels; below an odd last row the `background` shows."""
    line = image.width * 3
    pixels = reduce(image.parts[0], image.width, depth)
    rows = [pixels[at : at + line] for at in range(0, len(pixels), line)]
    ground = background.rich_color
    pairs = zip(rows[::2], rows[1::2], strict=False)
    strips = [Strip(_cells(top, bottom, depth), image.width) for top, bottom in pairs]
    if len(rows) % 2:
        strips.append(Strip(_last_cells(rows[-1], ground), image.width))
    return strips


def _cells(top: bytes, bottom: bytes, depth: ColorDepth) -> Iterator[Segment]:
    """Return the segments of a line; equal neighbours are one segment."""
    pairs = [top[at : at + 3] + bottom[at : at + 3] for at in range(0, len(top), 3)]
    for pair, run in groupby(pairs):
        style, glyph = _worn(pair, depth)
        yield Segment(glyph * sum(1 for _ in run), style)


@lru_cache(1024)
def _worn(pair: bytes, depth: ColorDepth) -> tuple[Style, str]:
    """Return style and glyph of a cell. Where both pixels are equal, only a background is written."""
    upper, lower = pair[:3], pair[3:]
    plain = upper == lower
    style = Style(bgcolor=_colour(lower)) if plain else Style(color=_colour(upper), bgcolor=_colour(lower))
    # Where Rich keeps what a style is written as. Else Textual works it out, and keeps the last 16,384 styles: ten megabytes.
    style._ansi = f"48;{_code(lower, depth)}" if plain else f"38;{_code(upper, depth)};48;{_code(lower, depth)}"
    return style, " " if plain else _UPPER


@lru_cache(2048)
def _code(pixel: bytes, depth: ColorDepth) -> str:
    """Return a colour's parameters in an escape sequence (ECMA-48 SGR 38 and 48)."""
    if depth is ColorDepth.TRUE:
        return f"2;{pixel[0]};{pixel[1]};{pixel[2]}"
    return f"5;{_colour(pixel).downgrade(ColorSystem.EIGHT_BIT).number}"


def _last_cells(top: bytes, ground: RichColor) -> Iterator[Segment]:
    for pixel, run in groupby(top[at : at + 3] for at in range(0, len(top), 3)):
        yield Segment(_UPPER * sum(1 for _ in run), Style(color=_colour(pixel), bgcolor=ground))


@lru_cache(2048)
def _colour(pixel: bytes) -> RichColor:
    return RichColor.from_rgb(*pixel)
