"""People in a quiet light from the side."""

from collections.abc import Sequence
from math import exp, hypot
from random import Random

from cordage_tui.simulator.painting.canvas import Canvas, Colour, Noise, Picture, gradient, mix, shaded
from cordage_tui.simulator.painting.prompt_style import Hour, Mood

_WALL, _SHADES = 80, 17
"""Tones of the wall, and of each thing from its lit to its dark side; ten things at once still fit a palette."""
_ROOMS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((34, 46, 64), (104, 140, 150), (244, 214, 170)),
    ((58, 30, 42), (168, 86, 78), (252, 206, 160)),
    ((30, 44, 40), (104, 136, 104), (240, 232, 188)),
    ((44, 38, 70), (128, 112, 168), (248, 210, 214)),
    ((48, 40, 34), (164, 134, 100), (250, 234, 206)),
)
"""Colours of a wall: in the dark, in half light, in the light."""
_BLUE_HOUR = ((12, 16, 34), (36, 58, 104), (122, 150, 190))
_FOGGY = ((120, 128, 134), (176, 182, 184), (228, 230, 226))
_SKINS: tuple[Colour, ...] = ((240, 200, 170), (226, 176, 140), (198, 142, 106), (152, 100, 72), (106, 70, 54))
_HAIRS: tuple[Colour, ...] = ((44, 32, 30), (84, 56, 40), (150, 106, 64), (28, 28, 34), (120, 62, 40))
_GREY_HAIR: Colour = (206, 204, 200)
_CLOTHS: tuple[Colour, ...] = (
    (60, 78, 106),
    (120, 62, 58),
    (82, 96, 78),
    (170, 128, 78),
    (70, 66, 88),
    (196, 186, 170),
)


