"""Things that a prompt may name, as they stand against the light."""

from collections.abc import Callable, Sequence
from random import Random

from cordage_tui.simulator.painting.canvas import Canvas, Colour, mix
from cordage_tui.simulator.painting.prompt_style import Hour, Mood

Point = tuple[float, float]
"""In units of the thing's height, from the middle of its foot; up is positive."""


class _Pen:
    """Draws in units of one thing."""

    def __init__(self, canvas: Canvas, foot: Point, size: float, ink: int) -> None:
        self._canvas, self._foot, self._size = canvas, foot, size
        self.ink, self.glow = ink, ink + 1

    def shape(self, *corners: Point, tone: int | None = None) -> None:
        self._canvas.polygon([self._at(corner) for corner in corners], self.ink if tone is None else tone)

    def beam(self, *corners: Point) -> None:
        """Of light, which what is behind it shines through."""
        self._canvas.polygon([self._at(corner) for corner in corners], self.ink + 2, veil=True)

    def box(self, left: float, low: float, right: float, high: float, tone: int | None = None) -> None:
        self.shape((left, low), (right, low), (right, high), (left, high), tone=tone)

    def round(self, x: float, y: float, across: float, down: float, tone: int | None = None) -> None:
        tones = (self.ink if tone is None else tone,)
        self._canvas.ellipse(self._at((x, y)), (across * self._size, down * self._size), tones)

    def _at(self, point: Point) -> Point:
        return self._foot[0] + point[0] * self._size, self._foot[1] - point[1] * self._size


def stand(
    canvas: Canvas, rng: Random, mood: Mood, palette: list[Colour], ground: Sequence[int], nearest: Colour, air: Colour
) -> None:
    """Draw what the prompt names, on the line of the ground."""
    ink = len(palette)
    palette += [mix(nearest, (0, 0, 0), 0.45), (255, 214, 130), mix(air, (255, 232, 176), 0.5)]
    for name, (draw, share, places) in _THINGS.items():
        if not mood.has(name):
            continue
        x = canvas.width * rng.choice(places)
        line = ground[max(0, int(x) - 12) : int(x) + 12]
        pen = _Pen(canvas, (x, max(line) + 2), canvas.height * share, ink)
        draw(pen, mood.hour in (Hour.NIGHT, Hour.DUSK, None))


def _lighthouse(pen: _Pen, lit: bool) -> None:
    if lit:
        pen.beam((0.0, 0.93), (3.4, 1.3), (3.4, 0.84))
    pen.shape((-0.13, -0.1), (0.13, -0.1), (0.08, 0.84), (-0.08, 0.84))
    pen.box(-0.12, 0.82, 0.12, 0.86)
    pen.box(-0.065, 0.86, 0.065, 0.98, pen.glow if lit else None)
    pen.shape((-0.09, 0.98), (0.09, 0.98), (0.0, 1.1))
    pen.shape((0.1, -0.1), (0.5, -0.1), (0.5, 0.16), (0.32, 0.3), (0.12, 0.16))


def _house(pen: _Pen, lit: bool) -> None:
    pen.box(-0.5, -0.2, 0.5, 0.5)
    pen.shape((-0.62, 0.46), (0.62, 0.46), (0.4, 0.92), (-0.4, 0.92))
    pen.box(0.2, 0.7, 0.33, 1.1)
    if lit:
        pen.box(-0.3, 0.14, -0.12, 0.34, pen.glow)
        pen.box(0.1, 0.14, 0.28, 0.34, pen.glow)


def _castle(pen: _Pen, lit: bool) -> None:
    pen.box(-0.6, -0.3, 0.6, 0.42)
    for x, wide, tall in ((-0.6, 0.12, 0.72), (-0.18, 0.13, 1.0), (0.24, 0.1, 0.66), (0.6, 0.14, 0.82)):
        pen.box(x - wide, -0.3, x + wide, tall)
        pen.shape((x - wide * 1.25, tall), (x + wide * 1.25, tall), (x, tall + wide * 2.4))
    for left in range(-5, 6, 2):
        pen.box(left / 10 - 0.04, 0.42, left / 10 + 0.05, 0.5)
    if lit:
        for x, y in ((-0.2, 0.62), (-0.62, 0.4), (0.58, 0.5)):
            pen.box(x, y, x + 0.05, y + 0.1, pen.glow)


def _boat(pen: _Pen, lit: bool) -> None:
    pen.shape((-0.5, 0.14), (0.55, 0.14), (0.38, -0.06), (-0.36, -0.06))
    pen.box(-0.02, 0.1, 0.01, 1.05)
    pen.shape((0.03, 0.2), (0.03, 1.0), (0.46, 0.22))
    pen.shape((-0.05, 0.22), (-0.05, 0.84), (-0.36, 0.22))
    if lit:
        pen.box(-0.3, 0.04, -0.24, 0.09, pen.glow)


def _canoe(pen: _Pen, lit: bool) -> None:
    pen.shape((-1.2, 0.34), (-0.9, 0.16), (0.9, 0.16), (1.2, 0.34), (0.95, -0.1), (-0.95, -0.1))
    pen.round(0.1, 0.55, 0.16, 0.4)
    pen.round(0.12, 1.02, 0.13, 0.14)
    pen.shape((0.1, 0.8), (0.7, -0.2), (0.76, -0.16), (0.2, 0.86))


