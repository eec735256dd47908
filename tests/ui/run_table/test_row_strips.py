"""After any events the screen shows the same as a new table."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import ColumnName, RunRow, SortKey, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.run_table.cell_texts import Cell, Context, Palette, StyleRole
from cordage_tui.ui.run_table.columns import COLUMNS, table_layout
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.run_table.row_strips import RowRenderer
from cordage_tui.ui.terminal.frames import TerminalCells

WIDTH, HEIGHT = 90, 9
NOW = 1_700_000_000.0
PALETTE = Palette(
    plain={role: Style(color=f"color({i + 1})", bgcolor="black") for i, role in enumerate(StyleRole)},
    cursor={role: Style(color=f"color({i + 1})", bgcolor="blue") for i, role in enumerate(StyleRole)},
)
EMPTY = Content("No runs yet")

place = st.integers(0, 40)
prompts = st.text("ab日👩\u200de\u0301 ", max_size=60)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), place, prompts),
        st.tuples(st.just("remove"), place),
        st.tuples(st.just("finish"), place, st.sampled_from(Status)),
        st.tuples(st.just("move"), st.integers(-20, 20)),
        st.tuples(st.just("wheel"), st.integers(-9, 9)),
        st.tuples(st.just("tick"), st.integers(0, 4000)),
        st.tuples(st.just("tell"), st.integers(0, 3)),
    ),
    max_size=25,
)


class Glass:
    """Terminal that receives only the cells that differ."""

    def __init__(self) -> None:
        self.cells = [[("", None)] * WIDTH for _ in range(HEIGHT)]
        self.lines: list[Strip | None] = [None] * HEIGHT
        self.shown = TerminalCells()
        self.shown.resize(Size(WIDTH, HEIGHT))

    def put(self, lines: list[Strip]) -> None:
        for y, (old, new) in enumerate(zip(self.lines, lines, strict=True)):
            for first, last in () if old is new else self.shown.differing(y, 0, new):
                self.cells[y][first:last] = cells_of(new)[first:last]
        self.lines = list(lines)


def cells_of(line: Strip) -> list[tuple[str, Any]]:
    """Return character and colours of each cell; a wide character has an empty second cell, and a blank only a
    background."""
    cells: list[tuple[str, Any]] = []
    for text, style, _ in line:
        assert style is not None
        for char in text:
            width = Segment(char).cell_length
            if not width:
                cells[-1] = (cells[-1][0] + char, cells[-1][1])
                continue
            cells.append((char, style if char != " " else style.bgcolor))
            cells += [("", style)] * (width - 1)
    return cells


def apply(step: tuple, source: Any, listing: TableModel, make: Callable[..., RunRow], fresh: int) -> Context | None:
    """Apply one step of the story, and return the new context if there is one."""
    kind, at, *rest = step
    here = min(at, len(source.rows) - 1) if source.rows else None
    if kind == "insert":
        source.rows.insert(min(at, len(source.rows)), make(fresh, prompt=one_line(rest[0]), status=Status.RUNNING))
    elif kind == "remove" and here is not None:
        source.rows.pop(here)
    elif kind == "finish" and here is not None:
        source.rows[here] = make(source.rows[here].id, status=rest[0])
    elif kind == "move":
        listing.move(listing.view.to(listing.view.cursor + at))
    elif kind == "wheel":
        listing.move(listing.view.scrolled(at))
    if kind in {"insert", "remove", "finish"}:
        listing.changed()
    if kind == "tell":
        stale = {each.webhook_key: NOW - 60 for each in source.rows if at & 1}
        return Context(now=NOW, stale=stale, besides=frozenset(each.id for each in source.rows if at & 2))
    return Context(now=NOW + at) if kind == "tick" else None


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 30), story=steps)
def test_the_screen_is_what_a_fresh_table_shows(
    row: Callable[..., RunRow], rows: Any, count: int, story: list[tuple]
) -> None:
    """After any steps the screen equals that of a new table, and the cursor is on its row if that still exists."""
    source = rows([row(n) for n in range(1, count + 1)])
    listing, painter, glass = TableModel(), RowRenderer(table_layout(WIDTH), PALETTE), Glass()
    context = Context(now=NOW)
    listing.resize(HEIGHT - 1)
    listing.show(source, SortKey.PROMPT, False)
    glass.put(painter.lines(HEIGHT, listing, context, EMPTY))
    for number, step in enumerate(story):
        held = listing.cursor
        context = apply(step, source, listing, row, 1000 + number) or context
        glass.put(painter.lines(HEIGHT, listing, context, EMPTY))
        if step[0] != "move" and held in {each.id for each in source.rows}:
            assert listing.cursor == held
    assert glass.cells == [cells_of(line) for line in _fresh(source, listing, context)]


def test_two_screens_of_lines_are_kept(row: Callable[..., RunRow], rows: Any) -> None:
    """The renderer keeps the lines of two screens at most."""
    listing, painter = TableModel(), RowRenderer(table_layout(WIDTH), PALETTE)
    listing.resize(HEIGHT - 1)
    listing.show(rows([row(n) for n in range(1, 20 * HEIGHT)]), SortKey.PROMPT, False)
    screens = [painter.lines(HEIGHT, listing, Context(now=NOW), EMPTY)]
    for _ in range(5 * HEIGHT):
        listing.move(listing.view.scrolled(1))
        screens.append(painter.lines(HEIGHT, listing, Context(now=NOW), EMPTY))
    assert len(painter._drawn) == 2 * HEIGHT
    before, now = ({id(line) for line in lines} for lines in screens[-2:])
    assert len(before & now) >= HEIGHT - 4


def _fresh(source: Any, like: TableModel, context: Context) -> list[Strip]:
    """Return the lines that a new table draws at the place of `like`."""
    listing = TableModel()
    listing.resize(HEIGHT - 1)
    listing.show(source, SortKey.PROMPT, False)
    listing.move(like.view)
    return RowRenderer(table_layout(WIDTH), PALETTE).lines(HEIGHT, listing, context, EMPTY)


def test_a_second_draws_what_ticks(row: Callable[..., RunRow], rows: Any) -> None:
    """If only time has passed, prompts are not drawn again, and with other changes they are."""
    drawn_runs: list[RunRow] = []
    layout = table_layout(WIDTH)
    places = tuple(
        place._replace(column=replace(place.column, cell=_noted(place.column.cell, drawn_runs)))
        if place.column is COLUMNS[ColumnName.PROMPT]
        else place
        for place in layout.positions
    )
    painter, listing = RowRenderer(replace(layout, positions=places), PALETTE), TableModel()
    listing.resize(HEIGHT - 1)
    listing.show(rows([row(n, status=Status.RUNNING) for n in range(1, HEIGHT)]), SortKey.PROMPT, False)
    for context in (Context(now=NOW), Context(now=NOW + 1), Context(now=NOW + 2, besides=frozenset({row(1).id}))):
        painter.lines(HEIGHT, listing, context, EMPTY)
    assert len(drawn_runs) == 2 * (HEIGHT - 1)


def _noted(cell: Callable[[RunRow, Context], Cell], drawn: list[RunRow]) -> Callable[[RunRow, Context], Cell]:
    def noted(row: RunRow, context: Context) -> Cell:
        drawn.append(row)
        return cell(row, context)

    return noted
