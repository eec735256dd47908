"""What several painters share: a canvas of one byte a pixel, ridges, and skies that glow around a light."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, hypot
from random import Random


class Canvas:
    """A picture being painted: one byte, a place in the palette, for every pixel."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.pixels = bytearray(width * height)

    def column(self, x: int, top: int, tones: Sequence[int]) -> None:
        """Paint downwards from (x, top); what would lie outside is left out."""
        if not 0 <= x < self.width:
            return
        tones = tones[max(0, -top) :]
        top = max(0, top)
        tones = tones[: max(0, self.height - top)]
        start = x + top * self.width
        self.pixels[start : start + len(tones) * self.width : self.width] = bytes(tones)

    def ellipse(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        tones: Sequence[int],
        span: tuple[float, float] | None = None,
    ) -> None:
        """Fill an ellipse with a vertical gradient: `tones` from its top to its bottom, or over the heights of `span`."""
        (x0, y0), (across, down) = centre, radii
        start, end = span or (y0 - down, y0 + down)
        for x in range(int(x0 - across), int(x0 + across) + 2):
            rest = 1.0 - ((x - x0) / across) ** 2
            if rest > 0.0:
                half = down * rest**0.5
                first, last = round(y0 - half), round(y0 + half)
                places = (int((y - start) / (end - start) * len(tones)) for y in range(first, last))
                self.column(x, first, [tones[min(len(tones) - 1, max(0, place))] for place in places])

    def sky(self, bottom: int, light: tuple[float, float], tones: int, glow: float, reach: float) -> None:
        """Fill down to `bottom` with tones 0 … `tones`-1, later ones nearer to the bottom and to the light.

        `glow` is how many tones the light adds at its centre, `reach` the pixels over which that fades.
        """
        x0, y0 = light
        near = [glow * exp(-((distance / reach) ** 1.4)) for distance in range(self.width + self.height)]
        for y in range(bottom):
            base = (tones - 1) * 0.82 * (y / bottom) ** 1.25
            row = bytes(min(tones - 1, int(base + near[int(hypot(x - x0, y - y0))])) for x in range(self.width))
            self.pixels[y * self.width : (y + 1) * self.width] = row


def ridge(rng: Random, width: int, roughness: float) -> list[float]:
    """A skyline by midpoint displacement: `width` heights, roughly -1 to 1; `roughness` 0.4 is hills, 0.6 is rock."""
    points = [rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6)]
    step = 0.6
    while len(points) < width:
        between = [(a + b) / 2 + rng.uniform(-step, step) for a, b in pairwise(points)]
        points = [point for pair in zip(points, between, strict=False) for point in pair] + points[-1:]
        step *= roughness
    return points[:width]
