"""Which way pictures take to the screen: a pure function of where we are and what the terminal said."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageFormat, PixelSize
from cordage_tui.ui.pictures.depth import ColorDepth

_ATTRIBUTES_QUESTION: Final = "\x1b[c"
"""For the device's attributes, of which 4 is Sixel."""
_CELL_QUESTION: Final = "\x1b[16t"
"""For the size of a cell in pixels."""
_KITTY_QUESTION: Final = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Whether it could take a picture of one pixel by Kitty's protocol."""


class GraphicsProtocol(StrEnum):
    """How a picture is drawn; the values are those of the setting `[pictures] show`."""

    BLOCKS = "blocks"
    """Two pixels a cell."""
    KITTY = "kitty"
    """Kitty's graphics protocol, with placeholders in the cells."""
    SIXEL = "sixel"
    """DEC's, a line of cells at a time."""
    WORDS = "off"
    """Not at all: type, size and dimensions are told."""

    @property
    def form(self) -> ImageFormat:
        """What is to be made of a file for it."""
        return {GraphicsProtocol.KITTY: ImageFormat.PNG, GraphicsProtocol.SIXEL: ImageFormat.SIXEL}.get(
            self, ImageFormat.RGB
        )


@dataclass(frozen=True, slots=True)
class TerminalCapabilities:
    """What is known of the terminal before it is asked."""

    utf8: bool = True
    """False only where the locale says so: a container that says nothing usually has a terminal of today around it."""
    colours: bool = True
    """False with NO_COLOR."""
    shared: bool = False
    """tmux or screen stands between: it draws the cells, and swallows both protocols."""
    asks: bool = True
    """A terminal that can answer. A console or one without a name would show the question."""
    kitty: bool = False
    """By its name it has Kitty's protocol. Others are not asked: some would print the question."""
    far: bool = False
    """Over SSH, where a picture's bytes are felt."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "TerminalCapabilities":
        """As the environment tells it."""
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
            asks=term not in {"", "dumb", "linux"} and not shared,
            kitty=named and not shared,
            far="SSH_CONNECTION" in environ or "SSH_TTY" in environ,
        )


@dataclass(frozen=True, slots=True)
class TerminalReplies:
    """What the terminal has said so far. Nothing of it is waited for."""

    sixel: bool = False
    kitty: bool = False
    cell: PixelSize | None = None
    """Pixels of one cell."""


def route_of(place: TerminalCapabilities, depth: ColorDepth, answers: TerminalReplies, show: str) -> GraphicsProtocol:
    """The best way there is. `show` is the setting; only *auto* asks what the terminal said."""
    if show == GraphicsProtocol.WORDS or depth is ColorDepth.FEW or not (place.utf8 and place.colours):
        return GraphicsProtocol.WORDS
    if show != "auto":
        return GraphicsProtocol(show)
    if place.shared:
        return GraphicsProtocol.BLOCKS
    if answers.kitty:
        return GraphicsProtocol.KITTY
    return GraphicsProtocol.SIXEL if answers.sixel and answers.cell else GraphicsProtocol.BLOCKS


def questions(place: TerminalCapabilities, show: str, *, cell_known: bool) -> str:
    """What to ask the terminal; empty where nothing depends on it, or it would not understand."""
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
