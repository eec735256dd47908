"""The screen of these tests shows what the screen of pyte shows."""

import random

import pyte
import pytest

from tests.e2e.screen import ByteStream, Screen

NARROW = ("a", "fox " * 20, "é", "─│▐▀", "x" * 90, "\x1b[5;38H", "\x1b[1;1H", "\x1b[12;1H", "\n", "\r\n", "\t", "\b")
STYLES = ("\x1b[31m", "\x1b[m", "\x1b[0m", "\x1b[1;38;2;1;2;3;48;5;7m", "\x1b[7m", "\x1b[27m")
EDITS = (
    "\x1b[2J",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[3L",
    "\x1b[2M",
    "\x1b[4P",
    "\x1b[3@",
    "\x1b[5X",
    "\x1bM",
    "\x1b[3;9r",
    "\x1b[r",
)
MODES = (
    "\x1b[?25l",
    "\x1b[?25h",
    "\x1b[?7l",
    "\x1b[?7h",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b7",
    "\x1b8",
    "\x1b[>1u",
    "\x1b[16t",
)
STRINGS = ("\x1b]2;title\x1b\\", "\x1b(0", "\x0e", "\u200b", "e\u0301")
WIDE = ("好", "好x好" * 30, "x好")


@pytest.mark.parametrize("wide", [(), WIDE], ids=["narrow", "wide"])
def test_our_screen_shows_what_pyte_shows(wide: tuple[str, ...]) -> None:
    """After any bytes, however torn, our screen has the same cells and cursor as that of pyte."""
    dice = random.Random(7)
    pool = (*NARROW, *STYLES, *EDITS, *MODES, *STRINGS, *wide)
    written = "".join(dice.choice(pool) for _ in range(400)).encode()
    ours, theirs = Screen(40, 12), pyte.Screen(40, 12)
    our_stream, pyte_stream = ByteStream(ours), pyte.ByteStream(theirs)
    while written:
        piece, written = written[: (size := dice.randrange(1, 60))], written[size:]
        our_stream.feed(piece)
        pyte_stream.feed(piece)
        assert {y: dict(line) for y, line in ours.buffer.items() if line} == {
            y: dict(line) for y, line in theirs.buffer.items() if line
        }
        assert (ours.cursor.x, ours.cursor.y, ours.cursor.attrs) == (
            theirs.cursor.x,
            theirs.cursor.y,
            theirs.cursor.attrs,
        )
        assert wide or ours.display == theirs.display  # pyte cannot render half a wide character
    assert (ours.mode, ours.title) == (theirs.mode, theirs.title)


def test_a_wide_character_takes_two_cells() -> None:
    """A wide character takes two cells in the displayed line."""
    ours, theirs = Screen(20, 2), pyte.Screen(20, 2)
    for stream in (ByteStream(ours), pyte.ByteStream(theirs)):
        stream.feed("\x1b[1;3H好x好好e\u0301".encode())
    assert ours.display == theirs.display == ["  好x好好é" + " " * 10, " " * 20]


def test_a_string_is_no_text() -> None:
    """A control string draws no text, however torn it comes."""
    written = b"a\x1b_Gi=1;AAAA\x1b\\b\x1bPq#0\x1b\\c\x1b[1md"
    for size in range(1, len(written)):
        screen = Screen(10, 1)
        stream = ByteStream(screen)
        for at in range(0, len(written), size):
            stream.feed(written[at : at + size])
        assert screen.display == ["abcd      "]
