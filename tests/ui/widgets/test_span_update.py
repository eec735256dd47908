"""A frame writes the cells that are to be drawn again, and no others."""

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cordage_tui.ui.app_base import SpanUpdate
from cordage_tui.ui.terminal_images.strips import changed_cells
from tests.ui.terminal_images.test_sgr import seen

CONSOLE = Console(color_system="truecolor", force_terminal=True)
LEFT, WIDTH = 5, 20
STYLES = [Style(color=colour, bgcolor="#101010") for colour in ("#ff0000", "#00ff00")]
texts = st.lists(st.tuples(st.text("ab 日●\u0301", max_size=7), st.sampled_from(STYLES)), max_size=5)


def line(pieces: list[tuple[str, Style]]) -> Strip:
    """A line of a widget that stands `LEFT` cells from the left."""
    strip = Strip([Segment(".", STYLES[0]), *(Segment(text, style) for text, style in pieces if text)])
    return strip.adjust_cell_length(WIDTH, STYLES[0])


def frame(strip: Strip, first: int, end: int) -> str:
    """What is written for the cells [first, end) of a line."""
    chops = [{0: Strip([Segment("x" * LEFT, STYLES[0])]), LEFT: strip, LEFT + WIDTH: None}]
    spans = [(0, LEFT + first, LEFT + end)]
    return SpanUpdate(chops, spans, [[LEFT, LEFT + WIDTH, LEFT + WIDTH + 9]]).render_segments(CONSOLE)


@given(texts, texts)
def test_a_line_is_changed_by_its_differing_cells(before, after):
    """Where only these are written over the old line, the new one stands."""
    old, new = line(before), line(after)
    whole = frame(old, 0, WIDTH)
    span = changed_cells(old, new)
    patch = frame(new, span.start, span.stop) if span else ""
    assert seen(whole, patch) == seen(frame(new, 0, WIDTH))


def test_cells_left_of_a_change_are_not_written():
    """One digit in the middle of a widget's line is all that is sent for it."""
    written = frame(line([("ab●0:41", STYLES[0])]), 6, 7)
    assert written.startswith("\x1b[1;12H\x1b[") and written.count("H") == 1
    assert "1" in written and "●" not in written and "x" not in written


def test_a_wide_character_is_never_cut():
    """A region that begins in the middle of one, as a dialog's edge may, is written from the widget's edge."""
    assert "日" in frame(line([("日日日", STYLES[0])]), 3, 6)
