"""How many colours a terminal has, and pixels brought to them."""

from enum import Enum
from functools import cache, lru_cache
from typing import Final


class ColorDepth(Enum):
    """What pictures can be drawn with."""

    FEW = 16
    """Sixteen or none: a picture would be a riddle."""
    PALETTE = 256
    TRUE = 1 << 24


LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Of each primary colour in the 256-colour palette's cube."""
GREYS: Final = tuple(round(10.2 * nth) for nth in range(1, 25))
"""Colours that Rich takes for the palette's 24 greys, which are darker or lighter by 4 at most."""
_STEP: Final = 4
"""True colours are rounded to multiples of it: no eye sees it, and neighbours that become equal are written once."""
_BAYER: Final = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Ordered dither: unlike error diffusion it keeps still when a picture is drawn again."""
_MIDDLE: Final = 8
"""Of those. The swing is a third of the palette's steps: more, and pixels as large as these look like a chess board."""
_SEEN: Final = (2, 4, 3)
"""How much of a difference in red, green and blue is seen."""


def reduce(pixels: bytes, width: int, depth: ColorDepth) -> bytes:
    """The RGB `pixels` of a picture `width` wide, in colours that this depth has."""
    if depth is ColorDepth.TRUE:
        return pixels.translate(_rounded(0))
    line = width * 3
    shifted = bytearray(len(pixels))
    for start in range(0, len(pixels), line):
        for x, threshold in enumerate(_BAYER[start // line % 4]):
            for at in range(start + x * 3, start + x * 3 + 3):
                every_fourth = slice(at, start + line, 12)
                shifted[every_fourth] = pixels[every_fourth].translate(_rounded(threshold - _MIDDLE))
    return b"".join(_nearest(bytes(shifted[at : at + 3])) for at in range(0, len(shifted), 3))


@cache
def _rounded(shift: int) -> bytes:
    return bytes(max(0, min(255, round((value + shift) / _STEP) * _STEP)) for value in range(256))


@lru_cache(1 << 14)
def _nearest(pixel: bytes) -> bytes:
    """Of the cube's colours and the greys, the one that looks most like `pixel`."""
    levels, greys = _closest()
    in_cube, grey = pixel.translate(levels), greys[sum(pixel) // 3 :][:1] * 3
    return min(in_cube, grey, key=lambda other: _unlike(pixel, other))


@cache
def _closest() -> tuple[bytes, bytes]:
    """For each value the level that is closest, and the grey."""
    return (
        bytes(min(LEVELS, key=lambda level: abs(level - value)) for value in range(256)),
        bytes(min(GREYS, key=lambda level: abs(level - value)) for value in range(256)),
    )


def _unlike(one: bytes, other: bytes) -> int:
    return sum(weight * (a - b) ** 2 for weight, a, b in zip(_SEEN, one, other, strict=True))
