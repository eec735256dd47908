"""How many colours a terminal has, and pixels brought to them."""

from enum import Enum
from functools import cache
from typing import Final


class Depth(Enum):
    """What pictures can be drawn with."""

    FEW = 16
    """Sixteen or none: a picture would be a riddle."""
    PALETTE = 256
    TRUE = 1 << 24


LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Of each primary colour in the 256-colour palette's cube, whose entries begin at 16."""
_STEP: Final = 4
"""True colours are rounded to multiples of it: no eye sees it, and neighbours that become equal are written once."""
_BAYER: Final = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Thresholds of an ordered dither, in sixteenths: unlike error diffusion it keeps still when a picture is drawn again."""


def reduce(pixels: bytes, width: int, depth: Depth) -> bytes:
    """The RGB `pixels` of a picture `width` wide, in colours that this depth has."""
    if depth is Depth.TRUE:
        return pixels.translate(_rounded())
    reduced = bytearray(len(pixels))
    for start in range(0, len(pixels), width * 3):
        thresholds = _BAYER[start // (width * 3) % 4]
        for x, threshold in enumerate(thresholds):
            for at in range(start + x * 3, start + x * 3 + 3):
                row = slice(at, start + width * 3, 12)
                reduced[row] = pixels[row].translate(_to_levels(threshold))
    return bytes(reduced)


@cache
def _rounded() -> bytes:
    return bytes(min(255, round(value / _STEP) * _STEP) for value in range(256))


@cache
def _to_levels(threshold: int) -> bytes:
    """For each value the level of the cube above or below it: the farther from the lower, the more thresholds give the upper."""

    def level(value: int) -> int:
        upper = next(level for level in LEVELS if level >= value)
        lower = max(level for level in LEVELS if level <= value)
        return upper if (value - lower) * 32 > (upper - lower) * (2 * threshold + 1) else lower

    return bytes(map(level, range(256)))
