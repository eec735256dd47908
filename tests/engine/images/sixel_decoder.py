"""What a terminal makes of sixels, by DEC's manual (VT330/340, chapter 14) and not by our encoder."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(rb'"([\d;]*)|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)')


@dataclass
class Screen:
    """Pixels by (x, y); those that nothing has drawn are missing."""

    pixels: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    """As the raster attributes tell."""


def decoded(sequence: bytes) -> Screen:
    """One DCS sequence. Whatever a terminal would not understand is an assertion."""
    whole = re.fullmatch(rb"\x1bP(\d*);(\d*);(\d*)q([\x20-\x7e]*)\x1b\\", sequence)
    assert whole, "no sixel sequence"
    assert whole[2] == b"1", "pixels that are not drawn would be painted over"
    screen, registers = Screen(), {}
    x = y = colour = at = 0
    body = whole[4]
    while at < len(body):
        token = TOKEN.match(body, at)
        assert token, f"not understood: {body[at : at + 20]!r}"
        at = token.end()
        if token[1] is not None:
            _, _, *size = map(int, token[1].split(b";"))
            screen.size = (size[0], size[1])
        elif token[2]:
            colour = int(token[2])
            if token[3]:
                registers[colour] = tuple(round(int(token[n]) * 255 / 100) for n in (3, 4, 5))
        elif token[9]:
            x = 0
        elif token[10]:
            x, y = 0, y + 6
        else:
            count, sixel = (int(token[6]), token[7]) if token[6] else (1, token[8])
            bits = sixel[0] - 63
            dots = [(column, y + row) for column in range(x, x + count) for row in range(6) if bits >> row & 1]
            screen.pixels.update(dict.fromkeys(dots, registers.get(colour)))
            assert not dots or colour in registers, "a colour that the sequence does not define itself"
            x += count
    return screen
