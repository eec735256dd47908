"""Abstract pattern: flowing silk, computed, since it is also animated."""

from array import array
from collections.abc import Callable, Iterator
from math import pi, sin
from random import Random

from cordage_tui.simulator.painting.picture import Colour, Picture, gradient, mix
from cordage_tui.simulator.painting.prompt_style import Mood

_SILKS: tuple[tuple[Colour, ...], ...] = (
    ((18, 24, 52), (46, 92, 140), (150, 196, 200), (244, 226, 196), (222, 128, 96), (92, 44, 88)),
    ((26, 18, 40), (98, 42, 96), (206, 86, 108), (250, 178, 132), (252, 236, 206), (96, 110, 150)),
    ((14, 34, 38), (28, 92, 88), (124, 170, 120), (238, 228, 168), (226, 160, 90), (110, 60, 54)),
    ((28, 28, 36), (88, 92, 116), (190, 190, 204), (246, 240, 230), (214, 176, 130), (112, 84, 78)),
)


def flow(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Draw waves bent by waves. Its 256 colours are a ring, so that rotating the palette animates it."""
    silk = _silk(mood) if mood.tints else rng.choice(_SILKS)
    ring = [*silk, silk[0]]
    palette = gradient([(place / (len(ring) - 1), colour) for place, colour in enumerate(ring)], 256)
    scale = 2 * pi / width
    fine, coarse, tilt = rng.uniform(0.8, 1.3), rng.uniform(0.5, 0.9), rng.uniform(0.6, 1.3) * rng.choice((-1, 1))
    one, two, three = (rng.uniform(0.0, 2 * pi) for _ in range(3))

    def shade(x: float, y: float) -> float:
        u, v = x * scale * fine, y * scale * tilt
        long = sin(u + 1.6 * sin(v * 1.4 + one) + two)
        return 92.0 * (2.2 + long + 0.7 * sin(v * 1.7 + 1.3 * sin(u * coarse * 1.8 + three)) + 0.4 * sin(u + v + one))

    return Picture(width, height, b"".join(_interpolated(width, height, shade)), palette)


def _silk(mood: Mood) -> tuple[Colour, ...]:
    """Build a silk of the colours that the prompt names: each from dark to light and back."""
    folds: list[Colour] = []
    for tint in mood.tints:
        folds += [mix(tint, (0, 0, 0), 0.72), tint, mix(tint, (255, 255, 255), 0.72), mix(tint, (0, 0, 0), 0.3)]
    return tuple(folds)


_CELL, _BITS = 8, 3
"""Pixels between two computed points; 2 to the power of `_BITS`."""


def _interpolated(width: int, height: int, shade: Callable[[float, float], float]) -> Iterator[bytes]:
    """Yield rows of `shade` (modulo 256), computed at every eighth pixel and interpolated between.

    A row is one integer with 32 bits a pixel: adding and multiplying such rows is done in C, so that a picture of 400,000
    pixels takes a few milliseconds.
    """
    above = _row(shade, 0.0, width)
    for top in range(0, height, _CELL):
        below = _row(shade, float(top + _CELL), width)
        for down in range(min(_CELL, height - top)):
            mixed = above * (_CELL - down) + below * down
            yield (mixed >> _BITS).to_bytes(4 * width + 4, "little")[1 : 4 * width : 4]
        above = below


def _row(shade: Callable[[float, float], float], y: float, width: int) -> int:
    """Compute one row of `width` pixels, each its tone times 256."""
    points = array("I", [int(256 * max(0.0, shade(float(x), y))) for x in range(0, width + _CELL, _CELL)])
    left = int.from_bytes(points.tobytes(), "little")
    right = left >> 32
    whole = memoryview(bytearray(4 * _CELL * len(points))).cast("I")
    mask = int.from_bytes(b"\xff\xff\xff\0" * len(points), "little")
    for across in range(_CELL):
        part = ((left * (_CELL - across) + right * across) >> _BITS) & mask
        whole[across::_CELL] = memoryview(part.to_bytes(4 * len(points), "little")).cast("I")
    return int.from_bytes(whole[:width].tobytes(), "little")
