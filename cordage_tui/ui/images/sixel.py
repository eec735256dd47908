"""Sixel: pictures as lines of the screen, cut where a line shows only a part."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from cordage_tui.ui.images.image_cells import ImageCells

# DEC's Sixel graphics, one line of cells at a time. They are pixels on the screen, which written text erases.

_IMAGE: Final = re.compile(r"(\x1bP[\d;]*q)(.*)(\x1b\\)", re.DOTALL)
_PIECE: Final = re.compile(
    r'"(?P<raster>[\d;]+)|(?P<colour>#[\d;]+)|!(?P<times>\d+)(?P<one>[?-~])|(?P<row>[?-~]+)|(?P<turn>[$-])'
)


def sixel_strips(parts: Sequence[bytes], columns: int, cell_width: int, background: Color) -> list[Strip]:
    """Return one strip for each of the `parts`, which are whole images of one line of cells each."""
    style = Style(bgcolor=background.rich_color)
    return [
        Strip(
            [Segment(ImageCells(columns, partial(_slice, part.decode("ascii"), columns, cell_width)), style)], columns
        )
        for part in parts
    ]


def _slice(image: str, columns: int, cell_width: int, first: int, last: int) -> str:
    """Return blanks, which erase an older picture, and then the picture.

    After an image, the position of the cursor depends on the terminal and the image's height. After blanks up to the right
    margin, it is *on* the last blank. So the cursor is restored both times, and then moved.
    """
    cells = last - first
    if cells < columns:
        image = clipped(image, first * cell_width, last * cell_width)
    return f"\x1b7{' ' * cells}\x1b8{image}\x1b8\x1b[{cells}C"


def clipped(image: str, left: int, right: int) -> str:
    """Return the part of a Sixel image in pixel columns [left, right), for example next to a dialog that covers the rest."""
    if (whole := _IMAGE.fullmatch(image)) is None:
        return ""
    parts, x = list[str](), 0
    for piece in _PIECE.finditer(whole[2]):
        match piece.lastgroup:
            case "raster":
                parts.append(_raster(piece["raster"], left, right))
            case "colour":
                parts.append(piece[0])
            case "turn":
                parts.append(piece[0])
                x = 0
            case "one":
                times = int(piece["times"])
                parts.append(_run(piece["one"], min(x + times, right) - max(x, left)))
                x += times
            case "row":
                row = piece["row"]
                parts.append(row[max(0, left - x) : max(0, right - x)])
                x += len(row)
    return f"{whole[1]}{''.join(parts)}{whole[3]}"


def _run(sixel: str, times: int) -> str:
    return f"!{times}{sixel}" if times > 3 else sixel * times


def _raster(attributes: str, left: int, right: int) -> str:
    """Return the raster attributes with the width of the clipped image."""
    parts = attributes.split(";")
    if len(parts) == 4:
        parts[2] = str(max(0, min(int(parts[2]), right) - left))
    return f'"{";".join(parts)}'
