"""What the child answers, taken apart: its word counts for no more than the file it has decoded."""

import re
import struct
from typing import Any, Final

from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, PixelSize
from cordage_tui.engine.pictures.errors import ImageUnavailable
from cordage_tui.engine.pictures.frames import Message, ProtocolError

MAX_SIDE: Final = 1 << 20
_SIXEL: Final = re.compile(rb"\x1bP0;1;0q[\x21-\x7e]*\x1b\\")
"""Nothing in it may end the sequence early and become a command to the terminal."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def raise_refusal(frame: Message) -> None:
    """ImageUnavailable where the child would not."""
    words = frame.head.get("refused")
    if words is not None:
        raise ImageUnavailable(str(words)[:200])


def size_of(frame: Message) -> PixelSize:
    """The width and height it tells."""
    return PixelSize(_side(frame.head.get("width")), _side(frame.head.get("height")))


def file_of(frame: Message) -> bytes:
    """The one file it brings, a PNG or JPEG."""
    if len(frame.parts) != 1 or not frame.parts[0].startswith((_PNG, _JPEG)):
        raise ProtocolError
    return frame.parts[0]


def image_of(frame: Message, wanted: ImageRequest) -> Image:
    """What can be drawn, if it is what was wanted."""
    size, parts = size_of(frame), frame.parts
    if size.width > wanted.box.width or size.height > wanted.box.height:
        raise ProtocolError
    match wanted.form:
        case ImageFormat.RGB:
            good = [len(part) for part in parts] == [size.width * size.height * 3]
        case ImageFormat.PNG | ImageFormat.PALETTED:
            good = len(parts) == 1 and _is_plain_png(parts[0], size)
        case ImageFormat.SIXEL:
            lines = -(-size.height // wanted.cell.height) if wanted.cell else 0
            good = len(parts) == lines and all(map(_SIXEL.fullmatch, parts))
    if not good:
        raise ProtocolError
    return Image(wanted.form, size.width, size.height, parts)


def _side(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_SIDE:
        raise ProtocolError
    return value


def _is_plain_png(data: bytes, size: PixelSize) -> bool:
    """Of that size, and with no chunk but those that are needed."""
    if not data.startswith(_PNG) or data[16:24] != struct.pack(">II", size.width, size.height):
        return False
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name not in _CHUNKS:
            return False
        at += 12 + length
        if name == b"IEND":
            return bool(at == len(data))
    return False