def portrait(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Head and shoulders; hats, scarves, beards and rooms as the prompt asks."""
    return _Portrait(rng, width, height, mood).picture()


class _Portrait:
    def __init__(self, rng: Random, width: int, height: int, mood: Mood) -> None:
        form = self.form = Random(mood.subject)
        self.rng, self.mood = rng, mood
        self.canvas = Canvas(width, height)
        self.side = rng.choice((-1, 1))
        """Where the light comes from: -1 the left, 1 the right."""
        self.room = self._room()
        self.palette: list[Colour] = []
        old = mood.has("old", "grandmother", "grandfather", "elderly")
        young = mood.has("boy", "girl", "child", "young", "kid")
        self.skin = form.choice(_SKINS)
        self.hair = _GREY_HAIR if old else form.choice(_HAIRS)
        self.cloth = mood.tints[0] if mood.tints else form.choice(_CLOTHS)
        self.woman = mood.has(
            "woman", "girl", "grandmother", "her", "she", "ballet", "dancer", "lady", "queen", "mother"
        ) or (
            not mood.has("man", "boy", "sailor", "grandfather", "his", "he", "king", "keeper") and form.random() < 0.5
        )
        self.bearded = mood.has("beard", "bearded", "sailor", "keeper", "viking", "wizard") or (not self.woman and old)
        self.x = width * form.uniform(0.46, 0.54) - self.side * width * 0.02
        self.tall = height * (0.185 if young else 0.205) * rng.uniform(0.97, 1.03)
        self.wide = self.tall * (0.8 if young else 0.75)
        self.y = height * (0.46 if young else 0.42)

    def picture(self) -> Picture:
        self._wall()
        self._behind()
        x, y, tall, wide = self.x, self.y, self.tall, self.wide
        hair, skin, cloth = self._shades(self.hair), self._shades(self.skin), self._shades(self.cloth)
        if self.woman:
            self._back_hair(hair)
        self._blob((x, self.canvas.height * 1.14), (wide * 2.3, self.canvas.height * 0.43), cloth)
        self._column(x, y + tall * 0.6, y + tall * 1.72, wide * 0.46, self._shades(mix(self.skin, self.room[0], 0.3)))
        if self.mood.has("scarf", "sailor", "wool", "winter", "snow"):
            scarf = self._shades(self.mood.tints[0] if self.mood.tints else (150, 60, 52))
            self._blob((x, y + tall * 1.36), (wide * 0.86, tall * 0.3), scarf)
        if self.mood.has("astronaut", "diver", "cosmonaut"):
            self._helmet(skin, hair)
        else:
            self._head(skin, hair)
        return Picture(self.canvas.width, self.canvas.height, bytes(self.canvas.pixels), tuple(self.palette))

    def _room(self) -> tuple[Colour, Colour, Colour]:
        mood = self.mood
        room = self.form.choice(_ROOMS)
        if mood.hour is Hour.NIGHT or mood.has("neon", "blue hour", "garage", "astronaut"):
            room = _BLUE_HOUR
        elif mood.has("fog", "overcast", "snow"):
            room = _FOGGY
        dark, half, light = room
        return mood.tinted(dark, 0.0, 0.55), mood.tinted(half, 0.5, 0.55), mood.tinted(light, 0.99, 0.35)

    def _shades(self, colour: Colour) -> range:
        """A range of tones for something of this colour, from its side in the light to the other."""
        dark, _, light = self.room
        first = len(self.palette)
        lit = mix(colour, mix(light, (255, 255, 255), 0.4), 0.3)
        self.palette += gradient(
            [
                (0.0, lit),
                (0.3, colour),
                (0.62, mix(colour, dark, 0.55)),
                (1.0, mix(colour, mix(dark, (0, 0, 0), 0.4), 0.85)),
            ],
            _SHADES,
        )
        return range(first, first + _SHADES)

    def _wall(self) -> None:
        width, height = self.canvas.width, self.canvas.height
        x0, y0 = self.x + self.side * width * 0.26, height * 0.34
        plaster = Noise(self.rng, width, 260, 170)

        def shade(x: float, y: float) -> float:
            near = exp(-((hypot(x - x0, y - y0) / (height * 0.62)) ** 1.5))
            return (_WALL - 2) * min(1.0, 0.1 + 0.74 * near + 0.22 * (plaster.at(x, y) - 0.4) + 0.12 * y / height)

        self.canvas.pixels[:] = b"".join(shaded(self.rng, width, height, shade))
        dark, half, light = self.room
        self.palette += gradient([(0.0, dark), (0.5, half), (1.0, light)], _WALL)

    def _behind(self) -> None:
        """What the prompt sees behind the head."""
        if self.mood.has("bokeh", "neon", "street", "night", "clover", "lantern", "spotlight", "stage", "city", "rain"):
            self._lights()
        if self.mood.has("window", "kitchen", "door", "train"):
            self._window()
        if self.mood.has("forest"):
            self._wood()

    def _lights(self) -> None:
        """Out of focus."""
        canvas, rng = self.canvas, self.rng
        for colour in self.mood.tints or ((255, 190, 110), (230, 96, 120), (110, 170, 220)):
            self.palette.append(mix(self.room[1], colour, 0.42))
            for _ in range(6):
                size = rng.uniform(0.02, 0.06) * canvas.height
                place = (rng.uniform(0, canvas.width), rng.uniform(0, canvas.height * 0.8))
                canvas.ellipse(place, (size, size), (len(self.palette) - 1,))

    def _window(self) -> None:
        canvas, tone = self.canvas, len(self.palette)
        self.palette.append(mix(self.room[2], (255, 255, 255), 0.35))
        left = self.x + self.side * canvas.width * 0.3 - canvas.width * 0.08
        for pane in range(4):
            across, down = (pane % 2) * canvas.width * 0.09, (pane // 2) * canvas.height * 0.24
            for y in range(int(canvas.height * 0.08 + down), int(canvas.height * 0.3 + down)):
                canvas.row(y, left + across, left + across + canvas.width * 0.082, tone)

    def _wood(self) -> None:
        """Birches."""
        canvas, rng = self.canvas, self.rng
        trunk = self._shades(mix((214, 210, 200), self.room[1], 0.35))
        for place in range(8):
            x, half = canvas.width * (place + rng.random()) / 8, rng.uniform(8, 20)
            for y in range(canvas.height):
                canvas.lit(y, x - half, x + half, trunk if self.side < 0 else trunk[::-1])
            for _ in range(7):
                knot = (x + rng.uniform(-0.4, 0.4) * half, rng.uniform(0, canvas.height))
                canvas.ellipse(knot, (half * rng.uniform(0.2, 0.55), 2.5), (trunk[-3],))

    def _head(self, skin: range, hair: range) -> None:
        x, y, tall, wide = self.x, self.y, self.tall, self.wide
        self._blob((x - self.side * wide * 0.98, y + tall * 0.08), (wide * 0.14, tall * 0.2), skin)
        self._blob((x, y - tall * 0.12), (wide * 1.1, tall * 1.06), hair)
        middle = (x + self.side * wide * 0.05, y)
        self._blob(middle, (wide * 0.96, tall * (0.52 if self.woman else 0.6)), skin, bottom=y)
        self._blob(middle, (wide * 0.96, tall * 1.04), skin, top=y)
        self._features(skin, hair)
        if self.bearded:
            self._blob(
                (x + self.side * wide * 0.05, y + tall * 0.52), (wide * 0.9, tall * 0.66), hair, top=y + tall * 0.46
            )
            self._blob((x + self.side * wide * 0.2, y + tall * 0.62), (wide * 0.22, tall * 0.05), skin)
        self._hat()

    def _features(self, skin: range, hair: range) -> None:
        """Brows, eyes, nose and mouth, turned a little to the light; the far side of the face is dark anyway."""
        canvas, x, y, tall, wide, side = self.canvas, self.x, self.y, self.tall, self.wide, self.side
        deep, soft = skin[-4], skin[_SHADES * 5 // 8]
        middle = x + side * wide * 0.16
        closed = self.rng.random() < 0.5 or self.mood.has("laughing", "calm", "resting", "thinking")
        for eye in (-0.42, 0.42):
            at = middle + eye * wide
            canvas.ellipse((at, y - tall * 0.14), (wide * 0.2, tall * 0.028), (hair[-8],))
            canvas.ellipse((at, y + tall * 0.04), (wide * 0.15, tall * (0.022 if closed else 0.05)), (deep,))
        nose = middle - side * wide * 0.05
        canvas.polygon(
            [(nose, y + tall * 0.02), (nose, y + tall * 0.36), (nose - side * wide * 0.13, y + tall * 0.36)], soft
        )
        canvas.ellipse((middle, y + tall * 0.6), (wide * 0.24, tall * 0.03), (skin[_SHADES * 3 // 4],))

    def _back_hair(self, hair: range) -> None:
        x, y, tall, wide = self.x, self.y, self.tall, self.wide
        if self.mood.has("grandmother", "ballet", "dancer", "violinist") or len(self.mood.subject) % 2:
            self._blob((x - self.side * wide * 0.5, y - tall * 1.08), (wide * 0.5, tall * 0.4), hair)
        else:
            self._blob((x, y + tall * 0.5), (wide * 1.28, tall * 1.3), hair)

    def _helmet(self, skin: range, hair: range) -> None:
        x, y, tall = self.x, self.y, self.tall
        shell = self._shades((226, 230, 234))
        self._blob((x, y + tall * 0.05), (tall * 1.5, tall * 1.5), shell)
        self._blob(
            (x + self.side * tall * 0.1, y + tall * 0.05), (tall * 1.22, tall * 1.16), self._shades((40, 52, 84))
        )
        self._head(skin, hair)

    def _hat(self) -> None:
        mood, x, y, tall, wide = self.mood, self.x, self.y, self.tall, self.wide
        if mood.has("sailor", "keeper", "mechanic", "captain", "driver"):
            cap = self._shades(mood.tinted((44, 54, 78), 0.0, 0.5))
            self._blob((x, y - tall * 0.72), (wide * 1.16, tall * 0.46), cap, bottom=y - tall * 0.52)
            self._blob((x + self.side * wide * 0.3, y - tall * 0.5), (wide * 1.0, tall * 0.1), cap)
        elif mood.has("beekeeper", "gardener", "farmer", "cowboy", "wizard", "hat"):
            straw = self._shades((214, 178, 112))
            self._blob((x, y - tall * 0.78), (wide * 0.9, tall * 0.5), straw, bottom=y - tall * 0.52)
            self._blob((x, y - tall * 0.54), (wide * 2.0, tall * 0.15), straw)
        elif mood.has("baker", "cook", "chef"):
            white = self._shades((244, 240, 232))
            self._blob((x, y - tall * 1.02), (wide * 1.1, tall * 0.5), white)
            self._blob((x, y - tall * 0.66), (wide * 1.02, tall * 0.2), white)

    def _blob(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        shades: Sequence[int],
        top: float = -1e9,
        bottom: float = 1e9,
    ) -> None:
        """A round thing, lit from the side; only what lies between the heights `top` and `bottom`."""
        (x0, y0), (across, down) = centre, radii
        turned = shades if self.side < 0 else shades[::-1]
        for y in range(max(0, int(max(top, y0 - down))), min(self.canvas.height, int(min(bottom, y0 + down)) + 1)):
            rest = 1.0 - ((y - y0) / down) ** 2
            if rest > 0.0:
                self.canvas.lit(y, x0 - across * rest**0.5, x0 + across * rest**0.5, turned)

    def _column(self, x: float, top: float, bottom: float, half: float, shades: Sequence[int]) -> None:
        turned = shades if self.side < 0 else shades[::-1]
        for y in range(int(top), int(bottom)):
            flare = 1.0 + 0.5 * max(0.0, (y - top) / (bottom - top) - 0.4) ** 2
            self.canvas.lit(y, x - half * flare, x + half * flare, turned)
