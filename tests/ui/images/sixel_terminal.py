"""A strict reader of Sixel images, and the pixels that they make."""

import re
from dataclasses import dataclass, field

_IMAGE = re.compile(r"\x1bP(\d*(?:;\d*){0,2})q([\x20-\x7e]*)\x1b\\")
_PIECE = re.compile(r'"(\d+);(\d+);(\d+);(\d+)|#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])')
Pixel = tuple[int, int, int]


@dataclass
class SixelImage:
    """An image with its pixels, in percent of each primary colour."""

    width: int = 0
    height: int = 0
    pixels: dict[tuple[int, int], Pixel] = field(default_factory=dict)


def read_sixel(written: str) -> SixelImage:
    """Return the image; raise ValueError for anything that is not one whole image."""
    whole = _IMAGE.fullmatch(written)
    if whole is None:
        raise ValueError(f"no Sixel image: {written[:40]!r}")
    image, colours = SixelImage(), dict[str, Pixel]()
    colour, x, y, at = None, 0, 0, 0
    body = whole[2]
    while at < len(body):
        piece = _PIECE.match(body, at)
        if piece is None:
            raise ValueError(f"not Sixel: {body[at : at + 20]!r}")
        at = piece.end()
        if piece[1]:
            image.width, image.height = int(piece[3]), int(piece[4])
        elif piece[5]:
            colours[piece[5]] = int(piece[6]), int(piece[7]), int(piece[8])
        elif piece[9]:
            colour = colours[piece[9]]
        elif piece[13]:
            x, y = 0, y + 6 * (piece[13] == "-")
        else:
            times, bits = int(piece[10] or 1), ord(piece[11] or piece[12]) - 63
            if colour is None and bits:
                raise ValueError("a colour that was never named")
            for nth in range(6):
                if bits >> nth & 1 and colour is not None:
                    image.pixels.update({(x + right, y + nth): colour for right in range(times)})
            x += times
    return image
