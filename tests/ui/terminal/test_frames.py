"""A frame writes only the cells that differ from those on the terminal."""

import re
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from cordage_tui.ui.images.image_cells import ImageCells
from cordage_tui.ui.terminal.frames import GAP, TerminalCells
from tests.ui.terminal.test_sgr import COLUMNS, ROWS, seen

CONSOLE = Console(color_system="truecolor", force_terminal=True)
SIZE = Size(COLUMNS, ROWS)
PLAIN = Style(color="#a0a0a0", bgcolor="#101010")
STYLES = [PLAIN, Style(color="#ff0000", bgcolor="#101010"), Style(bgcolor="#202020"), Style(underline=True)]
PIECES = st.lists(st.tuples(st.text("ab 日●\u0301", max_size=COLUMNS), st.sampled_from(STYLES)), max_size=4)
LINES = st.lists(PIECES, min_size=ROWS, max_size=ROWS)


def line(pieces: list[tuple[str, Style]], width: int = COLUMNS) -> Strip:
    """Return a line that begins with a full stop, because an accent at its start would be drawn on the line above."""
    segments = [Segment(".", PLAIN), *(Segment(text, style) for text, style in pieces if text)]
    return Strip(segments).adjust_cell_length(width, PLAIN)


def whole(lines: list[Strip]) -> LayoutUpdate:
    """Return a frame of the whole screen."""
    return LayoutUpdate([[strip] for strip in lines], Region(0, 0, COLUMNS, len(lines)))


def part(y: int, x: int, strip: Strip) -> ChopsUpdate:
    """Return a frame with a piece of one line, as Textual makes it."""
    end = x + strip.cell_length
    chops = [{x: strip} if at == y else {} for at in range(ROWS)]
    return ChopsUpdate(chops, [(y, x, end)], [[end] for _ in range(ROWS)])


def written(cells: TerminalCells, update: LayoutUpdate | ChopsUpdate, size: Size = SIZE) -> str:
    """Return the text that is written for this frame."""
    changes = cells.changes(update, size, CONSOLE)
    return changes.render_segments(CONSOLE) if changes else ""


def characters(text: str) -> str:
    """Return the written text without positions and colours."""
    return re.sub(r"\x1b\[[\d;]*[Hm]", "", text)


@given(st.lists(LINES, min_size=2, max_size=4))
def test_the_terminal_shows_the_last_frame(frames: list[list[list[tuple[str, Style]]]]) -> None:
    """The differences written one after the other look like the last frame written whole."""
    cells = TerminalCells()
    updates = [whole([line(pieces) for pieces in lines]) for lines in frames]
    assert seen(*(written(cells, update) for update in updates)) == seen(written(TerminalCells(), updates[-1]))


def test_a_frame_that_is_shown_already_writes_nothing() -> None:
    """A frame that equals the screen writes nothing."""
    cells, update = TerminalCells(), whole([line([("a fox", PLAIN)])] * ROWS)
    assert written(cells, update)
    assert cells.changes(update, SIZE, CONSOLE) is None


def test_one_digit_is_all_that_is_written_for_it() -> None:
    """A changed digit writes only this digit, also if Textual paints the whole line or screen."""
    for frame in (lambda strip: part(2, 0, strip), lambda strip: whole([strip] * ROWS)):
        cells = TerminalCells()
        written(cells, whole([line([("●0:41", PLAIN)])] * ROWS))
        text = written(cells, frame(line([("●0:42", PLAIN)])))
        assert set(characters(text)) == {"2"}


def test_cells_between_two_changes_are_written_if_a_jump_takes_more() -> None:
    """Two changes with a short gap are written as one run, and with a long gap as two."""
    for gap, runs in ((GAP, 1), (GAP + 1, 2)):
        cells = TerminalCells()
        written(cells, whole([line([("x" + "." * gap + "x", PLAIN)])] * ROWS))
        assert written(cells, part(0, 0, line([("y" + "." * gap + "y", PLAIN)]))).count("H") == runs


def test_what_is_forgotten_is_written_again() -> None:
    """After lost output, another program or a new size the whole frame is written."""
    update = whole([line([("a fox", PLAIN)])] * ROWS)
    cells = TerminalCells()
    first = written(cells, update)
    cells.forget()
    assert written(cells, update) == first
    assert written(cells, update, Size(COLUMNS, ROWS + 1)) == first


def test_a_wide_character_is_never_cut() -> None:
    """A changed line with wide characters is written whole, because terminals disagree about their width."""
    cells = TerminalCells()
    written(cells, whole([line([("日日日x", PLAIN)])] * ROWS))
    assert "日日日" in written(cells, part(0, 0, line([("日日日y", PLAIN)])))


def test_pieces_beside_what_is_painted_are_left_out() -> None:
    """Pieces outside the painted region are left out, because Textual fills them with hidden widgets."""
    cells, left, right = TerminalCells(), line([("shown", PLAIN)], 20), line([("hidden", PLAIN)], 20)
    update = ChopsUpdate([{0: left, 20: right}], [(0, 5, 20)], [[20, 40]])
    assert "hidden" not in written(cells, update)


def picture(name: str, row: int = 0) -> ImageCells:
    return ImageCells(8, partial("<{}:{}:{}-{}>".format, name, row))


def test_cells_of_a_picture_are_equal_only_in_the_same_picture() -> None:
    """Cells of different pictures differ, and a row that was covered is written whole again."""
    cells = TerminalCells()
    fox, owl = picture("fox"), picture("owl")

    def frame(*segments: Segment) -> LayoutUpdate:
        return whole([Strip(segments).adjust_cell_length(COLUMNS, PLAIN)] + [line([])] * (ROWS - 1))

    assert "<fox:0:0-8>" in written(cells, frame(Segment("ab", PLAIN), Segment(fox, PLAIN)))
    assert cells.changes(frame(Segment("ab", PLAIN), Segment(fox, PLAIN)), SIZE, CONSOLE) is None
    assert "<owl:0:0-8>" in written(cells, frame(Segment("ab", PLAIN), Segment(owl, PLAIN)))
    covered = written(cells, frame(Segment("ab", PLAIN), Segment(owl[:3], PLAIN), Segment("dialog", PLAIN)))
    assert "dialog" in covered and "owl" not in covered
    assert "<owl:0:0-8>" in written(cells, frame(Segment("ab", PLAIN), Segment(owl, PLAIN)))


def test_what_lies_outside_the_terminal_is_left_out() -> None:
    """Cells outside a terminal that became smaller are not written."""
    text = written(TerminalCells(), whole([line([("0123456789", PLAIN)])] * ROWS), Size(5, 2))
    assert characters(text) == ".0123" * 2
    assert "\x1b[3;" not in text
