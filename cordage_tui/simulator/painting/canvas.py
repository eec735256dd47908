"""Picture layers, and the canvas that stacks and colours them.

A layer is an indexed PNG in `images`. Index 0 is transparent; the others are ramps of tones, one for each material.
Its comment has its place on the canvas, then the materials: `337 92 skin:17 hair:17`. All rows have PNG filter 2 (up).
"""

import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import pi, sin
from pathlib import Path
from random import Random

from cordage_tui.simulator.painting.picture import Colour, Picture, Stops, gradient, mix
from cordage_tui.simulator.painting.prompt_style import Mood

WIDTH, HEIGHT = 864, 512
"""Size in pixels of the canvas; a picture is cut from its middle."""
_IMAGES = Path(__file__).with_name("images")
_FRAME: Colour = (46, 36, 30)
_MAT: Colour = (244, 240, 232)
_FRAME_WIDTH, _MAT_WIDTH = 5, 14
_PRINT_COLOURS = 96
"""Most colours of a print on the wall; the room needs the others."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Layer of a picture: pixels row by row, and its top left corner on the canvas."""

    width: int
    height: int
    x: int
    y: int
    materials: tuple[tuple[str, int], ...]
    """Name and number of tones of each; the tones of the first begin at index 1."""
    rows: tuple[bytes, ...]

    def moved(self, x: int, y: int) -> "Layer":
        """Return this layer, moved by (x, y)."""
        return replace(self, x=self.x + x, y=self.y + y)

    def top(self, left: int, right: int) -> int:
        """Return the lowest y on the canvas at which one of the columns from `left` to before `right` begins."""
        columns = range(max(0, left - self.x), min(self.width, right - self.x))
        return self.y + max(next((y for y, row in enumerate(self.rows) if row[x]), self.height) for x in columns)


@lru_cache(maxsize=16)
def load_layer(name: str) -> Layer:
    """Read `images/NAME.png`."""
    data, chunks, place = (_IMAGES / f"{name}.png").read_bytes(), {}, 8
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        chunks[kind] = data[place + 8 : place + 8 + size]
        place += 12 + size
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    x, y, *ramps = chunks[b"tEXt"].partition(b"\0")[2].decode().split()
    materials = tuple((ramp.partition(":")[0], int(ramp.partition(":")[2])) for ramp in ramps)
    raw, above, rows = zlib.decompress(chunks[b"IDAT"]), 0, []
    low, high = (int.from_bytes(bytes((bits,)) * width) for bits in (0x7F, 0x80))
    for start in range(1, len(raw), width + 1):  # every byte plus the one above it, modulo 256, a row at once
        line = int.from_bytes(raw[start : start + width])
        above = (line & low) + (above & low) ^ (line ^ above) & high
        rows.append(above.to_bytes(width))
    return Layer(width, height, int(x), int(y), materials, tuple(rows))


