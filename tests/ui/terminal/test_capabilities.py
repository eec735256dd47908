"""Where we are decides what the terminal is asked, and what it said decides how pictures are drawn."""

import pytest

from cordage_tui.domain.image import ImageFormat, PixelSize
from cordage_tui.ui.terminal.capabilities import (
    ColorDepth,
    GraphicsProtocol,
    TerminalCapabilities,
    TerminalReplies,
    questions,
    route_of,
)

CELL = PixelSize(9, 18)
EVERYTHING = TerminalReplies(sixel=True, kitty=True, cell=CELL)
XTERM = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("answers", "route", "form"),
    [
        (TerminalReplies(), GraphicsProtocol.BLOCKS, ImageFormat.RGB),
        (TerminalReplies(sixel=True, cell=CELL), GraphicsProtocol.SIXEL, ImageFormat.SIXEL),
        (TerminalReplies(sixel=True), GraphicsProtocol.BLOCKS, ImageFormat.RGB),
        (TerminalReplies(kitty=True), GraphicsProtocol.KITTY, ImageFormat.PNG),
        (EVERYTHING, GraphicsProtocol.KITTY, ImageFormat.PNG),
    ],
)
def test_the_best_that_was_answered_for(answers: TerminalReplies, route: GraphicsProtocol, form: ImageFormat) -> None:
    """Unanswered: half blocks. Sixel needs the size of a cell as well."""
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.TRUE, answers, "auto") is route
    assert route.form is form


@pytest.mark.parametrize(
    "about",
    [{"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"LANG": "POSIX"}, {"LC_CTYPE": "en_GB.ISO-8859-1"}],
)
def test_words_where_a_picture_cannot_be_drawn(about: dict[str, str]) -> None:
    """Without colours, or where the locale has no half block. Neither is the terminal asked."""
    place = TerminalCapabilities.of({"TERM": "xterm-256color", **about})
    assert route_of(place, ColorDepth.TRUE, EVERYTHING, "auto") is GraphicsProtocol.WORDS
    assert questions(place, "auto", cell_known=False) == ""


def test_words_where_the_user_wants_them_or_colours_are_few() -> None:
    """Whatever the terminal could do."""
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.TRUE, EVERYTHING, "off") is GraphicsProtocol.WORDS
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.FEW, EVERYTHING, "kitty") is GraphicsProtocol.WORDS


@pytest.mark.parametrize(
    "about", [{"TMUX": "/tmp/x,1,0"}, {"STY": "1.x"}, {"TERM": "tmux-256color"}, {"TERM": "screen"}]
)
def test_half_blocks_in_tmux_and_screen(about: dict[str, str]) -> None:
    """They swallow both protocols, and what lies around them is not theirs to tell. They are not asked."""
    place = TerminalCapabilities.of({**XTERM, "KITTY_WINDOW_ID": "1", **about})
    assert route_of(place, ColorDepth.TRUE, EVERYTHING, "auto") is GraphicsProtocol.BLOCKS
    assert questions(place, "auto", cell_known=False) == ""


@pytest.mark.parametrize("show", ["blocks", "kitty", "sixel"])
def test_the_users_word_is_final(show: str) -> None:
    """Without an answer, and in tmux."""
    assert route_of(
        TerminalCapabilities.of({**XTERM, "TMUX": "x"}), ColorDepth.PALETTE, TerminalReplies(), show
    ) is GraphicsProtocol(show)


@pytest.mark.parametrize(
    ("about", "show", "cell_known", "asked"),
    [
        ({}, "auto", True, "\x1b[c"),
        ({}, "auto", False, "\x1b[16t\x1b[c"),
        ({"TERM": "xterm-kitty"}, "auto", True, "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"),
        ({"TERM_PROGRAM": "ghostty"}, "auto", True, "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"),
        ({"TERM": "linux"}, "auto", False, ""),
        ({"TERM": "dumb"}, "auto", False, ""),
        ({"TERM": ""}, "auto", False, ""),
        ({}, "blocks", False, ""),
        ({}, "off", False, ""),
        ({}, "sixel", False, "\x1b[16t"),
        ({}, "kitty", True, ""),
    ],
)
def test_only_what_matters_is_asked(about: dict[str, str], show: str, cell_known: bool, asked: str) -> None:
    """And only whom it is known to understand."""
    assert questions(TerminalCapabilities.of({**XTERM, **about}), show, cell_known=cell_known) == asked
