"""Smooth shades over a whole picture, from few points that Python reckons and long integers that do the rest.

A row is one integer with 32 bits a pixel: adding and multiplying such rows is done in C, so a picture of 400,000 pixels
takes a few milliseconds.
"""

from array import array
from collections.abc import Callable, Iterator
from random import Random

CELL = 8
"""Pixels between two points that are reckoned; what lies between is interpolated."""
_BITS = 3
"""`CELL` is 2 to the power of this."""
_NOISES = 61
"""Rows of noise that are used by turns; a prime, so that nothing repeats visibly."""


def shaded(
    rng: Random, width: int, height: int, shade: Callable[[float, float], float], grain: int = 1
) -> Iterator[bytes]:
    """`height` rows of `width` tones. `shade` gives the tone (with fraction, 0 or more; after 255 comes 0 again) at a pixel;
    with a `grain` of 1 the fraction decides how many of its neighbours get the next one, so that no bands are seen."""
    noises = _noises(rng, width, grain)
    above = _row(shade, 0.0, width)
    for top in range(0, height, CELL):
        below = _row(shade, float(top + CELL), width)
        for down in range(min(CELL, height - top)):
            mixed = above * (CELL - down) + below * down + noises[(top + down) % _NOISES]
            yield (mixed >> _BITS).to_bytes(4 * width + 4, "little")[1 : 4 * width : 4]
        above = below


def _row(shade: Callable[[float, float], float], y: float, width: int) -> int:
    """One row of `width` pixels, each its tone times 256, from a point every `CELL` pixels."""
    points = array("I", [int(256 * max(0.0, shade(float(x), y))) for x in range(0, width + CELL, CELL)])
    left = int.from_bytes(points.tobytes(), "little")
    right = left >> 32
    whole = memoryview(bytearray(4 * CELL * len(points))).cast("I")
    size = 4 * len(points)
    mask = int.from_bytes(b"\xff\xff\xff\0" * len(points), "little")
    for across in range(CELL):
        part = ((left * (CELL - across) + right * across) >> _BITS) & mask
        whole[across::CELL] = memoryview(part.to_bytes(size, "little")).cast("I")
    return int.from_bytes(whole[:width].tobytes(), "little")


def _noises(rng: Random, width: int, grain: int) -> list[int]:
    lanes = bytearray(4 * width)
    noises = []
    for _ in range(_NOISES):
        lanes[::4] = rng.randbytes(width)
        noises.append(int.from_bytes(lanes, "little") * CELL * grain)
    return noises
