"""Open, shrink and render images with Pillow, also as sixels."""

import re
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Final

from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

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


# Sixel images, one for each line of cells, so that a terminal program can redraw any line alone.
#
# A sixel is six pixels above each other; a band is six rows of pixels. All bands of a line of cells are encoded
# together, colour by colour. Whole rows are single numbers, because Python is too slow for single pixels.

COLOURS: Final = 128
"""Colours of a picture: xterm takes 256, other terminals no more, and fewer make the sequence shorter."""
_CLEAR: Final = 255
"""Number of the colour that is not drawn."""
_BREAK: Final = 254
"""Separator of two bands; it is not a colour either, so it becomes an empty sixel."""
_RUNS: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
_SIXEL_SAMPLE: Final = 128
"""Side of the smaller picture that the colours are chosen from, in pixels."""


def sixels(picture: Image.Image, cell_height: int) -> list[bytes]:
    """Encode a picture, `RGB` or `RGBA`, as one DCS sequence for each line of cells.

    Transparent pixels are not drawn, nor the surplus rows of a last, partial band (P2 = 1).
    """
    indexed, palette = _indexed(picture)
    width, height = picture.size
    rows = [indexed[top * width : (top + 1) * width] for top in range(height)]
    lines = [rows[top : top + cell_height] for top in range(0, height, cell_height)]
    return [_sequence(_bands(line, width, len(palette)), palette, width, len(line)) for line in lines]


def _indexed(picture: Image.Image) -> tuple[bytes, list[tuple[int, ...]]]:
    """Return a colour number for each pixel, and the palette, which is the same for all lines."""
    opaque = picture.convert("RGB")
    sample = opaque.copy()
    sample.thumbnail((_SIXEL_SAMPLE, _SIXEL_SAMPLE), Image.Resampling.NEAREST)
    chosen = sample.quantize(COLOURS, Image.Quantize.MEDIANCUT)
    indexed = opaque.quantize(palette=chosen, dither=Image.Dither.NONE)
    values = (chosen.getpalette("RGB") or [])[: COLOURS * 3]
    palette = [tuple(values[start : start + 3]) for start in range(0, len(values), 3)]
    if picture.mode == "RGBA":
        opaque_mask = picture.getchannel("A").point(lambda alpha: 255 if alpha >= 128 else 0)
        indexed = Image.composite(indexed.copy(), Image.new("P", picture.size, _CLEAR), opaque_mask)
    return indexed.tobytes(), palette


def _bands(rows: list[bytes], width: int, colours: int) -> list[list[tuple[int, bytes]]]:
    """Return the colours of each band, each with the sixels of the whole width."""
    rows = rows + [bytes([_CLEAR]) * width] * (-len(rows) % 6)
    planes = [bytes([_BREAK]).join(rows[nth::6]) for nth in range(6)]
    colours_in = [set(plane) for plane in planes]
    length = len(planes[0])
    blank = int.from_bytes(b"?" * length, "big")
    bands: list[list[tuple[int, bytes]]] = [[] for _ in range(len(rows) // 6)]
    for colour in sorted(set().union(*colours_in) & {*range(colours)}):
        dots = 0
        for nth, plane in enumerate(planes):
            if colour in colours_in[nth]:
                dots |= int.from_bytes(plane.translate(_only(colour, 1 << nth)), "big")
        drawn = (dots + blank).to_bytes(length, "big")
        for number, band in enumerate(bands):
            start = number * (width + 1)
            if sixels := drawn[start : start + width].rstrip(b"?"):
                band.append((colour, sixels))
    return bands


@cache
def _only(colour: int, bit: int) -> bytes:
    """Return a table for `bytes.translate` that maps this colour to `bit` and all others to zero."""
    table = bytearray(256)
    table[colour] = bit
    return bytes(table)


def _sequence(bands: list[list[tuple[int, bytes]]], palette: list[tuple[int, ...]], width: int, height: int) -> bytes:
    used = sorted({colour for band in bands for colour, _ in band})
    registers = b"".join(b"#%d;2;%d;%d;%d" % (colour, *map(_percent, palette[colour])) for colour in used)
    body = b"-".join(b"$".join(b"#%d%b" % (c, _RUNS.sub(_run, sixels)) for c, sixels in band) for band in bands)
    return b'\x1bP0;1;0q"1;1;%d;%d%b%b\x1b\\' % (width, height, registers, body.rstrip(b"-"))


def _percent(value: int) -> int:
    return round(value * 100 / 255)


def _run(match: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(match[0]), match[1])
