"""Things in a quiet light: a head and shoulders, and pots on a table."""

from math import cos, pi, sin, sqrt
from random import Random

from cordage_tui.simulator.pictures.light import Canvas
from cordage_tui.simulator.pictures.picture import Colour, Picture, gradient, mix

_WALL, _RIM, _SHADE = 110, 12, 40
_ROOMS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((34, 46, 64), (104, 140, 150), (244, 214, 170)),
    ((58, 30, 42), (168, 86, 78), (252, 206, 160)),
    ((30, 44, 40), (104, 136, 104), (240, 232, 188)),
    ((44, 38, 70), (128, 112, 168), (248, 210, 214)),
    ((48, 40, 34), (164, 134, 100), (250, 234, 206)),
)
"""Colours of a wall: in the dark, in half light, in the light."""
_GLAZES: tuple[Colour, ...] = (
    (196, 88, 62),
    (54, 110, 126),
    (222, 168, 74),
    (108, 132, 92),
    (172, 108, 128),
    (214, 200, 180),
)


def portrait(rng: Random, width: int, height: int) -> Picture:
    """A head and shoulders against the light."""
    dark, half, light = rng.choice(_ROOMS)
    canvas = Canvas(width, height)
    side = rng.choice((-1, 1))
    middle = width * rng.uniform(0.44, 0.56)
    canvas.sky(height, (middle + side * width * 0.17, height * 0.36), _WALL, 74.0, height * 0.5)
    palette = list(gradient([(0.0, dark), (0.55, half), (1.0, light)], _WALL))
    rim = range(_WALL, _WALL + _RIM)
    palette += gradient([(0.0, mix(light, (255, 255, 255), 0.5)), (1.0, half)], _RIM)
    ink = range(_WALL + _RIM, _WALL + _RIM + _SHADE)
    palette += gradient([(0.0, mix(dark, half, 0.12)), (1.0, mix(dark, (0, 0, 0), 0.5))], _SHADE)
    tall = height * rng.uniform(0.19, 0.22)
    slim = tall * rng.uniform(0.72, 0.8)
    span = (height * 0.12, float(height))
    for shift, tones in ((side * 3.0, rim), (0.0, ink)):
        x = middle + shift
        for centre, radii in (
            ((x, height * 1.12), (width * 0.27, height * 0.4)),
            ((x, height * 0.66), (slim * 0.5, height * 0.17)),
            ((x + side * slim * 0.06, height * 0.43), (slim * 0.94, tall)),
            ((x - side * slim * 0.16, height * 0.36), (slim * 1.02, tall * 0.88)),
            ((x - side * slim * 0.78, height * 0.27), (slim * 0.42, slim * 0.4)),
        ):
            canvas.ellipse(centre, radii, tones, span)
    return Picture(width, height, bytes(canvas.pixels), tuple(palette))


def still_life(rng: Random, width: int, height: int) -> Picture:
    """One to three pots on a table, lit from the left."""
    dark, half, light = rng.choice(_ROOMS)
    canvas = Canvas(width, height)
    table = round(height * 0.7)
    canvas.sky(table, (width * rng.uniform(0.15, 0.4), height * 0.25), _WALL, 70.0, height * 0.75)
    palette = list(gradient([(0.0, mix(dark, half, 0.35)), (0.6, half), (1.0, light)], _WALL))
    top = range(_WALL, _WALL + _RIM)
    palette += gradient([(0.0, mix(light, dark, 0.28)), (1.0, mix(light, dark, 0.52))], _RIM)
    for y in range(table, height):
        tone = top[(y - table) * _RIM // (height - table)]
        canvas.pixels[y * width : (y + 1) * width] = bytes((tone,)) * width
    shadow = len(palette)
    palette.append(mix(light, dark, 0.66))
    glazes = rng.sample(_GLAZES, 3)
    pots = rng.randint(1, 3)
    for pot, glaze in enumerate(glazes[:pots]):
        shade = range(len(palette), len(palette) + _SHADE)
        palette += gradient(
            [(0.0, mix(glaze, dark, 0.72)), (0.6, glaze), (1.0, mix(glaze, (255, 250, 240), 0.7))], _SHADE
        )
        x = width * (pot + 1) / (pots + 1) + rng.uniform(-8, 8)
        _pot(canvas, rng, (x, table + height * rng.uniform(0.08, 0.16)), shade, shadow)
    return Picture(width, height, bytes(canvas.pixels), tuple(palette))


def _pot(canvas: Canvas, rng: Random, foot: tuple[float, float], shade: range, shadow: int) -> None:
    """A turned pot standing on `foot`: a profile round an axis, shaded as a cylinder is at each height."""
    x0, y0 = foot
    tall, wide = canvas.height * rng.uniform(0.26, 0.5), canvas.height * rng.uniform(0.1, 0.16)
    belly, neck = rng.uniform(0.25, 0.5), rng.uniform(0.25, 0.6)
    canvas.ellipse((x0 + wide * 0.7, y0), (wide * 1.5, canvas.height * 0.025), (shadow,))
    for step in range(int(tall)):
        up = step / tall
        bulge = sin(pi * min(1.0, up / (2 * belly))) if up < belly else 0.5 + 0.5 * cos(pi * (up - belly) / (1 - belly))
        half = wide * (neck + (1 - neck) * bulge) * (1.0 if up < 0.95 else 1.12)
        y = round(y0 - step)
        for x in range(max(0, int(x0 - half)), min(canvas.width, int(x0 + half) + 1)):
            across = (x - x0) / half
            if abs(across) <= 1.0:
                lit = max(0.0, -0.55 * across + 0.7 * sqrt(1.0 - across * across)) ** 1.3
                canvas.pixels[y * canvas.width + x] = shade[min(len(shade) - 1, int(lit * len(shade) * 1.05))]
