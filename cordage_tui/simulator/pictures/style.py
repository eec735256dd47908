"""The hand that a picture is finished with: a style is an input of the demo's workflows."""

from collections.abc import Callable
from random import Random

from cordage_tui.simulator.pictures.mood import Mood
from cordage_tui.simulator.pictures.picture import Colour, Picture, mix


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
