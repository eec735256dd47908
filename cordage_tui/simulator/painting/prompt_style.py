"""Mood, light and style by the words of a prompt."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from cordage_tui.simulator.painting.canvas import Colour, Picture, mix

# What the words of a prompt ask of a picture: the hour, the weather, colours, and things to be seen.

_COLOURS: Mapping[str, Colour] = {
    "red": (206, 44, 44),
    "crimson": (186, 28, 60),
    "scarlet": (222, 52, 36),
    "orange": (240, 130, 40),
    "copper": (196, 110, 66),
    "terracotta": (196, 94, 66),
    "amber": (240, 166, 50),
    "gold": (232, 182, 74),
    "golden": (240, 190, 84),
    "yellow": (246, 212, 70),
    "brown": (138, 90, 58),
    "beige": (222, 200, 168),
    "sand": (224, 198, 156),
    "green": (64, 156, 84),
    "emerald": (28, 150, 104),
    "celadon": (150, 186, 160),
    "olive": (134, 140, 70),
    "teal": (30, 140, 142),
    "turquoise": (56, 190, 190),
    "blue": (52, 106, 204),
    "navy": (32, 52, 116),
    "indigo": (74, 66, 168),
    "violet": (132, 84, 190),
    "purple": (136, 66, 164),
    "lilac": (186, 156, 216),
    "pink": (240, 140, 176),
    "rose": (222, 112, 136),
    "peach": (250, 182, 146),
    "white": (246, 244, 238),
    "porcelain": (238, 240, 242),
    "cream": (244, 232, 206),
    "silver": (186, 192, 200),
    "grey": (130, 134, 140),
    "gray": (130, 134, 140),
    "slate": (92, 104, 120),
    "black": (30, 30, 36),
}


class Hour(StrEnum):
    """The time of day."""

    DAWN = "dawn"
    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


_HOURS: Mapping[str, Hour] = {
    **dict.fromkeys(("dawn", "sunrise", "morning", "daybreak", "early"), Hour.DAWN),
    **dict.fromkeys(("day", "noon", "midday", "daylight", "afternoon", "summer", "sunny"), Hour.DAY),
    **dict.fromkeys(("dusk", "sunset", "evening", "twilight", "sundown", "gloaming"), Hour.DUSK),
    **dict.fromkeys(("night", "midnight", "moon", "moonlight", "moonlit", "star", "starry", "nocturne"), Hour.NIGHT),
}
_KIN: Mapping[str, str] = {
    **dict.fromkeys(("mist", "misty", "haze", "hazy", "foggy", "smoke", "smoky", "cloudy"), "fog"),
    **dict.fromkeys(("snowy", "winter", "arctic", "ice", "icy", "frost", "frozen", "glacier", "polar"), "snow"),
    **dict.fromkeys(("stormy", "thunder", "thunderstorm", "rainy", "rain", "lightning", "tempest", "shower"), "storm"),
    **dict.fromkeys(("lake", "sea", "ocean", "river", "harbour", "harbor", "bay", "coast", "shore", "fjord"), "water"),
    **dict.fromkeys(("reflecting", "reflection", "pond", "beach", "island", "canal", "lagoon"), "water"),
    **dict.fromkeys(("dune", "sahara", "savanna", "sandy"), "desert"),
    **dict.fromkeys(("pine", "tree", "wood", "birch", "cypress", "spruce", "fir", "grove"), "forest"),
    **dict.fromkeys(("goose", "geese", "bird", "gull", "swallow", "crane", "heron", "raven"), "birds"),
    **dict.fromkeys(("sailboat", "boat", "ship", "yacht", "vessel"), "boat"),
    **dict.fromkeys(("cabin", "hut", "cottage", "farm", "barn", "village", "home"), "house"),
    **dict.fromkeys(("tower", "fortress", "palace", "ruin", "abbey"), "castle"),
    **dict.fromkeys(("beacon",), "lighthouse"),
    **dict.fromkeys(("wolf", "dog", "hound", "cat"), "fox"),
    **dict.fromkeys(("stag", "elk", "moose", "horse"), "deer"),
    **dict.fromkeys(("skyline", "town", "downtown", "skyscraper", "metropolis"), "city"),
}
"""Words that are seen as another."""
_AS_IT_IS = frozenset({"geese", "grass", "glass", "moss", "canvas"})


@dataclass(frozen=True, slots=True)
class Mood:
    """What a prompt asks for."""

    words: frozenset[str]
    """In lower case, in the singular, and with those they are seen as."""
    hour: Hour | None
    tints: tuple[Colour, ...]
    """The colours it names, in its order."""
    subject: str
    """The words that say nothing of light, weather and colour: of two prompts with the same subject the pictures are
    composed alike, so that only what changed in the words changes in the picture."""

    def has(self, *words: str) -> bool:
        """Whether any of them is in the prompt."""
        return not self.words.isdisjoint(words)

    def tinted(self, colour: Colour, place: float = 0.0, share: float = 0.72) -> Colour:
        """`colour` as it looks in the light of the prompt's colours: of several the one that stands `place` (0 to 1) along
        them. Dark stays dark and light stays light."""
        if not self.tints:
            return colour
        tint = self.tints[min(len(self.tints) - 1, int(place * len(self.tints)))]
        light = (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255
        own = (0.3 * tint[0] + 0.59 * tint[1] + 0.11 * tint[2]) / 255
        edge = 0.35 + 0.3 * own
        shade = (
            mix((0, 0, 0), tint, light / edge)
            if light < edge
            else mix(tint, (255, 255, 255), (light - edge) / (1 - edge))
        )
        return mix(colour, shade, share)


def mood_of(prompt: str, *others: str) -> Mood:
    """What a prompt asks for. `others` are the other inputs: styles and the like, whose colours are not the subject's."""
    told = _words(prompt)
    beside = [word for text in others for word in _words(text)]
    hours = [_HOURS[word] for word in (*beside, *told) if word in _HOURS]
    named = [_COLOURS[word] for word in told if word in _COLOURS]
    rest = [word for word in told if word not in _COLOURS and word not in _HOURS and _KIN.get(word, word) not in _MINOR]
    return Mood(
        frozenset((*told, *beside, *(_KIN[word] for word in (*told, *beside) if word in _KIN))),
        hours[-1] if hours else None,
        tuple(dict.fromkeys(named))[:3],
        " ".join(rest),
    )


