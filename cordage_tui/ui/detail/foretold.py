"""What a run's inputs tell of the shape that its pictures will have."""

import re
from typing import Final

from cordage_tui.domain.inputs import Inputs

_RATIO: Final = re.compile(r"\s*([1-9]\d{0,4})\s*[:x×]\s*([1-9]\d{0,4})\s*", re.ASCII)
_SIDES: Final = ("width", "height")
EXTREME: Final = 8.0
"""Times that a picture is wider than high, or higher than wide: more is rather something else that was told."""


def aspect_from_inputs(inputs: Inputs | None) -> float | None:
    """Width over height, from inputs like `ratio: 16:9`, `size: 1024x768`, or `width` and `height`; None: they do not tell.

    A guess, good enough to make room by.
    """
    if not inputs:
        return None
    sides = [inputs.get(side) for side in _SIDES]
    if all(type(side) in (int, float) and side > 0 for side in sides):  # type: ignore[operator]
        return _sane(float(sides[0]) / float(sides[1]))  # type: ignore[arg-type]
    found = (_RATIO.fullmatch(value) for value in inputs.values() if isinstance(value, str) and len(value) < 16)
    return next((_sane(int(match[1]) / int(match[2])) for match in found if match), None)


def _sane(shape: float) -> float | None:
    return shape if 1 / EXTREME <= shape <= EXTREME else None
