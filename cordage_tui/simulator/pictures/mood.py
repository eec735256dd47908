"""What the words of a prompt ask of a picture: the hour, the weather, colours, and things to be seen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cordage_tui.simulator.pictures.picture import Colour, mix

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
