"""What Textual does to a strip on its way to the screen leaves a picture whole, or leaves the part that is to be seen."""

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import Color
from textual.filter import ANSIToTruecolor, DimFilter, LineFilter, Monochrome, NoColor
from textual.strip import Strip

from cordage_tui.ui.images.strips import ImageCells, same_strip

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


def test_to_textual_they_are_blanks() -> None:
    """Measured, read and compared as such; on the way out they are what draws them, between the colours of the panel."""
    assert (_strip().cell_length, _strip().text) == (10, "ab      cd")
    assert "\x1b[48;2;1;2;3m<0-6>\x1b[0m" in _written(_strip())


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [(0, 10, "<0-6>"), (0, 8, "<0-6>"), (2, 8, "<0-6>"), (4, 10, "<2-6>"), (0, 5, "<0-3>"), (4, 6, "<2-4>")],
)
def test_a_crop_leaves_its_part(first: int, last: int, part: str) -> None:
    """Cells that a dialog covers are not drawn, those beside it are."""
    assert part in _written(_strip().crop(first, last))


def test_cuts_leave_each_part_to_its_place() -> None:
    """As the compositor divides a line at the edges of what lies over it."""
    assert ["<" in _written(part) for part in _strip().divide([2, 5, 8, 10])] == [False, True, True, False]
    assert "".join(map(_written, _strip().divide([3, 5, 10]))).count("<") == 3
    assert "<3-6>" in _written(_strip().divide([5, 10])[1])


@pytest.mark.parametrize("filter", [ANSIToTruecolor(DEFAULT_TERMINAL_THEME), DimFilter(), Monochrome(), NoColor()])
@pytest.mark.parametrize("system", ["truecolor", "256"])
def test_no_filter_loses_them(filter: LineFilter, system: str) -> None:
    """Textual puts every line through at least one."""
    assert "<2-6>" in _written(_strip().apply_filter(filter, GROUND).crop(4, 10), system)


def test_what_is_no_terminal_gets_blanks() -> None:
    """A screenshot joins text; there is no picture in it, but no rubbish either."""
    simplified = Strip([Segment("x", STYLE), *_strip()]).simplify()
    assert simplified.text == "xab      cd"
    assert "<" not in _written(Strip([Segment(f"{simplified.text}", STYLE)]))


def test_rows_of_two_pictures_are_never_the_same() -> None:
    """Though both are blanks of one colour; one row is the same again wherever it was put."""
    one, other = _strip(), _strip()
    assert not same_strip(one, other)
    assert not same_strip(one, Strip([Segment("ab", STYLE), Segment(" " * 6, STYLE), Segment("cd", STYLE)]))
    assert same_strip(one, Strip.join([one]))
    assert same_strip(Strip([Segment("ab", STYLE)]), Strip([Segment("ab", STYLE)]))
