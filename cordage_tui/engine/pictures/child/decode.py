"""From a file that nobody vouches for to a small picture (FAULTS.md C 141–143)."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS: Final = 40_000_000
_LOSSLESS_UP_TO: Final = 65_536
"""Pixels up to which a copy is kept as PNG; a larger one without transparency as JPEG, a tenth of that."""
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation → what turns it upright."""
_SIDEWAYS: Final = 5
"""From this orientation on width and height change places."""
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise for files that are damaged or cut short."""
assert {GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin}, "imported so that Pillow looks for no others"


class DecodeRefused(Exception):
    """The file will not be shown; the message says why, for a person."""


def reduced(data: bytes, name: str, side: int) -> tuple[tuple[int, int], bytes]:
    """Width and height of the picture in `data`, which its first bytes say is a `name`, and a copy of its first frame of at
    most `side` pixels each way, as a file."""
    with _worded():
        picture = _opened(data, name)
        width, height = picture.size
        picture.draft("RGB", (side, side))
        small = _plain(picture)
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        turn = picture.getexif().get(_ORIENTATION)
        if turn in _UPRIGHT:
            small = small.transpose(_UPRIGHT[turn])
            width, height = (height, width) if turn >= _SIDEWAYS else (width, height)
        return (width, height), _file(small)


def preview(data: bytes) -> Image.Image:
    """A file that `reduced` made, `RGB` or `RGBA`. It has been on disk meanwhile, so it is not trusted more than others."""
    with _worded():
        picture = _opened(data, "PNG" if data.startswith(b"\x89PNG") else "JPEG")
        return _plain(picture)


@contextmanager
def _worded() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DecodeRefused(f"It has more than {PIXELS // 1_000_000} million pixels, more than are decoded.") from None
    except MemoryError:
        raise DecodeRefused("It takes more memory than decoding it is given.") from None
    except UnidentifiedImageError:
        raise DecodeRefused("It is damaged: its header makes no sense.") from None
    except _BROKEN as error:
        cut = "truncated" in str(error) or isinstance(error, EOFError)
        raise DecodeRefused("It is cut short." if cut else "It is damaged, or not what it says it is.") from None


def _opened(data: bytes, name: str) -> Image.Image:
    """Header only. Pillow checks the size in it against `MAX_IMAGE_PIXELS` before it decodes."""
    if name not in FORMATS:
        raise DecodeRefused("Files of this kind are not decoded.")
    Image.MAX_IMAGE_PIXELS = PIXELS
    picture = Image.open(BytesIO(data), formats=(name,))
    if picture.width * picture.height > PIXELS:
        raise Image.DecompressionBombError
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """Decoded, as `RGB`, or `RGBA` where some of it can be seen through."""
    picture.load()
    if picture.mode.startswith("I"):  # 16 bits of grey; a plain conversion would turn all but black into white
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    if picture.mode != "RGBA":
        picture = picture.convert("RGBA")
    solid = picture.getchannel("A").getextrema() == (255, 255)
    return picture.convert("RGB") if solid else picture


def _file(picture: Image.Image) -> bytes:
    """With nothing of the original's comments, profiles and prompts, which Pillow would write down again."""
    out = BytesIO()
    picture.info = {}
    if picture.mode == "RGBA" or picture.width * picture.height <= _LOSSLESS_UP_TO:
        picture.save(out, "PNG", compress_level=6)
    else:
        picture.save(out, "JPEG", quality=90)
    return out.getvalue()
