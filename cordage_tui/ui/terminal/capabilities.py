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
    """Sixteen or fewer: a picture would not be recognisable."""
    PALETTE = 256
    TRUE = 1 << 24


LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Levels of each primary colour in the 256-colour palette's cube."""
GREYS: Final = tuple(round(10.2 * nth) for nth in range(1, 25))
"""Greys of the palette as Rich counts them, which differ by 4 at most."""
_STEP: Final = 4
"""True colours are rounded to multiples of it: that is not visible, and equal neighbours are written once."""
_BAYER: Final = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""Ordered dither matrix: unlike error diffusion, it is stable when a picture is redrawn."""
_MIDDLE: Final = 8
"""Mean of the matrix. Its amplitude is a third of the palette's steps: with more, such large pixels look like a chess board."""
_SEEN: Final = (2, 4, 3)
"""Visibility of a difference in red, green and blue."""


def reduce(pixels: bytes, width: int, depth: ColorDepth) -> bytes:
    """Reduce RGB `pixels` of a picture `width` wide to the colours of this depth."""
    if depth is ColorDepth.TRUE:
        return pixels.translate(_rounded(0))
    line = width * 3
    shifted = bytearray(len(pixels))
    for start in range(0, len(pixels), line):
        for x, threshold in enumerate(_BAYER[start // line % 4]):
            for at in range(start + x * 3, start + x * 3 + 3):
                every_fourth = slice(at, start + line, 12)
                shifted[every_fourth] = pixels[every_fourth].translate(_rounded(threshold - _MIDDLE))
    return b"".join(_nearest(bytes(shifted[at : at + 3])) for at in range(0, len(shifted), 3))


@cache
def _rounded(shift: int) -> bytes:
    return bytes(max(0, min(255, round((value + shift) / _STEP) * _STEP)) for value in range(256))


@lru_cache(1 << 14)
def _nearest(pixel: bytes) -> bytes:
    """Return the colour of the cube or the greys that looks most like `pixel`."""
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


def _unlike(one: bytes, other: bytes) -> int:
    return sum(weight * (a - b) ** 2 for weight, a, b in zip(_SEEN, one, other, strict=True))


# Graphics protocol: a pure function of environment, setting and replies.

_ATTRIBUTES_QUESTION: Final = "\x1b[c"
"""Query for the device attributes, of which 4 is Sixel."""
_CELL_QUESTION: Final = "\x1b[16t"
"""Query for the size of a cell in pixels."""
_KITTY_QUESTION: Final = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Query whether a picture of one pixel could be received by Kitty's protocol."""


LARGEST: Final = 1000
"""Pixels of a Sixel image each way, in xterm."""
BAND: Final = 6
"""Rows of pixels in a line of sixels. tmux counts whole ones: an image of 17 takes the cells of 18."""


class GraphicsProtocol(StrEnum):
    """Graphics protocol; the values are those of the setting `[pictures] show`."""

    BLOCKS = "blocks"
    """Two pixels a cell."""
    KITTY = "kitty"
    """Kitty's graphics protocol, with placeholders in the cells."""
    SIXEL = "sixel"
    """DEC's, a line of cells at a time."""
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
    """False only if the locale says so: a container without a locale usually runs in a modern terminal."""
    colours: bool = True
    """False with NO_COLOR."""
    shared: bool = False
    """True in tmux or screen, which draw the cells and answer in the terminal's place."""
    tmux: bool = False
    """True in a tmux of this machine, which can be asked about the terminals around it."""
    wraps: bool = False
    """True if Kitty's sequences reach the terminal only in tmux's passthrough."""
    asks: bool = True
    """True if the terminal can reply. A console, or one without a name, would show the query."""
    kitty: bool = False
    """True if the terminal's name implies Kitty's protocol. Others are not queried: some would print the query."""
    cuts: bool = False
    """True in xterm, which cuts a Sixel image at `LARGEST`, unless it is told otherwise (`maxGraphicSize`)."""
    far: bool = False
    """True over SSH, where the bytes of a picture take time."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "TerminalCapabilities":
        """Read the environment."""
        term = environ.get("TERM", "")
        program = environ.get("TERM_PROGRAM", "")
        locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "utf8")
        shared = "TMUX" in environ or "STY" in environ or term.startswith(("tmux", "screen"))
        named = (
            term.startswith(("xterm-kitty", "xterm-ghostty")) or program == "ghostty" or "KITTY_WINDOW_ID" in environ
        )
        return cls(
            utf8="utf8" in locale.lower().replace("-", ""),
            colours="NO_COLOR" not in environ,
            shared=shared,
            tmux="TMUX" in environ and "STY" not in environ,
            wraps=shared and "STY" not in environ,
            asks=term not in {"", "dumb", "linux"} and not shared,
            kitty=named and not shared,
            cuts="XTERM_VERSION" in environ and not shared,
            far="SSH_CONNECTION" in environ or "SSH_TTY" in environ,
        )


@dataclass(frozen=True, slots=True)
class TerminalReplies:
    """Replies of the terminal so far. None of them is waited for."""

    sixel: bool = False
    kitty: bool = False
    cell: PixelSize | None = None
    """Pixels of one cell."""
    cuts: bool = False
    """As `TerminalCapabilities.cuts`, of a terminal around tmux."""
    around_tmux: GraphicsProtocol = GraphicsProtocol.BLOCKS
    """Protocol that reaches the terminals around tmux, as tmux says; what it answers in their place is not believed."""


def route_of(place: TerminalCapabilities, depth: ColorDepth, answers: TerminalReplies, show: str) -> GraphicsProtocol:
    """Return the best graphics protocol. `show` is the setting; only *auto* depends on the terminal's replies."""
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
    """Return the queries for the terminal; empty if nothing depends on them, or it would not understand them."""
    if (
        not place.asks
        or not (place.utf8 and place.colours)
        or show in (GraphicsProtocol.WORDS, GraphicsProtocol.BLOCKS)
    ):
        return ""
    of_cell = "" if cell_known else _CELL_QUESTION
    if show != "auto":
        return of_cell
    return of_cell + (_KITTY_QUESTION if place.kitty else "") + _ATTRIBUTES_QUESTION


# Colour and attribute sequences (SGR) of a frame, shortened.
#
# Textual writes each piece of text as: all its colours and attributes, the text, a reset. That is half the bytes of a
# frame. Here only what differs from the text before is written.

_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_MOVE: Final = re.compile(r"\n?(\x1b\[[0-9]+;[0-9]+H)")
"""Move of the cursor to a place, and the line feed that Textual writes before it for no effect."""


class Rendition(NamedTuple):
    """Colours and attributes in force."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    """Parameters that set it; empty: the terminal's own."""
    background: str = ""


_PLAIN: Final = Rendition()
_UNSEEN_ON_BLANKS: Final = frozenset("123")
"""Bold, dim and italic."""
_ATTRIBUTES: Final = frozenset("123456789") | {"21", "51", "52", "53"}


def condense(frame: str) -> str:
    """Return what looks the same as `frame` with fewer bytes. It must begin and end without colours, as Textual's do."""
    pieces = _SGR.split(frame)
    if len(pieces) == 1:
        return frame
    written: list[str] = []
    inked = wanted = _PLAIN
    for at, piece in enumerate(pieces):
        if at % 2:
            known = _after(wanted, piece)
            if known is None:
                return frame
            wanted = known
        elif piece:
            moves = "".join(_MOVE.findall(piece)) if "\x1b" in piece else ""
            text = _MOVE.sub("", piece) if moves else piece
            if text:
                target = wanted if text.strip(" ") else _for_blanks(inked, wanted)
                written.append(_change(inked, target))
                inked = target
            written.append(_MOVE.sub(r"\1", piece) if moves else piece)
    written.append(_change(inked, _PLAIN))
    return "".join(written)


@lru_cache(512)
def _after(before: Rendition, parameters: str) -> Rendition | None:
    """Return what is in force after these parameters; None: not understood."""
    now, codes = before, iter(parameters.split(";"))
    for code in codes:
        if code in ("", "0"):
            now = _PLAIN
        elif code in _ATTRIBUTES:
            now = now._replace(attributes=now.attributes | {code})
        elif (colour := _colour(code, codes)) is None:
            return None
        elif colour[0] in "39":  # 30 to 39, 90 to 97
            now = now._replace(colour="" if colour == "39" else colour)
        else:
            now = now._replace(background="" if colour == "49" else colour)
    return now


def _colour(code: str, rest: Iterator[str]) -> str | None:
    """Return the parameters of a colour that begins with `code`; None: it is none."""
    if code in ("38", "48"):
        kind = next(rest, "")
        count = {"5": 1, "2": 3}.get(kind)
        return None if count is None else ";".join([code, kind, *(next(rest, "") for _ in range(count))])
    number = int(code)
    return code if number in range(30, 50) or number in range(90, 108) else None


@lru_cache(512)
def _for_blanks(inked: Rendition, wanted: Rendition) -> Rendition:
    """Return what blanks may be written in instead of `wanted`: only the background of a blank is seen."""
    if (inked.attributes | wanted.attributes) <= _UNSEEN_ON_BLANKS:
        return min(inked._replace(background=wanted.background), wanted, key=lambda one: len(_change(inked, one)))
    return wanted


@lru_cache(512)
def _change(old: Rendition, new: Rendition) -> str:
    """Return the shortest sequence from one to the other."""
    if old == new:
        return ""
    anew = ["", *sorted(new.attributes), *filter(None, new[1:])]
    ways = [";".join(anew if len(anew) > 1 else [""])]
    if old.attributes <= new.attributes:
        parts = sorted(new.attributes - old.attributes)
        parts += [new.colour or "39"] if new.colour != old.colour else []
        parts += [new.background or "49"] if new.background != old.background else []
        ways.append(";".join(parts))
    return f"\x1b[{min(ways, key=len)}m"
