"""Mood, light and style by the words of a prompt."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from cordage_tui.simulator.painting.picture import Colour, Picture, mix, rgb

# The words of a prompt that shape a picture: the hour, the weather, colours, and things to be seen.

_COLOURS: Mapping[str, Colour] = {
    word.partition(":")[0]: rgb(word.partition(":")[2])
    for word in """
        red:ce2c2c crimson:ba1c3c scarlet:de3424 orange:f08228 copper:c46e42 terracotta:c45e42 amber:f0a632
        gold:e8b64a golden:f0be54 yellow:f6d446 brown:8a5a3a beige:dec8a8 sand:e0c69c green:409c54 emerald:1c9668
        celadon:96baa0 olive:868c46 teal:1e8c8e turquoise:38bebe blue:346acc navy:203474 indigo:4a42a8
        violet:8454be purple:8842a4 lilac:ba9cd8 pink:f08cb0 rose:de7088 peach:fab692 white:f6f4ee
        porcelain:eef0f2 cream:f4e8ce silver:bac0c8 grey:82868c gray:82868c slate:5c6878 black:1e1e24
    """.split()  # noqa: SIM905  a table that fits a screen
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
"""Synonyms: words that are seen as another."""
_AS_IT_IS = frozenset({"geese", "grass", "glass", "moss", "canvas"})


@dataclass(frozen=True, slots=True)
class Mood:
    """Parsed prompt: hour, weather, colours and subject."""

    words: frozenset[str]
    """Words in lower case and in the singular, with those they are seen as."""
    hour: Hour | None
    tints: tuple[Colour, ...]
    """Colours it names, in its order."""
    subject: str
    """Words that are not about light, weather and colour.

    Prompts with the same subject are composed alike, so only changed words change the picture.
    """

    def has(self, *words: str) -> bool:
        """Return whether any of `words` is in the prompt."""
        return not self.words.isdisjoint(words)

    def tinted(self, colour: Colour, place: float = 0.0, share: float = 0.72) -> Colour:
        """Tint `colour` with one of the prompt's colours: the one `place` (0 to 1) along them. Dark stays dark and light
        stays light; `share` (0 to 1) is the strength."""
        if not self.tints:
            return colour
        tint = self.tints[min(len(self.tints) - 1, int(place * len(self.tints)))]
        light = (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255
        tint_light = (0.3 * tint[0] + 0.59 * tint[1] + 0.11 * tint[2]) / 255
        edge = 0.35 + 0.3 * tint_light
        shade = (
            mix((0, 0, 0), tint, light / edge)
            if light < edge
            else mix(tint, (255, 255, 255), (light - edge) / (1 - edge))
        )
        return mix(colour, shade, share)


def mood_of(prompt: str, *others: str) -> Mood:
    """Parse a prompt. `others` are the other inputs: styles and the like, whose colours are not the subject's."""
    prompt_words = _words(prompt)
    style_words = [word for text in others for word in _words(text)]
    hours = [_HOURS[word] for word in (*style_words, *prompt_words) if word in _HOURS]
    named = [_COLOURS[word] for word in prompt_words if word in _COLOURS]
    subject_words = [
        word
        for word in prompt_words
        if word not in _COLOURS and word not in _HOURS and _KIN.get(word, word) not in _MINOR
    ]
    return Mood(
        frozenset(
            (*prompt_words, *style_words, *(_KIN[word] for word in (*prompt_words, *style_words) if word in _KIN))
        ),
        hours[-1] if hours else None,
        tuple(dict.fromkeys(named))[:3],
        " ".join(subject_words),
    )


def _words(text: str) -> list[str]:
    """Split into words in lower case and in the singular."""
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
    """Colours of one hour."""

    sky: tuple[Colour, ...]
    """Five colours from zenith to horizon."""
    disc: Colour
    """Colour of the sun or the moon."""
    nearest: Colour
    """Colour of the nearest ridge."""


