"""Inside tmux, which draws a Sixel image as a whole, and takes it away when text is written over any of its cells."""

import re

import pytest
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import PixelSize
from cordage_tui.engine.images.sandbox.decode import sixels
from cordage_tui.ui.images.tmux_sixels import SixelPicture, SixelScreen
from cordage_tui.ui.terminal.capabilities import BAND
from tests.ui.terminal.sixel_terminal import read_sixel

CELL = PixelSize(10, 17)
GROUND = Color(0, 51, 255)
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=80)
DRAWN = re.compile(r"\x1b7\x1b\[(\d+);(\d+)H(\x1bP.*\x1b\\)\x1b8", re.DOTALL)


class _Tmux:
    """Of tmux what matters here: which images there are, and at which cells."""

    def __init__(self) -> None:
        self.screen = SixelScreen()
        self.images: dict[tuple[int, int], str] = {}
        self.wrote: list[tuple[int, int]] = []

    def shows(self, *lines: tuple[int, int, Strip | str]) -> None:
        """A frame of these pieces, each at a line and a column."""
        frame = "".join(
            f"\x1b[{y};{x}H{what if isinstance(what, str) else what.render(CONSOLE)}" for y, x, what in lines
        )
        text, after = self.screen.finished(frame)
        assert "\x1b_P" not in text
        for y, x, what in lines:
            width = len(what) if isinstance(what, str) else what.cell_length
            self.images = {at: one for at, one in self.images.items() if not _overlap(at, one, y, x, width)}
        self.wrote = []
        for drawn in after:
            found = DRAWN.fullmatch(drawn)
            assert found is not None
            self.images[int(found[1]), int(found[2])] = found[3]
            self.wrote.append((int(found[1]), int(found[2])))

    @property
    def seen(self) -> dict[tuple[int, int], int]:
        """Place of each image → its lines of cells."""
        return {at: -(-read_sixel(image).height // CELL.height) for at, image in self.images.items()}


def _overlap(at: tuple[int, int], image: str, y: int, x: int, width: int) -> bool:
    size = read_sixel(image)
    rows, columns = -(-size.height // CELL.height), -(-size.width // CELL.width)
    return at[0] <= y < at[0] + rows and x < at[1] + columns and at[1] < x + width


@pytest.fixture
def source() -> Image.Image:
    picture = Image.new("RGB", (60, 84))
    picture.putdata([(x * 4, y * 3, 90) for y in range(84) for x in range(60)])
    return picture


@pytest.fixture
def tmux() -> _Tmux:
    return _Tmux()


@pytest.fixture
def rows(tmux: _Tmux, source: Image.Image) -> list[Strip]:
    """Five lines of six cells."""
    return tmux.screen.strips([*sixels(source, BAND)], 6, 5, CELL, GROUND)


def _at(y: int, x: int, rows: list[Strip]) -> list[tuple[int, int, Strip]]:
    return [(y + row, x, strip) for row, strip in enumerate(rows)]


def test_a_picture_is_drawn_once_and_whole(tmux: _Tmux, rows: list[Strip], source: Image.Image) -> None:
    """After its frame, at its place, and all of its pixels but those of a band that would reach into the next line."""
    tmux.shows((2, 1, "text"), *_at(3, 11, rows), (8, 1, "text"))
    assert tmux.seen == {(3, 11): 5}
    drawn = read_sixel(tmux.images[3, 11])
    assert (drawn.width, drawn.height) == (60, 84)
    for at in ((0, 0), (59, 0), (30, 50), (59, 83)):
        wanted = source.getpixel(at)
        assert all(abs(part * 2.55 - other) < 30 for part, other in zip(drawn.pixels[at], wanted, strict=True))
    tmux.shows((2, 1, "more"), (3, 1, "beside it "), (4, 17, "behind it"))
    assert (tmux.wrote, tmux.seen) == ([], {(3, 11): 5})


@pytest.mark.parametrize("height", [16, 17, 18, 20, 25])
def test_one_that_is_too_long_for_tmux_is_drawn_in_parts(
    tmux: _Tmux, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a line between them, whatever the height of a cell."""
    source = Image.effect_noise((60, height * 20), 90).convert("RGB")
    cell = PixelSize(10, height)
    whole = read_sixel(SixelPicture(sixels(source, BAND), 6, 20, cell, GROUND).drawn(0, 20)[0][1])
    monkeypatch.setattr("cordage_tui.ui.images.tmux_sixels._LONGEST", 5_000)
    parts = SixelPicture(sixels(source, BAND), 6, 20, cell, GROUND).drawn(0, 20)
    assert len(parts) > 1
    pixels = {
        (x, y + row * height): pixel for row, image in parts for (x, y), pixel in read_sixel(image).pixels.items()
    }
    assert pixels == whole.pixels


def test_no_colour_is_left_out_and_the_first_is_the_ground(tmux: _Tmux, rows: list[Strip]) -> None:
    """xterm loses the colour after one that tmux has no values of, and fills with colour 0."""
    tmux.shows(*_at(3, 11, rows))
    named = re.findall(r"#(\d+);2;(\d+;\d+;\d+)", tmux.images[3, 11])
    assert [int(number) for number, _ in named] == list(range(len(named)))
    assert named[0][1] == "0;20;100"
    used = {int(number) for number in re.findall(r"#(\d+)(?![\d;])", tmux.images[3, 11])}
    assert 0 not in used and max(used) < len(named)


def test_what_covers_a_picture_takes_its_lines_and_no_more(tmux: _Tmux, rows: list[Strip]) -> None:
    """A message over its last lines; when that goes, the lines below it are all that is painted, and all is there."""
    tmux.shows(*_at(3, 11, rows))
    tmux.shows((6, 5, "a message"), (7, 5, "a message"))
    assert tmux.seen == {(3, 11): 3}
    tmux.shows((6, 5, "      "), (6, 11, rows[3]), (7, 5, "      "), (7, 11, rows[4]))
    assert tmux.seen == {(3, 11): 5}


def test_a_dialog_over_the_middle_leaves_the_larger_part(tmux: _Tmux, rows: list[Strip]) -> None:
    """Of a line that is covered in part, only the rest is painted."""
    tmux.shows(*_at(3, 11, rows)[:1], (4, 11, rows[1].crop(0, 2)), (4, 13, "over"), *_at(3, 11, rows)[2:])
    assert tmux.seen == {(5, 11): 3}


def test_a_picture_that_moves_is_where_it_moved(tmux: _Tmux, rows: list[Strip]) -> None:
    """Scrolled by two lines, its first two are gone; then it is away."""
    tmux.shows(*_at(3, 11, rows))
    tmux.shows(*_at(3, 11, rows[2:]), (6, 11, "below "), (7, 11, "below "))
    assert tmux.seen == {(3, 11): 3}
    tmux.shows(*((y, 11, "text  ") for y in range(3, 8)))
    assert (tmux.seen, tmux.wrote) == ({}, [])
    tmux.shows((4, 11, "text  "))
    assert tmux.wrote == []


def test_pictures_side_by_side(tmux: _Tmux, rows: list[Strip]) -> None:
    """The same one twice, in lines that are written as a whole, behind wide letters."""
    wide = Strip([Segment("漢字  ")])
    lines = [Strip.join([wide, strip, Strip.blank(2), strip]) for strip in rows]
    tmux.shows(*_at(3, 1, lines))
    assert tmux.seen == {(3, 7): 5, (3, 15): 5}
    tmux.shows((3, 14, "x"))
    assert tmux.wrote == []
    tmux.shows((3, 15, "x"))
    assert tmux.seen == {(3, 7): 5, (4, 15): 4}
