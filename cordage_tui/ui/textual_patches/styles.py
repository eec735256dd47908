"""Styles of cells whose colours are made only when they are needed."""

from typing import Final

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style


class PixelStyle(Style):
    """Style of a cell in the colours of two pixels, or of one pixel as its background.

    A colour is made only when a dialog's shade or a screenshot needs it. As Rich keeps them, the colours of a cell are eight
        objects, and a screen has thousands of cells. Without it, a contact sheet in half blocks takes 2 MB more.
        Unnecessary if Rich's `Style` made its fields from methods that can be replaced.
    """

    __slots__ = ("_pixels",)
    _attributes = _set_attributes = 0
    _link = _meta = None
    _link_id = ""
    _null = False

    def __init__(self, pixels: bytes) -> None:
        self._pixels = pixels
        self._style_definition = None

    def __hash__(self) -> int:
        return hash(self._pixels)

    @property
    def _color(self) -> Color | None:  # type: ignore[override]
        return rich_color(self._pixels[:3]) if len(self._pixels) > 3 else None

    @property
    def _bgcolor(self) -> Color:  # type: ignore[override]
        return rich_color(self._pixels[-3:])

    @property
    def _ansi(self) -> str:  # type: ignore[override]
        return self.parameters(self._pixels)

    def parameters(self, pixels: bytes) -> str:
        """Return the parameters of the escape sequence for the colours."""
        return _TRUE_COLORS[len(pixels)] % (*pixels,)


_TRUE_COLORS: Final = {3: "48;2;%d;%d;%d", 6: "38;2;%d;%d;%d;48;2;%d;%d;%d"}
"""Parameters of an escape sequence (ECMA-48 SGR 38 and 48), by the number of bytes of the pixels."""


def rich_color(pixel: bytes) -> Color:
    """Return the colour of a pixel."""
    return Color(f"#{pixel.hex()}", ColorType.TRUECOLOR, None, ColorTriplet(*pixel))
