"""Pictures of nothing: silk that flows, and Truchet tiles."""

from math import hypot, pi, sin
from random import Random

from cordage_tui.simulator.painting.canvas import Colour, Picture, gradient, mix, shaded
from cordage_tui.simulator.painting.prompt_style import Mood

_TILE = 32
_STEPS = 15
_LEVELS = 16
_SILKS: tuple[tuple[Colour, ...], ...] = (
    ((18, 24, 52), (46, 92, 140), (150, 196, 200), (244, 226, 196), (222, 128, 96), (92, 44, 88)),
    ((26, 18, 40), (98, 42, 96), (206, 86, 108), (250, 178, 132), (252, 236, 206), (96, 110, 150)),
    ((14, 34, 38), (28, 92, 88), (124, 170, 120), (238, 228, 168), (226, 160, 90), (110, 60, 54)),
    ((28, 28, 36), (88, 92, 116), (190, 190, 204), (246, 240, 230), (214, 176, 130), (112, 84, 78)),
)
_TILES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((24, 28, 44), (240, 176, 96), (206, 84, 104)),
    ((244, 236, 220), (40, 92, 110), (210, 104, 72)),
    ((20, 40, 44), (126, 200, 176), (238, 222, 150)),
    ((46, 30, 54), (246, 170, 160), (150, 130, 214)),
)
"""Colours of the ground, and of the line from the top left to the bottom right."""


def flow(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Waves bent by waves. Its 256 colours are a ring, so that it can be set in motion by turning the palette."""
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

    return Picture(width, height, b"".join(shaded(rng, width, height, shade, grain=0)), palette)


def _silk(mood: Mood) -> tuple[Colour, ...]:
    """A silk of the colours that the prompt names: each from its depth to its light and back."""
    folds: list[Colour] = []
    for tint in mood.tints:
        folds += [mix(tint, (0, 0, 0), 0.72), tint, mix(tint, (255, 255, 255), 0.72), mix(tint, (0, 0, 0), 0.3)]
    return tuple(folds)


def tiles(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Truchet tiles: quarter circles, each tile turned one way or the other, in colours that change along the diagonal."""
    ground, start, end = (mood.tinted(colour, place / 2) for place, colour in enumerate(rng.choice(_TILES)))
    line = gradient([(0.0, start), (1.0, end)], _STEPS)
    palette = [mix(ground, colour, level / (_LEVELS - 1)) for colour in line for level in range(_LEVELS)]
    across, down = -(-width // _TILE), -(-height // _TILE)
    kinds = _turned(rng.choice((3.5, 5.0, 7.0)), rng.random() < 0.5)
    rows = []
    for tile_y in range(down):
        shapes = [rng.choice(kinds) for _ in range(across)]
        steps = [(tile_x + tile_y) * (_STEPS - 1) // (across + down - 2) * _LEVELS for tile_x in range(across)]
        for y in range(_TILE):
            row = bytes(step + level for shape, step in zip(shapes, steps, strict=True) for level in shape[y])
            rows.append(row[:width])
    return Picture(width, height, b"".join(rows[:height]), tuple(palette))


def _turned(half_width: float, doubled: bool) -> tuple[list[list[int]], list[list[int]]]:
    """The two tiles: for each pixel how much of the line covers it, 0 to `_LEVELS` - 1."""
    one = [
        [
            _cover(min(abs(hypot(x + 0.5, y + 0.5) - 16), abs(hypot(x - 31.5, y - 31.5) - 16)), half_width, doubled)
            for x in range(_TILE)
        ]
        for y in range(_TILE)
    ]
    return one, [row[::-1] for row in one]


def _cover(distance: float, half_width: float, doubled: bool) -> int:
    inside = half_width - distance
    if doubled and distance < half_width:
        inside = min(inside, distance - half_width * 0.35)
    return round(max(0.0, min(1.0, inside + 0.5)) * (_LEVELS - 1))
