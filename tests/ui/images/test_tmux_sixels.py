"""Sixel images inside tmux, which draws an image whole and removes it if text is written over one of its cells."""

import re

import pytest
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import PixelSize
from cordage_tui.engine.images.sandbox.sixels import sixels
from cordage_tui.ui.images.tmux_sixels import SixelPicture, SixelScreen
from cordage_tui.ui.terminal.capabilities import BAND
from tests.ui.images.sixel_terminal import read_sixel

CELL = PixelSize(10, 17)
GROUND = Color(0, 51, 255)
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=80)
DRAWN = re.compile(r"\x1b7\x1b\[(\d+);(\d+)H(\x1bP.*\x1b\\)\x1b8", re.DOTALL)


class _Tmux:
    """The images that tmux shows, and their cells."""

    def __init__(self) -> None:
        self.screen = SixelScreen()
        self.images: dict[tuple[int, int], str] = {}
        self.wrote: list[tuple[int, int]] = []

    def shows(self, *lines: tuple[int, int, Strip | str]) -> None:
        """Write a frame of these pieces, each at a line and a column."""
        frame = "".join(
            f"\x1b[{y};{x}H{piece if isinstance(piece, str) else piece.render(CONSOLE)}" for y, x, piece in lines
        )
        text, after = self.screen.finished(frame)
        assert "\x1b_P" not in text
        for y, x, piece in lines:
            width = len(piece) if isinstance(piece, str) else piece.cell_length
            self.images = {at: image for at, image in self.images.items() if not _overlap(at, image, y, x, width)}
        self.wrote = []
        for drawn in after:
            match = DRAWN.fullmatch(drawn)
            assert match is not None
            self.images[int(match[1]), int(match[2])] = match[3]
            self.wrote.append((int(match[1]), int(match[2])))

    @property
    def image_heights(self) -> dict[tuple[int, int], int]:
        """Return the place of each image and the number of its lines."""
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
    """Return five lines of six cells."""
    return tmux.screen.strips([*sixels(source, BAND)], 6, 5, CELL, GROUND)


def _at(y: int, x: int, rows: list[Strip]) -> list[tuple[int, int, Strip]]:
    return [(y + row, x, strip) for row, strip in enumerate(rows)]


def test_a_picture_is_drawn_once_and_whole(tmux: _Tmux, rows: list[Strip], source: Image.Image) -> None:
    """A picture is drawn once after its frame, at its place, with all pixels of its lines."""
    tmux.shows((2, 1, "text"), *_at(3, 11, rows), (8, 1, "text"))
    assert tmux.image_heights == {(3, 11): 5}
    image = read_sixel(tmux.images[3, 11])
    assert (image.width, image.height) == (60, 84)
    for at in ((0, 0), (59, 0), (30, 50), (59, 83)):
        source_pixel = source.getpixel(at)
        assert all(abs(part * 2.55 - other) < 30 for part, other in zip(image.pixels[at], source_pixel, strict=True))
    tmux.shows((2, 1, "more"), (3, 1, "beside it "), (4, 17, "behind it"))
    assert (tmux.wrote, tmux.image_heights) == ([], {(3, 11): 5})


@pytest.mark.parametrize("height", [16, 17, 18, 20, 25])
def test_one_that_is_too_long_for_tmux_is_drawn_in_parts(
    tmux: _Tmux, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image too long for tmux is drawn in parts with the same pixels, for any height of a cell."""
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
    """Colours are numbered without gaps and colour 0 is the background, because xterm needs both."""
    tmux.shows(*_at(3, 11, rows))
    named = re.findall(r"#(\d+);2;(\d+;\d+;\d+)", tmux.images[3, 11])
    assert [int(number) for number, _ in named] == list(range(len(named)))
    assert named[0][1] == "0;20;100"
    used = {int(number) for number in re.findall(r"#(\d+)(?![\d;])", tmux.images[3, 11])}
    assert 0 not in used and max(used) < len(named)


def test_what_covers_a_picture_takes_its_lines_and_no_more(tmux: _Tmux, rows: list[Strip]) -> None:
    """A text over a picture removes only its lines, and they return when they are painted again."""
    tmux.shows(*_at(3, 11, rows))
    tmux.shows((6, 5, "a message"), (7, 5, "a message"))
    assert tmux.image_heights == {(3, 11): 3}
    tmux.shows((6, 5, "      "), (6, 11, rows[3]), (7, 5, "      "), (7, 11, rows[4]))
    assert tmux.image_heights == {(3, 11): 5}


def test_a_dialog_over_the_middle_leaves_the_larger_part(tmux: _Tmux, rows: list[Strip]) -> None:
    """A dialog over the middle leaves the larger part of the picture."""
    tmux.shows(*_at(3, 11, rows)[:1], (4, 11, rows[1].crop(0, 2)), (4, 13, "over"), *_at(3, 11, rows)[2:])
    assert tmux.image_heights == {(5, 11): 3}


def test_a_picture_that_moves_is_where_it_moved(tmux: _Tmux, rows: list[Strip]) -> None:
    """A scrolled picture is drawn at its new place, and a covered one is gone."""
    tmux.shows(*_at(3, 11, rows))
    tmux.shows(*_at(3, 11, rows[2:]), (6, 11, "below "), (7, 11, "below "))
    assert tmux.image_heights == {(3, 11): 3}
    tmux.shows(*((y, 11, "text  ") for y in range(3, 8)))
    assert (tmux.image_heights, tmux.wrote) == ({}, [])
    tmux.shows((4, 11, "text  "))
    assert tmux.wrote == []


def test_pictures_side_by_side(tmux: _Tmux, rows: list[Strip]) -> None:
    """The same picture twice in a line, after wide letters, is drawn at both places."""
    wide = Strip([Segment("漢字  ")])
    lines = [Strip.join([wide, strip, Strip.blank(2), strip]) for strip in rows]
    tmux.shows(*_at(3, 1, lines))
    assert tmux.image_heights == {(3, 7): 5, (3, 15): 5}
    tmux.shows((3, 14, "x"))
    assert tmux.wrote == []
    tmux.shows((3, 15, "x"))
    assert tmux.image_heights == {(3, 7): 5, (4, 15): 4}
