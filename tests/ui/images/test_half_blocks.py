"""Half blocks show their picture in colours that the terminal has."""

import gc
import math
import random
import sys

import pytest
from rich._palettes import EIGHT_BIT_PALETTE
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip

from cordage_tui.domain.image import Image, ImageFormat
from cordage_tui.ui.images.half_blocks import block_strips
from cordage_tui.ui.terminal.capabilities import ColorDepth

GROUND = Color(20, 30, 40)


def _waves(width: int, height: int) -> Image:
    pixels = bytes(
        int(127 + 120 * math.sin((x * (channel + 1) + 2 * y) / 7))
        for y in range(height)
        for x in range(width)
        for channel in range(3)
    )
    return Image(ImageFormat.RGB, width, height, (pixels,))


def _pixels(strips: list[Strip]) -> list[list[tuple[int, ...]]]:
    """Return the pixels on the screen, two rows for each strip."""
    rows = list[list[tuple[int, ...]]]()
    for strip in strips:
        upper, lower = list[tuple[int, ...]](), list[tuple[int, ...]]()
        for text, style, _ in strip:
            assert style is not None and style.bgcolor is not None and set(text) <= {"▀", " "}
            below = tuple(style.bgcolor.get_truecolor())
            above = tuple(style.color.get_truecolor()) if style.color and text[0] == "▀" else below
            upper += [above] * len(text)
            lower += [below] * len(text)
        rows += [upper, lower]
    return rows


def test_each_pixel_is_half_a_cell() -> None:
    """Each pixel is half a cell, with a colour rounded so little that nobody sees it."""
    image = _waves(42, 40)
    rows = _pixels(block_strips(image, GROUND, ColorDepth.TRUE))
    drawn_bytes = bytes(value for row in rows for pixel in row for value in pixel)
    assert max(abs(a - b) for a, b in zip(drawn_bytes, image.parts[0], strict=True)) <= 3


def test_below_an_odd_last_row_the_panel_shows() -> None:
    """Below an odd last row the lower half of the cells is the background of the panel."""
    strips = block_strips(_waves(5, 3), GROUND, ColorDepth.TRUE)
    assert len(strips) == 2
    assert _pixels(strips)[3] == [GROUND.rgb] * 5


def test_equal_cells_are_written_once() -> None:
    """Equal cells of a row are one segment with only a background."""
    strips = block_strips(Image(ImageFormat.RGB, 40, 2, (bytes([8, 16, 24]) * 80,)), GROUND, ColorDepth.TRUE)
    assert [segment.text for segment in strips[0]] == [" " * 40]


def test_a_cell_is_few_objects() -> None:
    """A cell costs fewer than six objects, because a contact sheet has thousands."""
    image = Image(ImageFormat.RGB, 60, 80, (random.Random(1).randbytes(60 * 80 * 3),))
    block_strips(image, GROUND, ColorDepth.TRUE)
    gc.collect()
    before = sys.getallocatedblocks()
    strips = block_strips(image, GROUND, ColorDepth.TRUE)
    cells = sum(map(len, strips))
    assert cells == 60 * 40
    assert sys.getallocatedblocks() - before < 6 * cells


@pytest.mark.parametrize("depth", [ColorDepth.TRUE, ColorDepth.PALETTE])
@pytest.mark.parametrize("pixels", [[(0, 0, 255)] * 2, [(0, 0, 255), (255, 0, 0)]])
def test_a_cell_has_the_style_that_rich_would_make(depth: ColorDepth, pixels: list[tuple[int, int, int]]) -> None:
    """The style of a cell behaves like one of Rich: added to others, shaded, and as text."""
    console = Console(color_system="truecolor" if depth is ColorDepth.TRUE else "256", force_terminal=True)
    (strip,) = block_strips(Image(ImageFormat.RGB, 1, 2, (bytes(sum(pixels, ())),)), GROUND, depth)
    (segment,) = strip
    text, style, _ = segment
    above, below = (RichColor.from_rgb(*pixel) for pixel in pixels)
    expected = Style.from_color(above if above != below else None, below)
    assert style is not None
    assert (style.color, style.bgcolor, str(style)) == (expected.color, expected.bgcolor, str(expected))
    assert strip.render(console) == Strip([Segment(text, expected)]).render(console)
    bold = Style(bold=True)
    assert (style + bold, bold + style) == (expected + bold, bold + expected)
    shade = Color(9, 9, 9, 0.5)
    shaded = [[*BackgroundScreen.process_segments([Segment(text, each)], shade)] for each in (style, expected)]
    assert shaded[0] == shaded[1]


def test_a_palette_of_256_keeps_what_is_seen() -> None:
    """With 256 colours each pixel is a colour of the palette, and on average the picture has its own colours."""
    image = _waves(42, 40)
    drawn_pixels = [pixel for row in _pixels(block_strips(image, GROUND, ColorDepth.PALETTE)) for pixel in row]
    for pixel in set(drawn_pixels):
        number = RichColor.from_rgb(*pixel).downgrade(ColorSystem.EIGHT_BIT).number
        assert number is not None
        assert max(abs(a - b) for a, b in zip(EIGHT_BIT_PALETTE[number], pixel, strict=True)) <= 7
    source = image.parts[0]
    for channel in range(3):
        mean = sum(pixel[channel] for pixel in drawn_pixels) / len(drawn_pixels)
        assert abs(mean - sum(source[channel::3]) / len(drawn_pixels)) < 6
    assert (
        sum(abs(a - b) for a, b in zip(source, bytes(v for p in drawn_pixels for v in p), strict=True)) / len(source)
        < 20
    )


@pytest.mark.parametrize("value", [115, 155, 195])
def test_between_two_colours_of_the_palette_both_are_used(value: int) -> None:
    """A colour between two of the palette is mixed from both, so that slow changes have no edges."""
    image = Image(ImageFormat.RGB, 8, 8, (bytes([value, 0, 255]) * 64,))
    assert len({pixel for row in _pixels(block_strips(image, GROUND, ColorDepth.PALETTE)) for pixel in row}) == 2


def test_a_palette_of_256_gets_no_true_colour() -> None:
    """With 256 colours only numbers of the palette are written."""
    console = Console(color_system="256", force_terminal=True, legacy_windows=False)
    written = "".join(strip.render(console) for strip in block_strips(_waves(20, 8), GROUND, ColorDepth.PALETTE))
    assert "48;5;" in written
    assert "8;2;" not in written