def _words(text: str) -> list[str]:
    """In lower case and in the singular."""
    return [_singular(word) for word in re.findall(r"[a-z]+", text.lower())]


_MINOR = frozenset(
    (
        *("fog", "snow", "storm", "sky", "light", "a", "an", "the", "of", "in", "on", "at", "by", "with", "and", "or"),
        *("under", "over", "into", "for", "to"),
    )
)
"""Weather, and words that say little."""


def _singular(word: str) -> str:
    return (
        word[:-1]
        if len(word) > 3 and word.endswith("s") and not word.endswith("ss") and word not in _AS_IT_IS
        else word
    )


# The colours of the hours and of the weather.

_MIST: Colour = (214, 218, 222)


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of one hour."""

    sky: tuple[Colour, Colour, Colour, Colour, Colour]
    """From zenith to horizon."""
    disc: Colour
    """Of the sun or the moon."""
    nearest: Colour
    """Of the nearest ridge."""


_LIGHTS: dict[Hour, tuple[Light, ...]] = {
    Hour.DAWN: (
        Light(
            ((58, 78, 132), (120, 128, 176), (206, 166, 186), (250, 206, 184), (255, 236, 208)),
            (255, 250, 236),
            (44, 50, 82),
        ),
        Light(
            ((40, 70, 110), (94, 130, 164), (168, 184, 196), (244, 206, 178), (255, 226, 184)),
            (255, 246, 220),
            (26, 46, 64),
        ),
        Light(
            ((66, 58, 116), (142, 104, 158), (226, 148, 164), (255, 198, 170), (255, 232, 204)),
            (255, 248, 232),
            (46, 36, 76),
        ),
    ),
    Hour.DAY: (
        Light(
            ((38, 98, 176), (84, 146, 206), (146, 192, 226), (202, 226, 236), (240, 242, 232)),
            (255, 255, 246),
            (34, 74, 56),
        ),
        Light(
            ((54, 118, 180), (104, 164, 208), (160, 204, 222), (214, 232, 232), (250, 244, 226)),
            (255, 253, 240),
            (52, 84, 50),
        ),
    ),
    Hour.DUSK: (
        Light(
            ((38, 32, 74), (112, 58, 110), (220, 98, 92), (250, 168, 98), (255, 226, 160)),
            (255, 246, 214),
            (24, 20, 48),
        ),
        Light(
            ((16, 30, 66), (40, 84, 132), (120, 148, 172), (236, 186, 146), (255, 226, 190)),
            (255, 244, 226),
            (14, 26, 48),
        ),
        Light(
            ((50, 22, 52), (128, 38, 66), (206, 72, 62), (244, 136, 70), (255, 206, 116)), (255, 236, 180), (34, 14, 36)
        ),
        Light(
            ((14, 22, 40), (26, 56, 80), (58, 108, 118), (144, 172, 150), (246, 222, 160)),
            (250, 246, 214),
            (10, 22, 32),
        ),
    ),
    Hour.NIGHT: (
        Light(((6, 9, 26), (12, 20, 50), (22, 40, 82), (44, 72, 116), (92, 122, 150)), (246, 244, 226), (5, 9, 20)),
        Light(((10, 8, 30), (24, 18, 58), (46, 36, 92), (80, 66, 124), (134, 110, 152)), (250, 240, 222), (8, 6, 22)),
    ),
}
_STORM = Light(
    ((34, 42, 52), (60, 72, 82), (98, 110, 114), (150, 156, 148), (206, 204, 176)), (230, 228, 206), (18, 26, 32)
)


def light_of(mood: Mood, form: Random) -> Light:
    """The light that a prompt asks for: one of those of its hour, seen through its weather, in its colours."""
    night = mood.hour is Hour.NIGHT
    light = form.choice(_LIGHTS[mood.hour or Hour.DUSK])
    sky, nearest = light.sky, light.nearest
    if mood.has("storm"):
        one, two, three, four, five = (mix(a, b, 0.22 if night else 0.76) for a, b in zip(sky, _STORM.sky, strict=True))
        sky, nearest = (one, two, three, four, five), mix(nearest, _STORM.nearest, 0.8)
    if mood.has("fog"):
        grey = mix(_MIST, sky[3], 0.4)
        one, two, three, four, five = (mix(colour, grey, 0.3 if night else 0.55) for colour in sky)
        sky, nearest = (one, two, three, four, five), mix(nearest, grey, 0.16)
    one, two, three, four, five = (mood.tinted(colour, place / 5) for place, colour in enumerate(sky))
    return Light((one, two, three, four, five), mood.tinted(light.disc, 0.99, 0.25), mood.tinted(nearest, 0.0, 0.5))


# The hand that a picture is finished with: a style is an input of the demo's workflows.


def styled(picture: Picture, rng: Random, mood: Mood) -> Picture:
    """The picture in the style that the prompt or an input names; as it is when there is none."""
    return next((finish(picture, rng) for name, finish in _STYLES.items() if mood.has(name)), picture)


def _painterly(picture: Picture, rng: Random) -> Picture:
    """Few colours, laid on with a brush: rows pushed to and fro by strokes."""
    return _brushed(_flat(picture, 7), rng, 5)


def _anime(picture: Picture, rng: Random) -> Picture:
    """Clear colours in clean steps."""
    return _recoloured(_flat(picture, 4), lambda colour: _vivid(colour, 1.45, 14))


def _charcoal(picture: Picture, rng: Random) -> Picture:
    """On grey paper, with the grain of the stick."""
    return _brushed(_recoloured(picture, _drawn), rng, 1)


def _film(picture: Picture, rng: Random) -> Picture:
    """Shadows lifted, lights warm."""
    return _recoloured(picture, lambda colour: mix(mix(colour, (46, 38, 52), 0.16), (255, 226, 170), 0.08))


def _studio(picture: Picture, rng: Random) -> Picture:
    """Cool and crisp."""
    return _recoloured(picture, lambda colour: _vivid(mix(colour, (206, 220, 236), 0.1), 1.1, 4))


_STYLES: dict[str, Callable[[Picture, Random], Picture]] = {
    "painterly": _painterly,
    "painting": _painterly,
    "watercolour": _painterly,
    "anime": _anime,
    "charcoal": _charcoal,
    "sketch": _charcoal,
    "film": _film,
    "studio": _studio,
}


def _recoloured(picture: Picture, change: Callable[[Colour], Colour]) -> Picture:
    return Picture(picture.width, picture.height, picture.pixels, tuple(map(change, picture.palette)))


def _flat(picture: Picture, step: int) -> Picture:
    """Neighbouring colours of the palette become one, where they are alike."""
    palette = list(picture.palette)
    for place, colour in enumerate(palette):
        first = palette[place - place % step]
        if sum(abs(a - b) for a, b in zip(first, colour, strict=True)) < 90:
            palette[place] = first
    return Picture(picture.width, picture.height, picture.pixels, tuple(palette))


def _brushed(picture: Picture, rng: Random, reach: int) -> Picture:
    """Each row pushed aside a little, those beside it nearly as much."""
    rows, shift, width = [], 0, picture.width
    for start in range(0, len(picture.pixels), width):
        shift = max(-reach, min(reach, shift + rng.choice((-2, -1, 1, 2))))
        row = picture.pixels[start : start + width]
        rows.append(row[:1] * shift + row[:-shift] if shift > 0 else row[-shift:] + row[-1:] * -shift)
    return Picture(width, picture.height, b"".join(rows), picture.palette)


def _vivid(colour: Colour, strength: float, lift: int) -> Colour:
    grey = sum(colour) / 3
    red, green, blue = (max(0, min(255, round(grey + (part - grey) * strength + lift))) for part in colour)
    return red, green, blue


def _drawn(colour: Colour) -> Colour:
    light = (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255
    return mix((26, 25, 27), (232, 228, 220), min(1.0, max(0.0, light * 1.25 - 0.08)))
