"""What several painters share: a canvas of one byte a pixel, skylines and noise."""

from collections.abc import Sequence
from itertools import pairwise
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
        first, last = max(0, -top), min(len(tones), self.height - top)
        if last <= first:
            return
        start = x + (top + first) * self.width
        self.pixels[start : start + (last - first) * self.width : self.width] = bytes(tones[first:last])

    def row(self, y: int, left: float, right: float, tone: int, *, veil: bool = False) -> None:
        """Paint one row from `left` to before `right`; as a `veil` every other pixel, like a chessboard."""
        first, last = max(0, round(left)), min(self.width, round(right))
        if veil:
            first += first + y & 1
        if 0 <= y < self.height and first < last:
            step = 2 if veil else 1
            count = len(range(first, last, step))
            self.pixels[y * self.width + first : y * self.width + last : step] = bytes((tone,)) * count

    def lit(self, y: int, left: float, right: float, tones: Sequence[int]) -> None:
        """Paint one row with all of `tones` between `left` and `right`; where one ends changes from row to row, so that
        no stripes are seen."""
        first, last = round(left), round(right)
        if not 0 <= y < self.height or first >= last:
            return
        wide = last - first
        start, end = max(0, first), min(self.width, last)
        if start < end:
            count, early = len(tones), wide * (y * 89 % 144) // 144
            last_tone = count - 1
            row = bytes([tones[min(last_tone, ((x - first) * last_tone + early) // wide)] for x in range(start, end)])
            self.pixels[y * self.width + start : y * self.width + end] = row

    def dot(self, x: int, y: int, tone: int, size: int = 1) -> None:
        """A square of `size` pixels."""
        for down in range(size):
            self.row(y + down, x, x + size, tone)

    def streak(self, x: int, y: int, length: int, tone: int) -> None:
        """A thin slanting line of rain."""
        for down in range(length):
            self.row(y + down, x - down // 4, x - down // 4 + 1, tone)

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
        for y in range(max(0, int(y0 - down)), min(self.height, int(y0 + down) + 2)):
            rest = 1.0 - ((y - y0) / down) ** 2
            if rest > 0.0:
                half = across * rest**0.5
                place = int((y - start) / (end - start) * len(tones))
                self.row(y, x0 - half, x0 + half, tones[min(len(tones) - 1, max(0, place))])

    def crescent(self, centre: tuple[float, float], radius: float, tones: Sequence[int]) -> None:
        """A thin moon, open to the right."""
        x0, y0 = centre
        for y in range(int(y0 - radius), int(y0 + radius) + 1):
            rest = radius**2 - (y - y0) ** 2
            bite = (radius * 0.9) ** 2 - (y - y0) ** 2
            if rest > 0.0:
                right = x0 + radius * 0.42 - (bite**0.5 if bite > 0.0 else -radius)
                self.row(y, x0 - rest**0.5, min(x0 + rest**0.5, right), tones[0])

    def polygon(self, corners: Sequence[tuple[float, float]], tone: int, *, veil: bool = False) -> None:
        """Fill a polygon, by the even-odd rule; as a `veil` what is behind it shines through."""
        low, high = min(y for _, y in corners), max(y for _, y in corners)
        edges = [*pairwise(corners), (corners[-1], corners[0])]
        for y in range(max(0, round(low)), min(self.height, round(high) + 1)):
            cuts = sorted(
                x1 + (y - y1) / (y2 - y1) * (x2 - x1) for (x1, y1), (x2, y2) in edges if (y1 <= y) != (y2 <= y)
            )
            for left, right in zip(cuts[::2], cuts[1::2], strict=False):
                self.row(y, left, right, tone, veil=veil)


class Noise:
    """A smooth field of chance, 0 to 1, in three sizes; `across` and `down` are the pixels of the largest."""

    def __init__(self, rng: Random, width: int, across: float, down: float) -> None:
        self._layers = [
            (rng.uniform(0, 64), rng.uniform(0, 64), across / 2**octave, down / 2**octave, 0.58 / 2**octave)
            for octave in range(3)
        ]
        self._grid = [[rng.random() for _ in range(64)] for _ in range(64)]

    def at(self, x: float, y: float) -> float:
        """The value at a point."""
        total = 0.0
        for left, top, across, down, weight in self._layers:
            u, v = left + x / across, top + y / down
            column, line = int(u), int(v)
            u, v = u - column, v - line
            u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
            here, under = self._grid[line & 63], self._grid[line + 1 & 63]
            a, b = here[column & 63], here[column + 1 & 63]
            c, d = under[column & 63], under[column + 1 & 63]
            upper = a + (b - a) * u
            total += weight * (upper + (c + (d - c) * u - upper) * v)
        return total


def ridge(rng: Random, width: int, roughness: float) -> list[float]:
    """A skyline by midpoint displacement: `width` heights, roughly -1 to 1; `roughness` 0.4 is hills, 0.6 is rock."""
    points = [rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6)]
    step = 0.6
    while len(points) < width:
        between = [(a + b) / 2 + rng.uniform(-step, step) for a, b in pairwise(points)]
        points = [point for pair in zip(points, between, strict=False) for point in pair] + points[-1:]
        step *= roughness
    return points[:width]