_LIGHTS: dict[Hour | str, tuple[str, ...]] = {
    Hour.DAWN: (
        "3a4e84 7880b0 cea6ba faceb8 ffecd0 fffaec 2c3252",
        "28466e 5e82a4 a8b8c4 f4ceb2 ffe2b8 fff6dc 1a2e40",
        "423a74 8e689e e294a4 ffc6aa ffe8cc fff8e8 2e244c",
    ),
    Hour.DAY: (
        "2662b0 5492ce 92c0e2 cae2ec f0f2e8 fffff6 224a38",
        "3676b4 68a4d0 a0ccde d6e8e8 faf4e2 fffdf0 345432",
    ),
    Hour.DUSK: (
        "26204a 703a6e dc625c faa862 ffe2a0 fff6d6 181430",
        "101e42 285484 7894ac ecba92 ffe2be fff4e2 0e1a30",
        "321634 802642 ce483e f48846 ffce74 ffecb4 220e24",
        "0e1628 1a3850 3a6c76 90ac96 f6dea0 faf6d6 0a1620",
    ),
    Hour.NIGHT: (
        "06091a 0c1432 162852 2c4874 5c7a96 f6f4e2 050914",
        "0a081e 18123a 2e245c 50427c 866e98 faf0de 080616",
    ),
    "storm": ("222a34 3c4852 626e72 969c94 ceccb0 e6e4ce 121a20",),
}
"""Five colours of the sky, those of the disc and of the nearest ridge; one of several is drawn."""


def light_of(mood: Mood, form: Random) -> Light:
    """Return the light that a prompt asks for: of its hour, seen through its weather, in its colours."""
    night = mood.hour is Hour.NIGHT
    *sky, disc, nearest = map(rgb, form.choice(_LIGHTS[mood.hour or Hour.DUSK]).split())
    if mood.has("storm"):
        *storm, _, land = map(rgb, _LIGHTS["storm"][0].split())
        sky = [mix(colour, other, 0.22 if night else 0.76) for colour, other in zip(sky, storm, strict=True)]
        nearest = mix(nearest, land, 0.8)
    if mood.has("fog"):
        grey = mix(_MIST, sky[3], 0.4)
        sky, nearest = [mix(colour, grey, 0.3 if night else 0.55) for colour in sky], mix(nearest, grey, 0.16)
    tinted = tuple(mood.tinted(colour, place / 5) for place, colour in enumerate(sky))
    return Light(tinted, mood.tinted(disc, 0.99, 0.25), mood.tinted(nearest, 0.0, 0.5))


# The hand that a picture is finished with: a style is an input of the demo's workflows.


def styled(picture: Picture, rng: Random, mood: Mood) -> Picture:
    """Return the picture in the style that the prompt or an input names; unchanged when there is none."""
    return next((finish(picture, rng) for name, finish in _STYLES.items() if mood.has(name)), picture)


def _painterly(picture: Picture, rng: Random) -> Picture:
    """Few colours, laid on with a brush: rows pushed to and fro by strokes."""
    return _brushed(_flat(picture, 7), rng, 5)


def _anime(picture: Picture, rng: Random) -> Picture:
    """Clear colours in clean steps."""
    return _recoloured(_flat(picture, 4), lambda colour: _vivid(colour, 1.45, 14))


def _charcoal(picture: Picture, rng: Random) -> Picture:
    """Grey paper, with the grain of the stick."""
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
    """Merge neighbouring colours of the palette that are alike."""
    palette = list(picture.palette)
    for place, colour in enumerate(palette):
        first = palette[place - place % step]
        if sum(abs(a - b) for a, b in zip(first, colour, strict=True)) < 90:
            palette[place] = first
    return Picture(picture.width, picture.height, picture.pixels, tuple(palette))


def _brushed(picture: Picture, rng: Random, reach: int) -> Picture:
    """Push each row aside a little, with neighbours nearly as far."""
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
