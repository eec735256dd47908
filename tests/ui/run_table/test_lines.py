"""From cells to lines, and what differs between two."""

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.content import Content

from cordage_tui.domain.run import SortKey
from cordage_tui.ui.run_table.cells import Cell, StyleRole, places
from cordage_tui.ui.run_table.render import RenderedLine, blank_line, changed_cells, header_line, row_line, words_lines

STYLES = {role: Style(color=Color.from_rgb(i, i, i), bgcolor="black") for i, role in enumerate(StyleRole)}
CELLS = {
    "time": Cell("0:12", StyleRole.ACTIVE),
    "done": Cell("▰▰▱▱", StyleRole.ACTIVE),
    "left": Cell("~40s", StyleRole.ACTIVE),
    "": Cell("●", StyleRole.ACTIVE),
    "status": Cell("running", StyleRole.ACTIVE),
    "webhook": Cell("Sunset", StyleRole.QUIET),
    "prompt": Cell("a fox", StyleRole.PROMPT),
    "age": Cell("2m", StyleRole.QUIET),
}


def drawn(
    table: int = 100, *, cursor: bool = False, mark: bool = False, thumb: bool = False, **changes: Cell
) -> RenderedLine:
    cells = [(CELLS | changes)[place.column.title] for place in places(table)]
    return row_line(table, cells, STYLES, cursor=cursor, mark=mark, thumb=thumb)


def test_a_row_stands_in_its_columns() -> None:
    """Cells stand where their columns do, numbers at the right end."""
    text = drawn().strip.text
    assert text.split() == ["0:12", "▰▰▱▱", "~40s", "●", "running", "Sunset", "a", "fox", "2m"]
    for place in places(100):
        cell = text[place.x : place.x + place.width]
        assert cell.strip() == CELLS[place.column.title].text
        assert cell.endswith(CELLS[place.column.title].text) == (
            place.column.right or len(CELLS[place.column.title].text) == place.width
        )


def test_cursor_mark_and_thumb_have_their_own_cells() -> None:
    """The bar is the first cell, the mark the second, the thumb the last; without them those are blank."""
    text = drawn(cursor=True, mark=True, thumb=True).strip.text
    assert (text[0], text[1], text[-1]) == ("▌", "•", "▐")
    assert drawn().strip.text[:2] + drawn().strip.text[-1] == "   "


def test_lines_are_as_wide_as_the_table() -> None:
    """At every width a line has exactly its cells, wide characters or not."""
    for table in range(160):
        wide = drawn(table, prompt=Cell("日本の庭園" * 20, StyleRole.PROMPT))
        assert wide.strip.cell_length == cell_len(wide.strip.text) == table


def test_a_running_row_changes_colour_little() -> None:
    """Blanks join their neighbours and all about time joins the status: four changes of colour draw a whole running row."""
    assert len(drawn().strip) == 4


def test_title_says_the_order() -> None:
    """The sorted column's title has the arrow, ▾ when the largest is first, and no other has."""
    assert "age▾" in header_line(100, SortKey.CREATED, True, STYLES).strip.text
    assert "time▴" in header_line(100, SortKey.DURATION, False, STYLES).strip.text
    assert "age▾" not in header_line(100, SortKey.DURATION, True, STYLES).strip.text


def test_words_stand_in_the_middle() -> None:
    """What is said instead of rows is centred, and wrapped where it must be."""
    lines = words_lines(30, 5, Content("No runs yet"), STYLES)
    assert [line.strip.text.strip() for line in lines] == ["", "", "No runs yet", "", ""]
    assert lines[2].strip.text.index("No") == 9
    assert [line.strip.text.strip() for line in words_lines(12, 2, Content("No runs yet"), STYLES)] == [
        "No runs",
        "yet",
    ]
    for width in range(12):
        assert len(words_lines(width, 3, Content("No runs yet"), STYLES)) == 3


def test_equal_lines_need_nothing() -> None:
    """Two lines that look the same differ in no cell, even when drawn apart."""
    assert changed_cells(drawn(), drawn()) == 0


def test_a_tick_needs_the_time_column_only() -> None:
    """When only the time differs nothing right of it is drawn again."""
    time = places(100)[0]
    assert changed_cells(drawn(), drawn(time=Cell("0:13", StyleRole.ACTIVE))) == time.x + time.width


def test_the_cursor_needs_the_whole_line() -> None:
    """A line with other colours, or of another shape, or not yet drawn, is drawn whole."""
    other = {role: style + Style(bgcolor="blue") for role, style in STYLES.items()}
    cells = [CELLS[place.column.title] for place in places(100)]
    cursor = row_line(100, cells, other, cursor=True, mark=False, thumb=False)
    assert changed_cells(drawn(), cursor) == 100
    assert changed_cells(blank_line(100, STYLES), drawn()) == 100
    assert changed_cells(None, drawn()) == 100
