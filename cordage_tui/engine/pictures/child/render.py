"""A small copy as a terminal draws it: in the size and the form that its way of drawing needs."""

from io import BytesIO
from typing import Final

from PIL import Image

from cordage_tui.engine.pictures.child.sixel import sixels

NEUTRAL: Final = (46, 46, 46)
"""Behind what can be seen through, where a form has no transparency: grey shows on dark and on light backgrounds."""


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """As large as fits, its shape kept; never larger than it is."""
    scale = min(width / picture.width, height / picture.height, 1.0)
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


def rendered(picture: Image.Image, form: str, cell_height: int) -> list[bytes]:
    """`rgb`: its pixels. `png`: a file. `sixel`: a sequence for each line of cells."""
    match form:
        case "rgb":
            return [flat(picture).tobytes()]
        case "png":
            out = BytesIO()
            picture.save(out, "PNG", compress_level=3)
            return [out.getvalue()]
        case _:
            return sixels(picture, cell_height)
