"""How well one colour reads on another (WCAG 2.2, success criterion 1.4.3)."""

from collections.abc import Iterable
from typing import Final

from textual.color import BLACK, WHITE, Color

LEGIBLE: Final = 4.5
"""The least contrast ratio for text."""
_STEPS: Final = 20


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio of two opaque colours, 1 (same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: Color, grounds: Iterable[Color]) -> Color:
    """`colour`, moved just as far towards white or black as it needs to read on every one of `grounds`."""
    behind = tuple(grounds)
    worst = min(behind, key=lambda ground: contrast(WHITE, ground))
    pole = WHITE if contrast(WHITE, worst) >= contrast(BLACK, min(behind, key=_luminance)) else BLACK
    steps = (colour.blend(pole, step / _STEPS, 1) for step in range(_STEPS + 1))
    return next((c for c in steps if all(contrast(c, ground) >= LEGIBLE for ground in behind)), pole)


def _luminance(colour: Color) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
