"""Sixel encoder: pictures as the sequences that a Sixel terminal draws."""

import re
from functools import cache
from typing import Final

from PIL import Image

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
