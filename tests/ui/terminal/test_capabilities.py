"""The environment decides the questions to the terminal, and its replies decide how pictures are drawn."""

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
def test_the_best_protocol_that_the_terminal_confirmed_is_used(
    answers: TerminalReplies, route: GraphicsProtocol, form: ImageFormat
) -> None:
    """Without replies half blocks are used, and Sixel also needs the size of a cell."""
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.TRUE, answers, "auto") is route
    assert route.form is form


@pytest.mark.parametrize(
    "variables",
    [{"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"LANG": "POSIX"}, {"LC_CTYPE": "en_GB.ISO-8859-1"}],
)
def test_words_where_a_picture_cannot_be_drawn(variables: dict[str, str]) -> None:
    """Without colours, or without half blocks in the locale, outputs are described, and the terminal is not asked."""
    place = TerminalCapabilities.of({"TERM": "xterm-256color", **variables})
    assert route_of(place, ColorDepth.TRUE, EVERYTHING, "auto") is GraphicsProtocol.WORDS
    assert questions(place, "auto", cell_known=False) == ""


def test_words_where_the_user_wants_them_or_colours_are_few() -> None:
    """Outputs are described if the user switched pictures off, or if the terminal has few colours."""
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.TRUE, EVERYTHING, "off") is GraphicsProtocol.WORDS
    assert route_of(TerminalCapabilities.of(XTERM), ColorDepth.FEW, EVERYTHING, "kitty") is GraphicsProtocol.WORDS


@pytest.mark.parametrize(
    "about", [{"TMUX": "/tmp/x,1,0"}, {"STY": "1.x"}, {"TERM": "tmux-256color"}, {"TERM": "screen"}]
)
def test_half_blocks_in_tmux_and_screen(about: dict[str, str]) -> None:
    """tmux and screen get half blocks and no questions, because they swallow the protocols."""
    place = TerminalCapabilities.of({**XTERM, "KITTY_WINDOW_ID": "1", **about})
    assert route_of(place, ColorDepth.TRUE, EVERYTHING, "auto") is GraphicsProtocol.BLOCKS
    assert questions(place, "auto", cell_known=False) == ""


@pytest.mark.parametrize("show", ["blocks", "kitty", "sixel"])
def test_the_users_setting_is_final(show: str) -> None:
    """The user's setting is used without a reply, and also in tmux."""
    assert route_of(
        TerminalCapabilities.of({**XTERM, "TMUX": "x"}), ColorDepth.PALETTE, TerminalReplies(), show
    ) is GraphicsProtocol(show)


@pytest.mark.parametrize(
    ("about", "show", "cell_known", "expected_questions"),
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
def test_only_what_matters_is_asked(
    about: dict[str, str], show: str, cell_known: bool, expected_questions: str
) -> None:
    """A terminal gets only questions that it understands and whose replies are needed."""
    assert questions(TerminalCapabilities.of({**XTERM, **about}), show, cell_known=cell_known) == expected_questions
