"""Open, shrink and render images with Pillow."""

import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

from cordage_tui.engine.images.sandbox.sixels import sixels

# From an untrusted file to a thumbnail (docs/dev/faults.md 141–143).

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS: Final = 40_000_000
_LOSSLESS_UP_TO: Final = 65_536
"""Most pixels of a thumbnail stored as PNG; a larger opaque one is a JPEG, with a tenth of the bytes."""
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
"""EXIF orientation → transposition that turns the picture upright."""
_SIDEWAYS: Final = 5
"""First of the orientations that swap width and height."""
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
"""Errors of Pillow's decoders for damaged or truncated files."""
assert {GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin}, "imported so that Pillow looks for no others"


class DecodeRefused(Exception):
    """Refusal to decode a file; the message says why, for the user."""


def reduced(data: bytes, name: str, side: int) -> tuple[tuple[int, int], Image.Image, bytes]:
    """Return the size of a picture, and its first frame reduced to at most `side` pixels each way, also as a file.

    `name`: the format detected from its first bytes.
    """
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
        file = _file(small)
        return (width, height), small, file


def preview(data: bytes) -> Image.Image:
    """Decode a thumbnail file, which was on disk and is trusted no more than any other."""
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
        raise DecodeRefused(f"More than {PIXELS // 1_000_000} million pixels, too large to decode.") from None
    except MemoryError:
        raise DecodeRefused("Decoding needs more memory than allowed.") from None
    except UnidentifiedImageError:
        raise DecodeRefused("Damaged: invalid header.") from None
    except _BROKEN as error:
        cut = "truncated" in str(error) or isinstance(error, EOFError)
        raise DecodeRefused("Truncated file." if cut else "Damaged, or not of its declared type.") from None


def _opened(data: bytes, name: str) -> Image.Image:
    """Read the header. Pillow checks the size in it against `MAX_IMAGE_PIXELS` before it decodes."""
    if name not in FORMATS:
        raise DecodeRefused("Unsupported file type.")
    Image.MAX_IMAGE_PIXELS = PIXELS
    picture = Image.open(BytesIO(data), formats=(name,))
    if picture.width * picture.height > PIXELS:
        raise Image.DecompressionBombError
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """Decode the picture as `RGB`, or as `RGBA` if some of it is transparent."""
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
    """Return a picture as a PNG or JPEG file, without the comments, profiles and prompts of the original."""
    out = BytesIO()
    picture.info = {}
    if picture.mode == "RGBA" or picture.width * picture.height <= _LOSSLESS_UP_TO:
        picture.save(out, "PNG", compress_level=6)
    else:
        picture.save(out, "JPEG", quality=90)
    return out.getvalue()


# From a thumbnail to the size and form that a terminal draws.

NEUTRAL: Final = (46, 46, 46)
"""Background of transparent pixels in forms without transparency: grey contrasts with dark and light."""


GROWN: Final = 8.0
"""Largest enlargement: a picture of a few pixels gains nothing from filling a screen."""


def cut(picture: Image.Image, part: Sequence[int]) -> Image.Image:
    """Crop to these edges, in thousandths."""
    left, top, right, bottom = (edge / 1000 for edge in part)
    x, y = int(left * picture.width), int(top * picture.height)
    box = (x, y, max(x + 1, round(right * picture.width)), max(y + 1, round(bottom * picture.height)))
    return picture if box == (0, 0, *picture.size) else picture.crop(box)


_SAMPLE: Final = 96
"""Side of the smaller picture that a palette is chosen from, in pixels."""


def fitted(picture: Image.Image, width: int, height: int, *, grow: bool = False) -> Image.Image:
    """Resize to the largest size that fits, with the same shape. Enlarged only with `grow`."""
    scale = min(width / picture.width, height / picture.height, GROWN if grow else 1.0)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def flat(picture: Image.Image) -> Image.Image:
    """Replace transparency by a neutral grey."""
    if picture.mode != "RGBA":
        return picture
    behind = Image.new("RGBA", picture.size, (*NEUTRAL, 255))
    return Image.alpha_composite(behind, picture).convert("RGB")


def paletted(picture: Image.Image) -> Image.Image:
    """Reduce to 256 dithered colours, which are chosen from a smaller sample: that takes most of the time."""
    sample = picture.copy()
    sample.thumbnail((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST)
    return picture.quantize(palette=sample.quantize(256), dither=Image.Dither.FLOYDSTEINBERG)


def rendered(picture: Image.Image, form: str, cell_height: int) -> list[bytes]:
    """Encode a picture as `rgb` pixels, `png` or `png8` file, or `sixel` sequences, one for each line of cells."""
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
    """Encode as PNG. `effort` is zlib's compression level."""
    out = BytesIO()
    picture.save(out, "PNG", compress_level=effort)
    return out.getvalue()
