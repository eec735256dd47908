"""The colours of the hours and of the weather."""

from dataclasses import dataclass
from random import Random

from cordage_tui.simulator.pictures.mood import Hour, Mood
from cordage_tui.simulator.pictures.picture import Colour, mix

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
