"""Lines made of cells, and the difference between two lines."""

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from cordage_tui.domain.run import ColumnName, SortKey
from cordage_tui.ui.run_table.cell_texts import Cell, StyleRole
from cordage_tui.ui.run_table.columns import TableLayout, table_layout
from cordage_tui.ui.run_table.row_strips import blank_line, header_line, row_line, words_lines
from cordage_tui.ui.terminal.frames import TerminalCells

STYLES = {role: Style(color=Color.from_rgb(i, i, i), bgcolor="black") for i, role in enumerate(StyleRole)}
CELLS = {
    "time": Cell("0:12", StyleRole.ACTIVE),
    "done": Cell("▰▰▱▱", StyleRole.ACTIVE),
    "": Cell("●", StyleRole.ACTIVE),
    "status": Cell("running", StyleRole.ACTIVE),
    "webhook": Cell("Sunset", StyleRole.QUIET),
    "tags": Cell("#sea", StyleRole.QUIET),
    "author": Cell("cron", StyleRole.QUIET),
    "prompt": Cell("a fox", StyleRole.PROMPT),
    "age": Cell("~40s", StyleRole.ACTIVE),
    "here": Cell("0:05", StyleRole.ACTIVE),
    "at cordage": Cell("0:30", StyleRole.ACTIVE),
}


def layout(table: int) -> TableLayout:
    """Return the layout with all columns that a running run fills."""
    of_outputs = (ColumnName.DECISION, ColumnName.STARS, ColumnName.OUTPUTS, ColumnName.INPUTS)
    return table_layout(table, 14, tuple(name for name in ColumnName if name not in of_outputs))


def drawn(table: int = 100, *, cursor: bool = False, mark: bool = False, thumb: bool = False, **changes: Cell) -> Strip:
    """Return the line of a row."""
    placed = layout(table).positions
    cells = [(CELLS | changes)[place.column.title] for place in placed]
    return row_line(layout(table), placed, cells, STYLES, cursor=cursor, mark=mark, thumb=thumb)


def written(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """Return the spans [first, last) of cells that are written if one line follows another."""
    cells = TerminalCells()
    cells.resize(Size(new.cell_length, 1))
    cells.differing(0, 0, old)
    return cells.differing(0, 0, new)


def test_a_row_stands_in_its_columns() -> None:
    """Each cell is in its column, and numbers are at its right end."""
    text = drawn(113).text
    cell_texts = ["0:12", "~40s", "0:05", "0:30", "▰▰▱▱", "●", "running", "a", "fox", "#sea", "cron", "Sunset"]
    assert text.split() == cell_texts
    for place in layout(113).positions:
        cell = text[place.x : place.x + place.width]
        assert cell.strip() == CELLS[place.column.title].text
        assert cell.endswith(CELLS[place.column.title].text) == (
            place.column.right or len(CELLS[place.column.title].text) == place.width
        )


def test_cursor_mark_and_thumb_have_their_own_cells() -> None:
    """The first cell has the bar or the mark, the last the thumb, and both are blank otherwise."""
    text = drawn(cursor=True, thumb=True).text
    assert (text[0], text[-1]) == ("▌", "▐")
    assert [drawn(cursor=cursor, mark=True).text[0] for cursor in (True, False)] == ["•", "•"]
    assert drawn().text[0] + drawn().text[-1] == "  "


def test_lines_are_as_wide_as_the_table() -> None:
    """A line has exactly the width of the table, also with wide characters."""
    for table in range(160):
        wide = drawn(table, prompt=Cell("日本の庭園" * 20, StyleRole.PROMPT))
        assert wide.cell_length == cell_len(wide.text) == table


def test_a_running_row_changes_colour_little() -> None:
    """A running row is drawn with three segments of colour."""
    assert len(drawn()) == 3


def test_the_title_shows_the_sort_order() -> None:
    """Only the sorted column has an arrow, ▾ if the largest is first."""
    assert "age▾" in header_line(layout(100), SortKey.CREATED, True, STYLES).text
    assert "time▴" in header_line(layout(100), SortKey.DURATION, False, STYLES).text
    assert "age▾" not in header_line(layout(100), SortKey.DURATION, True, STYLES).text


def test_words_stand_in_the_middle() -> None:
    """A text instead of rows is centred, and wrapped if necessary."""
    lines = words_lines(30, 5, Content("No runs yet"), STYLES)
    assert [line.text.strip() for line in lines] == ["", "", "No runs yet", "", ""]
    assert lines[2].text.index("No") == 9
    assert [line.text.strip() for line in words_lines(12, 2, Content("No runs yet"), STYLES)] == [
        "No runs",
        "yet",
    ]
    for width in range(12):
        assert len(words_lines(width, 3, Content("No runs yet"), STYLES)) == 3


def test_equal_lines_need_nothing() -> None:
    """Two equal lines differ in no cell."""
    assert written(drawn(), drawn()) == []


def test_a_tick_needs_the_time_column_only() -> None:
    """If only the time changes, only its changed digits are written."""
    time = layout(100).positions[0]
    end = time.x + time.width
    assert written(drawn(), drawn(time=Cell("0:13", StyleRole.ACTIVE))) == [(end - 1, end)]
    assert written(drawn(), drawn(time=Cell("0:20", StyleRole.ACTIVE))) == [(end - 2, end)]


def test_a_line_with_wide_characters_is_written_whole() -> None:
    """A line with characters of uncertain width is written whole if a later cell changes."""
    wide = {"prompt": Cell("日本 👩\u200d👧 e\u0301", StyleRole.PROMPT)}
    renamed = drawn(**wide, webhook=Cell("Sunrise", StyleRole.QUIET))
    at = layout(100).positions[-1].x + len("Sun")
    assert written(drawn(**wide), renamed) == [(0, 100)]
    assert written(drawn(), drawn(webhook=Cell("Sunrise", StyleRole.QUIET))) == [(at, at + len("rise"))]


def test_the_cursor_needs_the_whole_line() -> None:
    """A line with other colours is written whole, and after a blank line only its text."""
    other = {role: style + Style(bgcolor="blue") for role, style in STYLES.items()}
    placed = layout(100).positions
    cells = [CELLS[place.column.title] for place in placed]
    cursor = row_line(layout(100), placed, cells, other, cursor=True, mark=False, thumb=False)
    assert written(drawn(), cursor) == [(0, 100)]
    (first, _), *_, (_, last) = written(blank_line(100, STYLES), drawn())
    assert (first, last) == (2, placed[-1].x + len("Sunset"))
