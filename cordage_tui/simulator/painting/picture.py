"""Indexed pictures of at most 256 colours, written as PNG or GIF."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""
Stops = Sequence[tuple[float, Colour]]
"""Colours of a gradient, each with its place from 0 to 1."""

_MAX_CODE = 4095


@dataclass(frozen=True, slots=True)
class Picture:
    """An indexed picture: pixels row by row from the top left, one palette index a byte."""

    width: int
    height: int
    pixels: bytes
    palette: tuple[Colour, ...]

    def png(self) -> bytes:
        """Encode as indexed PNG (W3C PNG, colour type 3)."""
        rows = b"".join(
            b"\0" + self.pixels[start : start + self.width] for start in range(0, len(self.pixels), self.width)
        )
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            (
                _chunk(b"IHDR", header),
                _chunk(b"PLTE", b"".join(bytes(colour) for colour in self.palette)),
                _chunk(b"IDAT", zlib.compress(rows, 3)),
                _chunk(b"IEND", b""),
            )
        )

    def looping_gif(self, frames: int, frame_s: float) -> bytes:
        """Encode as endless GIF89a whose palette rotates once; the palette must have 256 colours."""
        data = _lzw(self.pixels)
        blocks = b"".join(bytes((len(part),)) + part for part in (data[i : i + 255] for i in range(0, len(data), 255)))
        parts = [b"GIF89a", struct.pack("<HHBBB", self.width, self.height, 0x70, 0, 0)]
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        for frame in range(frames):
            turn = frame * 256 // frames
            parts.append(b"\x21\xf9\x04\x04" + struct.pack("<H", round(frame_s * 100)) + b"\0\0")
            parts.append(b"\x2c" + struct.pack("<HHHHB", 0, 0, self.width, self.height, 0x87))
            parts.append(b"".join(bytes(colour) for colour in self.palette[turn:] + self.palette[:turn]))
            parts.append(b"\x08" + blocks + b"\0")
        return b"".join(parts) + b"\x3b"


def decoded(png: bytes) -> Picture:
    """Decode the output of `Picture.png`."""
    width, height = struct.unpack(">II", png[16:24])
    colours = png.index(b"PLTE") + 4
    content = png.index(b"IDAT")
    palette = png[colours : content - 8]
    rows = zlib.decompress(png[content + 4 : -16])
    pixels = b"".join(rows[start + 1 : start + 1 + width] for start in range(0, len(rows), width + 1))
    return Picture(width, height, pixels, tuple((r, g, b) for r, g, b in zip(*[iter(palette)] * 3, strict=True)))


def gradient(stops: Stops, count: int) -> tuple[Colour, ...]:
    """Interpolate `count` colours along `stops`: places from 0 to 1 (the first 0, the last 1) with their colours."""
    return tuple(_at(stops, place / max(1, count - 1)) for place in range(count))


def rgb(code: str) -> Colour:
    """Decode six hexadecimal digits."""
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Blend `share` (0 to 1) of `other` into `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _at(stops: Stops, place: float) -> Colour:
    for (start, before), (end, after) in pairwise(stops):
        if place <= end:
            return mix(before, after, (place - start) / (end - start))
    return stops[-1][1]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _lzw(pixels: bytes) -> bytes:
    """LZW encoding of 8-bit pixels (GIF89a, appendix F)."""
    clear, stop = 256, 257
    codes: dict[tuple[int, int], int] = {}
    out, held, bits, width, prefix = bytearray(), clear, 9, 9, pixels[0]
    for pixel in pixels[1:]:
        code_of_pair = codes.get((prefix, pixel))
        if code_of_pair is not None:
            prefix = code_of_pair
            continue
        held |= prefix << bits
        bits += width
        code = len(codes) + 258
        if code <= _MAX_CODE:
            codes[prefix, pixel] = code
            width += code == 1 << width
        else:
            held |= clear << bits
            bits += width
            codes.clear()
            width = 9
        prefix = pixel
        whole = bits >> 3
        out += (held & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")
        held >>= 8 * whole
        bits &= 7
    held |= prefix << bits
    bits += width
    held |= stop << bits
    return bytes(out) + held.to_bytes((bits + width + 7) // 8, "little")
