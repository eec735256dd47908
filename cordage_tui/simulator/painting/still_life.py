"""Vessels on a table, lit from the left."""

from collections.abc import Mapping, Sequence
from math import exp, hypot, sqrt
from random import Random

from cordage_tui.simulator.painting.canvas import Canvas, Colour, Noise, Picture, gradient, mix, shaded
from cordage_tui.simulator.painting.prompt_style import Mood

_WALL, _TABLE, _SHADE, _SOFT = 72, 26, 34, 9
"""Tones of the wall, the table, each vessel and its shadow."""
_ROOMS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((58, 62, 70), (150, 148, 142), (236, 228, 212)),
    ((62, 44, 38), (170, 136, 106), (250, 232, 204)),
    ((52, 60, 56), (138, 150, 136), (236, 236, 214)),
    ((66, 52, 64), (170, 142, 150), (248, 226, 220)),
)
"""Colours of a room: in the dark, in half light, in the light."""
_DARK_ROOM = ((14, 14, 18), (48, 44, 46), (132, 112, 96))
_BACKGROUNDS: Mapping[str, tuple[Colour, Colour, Colour]] = {
    "sand": ((120, 92, 66), (214, 184, 144), (250, 232, 202)),
    "white": ((150, 154, 160), (222, 224, 226), (253, 252, 250)),
    "slate": ((26, 32, 40), (74, 86, 100), (150, 164, 176)),
}
_WOODS: Mapping[str, Colour] = {"oak": (172, 126, 82), "walnut": (98, 66, 48), "linen": (214, 204, 186)}
_GLAZES: tuple[Colour, ...] = (
    (196, 88, 62),
    (54, 110, 126),
    (222, 168, 74),
    (108, 132, 92),
    (172, 108, 128),
    (226, 216, 198),
)
_STEP = 0.07
"""Points that lie closer together, as shares of the height, make an edge."""
_Profile = tuple[tuple[float, float], ...]
"""Height and half width, from the foot up, as shares of the vessel's height."""
_VASES: tuple[_Profile, ...] = (
    ((0, 0.16), (0.1, 0.22), (0.36, 0.34), (0.62, 0.24), (0.8, 0.11), (0.92, 0.12), (1, 0.16)),
    ((0, 0.14), (0.24, 0.3), (0.5, 0.33), (0.74, 0.2), (0.86, 0.15), (1, 0.18)),
    ((0, 0.12), (0.3, 0.17), (0.62, 0.28), (0.8, 0.24), (0.9, 0.12), (1, 0.14)),
)
_SHAPES: Mapping[str, tuple[_Profile, float]] = {
    "bottle": (((0, 0.15), (0.06, 0.16), (0.56, 0.16), (0.68, 0.1), (0.74, 0.05), (0.96, 0.05), (1, 0.06)), 0.58),
    "carafe": (((0, 0.17), (0.1, 0.22), (0.34, 0.25), (0.6, 0.12), (0.76, 0.08), (0.94, 0.1), (1, 0.13)), 0.52),
    "flask": (
        ((0, 0.26), (0.05, 0.3), (0.6, 0.3), (0.68, 0.24), (0.72, 0.1), (0.82, 0.1), (0.83, 0.14), (1, 0.14)),
        0.38,
    ),
    "teapot": (
        ((0, 0.26), (0.1, 0.4), (0.4, 0.52), (0.7, 0.38), (0.78, 0.24), (0.84, 0.2), (0.88, 0.06), (1, 0.07)),
        0.34,
    ),
    "cup": (((0, 0.2), (0.04, 0.24), (0.3, 0.46), (0.7, 0.56), (1, 0.58)), 0.22),
    "mug": (((0, 0.38), (0.06, 0.42), (0.94, 0.42), (1, 0.43)), 0.27),
    "bowl": (((0, 0.3), (0.06, 0.34), (0.3, 0.72), (0.7, 0.98), (1, 1.06)), 0.2),
    "jar": (((0, 0.4), (0.05, 0.46), (0.68, 0.46), (0.72, 0.42), (0.74, 0.48), (1, 0.47)), 0.26),
    "candle": (((0, 0.34), (0.05, 0.38), (0.9, 0.38), (1, 0.36)), 0.28),
    "planter": (((0, 0.3), (0.8, 0.42), (0.82, 0.48), (1, 0.49)), 0.34),
}
"""Vessels that a prompt may name, and their height as a share of the picture's."""


