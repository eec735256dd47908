"""Where we are decides what the terminal is asked, and what it said decides how pictures are drawn."""

import pytest

from cordage_tui.domain.picture import ImageFormat, PixelSize
from cordage_tui.ui.pictures.depth import Depth
from cordage_tui.ui.pictures.route import Answers, Place, Route, questions, route_of

CELL = PixelSize(9, 18)
EVERYTHING = Answers(sixel=True, kitty=True, cell=CELL)
XTERM = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("answers", "route", "form"),
    [
        (Answers(), Route.BLOCKS, ImageFormat.RGB),
        (Answers(sixel=True, cell=CELL), Route.SIXEL, ImageFormat.SIXEL),
        (Answers(sixel=True), Route.BLOCKS, ImageFormat.RGB),
        (Answers(kitty=True), Route.KITTY, ImageFormat.PNG),
        (EVERYTHING, Route.KITTY, ImageFormat.PNG),
    ],
)
def test_the_best_that_was_answered_for(answers: Answers, route: Route, form: ImageFormat) -> None:
    """Unanswered: half blocks. Sixel needs the size of a cell as well."""
    assert route_of(Place.of(XTERM), Depth.TRUE, answers, "auto") is route
    assert route.form is form


@pytest.mark.parametrize(
    "about",
    [{"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"LANG": "POSIX"}, {"LC_CTYPE": "en_GB.ISO-8859-1"}],
)
def test_words_where_a_picture_cannot_be_drawn(about: dict[str, str]) -> None:
    """Without colours, or where the locale has no half block. Neither is the terminal asked."""
    place = Place.of({"TERM": "xterm-256color", **about})
    assert route_of(place, Depth.TRUE, EVERYTHING, "auto") is Route.WORDS
    assert questions(place, "auto", cell_known=False) == ""


def test_words_where_the_user_wants_them_or_colours_are_few() -> None:
    """Whatever the terminal could do."""
    assert route_of(Place.of(XTERM), Depth.TRUE, EVERYTHING, "off") is Route.WORDS
    assert route_of(Place.of(XTERM), Depth.FEW, EVERYTHING, "kitty") is Route.WORDS


@pytest.mark.parametrize(
    "about", [{"TMUX": "/tmp/x,1,0"}, {"STY": "1.x"}, {"TERM": "tmux-256color"}, {"TERM": "screen"}]
)
def test_half_blocks_in_tmux_and_screen(about: dict[str, str]) -> None:
    """They swallow both protocols, and what lies around them is not theirs to tell. They are not asked."""
    place = Place.of({**XTERM, "KITTY_WINDOW_ID": "1", **about})
    assert route_of(place, Depth.TRUE, EVERYTHING, "auto") is Route.BLOCKS
    assert questions(place, "auto", cell_known=False) == ""


@pytest.mark.parametrize("show", ["blocks", "kitty", "sixel"])
def test_the_users_word_is_final(show: str) -> None:
    """Without an answer, and in tmux."""
    assert route_of(Place.of({**XTERM, "TMUX": "x"}), Depth.PALETTE, Answers(), show) is Route(show)


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
    assert questions(Place.of({**XTERM, **about}), show, cell_known=cell_known) == asked
