"""A frame writes the cells that are to be drawn again, and no others."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from cordage_tui.ui.terminal_images.strips import SpanCompositor, SpanUpdate, changed_cells
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


class Overlapping(Screen[None]):
    """Widgets beside, over and within each other, one of them larger than what is seen of it."""

    CSS = """
    Overlapping { layers: below above; }
    #large { width: 60; height: 30; }
    #frame { width: 30; height: 9; overflow: hidden; border: round red; layer: below; }
    #wide { width: 1fr; height: 1fr; layer: below; }
    #toast { width: 14; height: 4; layer: above; offset: 22 5; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SpanCompositor()

    def compose(self) -> ComposeResult:
        with Container(id="frame"):
            yield Static(Content("\n".join(f"{n:02} 日本 ● text of line {n} " * 3 for n in range(30))), id="large")
        yield Static(Content("\n".join("wide ▰▰▱ line " * 8 for _ in range(30))), id="wide")
        yield Static(Content("over the rest, é́ 日\n" * 4), id="toast")


async def test_a_frame_is_the_same_as_textuals() -> None:
    """Whatever is drawn again, what is written equals the cells that Textual's own compositor has there."""
    app: App[None] = App()
    async with app.run_test(size=(70, 24)) as pilot:
        screen = Overlapping()
        await app.push_screen(screen)
        await pilot.pause()
        ours, random = screen._compositor, Random(1)
        for _ in range(200):
            regions = {
                Region(random.randrange(60), random.randrange(20), random.randint(1, 10), random.randint(1, 4))
                for _ in range(random.randint(1, 6))
            }
            ours._dirty_regions = {*regions}
            drawn = ours.render_partial_update()
            assert drawn is not None and not ours._dirty_regions and ours.render_partial_update() is None
            ours._dirty_regions = {*regions}
            textuals = Compositor.render_partial_update(ours)
            assert textuals is not None
            whole = SpanUpdate(textuals.chops, textuals.spans, textuals.chop_ends).render_segments(CONSOLE)
            assert drawn.render_segments(CONSOLE) == whole
