"""Graphics protocol and colour depth of the terminal, and the shortest sequences for the colours of a frame."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageFormat, PixelSize

# Colour depth.


class ColorDepth(Enum):
    """Colours of a terminal."""

    FEW = 16
    """Sixteen colours or fewer. A picture would not be recognisable."""
    PALETTE = 256
    TRUE = 1 << 24


LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Levels of each primary colour in the cube of the 256-colour palette."""
GREYS: Final = tuple(round(10.2 * nth) for nth in range(1, 25))
"""Greys of the palette as Rich computes them. They differ from the real ones by 4 at most."""
_STEP: Final = 4
"""True colours are rounded to multiples of this. That is not visible, and equal neighbours are written only once."""
_BAYER: Final = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Ordered dither matrix. Unlike error diffusion, it gives the same result when a part of a picture is drawn again."""
_MIDDLE: Final = 8
"""Mean of the matrix. Its amplitude is a third of the palette's steps. With more, large pixels look like a chess board."""
_SEEN: Final = (2, 4, 3)
"""Weights of a difference in red, green and blue, by their visibility."""


def reduce(pixels: bytes, width: int, depth: ColorDepth) -> bytes:
    """Reduce RGB `pixels` of a picture `width` wide to the colours of this depth."""
    if depth is ColorDepth.TRUE:
        return pixels.translate(_rounded(0))
    line = width * 3
    shifted = bytearray(len(pixels))
    for start in range(0, len(pixels), line):
        for x, threshold in enumerate(_BAYER[start // line % 4]):
            for index in range(start + x * 3, start + x * 3 + 3):
                every_fourth = slice(index, start + line, 12)
                shifted[every_fourth] = pixels[every_fourth].translate(_rounded(threshold - _MIDDLE))
    return b"".join(_nearest(bytes(shifted[index : index + 3])) for index in range(0, len(shifted), 3))


@cache
def _rounded(shift: int) -> bytes:
    return bytes(max(0, min(255, round((value + shift) / _STEP) * _STEP)) for value in range(256))


@lru_cache(1 << 14)
def _nearest(pixel: bytes) -> bytes:
    """Return the colour of the cube or the grey that looks most like `pixel`."""
    levels, greys = _closest()
    in_cube, grey = pixel.translate(levels), greys[sum(pixel) // 3 :][:1] * 3
    return min(in_cube, grey, key=lambda other: _unlike(pixel, other))


@cache
def _closest() -> tuple[bytes, bytes]:
    """Return the closest level and the closest grey for each value."""
    return (
        bytes(min(LEVELS, key=lambda level: abs(level - value)) for value in range(256)),
        bytes(min(GREYS, key=lambda level: abs(level - value)) for value in range(256)),
    )


def _unlike(pixel: bytes, other: bytes) -> int:
    return sum(weight * (a - b) ** 2 for weight, a, b in zip(_SEEN, pixel, other, strict=True))


# Graphics protocol. It is a pure function of environment, setting and replies.

_ATTRIBUTES_QUESTION: Final = "\x1b[c"
"""Query for the device attributes. Attribute 4 is Sixel."""
_CELL_QUESTION: Final = "\x1b[16t"
"""Query for the size of a cell in pixels."""
_KITTY_QUESTION: Final = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Query whether the terminal can receive a picture of one pixel by Kitty's protocol."""


LARGEST: Final = 1000
"""Most pixels of a Sixel image in each direction, in xterm."""
BAND: Final = 6
"""Rows of pixels in a line of sixels. tmux counts whole lines: an image of 17 rows takes the cells of 18."""


class GraphicsProtocol(StrEnum):
    """Graphics protocol. The values are those of the setting `[pictures] show`."""

    BLOCKS = "blocks"
    """Half blocks: two pixels per cell."""
    KITTY = "kitty"
    """Kitty's graphics protocol, with placeholders in the cells."""
    SIXEL = "sixel"
    """DEC's graphics, one line of cells at a time."""
    WORDS = "off"
    """No pictures: outputs are described."""

    @property
    def form(self) -> ImageFormat:
        """Image format that the engine renders for it."""
        return {GraphicsProtocol.KITTY: ImageFormat.PNG, GraphicsProtocol.SIXEL: ImageFormat.SIXEL}.get(
            self, ImageFormat.RGB
        )


@dataclass(frozen=True, slots=True)
class TerminalCapabilities:
    """Capabilities of the terminal according to the environment."""

    utf8: bool = True
    """False only if the locale says so. A container without a locale usually runs in a modern terminal."""
    colours: bool = True
    """False with NO_COLOR."""
    shared: bool = False
    """True in tmux or screen, which draw the cells, and reply in the place of the terminal."""
    tmux: bool = False
    """True in a tmux on this machine, which can be asked about the terminals around it."""
    wraps: bool = False
    """True if Kitty's sequences reach the terminal only through tmux's passthrough."""
    asks: bool = True
    """True if the terminal can reply. A console, or a terminal without a name, would show the query as text."""
    kitty: bool = False
    """True if the terminal's name implies Kitty's protocol. Others are not queried, because some would print the query."""
    cuts: bool = False
    """True in xterm, which cuts a Sixel image at `LARGEST`, unless its setting `maxGraphicSize` is larger."""
    far: bool = False
    """True over SSH, because the bytes of a picture take time there."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "TerminalCapabilities":
        """Read the environment."""
        term = environ.get("TERM", "")
        program = environ.get("TERM_PROGRAM", "")
        locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "utf8")
        shared = "TMUX" in environ or "STY" in environ or term.startswith(("tmux", "screen"))
        has_kitty = (
            term.startswith(("xterm-kitty", "xterm-ghostty")) or program == "ghostty" or "KITTY_WINDOW_ID" in environ
        )
        return cls(
            utf8="utf8" in locale.lower().replace("-", ""),
            colours="NO_COLOR" not in environ,
            shared=shared,
            tmux="TMUX" in environ and "STY" not in environ,
            wraps=shared and "STY" not in environ,
            asks=term not in {"", "dumb", "linux"} and not shared,
            kitty=has_kitty and not shared,
            cuts="XTERM_VERSION" in environ and not shared,
            far="SSH_CONNECTION" in environ or "SSH_TTY" in environ,
        )


@dataclass(frozen=True, slots=True)
class TerminalReplies:
    """Replies of the terminal so far. The program does not wait for them."""

    sixel: bool = False
    kitty: bool = False
    cell: PixelSize | None = None
    """Pixels of one cell."""
    cuts: bool = False
    """Like `TerminalCapabilities.cuts`, but for a terminal around tmux."""
    around_tmux: GraphicsProtocol = GraphicsProtocol.BLOCKS
    """Protocol that reaches the terminals around tmux, as tmux reports. Its replies in the place of terminals are ignored."""


def route_of(place: TerminalCapabilities, depth: ColorDepth, answers: TerminalReplies, show: str) -> GraphicsProtocol:
    """Return the best graphics protocol. `show`: the setting; only *auto* depends on the terminal's replies."""
    if show == GraphicsProtocol.WORDS or depth is ColorDepth.FEW or not (place.utf8 and place.colours):
        return GraphicsProtocol.WORDS
    if show != "auto":
        return GraphicsProtocol(show)
    if place.shared:
        best = answers.around_tmux
    elif answers.kitty:
        best = GraphicsProtocol.KITTY
    else:
        best = GraphicsProtocol.SIXEL if answers.sixel else GraphicsProtocol.BLOCKS
    return GraphicsProtocol.BLOCKS if best is GraphicsProtocol.SIXEL and answers.cell is None else best


def questions(place: TerminalCapabilities, show: str, *, cell_known: bool) -> str:
    """Return the queries for the terminal. Empty: nothing depends on them, or the terminal would not understand them."""
    if (
        not place.asks
        or not (place.utf8 and place.colours)
        or show in (GraphicsProtocol.WORDS, GraphicsProtocol.BLOCKS)
    ):
        return ""
    cell_query = "" if cell_known else _CELL_QUESTION
    if show != "auto":
        return cell_query
    return cell_query + (_KITTY_QUESTION if place.kitty else "") + _ATTRIBUTES_QUESTION


# Colour and attribute sequences (SGR) of a frame, shortened.
#
# Textual writes for each piece of text: all its colours and attributes, the text, and a reset. That is half the bytes of
# a frame. Here only the changes from the text before are written.

_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_MOVE: Final = re.compile(r"\n?(\x1b\[[0-9]+;[0-9]+H)")
"""Move of the cursor, and the line feed that Textual writes before it without effect."""


class Rendition(NamedTuple):
    """Colours and attributes in force."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    """Parameters that set the colour; empty: the terminal's own colour."""
    background: str = ""


_PLAIN: Final = Rendition()
_UNSEEN_ON_BLANKS: Final = frozenset("123")
"""Bold, dim and italic."""
_ATTRIBUTES: Final = frozenset("123456789") | {"21", "51", "52", "53"}


def condense(frame: str) -> str:
    """Return a text that looks like `frame` and has fewer bytes. `frame` must begin and end without colours, as Textual's
    frames do."""
    pieces = _SGR.split(frame)
    if len(pieces) == 1:
        return frame
    written: list[str] = []
    current = requested = _PLAIN
    for index, piece in enumerate(pieces):
        if index % 2:
            next_rendition = _after(requested, piece)
            if next_rendition is None:
                return frame
            requested = next_rendition
        elif piece:
            moves = "".join(_MOVE.findall(piece)) if "\x1b" in piece else ""
            text = _MOVE.sub("", piece) if moves else piece
            if text:
                target = requested if text.strip(" ") else _for_blanks(current, requested)
                written.append(_change(current, target))
                current = target
            written.append(_MOVE.sub(r"\1", piece) if moves else piece)
    written.append(_change(current, _PLAIN))
    return "".join(written)


@lru_cache(512)
def _after(before: Rendition, parameters: str) -> Rendition | None:
    """Return the rendition after these parameters; None: they are not understood."""
    rendition, codes = before, iter(parameters.split(";"))
    for code in codes:
        if code in ("", "0"):
            rendition = _PLAIN
        elif code in _ATTRIBUTES:
            rendition = rendition._replace(attributes=rendition.attributes | {code})
        elif (colour := _colour(code, codes)) is None:
            return None
        elif colour[0] in "39":  # 30 to 39, 90 to 97
            rendition = rendition._replace(colour="" if colour == "39" else colour)
        else:
            rendition = rendition._replace(background="" if colour == "49" else colour)
    return rendition


def _colour(code: str, rest: Iterator[str]) -> str | None:
    """Return the parameters of a colour that begins with `code`; None: it is not a colour."""
    if code in ("38", "48"):
        kind = next(rest, "")
        count = {"5": 1, "2": 3}.get(kind)
        return None if count is None else ";".join([code, kind, *(next(rest, "") for _ in range(count))])
    number = int(code)
    return code if number in range(30, 50) or number in range(90, 108) else None


@lru_cache(512)
def _for_blanks(current: Rendition, requested: Rendition) -> Rendition:
    """Return the rendition for blanks. On a blank only the background is visible, so the shorter change is chosen."""
    if (current.attributes | requested.attributes) <= _UNSEEN_ON_BLANKS:
        return min(
            current._replace(background=requested.background),
            requested,
            key=lambda rendition: len(_change(current, rendition)),
        )
    return requested


@lru_cache(512)
def _change(old: Rendition, new: Rendition) -> str:
    """Return the shortest sequence that changes one rendition into the other."""
    if old == new:
        return ""
    from_reset = ["", *sorted(new.attributes), *filter(None, new[1:])]
    alternatives = [";".join(from_reset if len(from_reset) > 1 else [""])]
    if old.attributes <= new.attributes:
        parts = sorted(new.attributes - old.attributes)
        parts += [new.colour or "39"] if new.colour != old.colour else []
        parts += [new.background or "49"] if new.background != old.background else []
        alternatives.append(";".join(parts))
    return f"\x1b[{min(alternatives, key=len)}m"
