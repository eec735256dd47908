"""A small copy as a terminal draws it: in the size and the form that its way of drawing needs."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image

from cordage_tui.engine.pictures.child.sixel import sixels

NEUTRAL: Final = (46, 46, 46)
"""Behind what can be seen through, where a form has no transparency: grey shows on dark and on light backgrounds."""


GROWN: Final = 8.0
"""Times that a picture is enlarged at most: one of a few pixels is no better for filling a screen."""


def cut(picture: Image.Image, part: Sequence[int]) -> Image.Image:
    """The piece between these edges, in thousandths."""
    left, top, right, bottom = (edge / 1000 for edge in part)
    x, y = int(left * picture.width), int(top * picture.height)
    box = (x, y, max(x + 1, round(right * picture.width)), max(y + 1, round(bottom * picture.height)))
    return picture if box == (0, 0, *picture.size) else picture.crop(box)


_SAMPLE: Final = 96
"""Pixels each way of the smaller picture that a palette is chosen from."""


def fitted(picture: Image.Image, width: int, height: int, *, grow: bool = False) -> Image.Image:
    """As large as fits, its shape kept; larger than it is only where it may `grow`."""
    scale = min(width / picture.width, height / picture.height, GROWN if grow else 1.0)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def flat(picture: Image.Image) -> Image.Image:
    """Without transparency."""
    if picture.mode != "RGBA":
        return picture
    behind = Image.new("RGBA", picture.size, (*NEUTRAL, 255))
    return Image.alpha_composite(behind, picture).convert("RGB")


def paletted(picture: Image.Image) -> Image.Image:
    """In 256 colours that suit it, mixed by dots where it has others. To choose them takes most of the time: some pixels do."""
    sample = picture.copy()
    sample.thumbnail((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST)
    return picture.quantize(palette=sample.quantize(256), dither=Image.Dither.FLOYDSTEINBERG)


def rendered(picture: Image.Image, form: str, cell_height: int) -> list[bytes]:
    """`rgb`: its pixels. `png`: a file; `png8`: one in few colours. `sixel`: a sequence for each line of cells."""
    match form:
        case "rgb":
            return [flat(picture).tobytes()]
        case "png":
            return [_png(picture, effort=3)]
        case "png8":
            return [_png(paletted(flat(picture)), effort=9)]
        case _:
            return sixels(picture, cell_height)


def _png(picture: Image.Image, effort: int) -> bytes:
    """`effort` is zlib's."""
    out = BytesIO()
    picture.save(out, "PNG", compress_level=effort)
    return out.getvalue()
