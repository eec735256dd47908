"""Letters for labels: the system's fonts where there are any, since Pillow's own one has plain Latin only."""

import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_NAMES: Final = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "Arial Unicode.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "wqy-microhei.ttc", "PingFang.ttc"),
)
"""Looked for where the system keeps its fonts; the first that has all letters of a label is taken."""
_MISSING: Final = "\uffff"
"""A character that no font has: it shows what a font draws instead of one."""


def lettered(words: str, size: int) -> tuple[str, Font]:
    """A font of that size for these words. Where none has all of their letters, Pillow's own, and letters without their
    accents; what it still lacks comes out as boxes."""
    if not _has_all(own(size), words):
        for name in _NAMES:
            font = _of_system(name, size)
            if font is not None and _has_all(font, words):
                return words, font
        words = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return words, own(size)


@cache
def own(size: int) -> Font:
    """The one that comes with Pillow."""
    return ImageFont.load_default(size)


@cache
def _of_system(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    data = _file(name)
    return None if data is None else ImageFont.truetype(BytesIO(data), size)


@cache
def _file(name: str) -> bytes | None:
    """Its bytes: an open file for each size would be too many."""
    try:
        return Path(str(ImageFont.truetype(name, 10).path)).read_bytes()
    except OSError:
        return None


def _has_all(font: Font, words: str) -> bool:
    return all(_has(font, letter) for letter in set(words) if not letter.isspace())


@cache
def _has(font: Font, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(_MISSING))
