"""Mountains, water and dunes in the light that a prompt asks for."""

from collections.abc import Sequence
from math import exp, hypot, pow, sin
from random import Random

from cordage_tui.simulator.painting.canvas import Canvas, Colour, Noise, Picture, gradient, mix, ridge, shaded
from cordage_tui.simulator.painting.prompt_style import Hour, Mood, light_of
from cordage_tui.simulator.painting.silhouettes import stand

_SKY, _SUN, _WATER = 96, 6, 48
"""How many tones each has."""
_RIDGES, _RIDGE = 4, 26
"""Ridges, and tones of each: from its lit crest by way of its shaded crest down to the haze at its foot."""
_SHADED = 0.45
"""Where among them the shaded crest stands."""


_ON_LAND = ("house", "castle", "lighthouse", "fox", "owl", "deer", "city", "oak", "acacia")
_DESERT: tuple[Colour, Colour] = (226, 158, 104), (70, 34, 40)
_SNOW: Colour = (236, 242, 250)


def mountains(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """A low sun or moon over ridges that fade into the distance; with water, dunes, woods and whatever else is asked for."""
    return _Landscape(rng, width, height, mood).picture()


class _Landscape:
    def __init__(self, rng: Random, width: int, height: int, mood: Mood) -> None:
        self.rng = rng
        self.form = Random(mood.subject)
        self.mood = mood
        self.canvas = Canvas(width, height)
        self.night = mood.hour is Hour.NIGHT
        self.wet = mood.has("water", "boat", "canoe", "rice") and not {"sea", "cloud"} <= mood.words
        self.horizon = round(height * (self.form.uniform(0.52, 0.58) if self.wet else self.form.uniform(0.56, 0.66)))
        self.light = light_of(mood, self.form)
        high = rng.uniform(0.26, 0.4) if mood.hour in (Hour.DAY, Hour.NIGHT) else rng.uniform(0.05, 0.2)
        self.disc = (width * rng.uniform(0.22, 0.78), self.horizon - height * high)
        self.palette: list[Colour] = []
        self.bank: list[int] = []

    def picture(self) -> Picture:
        self._sky()
        self._disc()
        if self.night or self.mood.has("star"):
            self._stars()
        tops = self._ridges()
        if self.wet:
            self._water()
        stand(
            self.canvas, self.form, self.mood, self.palette, self._ground(tops), self.light.nearest, self.light.sky[2]
        )
        self._weather()
        return Picture(self.canvas.width, self.canvas.height, bytes(self.canvas.pixels), tuple(self.palette))

    def _sky(self) -> None:
        width, height = self.canvas.width, self.canvas.height
        bottom, (x0, y0) = self.horizon + height // 10, self.disc
        reach = height * (0.3 if self.night else 0.42)
        glow = 26.0 if self.night else 44.0
        cloud = Noise(self.rng, width, 220, 46)
        cover = 2.2 if self.mood.has("storm") else 1.6 if self.mood.has("cloud") else 0.9
        thick = 26.0 * cover

        def shade(x: float, y: float) -> float:
            base = 0.84 * (_SKY - 1) * pow(y / bottom, 1.2)
            near = glow * exp(-pow(hypot(x - x0, (y - y0) * 1.15) / reach, 1.35))
            veil = cloud.at(x, y) - 0.62 + 0.12 * cover
            return base + near + (thick * min(0.4, veil) * (0.25 + y / bottom) if veil > 0 else 0.0)

        rows = b"".join(shaded(self.rng, width, bottom, lambda x, y: min(_SKY - 2.0, shade(x, y))))
        self.canvas.pixels[: len(rows)] = rows
        self.palette += gradient([(place / 4, colour) for place, colour in enumerate(self.light.sky)], _SKY)

    def _disc(self) -> None:
        first = len(self.palette)
        self.palette += gradient([(0.0, self.light.disc), (1.0, mix(self.light.disc, self.light.sky[3], 0.3))], _SUN)
        if self.mood.has("storm") and not self.night:
            return
        size = 0.045 if self.mood.hour in (Hour.DAY, Hour.NIGHT) else self.rng.uniform(0.06, 0.085)
        radius = self.canvas.height * size
        tones = range(first, first + _SUN)
        if self.night and self.rng.random() < 0.5:
            self.canvas.crescent(self.disc, radius, tones)
        else:
            self.canvas.ellipse(self.disc, (radius, radius), tones)

    def _stars(self) -> None:
        first = len(self.palette)
        self.palette += gradient([(0.0, mix(self.light.sky[1], (255, 250, 235), 0.35)), (1.0, (255, 252, 240))], 4)
        for _ in range(self.canvas.width // 4):
            x, y = self.rng.randrange(1, self.canvas.width - 1), int(self.horizon * self.rng.random() ** 1.5)
            self.canvas.dot(x, y, first + self.rng.choice((0, 0, 0, 1, 1, 2, 3)))

    def _ridges(self) -> list[list[int]]:
        """Paint them, the farthest first; the skyline of each."""
        sky, tops = self.light.sky, []
        layers = 2 if self.wet else _RIDGES
        low = self.horizon if self.wet else self.canvas.height
        haze = 0.5 if self.mood.has("fog") else 0.0
        for layer in range(layers):
            depth = layer / (_RIDGES - 1)
            crest = mix(mix(sky[3], sky[1], 0.55), self.light.nearest, depth**0.8 * (1 - haze * (1 - depth)))
            foot = mix(crest, sky[4 if self.night else 3], (0.5 + haze) * (1.0 - depth) * 0.8 + 0.03)
            if self.mood.has("desert"):
                crest = mix(crest, self.mood.tinted(_DESERT[0 if depth < 0.7 else 1]), 0.4)
            level = self.horizon + (low - self.horizon) * 0.74 * depth
            tops.append(self._ridge(level, depth, crest, foot))
        return tops

    def _ridge(self, level: float, depth: float, crest: Colour, foot: Colour) -> list[int]:
        snow = self.mood.has("snow") and not self.mood.has("desert")
        white = self.mood.tinted(mix(_SNOW, self.light.sky[3], 0.62 if self.night else 0.3), 0.99, 0.3)
        lit = mix(white, crest, 0.3 * depth) if snow else mix(crest, self.light.sky[4], 0.26 * (1.0 - depth) + 0.1)
        shade = mix(crest, white, 0.3) if snow else mix(crest, self.light.nearest, 0.22)
        first = len(self.palette)
        self.palette += gradient([(0.0, lit), (_SHADED, shade), (1.0, foot)], _RIDGE)
        tops = self._skyline(level, depth)
        self._fill(tops, first, self.canvas.height * (0.24 + 0.12 * depth), rough=1.0 if snow else 0.7)
        if self.mood.has("forest") and depth > 0.3:
            self._trees(tops, first + round(_SHADED * _RIDGE), depth)
        return tops

    def _skyline(self, level: float, depth: float) -> list[int]:
        steep = self.mood.has("peak", "alp", "alpine", "dolomite", "himalaya", "rock", "cliff", "mountain", "snow")
        gentle = self.mood.has("desert", "hill", "tuscan", "highland", "terraced", "meadow", "savanna")
        roughness = 0.36 if gentle else 0.53 if steep else 0.48
        swing = self.canvas.height * (0.26 if steep else 0.18) * (1.0 - 0.55 * depth) * (0.6 if self.wet else 1.0)
        tops = [level - swing * (0.3 + rise) for rise in ridge(self.form, self.canvas.width, roughness)]
        if self.mood.has("volcano") and depth == 0.0:
            middle, tall = self.canvas.width * self.form.choice((0.36, 0.6)), self.canvas.height * 0.4
            for x, top in enumerate(tops):
                away = max(0.03, abs(x - middle) / self.canvas.width)
                tops[x] = min(top, level - tall * (1.16 - (away * 3.0) ** 0.5))
        return [round(top) for top in tops]

    def _fill(self, tops: Sequence[int], first: int, fade: float, rough: float) -> None:
        """Below a skyline: slopes brighter towards the light, with patches of chance, all fading downwards."""
        canvas, width, light_x = self.canvas, self.canvas.width, self.disc[0]
        high = min(canvas.height, max(0, min(tops)))
        low = min(canvas.height, max(high, max(tops) + int(fade)))
        patches = Noise(self.rng, width, 90, 60)
        padded = [*tops, *[tops[-1]] * 48]

        def shade(x: float, y: float) -> float:
            column = int(x)
            down = max(0.0, (y + high - padded[column]) / fade)
            slope = (padded[column + 40] - padded[max(0, column - 40)]) / 80
            aside = max(-0.9, min(0.9, (x - light_x) / width * 4.0))
            turned = max(-0.5, min(0.5, slope * aside + (0.5 - patches.at(x, y + high)) * 1.3))
            tone = _SHADED * (0.5 + rough * turned)
            return (_RIDGE - 1.6) * float(tone + (1.0 - tone) * pow(min(1.0, down), 0.8))

        table = bytes(first + min(tone, _RIDGE - 1) for tone in range(256))
        rows = b"".join(shaded(self.rng, width, low - high, shade)).translate(table)
        rows = bytes(high * width) + rows + bytes((first + _RIDGE - 1,)) * ((canvas.height - low) * width)
        for x, top in enumerate(tops):
            start = x + max(0, top) * width
            canvas.pixels[start::width] = rows[start::width]

    def _trees(self, tops: Sequence[int], tone: int, depth: float) -> None:
        tall = self.canvas.height * 0.05 * (0.4 + depth)
        x = self.form.uniform(0, 6)
        while x < self.canvas.width - 1:
            size = tall * self.form.uniform(0.5, 1.2)
            foot = tops[int(x)] + tall * 0.25
            self.canvas.polygon([(x - size * 0.24, foot), (x, foot - size), (x + size * 0.24, foot)], tone)
            x += size * self.form.uniform(0.2, 0.7)

    def _water(self) -> None:
        """The upper part mirrored below the horizon, darker and rippled."""
        canvas, width, form = self.canvas, self.canvas.width, self.form
        first = len(self.palette)
        deep = mix(self.light.sky[0], self.light.nearest, 0.5)
        self.palette += gradient([(place / 4, mix(sky, deep, 0.3)) for place, sky in enumerate(self.light.sky)], _WATER)
        table = bytes(first + tone * _WATER // _SKY if tone < _SKY else tone for tone in range(256))
        phase = form.uniform(0.0, 6.0)
        for y in range(self.horizon, canvas.height):
            near = (y - self.horizon) / (canvas.height - self.horizon)
            source = max(0, self.horizon - 1 - int((y - self.horizon) * 0.9))
            row = bytes(canvas.pixels[source * width : (source + 1) * width]).translate(table)
            shift = int(sin(phase + y * (0.9 - 0.55 * near)) * (1 + 7 * near)) + self.rng.randrange(-1, 2)
            moved = row[:1] * shift + row[:-shift] if shift > 0 else row[-shift:] + row[-1:] * -shift
            canvas.pixels[y * width : (y + 1) * width] = moved
        if self.mood.has(*_ON_LAND):
            bank = [round(canvas.height * (0.9 + 0.03 * rise)) for rise in ridge(form, width, 0.4)]
            self.palette.append(mix(self.light.nearest, (0, 0, 0), 0.3))
            for x, top in enumerate(bank):
                canvas.column(x, top, bytes((len(self.palette) - 1,)) * (canvas.height - top))
            self.bank = bank

    def _ground(self, tops: Sequence[Sequence[int]]) -> Sequence[int]:
        """Where things stand: on the last ridge, or on the water."""
        if self.wet:
            return self.bank or [self.canvas.height * 4 // 5] * self.canvas.width
        return tops[-1]

    def _weather(self) -> None:
        canvas = self.canvas
        if self.mood.has("snow") and not self.mood.has("desert", "clear"):
            first = len(self.palette)
            self.palette.append(mix(_SNOW, self.light.sky[3], 0.15))
            for _ in range(canvas.width * 3 // 4):
                canvas.dot(
                    self.rng.randrange(canvas.width),
                    self.rng.randrange(canvas.height),
                    first,
                    self.rng.choice((1, 1, 2)),
                )
        if self.mood.has("storm"):
            first = len(self.palette)
            self.palette.append(mix(self.light.sky[2], (220, 228, 232), 0.35))
            for _ in range(canvas.width // 2):
                canvas.streak(
                    self.rng.randrange(canvas.width),
                    self.rng.randrange(canvas.height),
                    self.rng.randrange(8, 22),
                    first,
                )
