"""Contact sheet as one picture: thumbnails in a grid, with labels and headings."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from cordage_tui.engine.images.sandbox.decode import PIXELS, DecodeRefused, fitted, preview

# Fonts of the system, since Pillow's own font has plain Latin only.

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_NAMES: Final = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "Arial Unicode.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "wqy-microhei.ttc", "PingFang.ttc"),
)
"""Font files to look for; the first with all letters of a label is used."""
_MISSING: Final = "\uffff"
"""A character that no font has: fonts draw it as a missing glyph."""


def lettered(text: str, size: int) -> tuple[str, Font]:
    """Return a font of that size that has all letters of `text`.

    If there is none, it is Pillow's own font with the text without accents; missing letters become boxes.
    """
    if not _has_all(own(size), text):
        for name in _NAMES:
            font = _of_system(name, size)
            if font is not None and _has_all(font, text):
                return text, font
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text, own(size)


@cache
def own(size: int) -> Font:
    """Return the font that comes with Pillow."""
    return ImageFont.load_default(size)


@cache
def _of_system(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    data = _file(name)
    return None if data is None else ImageFont.truetype(BytesIO(data), size)


@cache
def _file(name: str) -> bytes | None:
    """Read a font file, since an open file for each size would be too many."""
    try:
        return Path(str(ImageFont.truetype(name, 10).path)).read_bytes()
    except OSError:
        return None


def _has_all(font: Font, text: str) -> bool:
    return all(_has(font, letter) for letter in set(text) if not letter.isspace())


@cache
def _has(font: Font, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(_MISSING))


# Layout and drawing.

_PAPER: Final = (24, 24, 27)
_MOUNT: Final = (34, 34, 38)
_INK: Final = (226, 226, 230)
_DIM: Final = (150, 150, 158)
_MARGIN: Final = 24
_GAP: Final = 16
_LINE: Final = 22
"""Pixels from one line of a label to the next."""
_SIDE: Final = 160
"""Width of the row headings, in pixels."""
_TITLE: Final = 44
_LONGEST: Final = 300
"""Characters of a label that could fit at all."""


class _Sheet:
    """Layout of a contact sheet. `head` is the job's, whose text has been made safe before."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.columns: int = head["columns"]
        self.width, self.height = head["box"]
        self.rows = max(1, -(-len(head["cells"]) // self.columns))
        self.left = _MARGIN + (_SIDE if head["sides"] else 0)
        self.top = _MARGIN + (_TITLE if head["title"] else 0) + (_LINE + _GAP // 2 if head["heads"] else 0)
        lines = max((bool(cell["label"]) + bool(cell["detail"]) for cell in head["cells"]), default=0)
        self.pitch = self.width + _GAP, self.height + _GAP + lines * _LINE + (6 if lines else 0)

    @property
    def size(self) -> tuple[int, int]:
        across = self.left + self.columns * self.pitch[0] - _GAP + _MARGIN
        return across, self.top + self.rows * self.pitch[1] - _GAP + _MARGIN

    def corner(self, number: int) -> tuple[int, int]:
        """Return the upper left corner of a cell."""
        row, column = divmod(number, self.columns)
        return self.left + column * self.pitch[0], self.top + row * self.pitch[1]


def composed(head: dict[str, Any], files: Sequence[bytes]) -> bytes:
    """Return the contact sheet as a PNG file. Raises DecodeRefused when it would be too large."""
    sheet = _Sheet(head)
    if sheet.size[0] * sheet.size[1] > PIXELS:
        raise DecodeRefused(
            "The sheet would have more pixels than fit into one picture; choose fewer outputs or smaller ones."
        )
    paper = Image.new("RGB", sheet.size, _PAPER)
    draw = ImageDraw.Draw(paper)
    _headings(draw, sheet, head)
    for number, cell in enumerate(head["cells"]):
        corner = sheet.corner(number)
        if cell["file"] is not None:
            _mount(paper, corner, sheet, files[cell["file"]])
        elif cell["label"]:
            draw.rectangle((*corner, corner[0] + sheet.width - 1, corner[1] + sheet.height - 1), fill=_MOUNT)
        _label(draw, corner, sheet, cell)
    out = BytesIO()
    paper.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _headings(draw: ImageDraw.ImageDraw, sheet: _Sheet, head: dict[str, Any]) -> None:
    if head["title"]:
        _write(draw, (_MARGIN, _MARGIN), head["title"], 22, _INK, sheet.size[0] - 2 * _MARGIN)
    for column, text in enumerate(head["heads"][: sheet.columns]):
        left = sheet.left + column * sheet.pitch[0]
        _write(draw, (left, sheet.top - _LINE - _GAP // 2), text, 16, _INK, sheet.width)
    for row, text in enumerate(head["sides"][: sheet.rows]):
        middle = sheet.top + row * sheet.pitch[1] + sheet.height // 2 - _LINE // 2
        _write(draw, (_MARGIN, middle), text, 16, _INK, _SIDE - _GAP)


def _mount(paper: Image.Image, corner: tuple[int, int], sheet: _Sheet, file: bytes) -> None:
    """Paste a thumbnail into the middle of its cell."""
    picture = fitted(preview(file), sheet.width, sheet.height)
    left = corner[0] + (sheet.width - picture.width) // 2
    top = corner[1] + (sheet.height - picture.height) // 2
    paper.paste(picture, (left, top), picture if picture.mode == "RGBA" else None)


def _label(draw: ImageDraw.ImageDraw, corner: tuple[int, int], sheet: _Sheet, cell: dict[str, Any]) -> None:
    below = corner[1] + sheet.height + 6
    for text, size, ink in ((cell["label"], 15, _INK), (cell["detail"], 13, _DIM)):
        if text:
            _write(draw, (corner[0], below), text, size, ink, sheet.width)
            below += _LINE


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, ink: tuple[int, int, int], width: int
) -> None:
    """Write one line, cut with an ellipsis if it is too long."""
    text, font = lettered(text[:_LONGEST], size)
    if draw.textlength(text, font) > width:
        while text and draw.textlength(text + "…", font) > width:
            text = text[:-1]
        text = text.rstrip() + "…"
    draw.text(at, text, fill=ink, font=font)
