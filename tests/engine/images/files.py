"""Files to be looked at: good ones, and ones made to break whoever decodes them."""

import random
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

MEGA = 1 << 20


def scene(width: int, height: int) -> Image.Image:
    """Something with soft and hard edges and many colours."""
    soft = Image.radial_gradient("L").resize((width, height))
    across = Image.linear_gradient("L").resize((width, height))
    hard = Image.effect_mandelbrot((width, height), (-2.0, -1.2, 1.0, 1.2), 40)
    return Image.merge("RGB", (across, soft, Image.blend(soft, hard, 0.5)))


def file_of(picture: Image.Image, kind: str = "PNG", **about: Any) -> bytes:
    """As a file."""
    out = BytesIO()
    picture.save(out, kind, **about)
    return out.getvalue()


def noise(size: int) -> bytes:
    """A PNG of about that many bytes."""
    side = int((size / 3) ** 0.5) + 1
    pixels = random.Random(size).randbytes(side * side * 3)
    return file_of(Image.frombytes("RGB", (side, side), pixels), compress_level=0)


def chunk(name: bytes, data: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, rows: bytes = b"\0" * 1_000) -> bytes:
    """A PNG whose header says so; `chunks` stand before the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def zeros(size: int) -> bytes:
    """So many, compressed: each megabyte but the first is the same bytes. Their checksum is 1, and their count."""
    packer = zlib.compressobj(9)
    first, again = (packer.compress(bytes(MEGA)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (size // MEGA - 1) + packer.flush()[:-4] + struct.pack(">HH", size % 65_521, 1)


def gif_of_frames(count: int) -> bytes:
    """One frame again and again."""
    whole = file_of(scene(16, 16).quantize(16), "GIF")
    start = whole.index(b"\x2c", 13 + 3 * 16)
    return whole[:start] + whole[start:-1] * count + b"\x3b"


BOMBS: dict[str, tuple[str, bytes]] = {
    "a PNG of 60,000 x 60,000": ("PNG", png(60_000, 60_000)),
    "a PNG of 1 x 2^31": ("PNG", png(1, (1 << 31) - 1)),
    "a PNG just above the limit": ("PNG", png(8_000, 5_001)),
    "a text of 64 MB in an iTXt": ("PNG", png(8, 8, chunk(b"iTXt", b"a\0\1\0\0\0" + zeros(64 * MEGA)))),
    "a text of 64 MB in a zTXt": ("PNG", png(8, 8, chunk(b"zTXt", b"a\0\0" + zeros(64 * MEGA)))),
    "pixels of 200 MB for 8 x 8": ("PNG", png(8, 8, rows=bytes(MEGA)) + zeros(200 * MEGA)),
    "a GIF whose frame is 65,535 x 65,535": (
        "GIF",
        b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0xF0, 0, 0) + bytes(6) + b"\x2c" + bytes(9),
    ),
    "a WebP that says 16,384 x 16,384": ("WEBP", b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\xff\xff\xff\x0f" + bytes(13)),
    "a JPEG of 65,500 x 65,500": (
        "JPEG",
        file_of(scene(16, 16), "JPEG").replace(b"\x00\x10\x00\x10\x03\x01", b"\xff\xdc\xff\xdc\x03\x01"),
    ),
}
"""Name → what its first bytes say it is, and the file."""