def still_life(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """One to three vessels, of the kind, the glaze and in the room that the prompt asks for."""
    return _StillLife(rng, width, height, mood).picture()


class _StillLife:
    def __init__(self, rng: Random, width: int, height: int, mood: Mood) -> None:
        self.rng, self.form, self.mood = rng, Random(mood.subject), mood
        self.canvas = Canvas(width, height)
        self.table = round(height * 0.66)
        self.palette: list[Colour] = []
        self.room = self._room()

    def picture(self) -> Picture:
        self._surroundings()
        mood, form = self.mood, self.form
        named = [name for name in _SHAPES if mood.has(name)]
        count = 3 if mood.has("three", "set") and not mood.has("two") else 2 if mood.has("two", "pair") else 1
        count = count if named or mood.has("three", "two", "pair", "set", "vase") else form.randint(1, 3)
        glazes = [*mood.tints, *form.sample(_GLAZES, 3)]
        for place in range(count):
            x = self.canvas.width * ((place + 1) / (count + 1) + self.rng.uniform(-0.02, 0.02))
            foot = self.table + self.canvas.height * (0.13 + 0.05 * ((place * 2) % 3) / 2)
            name = named[place % len(named)] if named else None
            profile, size = _SHAPES[name] if name else (form.choice(_VASES), form.uniform(0.42, 0.56))
            self._vessel(
                (x, foot), name, profile, self.canvas.height * size * (0.9 if count == 3 else 1.0), glazes[place]
            )
        return Picture(self.canvas.width, self.canvas.height, bytes(self.canvas.pixels), tuple(self.palette))

    def _room(self) -> tuple[Colour, Colour, Colour]:
        words = self.mood.words
        if self.mood.has("dark", "evening", "night", "campfire", "black"):
            return _DARK_ROOM
        return next((room for name, room in _BACKGROUNDS.items() if name in words), self.form.choice(_ROOMS))

    def _surroundings(self) -> None:
        """The wall with a pool of light, and the table."""
        width, height, table = self.canvas.width, self.canvas.height, self.table
        dark, half, light = self.room
        x0, y0 = width * self.rng.uniform(0.16, 0.36), height * 0.22
        grain = Noise(self.rng, width, 300, 200)

        def wall(x: float, y: float) -> float:
            near = exp(-((hypot(x - x0, y - y0) / (height * 0.8)) ** 1.5))
            return (_WALL - 2) * min(1.0, 0.16 + 0.72 * near + 0.2 * (grain.at(x, y) - 0.4))

        def top(x: float, y: float) -> float:
            veins = grain.at(x * 0.5, y * 5.0) - 0.45
            return _WALL + (_TABLE - 2) * min(1.0, max(0.0, 0.7 - 0.5 * x / width + 0.3 * veins + 0.1 * y / height))

        rows = [*shaded(self.rng, width, table, wall), *shaded(self.rng, width, height - table, top)]
        self.canvas.pixels[:] = b"".join(rows)
        self.palette += gradient([(0.0, mix(dark, half, 0.2)), (0.55, half), (1.0, light)], _WALL)
        wood = next((colour for name, colour in _WOODS.items() if self.mood.has(name)), mix(half, light, 0.4))
        self.palette += gradient([(0.0, mix(wood, dark, 0.6)), (1.0, mix(wood, light, 0.3))], _TABLE)

    def _vessel(
        self, foot: tuple[float, float], name: str | None, profile: _Profile, tall: float, glaze: Colour
    ) -> None:
        dark, _, light = self.room
        first = len(self.palette)
        self.palette += gradient(
            [
                (0.0, mix(glaze, dark, 0.8)),
                (0.5, mix(glaze, dark, 0.18)),
                (0.82, mix(glaze, light, 0.25)),
                (1.0, (255, 252, 244)),
            ],
            _SHADE,
        )
        shades = range(first, first + _SHADE)
        self._shadow(foot, tall, profile)
        if name in ("mug", "cup"):
            self._ring((foot[0] + tall * 0.5, foot[1] - tall * 0.52), tall * 0.26, tall * 0.09, shades)
        if name == "teapot":
            self._ring((foot[0] + tall * 0.55, foot[1] - tall * 0.45), tall * 0.28, tall * 0.08, shades)
            self._spout(foot, tall, shades)
        if name == "planter":
            self._leaves(foot, tall)
        lit = _cylinder(shades)
        for y in range(int(foot[1] - tall), int(foot[1]) + 1):
            half = _half(profile, (foot[1] - y) / tall) * tall
            self.canvas.lit(y, foot[0] - half, foot[0] + half, lit)
        half = profile[-1][1] * tall
        rim = (first + _SHADE * 5 // 8, first + 3)
        self.canvas.ellipse((foot[0], foot[1] - tall), (half, half * 0.16), rim[:1])
        self.canvas.ellipse((foot[0], foot[1] - tall), (half * 0.88, half * 0.11), rim[1:])
        base = profile[0][1] * tall
        self.canvas.ellipse((foot[0], foot[1]), (base, base * 0.12), (first + 4,))
        if name == "candle":
            self._flame((foot[0], foot[1] - tall), tall)

    def _shadow(self, foot: tuple[float, float], tall: float, profile: _Profile) -> None:
        """To the right, softer the farther it lies."""
        first = len(self.palette)
        half = max(wide for _, wide in profile) * tall
        beside = min(self.canvas.width - 1, int(foot[0] + half * 1.8)) + int(foot[1]) * self.canvas.width
        ground = self.palette[self.canvas.pixels[beside]]
        self.palette += gradient(
            [(0.0, mix(ground, self.room[0], 0.12)), (1.0, mix(ground, self.room[0], 0.72))], _SOFT
        )
        for ring in range(_SOFT):
            size = 1.0 - 0.62 * ring / _SOFT
            centre = (foot[0] + half * (0.8 - 0.5 * ring / _SOFT), foot[1] + 2)
            self.canvas.ellipse(centre, (half * 1.9 * size, half * 0.24 * size + 3), (first + ring,))

    def _ring(self, centre: tuple[float, float], radius: float, thick: float, shades: Sequence[int]) -> None:
        """A handle."""
        for y in range(int(centre[1] - radius), int(centre[1] + radius) + 1):
            outer = radius**2 - (y - centre[1]) ** 2
            inner = (radius - thick) ** 2 - (y - centre[1]) ** 2
            if outer > 0:
                start = centre[0] + (sqrt(inner) if inner > 0 else 0.0)
                self.canvas.lit(y, start, centre[0] + sqrt(outer), shades[_SHADE // 2 : _SHADE // 5 : -1])

    def _spout(self, foot: tuple[float, float], tall: float, shades: Sequence[int]) -> None:
        x, y = foot
        self.canvas.polygon(
            [
                (x - tall * 0.4, y - tall * 0.2),
                (x - tall * 0.88, y - tall * 0.74),
                (x - tall * 0.78, y - tall * 0.78),
                (x - tall * 0.36, y - tall * 0.5),
            ],
            shades[_SHADE * 3 // 5],
        )

    def _leaves(self, foot: tuple[float, float], tall: float) -> None:
        first = len(self.palette)
        self.palette += gradient([(0.0, (48, 86, 58)), (1.0, (128, 166, 96))], 5)
        x, y = foot[0], foot[1] - tall
        for leaf in range(11):
            lean = (leaf - 5) / 5
            tip = (x + lean * tall * 0.75, y - tall * (0.85 - 0.45 * abs(lean)) * self.form.uniform(0.8, 1.15))
            base = x + lean * tall * 0.3
            self.canvas.polygon(
                [(base - 7, y + 4), ((base + tip[0]) / 2 - 9, (y + tip[1]) / 2), tip, (base + 8, y + 4)],
                first + leaf % 5,
            )

    def _flame(self, top: tuple[float, float], tall: float) -> None:
        first = len(self.palette)
        self.palette += [(255, 176, 66), (255, 236, 170)]
        x, y = top
        self.canvas.polygon(
            [(x - tall * 0.06, y - 4), (x, y - tall * 0.34), (x + tall * 0.06, y - 4), (x, y + 4)], first
        )
        self.canvas.ellipse((x, y - tall * 0.07), (tall * 0.03, tall * 0.08), (first + 1,))


def _cylinder(shades: Sequence[int]) -> list[int]:
    """Tones from left to right of something round: a highlight left of the middle, a little light back at the right."""
    tones = []
    for place in range(96):
        across = place / 47.5 - 1.0
        lit = max(0.0, -0.5 * across + 0.74 * sqrt(max(0.0, 1.0 - across * across))) ** 1.35
        shine = 0.34 * exp(-(((across + 0.45) / 0.1) ** 2))
        back = 0.16 * max(0.0, across - 0.6)
        tones.append(shades[min(len(shades) - 1, int((lit * 0.82 + shine + back) * len(shades)))])
    return tones


def _half(profile: _Profile, height: float) -> float:
    """Half the width at a height, both as shares: a smooth curve through the points of the profile (Catmull–Rom), but for
    its steps, which stay steps."""
    place = next((i for i in range(1, len(profile) - 1) if height <= profile[i][0]), len(profile) - 1)
    (low, before), (high, after) = profile[place - 1], profile[place]
    share = min(1.0, max(0.0, (height - low) / (high - low)))
    if high - low < _STEP:
        return before + (after - before) * share
    slopes = [_slope(profile, place - 1) * (high - low), _slope(profile, place) * (high - low)]
    square, cube = share * share, share**3
    bent = (cube - 2 * square + share) * slopes[0] + (cube - square) * slopes[1]
    return (2 * cube - 3 * square + 1) * before + bent + (3 * square - 2 * cube) * after


def _slope(profile: _Profile, place: int) -> float:
    """How fast the width changes at a point; not at all at the ends and beside a step."""
    if not 0 < place < len(profile) - 1:
        return 0.0
    (low, before), (here, _), (high, after) = profile[place - 1 : place + 2]
    return 0.0 if min(here - low, high - here) < _STEP else (after - before) / (high - low)
