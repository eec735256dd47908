"""Mountains under a low sun."""

from random import Random

from cordage_tui.simulator.pictures.light import Canvas, ridge
from cordage_tui.simulator.pictures.picture import Colour, Picture, gradient, mix

_SKY_TONES, _SUN_TONES, _RIDGE_TONES, _RIDGES = 120, 8, 24, 5
_SKIES: tuple[tuple[tuple[Colour, ...], Colour, Colour], ...] = (
    (((38, 32, 74), (112, 58, 110), (220, 98, 92), (250, 168, 98), (255, 226, 160)), (255, 246, 214), (24, 20, 48)),
    (((16, 30, 66), (40, 84, 132), (120, 148, 172), (236, 186, 146), (255, 226, 190)), (255, 244, 226), (14, 26, 48)),
    (((50, 22, 52), (128, 38, 66), (206, 72, 62), (244, 136, 70), (255, 206, 116)), (255, 236, 180), (34, 14, 36)),
    (((14, 22, 40), (26, 56, 80), (58, 108, 118), (144, 172, 150), (232, 222, 176)), (250, 246, 214), (10, 22, 32)),
    (
        ((70, 78, 136), (140, 124, 176), (216, 160, 184), (250, 202, 186), (255, 234, 210)),
        (255, 250, 236),
        (48, 44, 88),
    ),
)
"""Colours of the sky from zenith to horizon, of the sun, and of the nearest ridge."""


def mountains(rng: Random, width: int, height: int) -> Picture:
    """Five ridges, the farther the hazier, before a sky that glows around the sun."""
    sky, sun, nearest = rng.choice(_SKIES)
    canvas = Canvas(width, height)
    horizon = round(height * rng.uniform(0.58, 0.68))
    centre = (width * rng.uniform(0.2, 0.8), horizon - height * rng.uniform(0.06, 0.24))
    canvas.sky(horizon + height // 8, centre, _SKY_TONES, 46.0, height * 0.42)
    radius = height * rng.uniform(0.06, 0.1)
    canvas.ellipse(centre, (radius, radius), range(_SKY_TONES, _SKY_TONES + _SUN_TONES))
    palette = list(gradient([(place / 4, colour) for place, colour in enumerate(sky)], _SKY_TONES))
    palette += gradient([(0.0, sun), (1.0, mix(sun, sky[3], 0.35))], _SUN_TONES)
    for layer in range(_RIDGES):
        depth = layer / (_RIDGES - 1)
        tones = range(len(palette), len(palette) + _RIDGE_TONES)
        crest = mix(mix(sky[3], sky[1], 0.55), nearest, depth**0.8)
        palette += gradient([(0.0, crest), (1.0, mix(crest, sky[3], 0.34 * (1.0 - depth) + 0.04))], _RIDGE_TONES)
        _paint(canvas, rng, tones, level=horizon + (height - horizon) * 0.72 * depth, depth=depth)
    return Picture(width, height, bytes(canvas.pixels), tuple(palette))


def _paint(canvas: Canvas, rng: Random, tones: range, *, level: float, depth: float) -> None:
    swing = canvas.height * (0.17 - 0.07 * depth)
    fade = canvas.height * (0.26 + 0.1 * depth)
    down = [tones[min(len(tones) - 1, int(y / fade * len(tones)))] for y in range(canvas.height)]
    for x, rise in enumerate(ridge(rng, canvas.width, 0.5)):
        top = round(level - swing * (0.35 + rise))
        canvas.column(x, top, down)
