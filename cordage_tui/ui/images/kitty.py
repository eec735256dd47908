"""Kitty's graphics: pictures that the terminal keeps, and the cells that show them. Imported with the first image."""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache, partial
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.image import Image
from cordage_tui.ui.images.image_cells import ImageCells

# Kitty's graphics protocol with Unicode placeholders. A picture is sent once, and the cells that show it are text, so it
# can be moved, covered and removed like text.
# https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders

MOST: Final = 297
"""Most rows and columns, because there is one mark for each."""
HELD: Final = 32_000_000
"""Most pixels of pictures that the terminal keeps, at four bytes each. Beyond that, the picture that was not drawn for
longest is dropped. It is a hundred times the largest page of a contact sheet, or a few pictures of a large screen."""

_PLACEHOLDER: Final = "\U0010eeee"
_CHUNK: Final = 4096
_ESCAPE: Final = "\x1b"
_COMMAND: Final = re.compile(r"\x1b_G[^\x1b]*\x1b\\")
_NUMBERS: Final = 0xFFFFFF
"""Highest number of a picture: it fits into the three bytes of a colour."""
_MARKS: Final = (
    "305 30d+1 310 312 33d+2 346 34a+2 350+2 357 35b 363+12 483+4 592+3 597+2 59c+5 5a8+1 5ab+1 5af 5c4 610+7 657+4 65d+1 "
    "6d6+6 6df+3 6e4 6e7+1 6eb+1 730 732+1 735+1 73a 73d 73f+2 743 745 747 749+1 7eb+6 7f3 816+3 81b+8 825+2 829+4 951 "
    "953+1 f82+1 f86+1 135d+2 17dd 193a 1a17 1a75+7 1b6b 1b6d+6 1cd0+2 1cda+1 1ce0 1dc0+1 1dc3+6 1dcb+1 1dd1+21 1dfe "
    "20d0+1 20d4+3 20db+1 20e1 20e7 20e9 20f0 2cef+2 2de0+31 a66f a67c+1 a6f0+1 a8e0+17 aab0 aab2+1 aab7+1 aabe+1 aac1 "
    "fe20+6 10a0f 10a38 1d185+4 1d1aa+3 1d242+2"
)
"""Combining marks for 0, 1, 2 …, in hexadecimal. `+n`: this mark and the n after it."""

Write = Callable[[str], None]


class TransmittedImage(NamedTuple):
    """Picture that was sent. Its number depends on a hash of this, so that two processes do not use the same number."""

    content: int
    columns: int
    rows: int
    pixels: int


class KittyImages:
    """Pictures that the terminal keeps. Each is sent when it is first drawn, and again only after it was dropped."""

    def __init__(self, write: Write, wrap: Callable[[str], str] = str) -> None:
        """`wrap` wraps sequences so that they reach the terminal, like `passed_through`."""
        self._wrap = wrap
        self._write: Write = lambda sequences: write(wrap(sequences))
        self._held: LruCache[int, TransmittedImage] = LruCache(
            HELD, lambda sent: sent.pixels, lambda number, _: self._write(_dropping(number))
        )

    def number(self, image: Image, columns: int, rows: int) -> int:
        """Return the number of a picture in a box of cells. If the terminal does not have it, it is sent first.

        A picture that is sent again gets the same number again, so that cells drawn before stay right.
        """
        sent = TransmittedImage(hash(image.parts), columns, rows, image.width * image.height)
        number = hash(sent) & _NUMBERS or 1
        while self._held.peek(number) not in (None, sent):
            number = number % _NUMBERS + 1
        if self._held.get(number) is None:
            self._write(sending(number, image.parts[0], columns, rows))
            self._held.put(number, sent)
        return number

    def forget(self) -> str:
        """Count no picture as sent any more, and return the sequence that removes all our pictures from the terminal."""
        dropped = "".join(map(_dropping, self._held))
        self._held.clear()
        return self._wrap(dropped)


def kitty_strips(number: int, columns: int, rows: int, background: Color) -> list[Strip]:
    """Return the cells that show the picture `number`."""
    style = Style(bgcolor=background.rich_color)
    return [
        Strip([Segment(ImageCells(columns, partial(_placeholders, number, y)), style)], columns) for y in range(rows)
    ]


def sending(number: int, png: bytes, columns: int, rows: int) -> str:
    """Return the sequence that sends a PNG file, which the terminal fits into a box of cells. It requests no reply."""
    data = b64encode(png).decode()
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    first = f"a=T,U=1,f=100,i={number},c={columns},r={rows},q=2"
    heads = [first, *["q=2"] * (len(chunks) - 1)]
    return "".join(
        f"\x1b_G{head},m={int(chunks_left > 1)};{chunk}\x1b\\"
        for head, chunk, chunks_left in zip(heads, chunks, range(len(chunks), 0, -1), strict=True)
    )


def passed_through(sequences: str) -> str:
    """Wrap Kitty's sequences one by one, so that tmux passes them on. It drops a sequence of more than a megabyte."""
    return _COMMAND.sub(lambda command: f"\x1bPtmux;{command[0].replace(_ESCAPE, _ESCAPE * 2)}\x1b\\", sequences)


def _dropping(number: int) -> str:
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def _placeholders(number: int, row: int, first: int, last: int) -> str:
    """Return placeholders whose foreground colour is the picture's number.

    The colour is written here: a dialog would blend another colour with its shade, and change the number.
    """
    marks = _marks()
    cells = "".join(_PLACEHOLDER + marks[row] + marks[column] for column in range(first, last))
    return f"\x1b[38;2;{number >> 16};{number >> 8 & 255};{number & 255}m{cells}"


@cache
def _marks() -> str:
    runs = [(int(run.split("+")[0], 16), int([*run.split("+"), "0"][1])) for run in _MARKS.split()]
    return "".join(chr(start + offset) for start, count in runs for offset in range(count + 1))