class Canvas:
    """Stack of layers, flattened one by one."""

    def __init__(self) -> None:
        self._pixels = bytearray(WIDTH * HEIGHT)
        self._palette: list[Colour] = []
        self._ramps: dict[tuple[Colour, ...], int] = {}
        self._grained = bytearray(256)
        """1 for each index that grain may raise by one."""

    def place(self, layer: Layer, colours: Mapping[str, Stops], *, grain: bool = False) -> None:
        """Place a layer on top. A material without colours is transparent. With `grain`, pixels get the next tone
        at random, so that gradients show no bands."""
        tones, holes = bytearray(256), bytearray(b"\xff") * 256
        index = 1
        for name, count in layer.materials:
            if name in colours:
                first = self._ramp(gradient(colours[name], count))
                tones[index : index + count] = range(first, first + count)
                holes[index : index + count] = bytes(count)
                self._grained[first : first + count] = bytes((grain,)) * (count - 1) + b"\0"
            index += count
        first, last = max(0, layer.x), min(WIDTH, layer.x + layer.width)
        for line in range(max(0, layer.y), min(HEIGHT, layer.y + layer.height)):
            row = layer.rows[line - layer.y][first - layer.x : last - layer.x]
            span = slice(line * WIDTH + first, line * WIDTH + last)
            kept = int.from_bytes(self._pixels[span]) & int.from_bytes(row.translate(holes))
            self._pixels[span] = (kept | int.from_bytes(row.translate(tones))).to_bytes(len(row))

    def hang(self, poster: Picture, x: int, y: int, width: int, height: int) -> None:
        """Hang a framed print of that size, with its upper left corner there, in some of its colours."""
        step, first = -(-len(poster.palette) // _PRINT_COLOURS), len(self._palette) + 2
        self._palette += [_FRAME, _MAT, *poster.palette[::step]]
        table = bytes(min(255, first + index // step) for index in range(256))
        frame, mat = bytes((first - 2,)) * _FRAME_WIDTH, bytes((first - 1,)) * _MAT_WIDTH
        columns = [column * poster.width // width for column in range(width)]
        blank = mat[:1] * width
        lines = [blank] * _MAT_WIDTH
        for place in range(height):
            start = place * poster.height // height * poster.width
            lines.append(bytes(poster.pixels[start + column] for column in columns).translate(table))
        lines = [frame + mat + line + mat + frame for line in (*lines, *(blank,) * _MAT_WIDTH)]
        edges = [frame[:1] * len(lines[0])] * _FRAME_WIDTH
        for place, line in enumerate((*edges, *lines, *edges)):
            left = (y + place) * WIDTH + x
            self._pixels[left : left + len(line)] = line

    def colour_at(self, x: int, y: int) -> Colour:
        """Return the colour of one pixel; outside the canvas, that of the nearest edge."""
        return self._palette[self._pixels[min(WIDTH - 1, max(0, x)) + y * WIDTH]]

    def reflect(self, horizon: int, deep: Colour, rng: Random) -> None:
        """Mirror the part above `horizon` below it: rippled, and darkened towards `deep`."""
        first = len(self._palette)
        self._palette += [mix(colour, deep, 0.3) for colour in self._palette[::2]]
        table = bytes(min(255, first + index // 2) for index in range(256))
        phase = rng.uniform(0.0, 6.0)
        for y in range(horizon, HEIGHT):
            near = (y - horizon) / (HEIGHT - horizon)
            source = max(0, horizon - 1 - int((y - horizon) * 0.9)) * WIDTH
            shift = int(sin(phase + y * (0.9 - 0.55 * near)) * (1 + 7 * near)) + rng.randrange(-1, 2)
            row = self._pixels[source : source + WIDTH].translate(table)
            self._pixels[y * WIDTH : (y + 1) * WIDTH] = row[-shift:] + row[:-shift]

    def picture(self, width: int, height: int, rng: Random, *, mirrored: bool = False, aside: float = 0.0) -> Picture:
        """Cut the picture from the middle, or `aside` of it (-1 the left edge, 1 the right one), and add the grain."""
        left, top = round((WIDTH - width) * (1 + aside) / 2), (HEIGHT - height) // 2
        rows = [self._pixels[y * WIDTH + left : y * WIDTH + left + width] for y in range(top, top + height)]
        pixels = b"".join(row[::-1] if mirrored else row for row in rows)
        raised = int.from_bytes(pixels.translate(self._grained)) & int.from_bytes(rng.randbytes(len(pixels)))
        grained = (int.from_bytes(pixels) + raised).to_bytes(len(pixels))
        return Picture(width, height, grained, tuple(self._palette))

    def _ramp(self, colours: tuple[Colour, ...]) -> int:
        """Return the palette index of the first of `colours`, which are added unless the palette has them."""
        if colours not in self._ramps:
            self._ramps[colours] = len(self._palette)
            self._palette += colours
        return self._ramps[colours]


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
    phase_1, phase_2, phase_3 = (rng.uniform(0.0, 2 * pi) for _ in range(3))

    def shade(x: float, y: float) -> float:
        u, v = x * scale * fine, y * scale * tilt
        long = sin(u + 1.6 * sin(v * 1.4 + phase_1) + phase_2)
        return 92.0 * (
            2.2 + long + 0.7 * sin(v * 1.7 + 1.3 * sin(u * coarse * 1.8 + phase_3)) + 0.4 * sin(u + v + phase_1)
        )

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

    A row is one integer with 32 bits per pixel. Such rows are added and multiplied in C, so a picture of 400,000
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
