"""A row of a Sixel picture is drawn over blanks, leaves the cursor after it, and can be drawn in part."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from textual.color import Color

from cordage_tui.ui.images.sixel import clipped, sixel_strips
from tests.ui.images.sixel_terminal import SixelImage, read_sixel

GROUND = Color(1, 2, 3)
CELL = 9
COLUMNS = 5
_ROW = re.compile(r"\x1b\[48;2;1;2;3m\x1b7( *)\x1b8(\x1bP.*\x1b\\)\x1b8\x1b\[(\d+)C\x1b\[0m")


def _image(seed: int = 1, width: int = CELL * COLUMNS - 3) -> str:
    """Return an image of three bands with a few colours, as an encoder writes it."""
    dice = random.Random(seed)
    bands = []
    for _ in range(3):
        colours = []
        for colour in range(3):
            sixels, x = "", 0
            while x < width - dice.randrange(6):
                times, sixel = dice.randint(1, min(9, width - x)), chr(dice.randint(63, 126))
                sixels += f"!{times}{sixel}" if times > 3 else sixel * times
                x += times
            colours.append(f"#{colour}{sixels}")
        bands.append("$".join(colours))
    return f'\x1bP0;1;0q"1;1;{width};18#0;2;90;10;0#1;2;0;100;50#2;2;7;8;9{"-".join(bands)}\x1b\\'


def _row(first: int, last: int) -> tuple[int, SixelImage, int]:
    strip = sixel_strips([_image().encode()], COLUMNS, CELL, GROUND)[0].crop(first, last)
    row = _ROW.fullmatch(strip.render(Console(color_system="truecolor", force_terminal=True)))
    assert row is not None
    return len(row[1]), read_sixel(row[2]), int(row[3])


def test_a_row_is_blanks_with_its_image_over_them() -> None:
    """A row is blanks with its image over them, and the cursor ends after the row."""
    blanks, image, forward = _row(0, COLUMNS)
    assert (blanks, forward) == (COLUMNS, COLUMNS)
    assert image == read_sixel(_image())


@pytest.mark.parametrize(("first", "last"), [(0, 3), (2, 5), (1, 4), (4, 5)])
def test_a_part_of_a_row_is_that_part_of_the_image(first: int, last: int) -> None:
    """A crop of a row is exactly that part of the image."""
    blanks, image, forward = _row(first, last)
    assert (blanks, forward) == (last - first, last - first)
    left, right = first * CELL, last * CELL
    whole = read_sixel(_image()).pixels
    assert image.pixels == {(x - left, y): colour for (x, y), colour in whole.items() if left <= x < right}
    assert image.width == min(right, CELL * COLUMNS - 3) - left


@given(st.integers(0, 99), st.integers(0, 60), st.integers(0, 60))
def test_any_part_of_any_image_is_an_image(seed: int, left: int, width: int) -> None:
    """Any part of any image is a valid image, also an empty part."""
    right = left + width
    whole = read_sixel(_image(seed)).pixels
    assert read_sixel(clipped(_image(seed), left, right)).pixels == {
        (x - left, y): colour for (x, y), colour in whole.items() if left <= x < right
    }


def test_what_is_no_image_is_not_drawn_in_part() -> None:
    """A text that is no image gives nothing."""
    assert clipped("\x1b]0;title\a", 0, 9) == ""
