"""Textual's changes to a strip keep its picture whole, or keep the visible part."""

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import Color
from textual.filter import ANSIToTruecolor, DimFilter, LineFilter, Monochrome, NoColor
from textual.strip import Strip

from cordage_tui.ui.images.image_cells import ImageCells, same_strip

GROUND = Color(1, 2, 3)
STYLE = Style(bgcolor=GROUND.rich_color)


def _strip() -> Strip:
    return Strip(
        [
            Segment("ab", STYLE),
            Segment(ImageCells(6, lambda first, last: f"<{first}-{last}>"), STYLE),
            Segment("cd", STYLE),
        ]
    )


def _written(strip: Strip, system: str = "truecolor") -> str:
    return strip.render(Console(color_system=system, force_terminal=True))  # type: ignore[arg-type]


def test_cells_of_a_picture_are_blanks_for_textual() -> None:
    """For Textual the cells are blanks, and they become the picture when they are written."""
    assert (_strip().cell_length, _strip().text) == (10, "ab      cd")
    assert "\x1b[48;2;1;2;3m<0-6>\x1b[0m" in _written(_strip())


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [(0, 10, "<0-6>"), (0, 8, "<0-6>"), (2, 8, "<0-6>"), (4, 10, "<2-6>"), (0, 5, "<0-3>"), (4, 6, "<2-4>")],
)
def test_a_crop_leaves_its_part(first: int, last: int, part: str) -> None:
    """A crop keeps the visible part of the picture."""
    assert part in _written(_strip().crop(first, last))


def test_cuts_leave_each_part_to_its_place() -> None:
    """A divided line draws each part of the picture in its place."""
    assert ["<" in _written(part) for part in _strip().divide([2, 5, 8, 10])] == [False, True, True, False]
    assert "".join(map(_written, _strip().divide([3, 5, 10]))).count("<") == 3
    assert "<3-6>" in _written(_strip().divide([5, 10])[1])


@pytest.mark.parametrize("filter", [ANSIToTruecolor(DEFAULT_TERMINAL_THEME), DimFilter(), Monochrome(), NoColor()])
@pytest.mark.parametrize("system", ["truecolor", "256"])
def test_no_filter_loses_the_picture(filter: LineFilter, system: str) -> None:
    """No line filter of Textual loses the picture."""
    assert "<2-6>" in _written(_strip().apply_filter(filter, GROUND).crop(4, 10), system)


def test_what_is_no_terminal_gets_blanks() -> None:
    """A screenshot has blanks in place of the picture."""
    simplified = Strip([Segment("x", STYLE), *_strip()]).simplify()
    assert simplified.text == "xab      cd"
    assert "<" not in _written(Strip([Segment(f"{simplified.text}", STYLE)]))


def test_rows_of_two_pictures_are_never_the_same() -> None:
    """Rows of different pictures are never equal, and a row equals itself in any strip."""
    first_picture, second_picture = _strip(), _strip()
    assert not same_strip(first_picture, second_picture)
    assert not same_strip(first_picture, Strip([Segment("ab", STYLE), Segment(" " * 6, STYLE), Segment("cd", STYLE)]))
    assert same_strip(first_picture, Strip.join([first_picture]))
    assert same_strip(Strip([Segment("ab", STYLE)]), Strip([Segment("ab", STYLE)]))