def _fox(pen: _Pen, lit: bool) -> None:
    pen.round(0.0, 0.3, 0.24, 0.34)
    pen.round(0.1, 0.1, 0.3, 0.14)
    pen.shape((-0.2, -0.06), (0.02, -0.06), (0.0, 0.5), (-0.16, 0.5))
    pen.round(-0.12, 0.72, 0.17, 0.15)
    pen.shape((-0.22, 0.76), (-0.46, 0.64), (-0.2, 0.6))
    pen.shape((-0.24, 0.8), (-0.2, 1.0), (-0.1, 0.84))
    pen.shape((-0.1, 0.84), (0.0, 1.0), (0.04, 0.76))
    pen.shape(
        (0.16, -0.04), (0.6, -0.04), (0.78, 0.06), (0.88, 0.22), (0.84, 0.3), (0.72, 0.22), (0.5, 0.2), (0.2, 0.16)
    )


def _deer(pen: _Pen, lit: bool) -> None:
    pen.round(0.0, 0.5, 0.34, 0.15)
    for x in (-0.3, -0.2, 0.2, 0.3):
        pen.shape((x - 0.015, -0.06), (x + 0.025, -0.06), (x + 0.045, 0.5), (x - 0.045, 0.5))
    pen.shape((-0.34, 0.48), (-0.16, 0.56), (-0.36, 0.88), (-0.46, 0.84))
    pen.shape((-0.62, 0.76), (-0.6, 0.84), (-0.4, 0.92), (-0.34, 0.82))
    for side in (-1, 1):
        base = -0.4 + 0.03 * side
        pen.shape((base - 0.012, 0.88), (base + 0.012, 0.88), (base + 0.13 * side, 1.2), (base + 0.11 * side, 1.2))
        pen.shape((base + 0.04 * side, 1.0), (base + 0.07 * side, 1.02), (base - 0.02 * side, 1.14))
        pen.shape((base + 0.08 * side, 1.08), (base + 0.1 * side, 1.06), (base + 0.22 * side, 1.12))


def _owl(pen: _Pen, lit: bool) -> None:
    pen.shape((-1.2, 0.02), (1.4, 0.1), (1.4, 0.04), (-1.2, -0.06))
    pen.round(0.0, 0.4, 0.26, 0.42)
    pen.round(0.0, 0.78, 0.25, 0.2)
    pen.shape((-0.25, 0.8), (-0.24, 1.06), (-0.08, 0.94))
    pen.shape((0.25, 0.8), (0.24, 1.06), (0.08, 0.94))
    pen.shape((-0.12, 0.1), (0.12, 0.1), (0.06, -0.3), (-0.06, -0.3))
    for x in (-0.1, 0.1):
        pen.round(x, 0.8, 0.07, 0.07, pen.glow)
        pen.round(x, 0.8, 0.03, 0.03)


def _birds(pen: _Pen, lit: bool) -> None:
    for place in range(7):
        step = abs(place - 2.5)
        x, y, wide = (place - 2.5) * 0.34, 4.6 - step * 0.2, 0.15
        pen.shape((x - wide, y + 0.07), (x - wide * 0.4, y + 0.09), (x, y), (x, y - 0.035), (x - wide * 0.5, y + 0.05))
        pen.shape((x + wide, y + 0.07), (x + wide * 0.4, y + 0.09), (x, y), (x, y - 0.035), (x + wide * 0.5, y + 0.05))


def _tree(pen: _Pen, lit: bool) -> None:
    pen.shape((-0.05, -0.1), (0.05, -0.1), (0.03, 0.5), (-0.03, 0.5))
    for x, y, across, down in (
        (0.0, 0.72, 0.34, 0.2),
        (-0.2, 0.6, 0.24, 0.14),
        (0.22, 0.62, 0.24, 0.14),
        (0.0, 0.84, 0.2, 0.16),
    ):
        pen.round(x, y, across, down)


def _city(pen: _Pen, lit: bool) -> None:
    rng = Random("city")
    for place in range(-14, 15):
        left, tall = place * 0.2, rng.uniform(0.25, 0.95) * (1.1 - abs(place) / 24)
        pen.box(left, -0.6, left + 0.19, tall)
        for x, y in ((x, y) for x in range(3) for y in range(12)):
            if lit and y * 0.08 + 0.05 < tall - 0.05 and rng.random() < 0.4:
                pen.box(left + 0.03 + x * 0.05, y * 0.08, left + 0.055 + x * 0.05, y * 0.08 + 0.035, pen.glow)


_Draw = Callable[[_Pen, bool], None]
_THINGS: dict[str, tuple[_Draw, float, tuple[float, ...]]] = {
    "city": (_city, 0.3, (0.5,)),
    "castle": (_castle, 0.24, (0.3, 0.68)),
    "lighthouse": (_lighthouse, 0.42, (0.24, 0.3)),
    "house": (_house, 0.13, (0.34, 0.64)),
    "acacia": (_tree, 0.26, (0.28, 0.72)),
    "oak": (_tree, 0.28, (0.28, 0.72)),
    "canoe": (_canoe, 0.085, (0.36, 0.6)),
    "boat": (_boat, 0.2, (0.36, 0.6)),
    "deer": (_deer, 0.26, (0.36, 0.62)),
    "fox": (_fox, 0.24, (0.4, 0.6)),
    "owl": (_owl, 0.26, (0.36, 0.6)),
    "birds": (_birds, 0.13, (0.4, 0.6)),
}
"""How each is drawn, its height as a share of the picture's, and where across the picture it may stand."""
