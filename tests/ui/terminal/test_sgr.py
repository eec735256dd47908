"""Shorter colour sequences that look the same."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from cordage_tui.ui.terminal.capabilities import condense

COLUMNS, ROWS = 40, 6
COLOURS = ("red", "color(200)", "bright_cyan", "#102030", "#f0e0d0", "default", None)
ROWS_OF_CELLS = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 13))
STYLES = st.builds(
    Style,
    color=st.sampled_from(COLOURS),
    bgcolor=st.sampled_from(COLOURS),
    **dict.fromkeys(("bold", "dim", "italic", "underline", "reverse", "strike"), st.sampled_from((None, True, False))),
)
SPANS = st.lists(st.tuples(st.sampled_from(("fox", "   ", "a b ", "░")), st.none() | STYLES), max_size=3)
FRAMES = st.lists(st.tuples(ROWS_OF_CELLS, SPANS), max_size=8)


def written(spans: list[tuple[tuple[int, int], list[tuple[str, Style | None]]]]) -> str:
    """Return a frame as Textual writes it."""
    return "\n".join(
        f"\x1b[{y + 1};{x + 1}H"
        + "".join(Strip.render_style(style, text, ColorSystem.TRUECOLOR) if style else text for text, style in texts)
        for (y, x), texts in spans
    )


def seen(*frames: str) -> list[tuple[object, ...]]:
    """Return the content of each cell; of a blank only its visible attributes."""
    screen = pyte.Screen(COLUMNS, ROWS + 1)  # Textual writes no line feed on the last line: it would scroll
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    cells = [screen.buffer[y][x] for y in range(ROWS) for x in range(COLUMNS)]
    marked = [(c.underscore, c.reverse, c.strikethrough) for c in cells]
    full = [(c.data, c.bg, c.fg, c.bold, c.italics) for c in cells]
    return [
        (*all_of, marks) if all_of[0] != " " or any(marks) else (*all_of[:2], marks)
        for all_of, marks in zip(full, marked, strict=True)
    ]


@given(FRAMES, FRAMES)
def test_a_condensed_frame_looks_the_same(first, second):
    """A condensed frame has the same cells, also for the next frame, and never more bytes."""
    frames = written(first), written(second)
    short = tuple(map(condense, frames))
    assert seen(*short) == seen(*frames)
    assert all(len(short_frame) <= len(frame) for short_frame, frame in zip(short, frames, strict=True))


def test_a_colour_is_set_once_for_all_lines_that_have_it():
    """Lines of one colour cost one change of colour."""
    style = Style(color="#102030", bgcolor="#405060")
    frame = written([((y, 0), [("0:41", style)]) for y in range(ROWS)])
    assert condense(frame).count("m") == 2  # and the reset at the end
    assert condense(frame).endswith("\x1b[m")


def test_blanks_need_only_their_background():
    """Blanks of another text colour cost nothing."""
    red, green = Style(color="red", bgcolor="blue"), Style(color="green", bgcolor="blue")
    assert condense(written([((0, 0), [("a", red), ("  ", green), ("b", red)])])).count("\x1b[") == 3


def test_what_is_not_understood_is_left_as_it_is():
    """A sequence with unknown parameters is unchanged."""
    for odd in ("\x1b[1ma\x1b[22mb\x1b[0m", "\x1b[38;7;1mx\x1b[0m"):
        assert condense(odd) == odd


def test_other_sequences_stay_where_they_are():
    """Links, pictures and saved cursors are written in the same colours as before."""
    for inside in ("\x1b]8;id=1;http://x\x1b\\", "\x1bPq#0;2;0;0;0#0~~\x1b\\", "\x1b7  \x1b8\x1b[2C"):
        frame = f"\x1b[31ma\x1b[0m{inside}\x1b[32mb\x1b[0m"
        assert condense(frame) == f"\x1b[31ma\x1b[m{inside}\x1b[32mb\x1b[m"
