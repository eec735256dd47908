"""Canvas, palette, PNG and GIF files."""

import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

# What several painters share: a canvas of one byte a pixel, skylines and noise.


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


# A picture of at most 256 colours, and the two formats it can be written in.

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""

_MAX_CODE = 4095


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels row by row from the top left, one byte each: a place in the palette."""

    width: int
    height: int
    pixels: bytes
    palette: tuple[Colour, ...]

    def png(self) -> bytes:
        """As PNG, indexed (W3C PNG, colour type 3)."""
        rows = b"".join(
            b"\0" + self.pixels[start : start + self.width] for start in range(0, len(self.pixels), self.width)
        )
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            (
                _chunk(b"IHDR", header),
                _chunk(b"PLTE", b"".join(bytes(colour) for colour in self.palette)),
                _chunk(b"IDAT", zlib.compress(rows, 3)),
                _chunk(b"IEND", b""),
            )
        )

    def looping_gif(self, frames: int, frame_s: float) -> bytes:
        """As an endless GIF89a in which the palette turns once round; the palette must have 256 colours."""
        data = _lzw(self.pixels)
        blocks = b"".join(bytes((len(part),)) + part for part in (data[i : i + 255] for i in range(0, len(data), 255)))
        parts = [b"GIF89a", struct.pack("<HHBBB", self.width, self.height, 0x70, 0, 0)]
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        for frame in range(frames):
            turn = frame * 256 // frames
            parts.append(b"\x21\xf9\x04\x04" + struct.pack("<H", round(frame_s * 100)) + b"\0\0")
            parts.append(b"\x2c" + struct.pack("<HHHHB", 0, 0, self.width, self.height, 0x87))
            parts.append(b"".join(bytes(colour) for colour in self.palette[turn:] + self.palette[:turn]))
            parts.append(b"\x08" + blocks + b"\0")
        return b"".join(parts) + b"\x3b"


def gradient(stops: Sequence[tuple[float, Colour]], count: int) -> tuple[Colour, ...]:
    """`count` colours along `stops`, each a place from 0 to 1 (the first 0, the last 1) and its colour."""
    return tuple(_at(stops, place / max(1, count - 1)) for place in range(count))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` (0 to 1) of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _at(stops: Sequence[tuple[float, Colour]], place: float) -> Colour:
    for (start, before), (end, after) in pairwise(stops):
        if place <= end:
            return mix(before, after, (place - start) / (end - start))
    return stops[-1][1]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _lzw(pixels: bytes) -> bytes:
    """GIF's LZW of 8-bit pixels (GIF89a, appendix F)."""
    clear, stop = 256, 257
    codes: dict[tuple[int, int], int] = {}
    out, held, bits, width, prefix = bytearray(), clear, 9, 9, pixels[0]
    for pixel in pixels[1:]:
        known = codes.get((prefix, pixel))
        if known is not None:
            prefix = known
            continue
        held |= prefix << bits
        bits += width
        code = len(codes) + 258
        if code <= _MAX_CODE:
            codes[prefix, pixel] = code
            width += code == 1 << width
        else:
            held |= clear << bits
            bits += width
            codes.clear()
            width = 9
        prefix = pixel
        whole = bits >> 3
        out += (held & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")
        held >>= 8 * whole
        bits &= 7
    held |= prefix << bits
    bits += width
    held |= stop << bits
    return bytes(out) + held.to_bytes((bits + width + 7) // 8, "little")


# Smooth shades over a whole picture, from few points that Python reckons and long integers that do the rest.
#
# A row is one integer with 32 bits a pixel: adding and multiplying such rows is done in C, so a picture of 400,000
# pixels takes a few milliseconds.

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
