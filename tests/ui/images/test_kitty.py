"""Kitty gets each picture once and whole and keeps few; each cell names its picture and its part."""

import random

import pytest
from rich.console import Console
from textual.color import Color

from cordage_tui.domain.image import Image, ImageFormat
from cordage_tui.ui.images.kitty import HELD, MOST, KittyImages, kitty_strips
from tests.ui.images.kitty_terminal import KittyTerminal, marks

GROUND = Color(1, 2, 3)


def _png(size: int, seed: int = 0) -> Image:
    return Image(ImageFormat.PNG, 30, 20, (random.Random(seed).randbytes(size),))


def _pictures() -> tuple[KittyImages, KittyTerminal]:
    terminal = KittyTerminal()
    return KittyImages(lambda data: _nothing_left(terminal.read(data))), terminal


def _nothing_left(text: str) -> None:
    assert text == ""


@pytest.mark.parametrize("size", [1, 3071, 3072, 3073, 6144, 50_001])
def test_a_picture_arrives_as_it_is(size: int) -> None:
    """A picture arrives whole, in parts as large as the protocol allows."""
    pictures, terminal = _pictures()
    number = pictures.number(_png(size), 4, 3)
    assert terminal.held[number].png == _png(size).parts[0]
    assert (terminal.held[number].columns, terminal.held[number].rows) == (4, 3)


@pytest.mark.parametrize("system", ["truecolor", "256"])
def test_each_cell_names_the_picture_and_its_place(system: str) -> None:
    """Each cell has number and place of its picture, also after a crop and with 256 colours."""
    pictures, terminal = _pictures()
    number = pictures.number(_png(9), 7, 4)
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
    strips = kitty_strips(number, 7, 4, GROUND)
    for row, strip in enumerate(strips):
        assert terminal.shows(strip.render(console)) == (number, [(row, column) for column in range(7)])
        assert terminal.shows(strip.crop(2, 5).render(console)) == (number, [(row, column) for column in range(2, 5)])


def test_cells_can_be_numbered_as_far_as_the_protocol_goes() -> None:
    """Cells use the marks of the protocol in its order, up to its limit."""
    pictures, _ = _pictures()
    console = Console(color_system="truecolor", force_terminal=True)
    cells = kitty_strips(pictures.number(_png(9), MOST, 1), MOST, 1, GROUND)[0].render(console)
    columns = [cell[1] for cell in cells.split("\U0010eeee")[1:]]
    assert len(set(columns)) == MOST
    assert set(columns) <= set(marks())
    assert columns == sorted(columns)


def test_a_picture_is_sent_once() -> None:
    """A picture is sent once for each size of its box."""
    pictures, terminal = _pictures()
    numbers = {pictures.number(_png(99), 4, 3) for _ in range(5)}
    assert (len(numbers), terminal.sent) == (1, 1)
    pictures.number(_png(99), 5, 3)
    assert terminal.sent == 2


def test_the_terminal_holds_a_bounded_number_and_not_the_one_in_sight() -> None:
    """The picture drawn longest ago is dropped first, and is sent again with its number when it is drawn."""
    pictures, terminal = _pictures()
    large = [Image(ImageFormat.PNG, 2000, 1600, (bytes([seed]),)) for seed in range(15)]
    in_sight, second = (pictures.number(image, 200, 80) for image in large[:2])
    for image in large[2:]:
        pictures.number(image, 200, 80)
        assert pictures.number(large[0], 200, 80) == in_sight
    assert len(terminal.held) == HELD // (2000 * 1600)
    assert in_sight in terminal.held
    assert second not in terminal.held
    assert pictures.number(large[1], 200, 80) == second
    assert second in terminal.held


def test_nothing_of_ours_is_left_behind() -> None:
    """When the terminal is given back it holds none of our pictures, and later ones are sent again."""
    pictures, terminal = _pictures()
    for seed in range(5):
        pictures.number(_png(9, seed), 4, 3)
    terminal.read(pictures.forget())
    assert terminal.held == {}
    assert pictures.forget() == ""
    assert pictures.number(_png(9, 3), 4, 3) in terminal.held
