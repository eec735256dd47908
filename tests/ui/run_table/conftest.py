"""A table of runs, and a driver that uses it as a user does."""

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from cordage_tui.domain.batch import BatchProgress, BatchSource
from cordage_tui.domain.run import RowId, RunRow, SortKey, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.run_table.row_strips import DiffWidget
from cordage_tui.ui.run_table.table import RunTable
from tests.ui.written import written_cells

NOW = 1_700_000_000.0


def make_row(number: int, **changes: object) -> RunRow:
    """Return row `number`, completed in 12 s, `number` minutes ago."""
    row = RunRow(
        id=RowId(number),
        webhook_key="wh_abc123xyz",
        run_id=f"{number:08x}-0000",
        status=Status.COMPLETED,
        status_name=SafeText("completed"),
        prompt=one_line(f"prompt {number}"),
        created_at=NOW - 60.0 * number,
        started_at=NOW - 60.0 * number,
        ended_at=NOW - 60.0 * number + 12,
    )
    if "status" in changes:
        changes["status_name"] = SafeText(str(changes["status"]))
        if not Status(str(changes["status"])).is_final:
            changes.setdefault("ended_at", None)
    return dataclasses.replace(row, **changes)  # type: ignore[arg-type]


class Rows:
    """`RowSource` that is a plain list and records its requests."""

    def __init__(self, rows: Sequence[RunRow]) -> None:
        self.rows = list(rows)
        self.hidden: list[RunRow] = []
        """Rows that exist and that the query leaves out."""
        self.requested: list[tuple[int, int]] = []
        self.sent: dict[RowId, dict[str, SafeText]] = {}
        """Inputs of rows besides the prompt."""

    def count(self) -> int:
        return len(self.rows)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        self.requested.append((offset, limit))
        return self.rows[offset : offset + limit]

    def index_of(self, row: RowId) -> int | None:
        return next((i for i, r in enumerate(self.rows) if r.id == row), None)

    def statuses(self, offset: int, limit: int) -> dict[RowId, Status]:
        return {row.id: row.status for row in self.rows[offset : offset + limit]}

    def statuses_of(self, rows: Collection[RowId]) -> dict[RowId, Status]:
        return {row.id: row.status for row in (*self.rows, *self.hidden) if row.id in rows}

    def inputs(self, rows: Collection[RowId]) -> dict[RowId, dict[str, SafeText]]:
        return {row: values for row, values in self.sent.items() if row in rows}

    def title(self, row: RowId) -> SafeText:
        return SafeText("a batch")

    def batch(self, row: RowId) -> BatchProgress | None:
        counts = Counter(self.members(row).values())
        folded = not any(r.batch == row for r in self.rows)
        return BatchProgress(BatchSource("a batch"), folded, counts, NOW) if counts else None

    def members(self, row: RowId) -> dict[RowId, Status]:
        return {r.id: r.status for r in (*self.rows, *self.hidden) if r.batch == row}

    def varying(self, rows: Sequence[RowId]) -> dict[RowId, SafeText]:
        return {row: SafeText(f"seed {row}") for row in rows}

    def common(self, row: RowId) -> frozenset[str]:
        return frozenset({"prompt"})


class Bench(BaseApp):
    """App with only the table, which records the messages of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[object] = []

    def compose(self) -> ComposeResult:
        yield RunTable(classes="panel")

    def on_run_table_highlighted(self, event: RunTable.Highlighted) -> None:
        self.messages.append(event)

    def on_run_table_opened(self, event: RunTable.Opened) -> None:
        self.messages.append(event)

    def on_run_table_selection_changed(self, event: RunTable.SelectionChanged) -> None:
        self.messages.append(event)

    def on_run_table_fold_requested(self, event: RunTable.FoldRequested) -> None:
        self.messages.append(event)

    def on_run_table_sort_requested(self, event: RunTable.SortRequested) -> None:
        self.messages.append(event)


class Driver:
    """Actions on the table under test, and its lines and messages."""

    def __init__(self, pilot: Pilot[int], app: Bench, source: Rows) -> None:
        self.pilot = pilot
        self.app = app
        self.source = source
        self.table = app.query_one(RunTable)
        self.sheet = app.query_one(DiffWidget)
        self.redrawn: list[Region] = []
        """Cells that were written again."""
        paint = self.sheet.painted.paint

        def watched(lines: Sequence[Strip]) -> None:
            cells = written_cells(self.sheet.painted.strips, lines)
            self.redrawn += [Region(first, y, last - first, 1) for y, first, last in cells]
            paint(lines)

        self.sheet.painted.paint = watched  # type: ignore[method-assign]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def highlight(self, number: int) -> None:
        """Put the cursor on row `number`."""
        assert self.table.go_to(RowId(number))
        await self.pilot.pause()

    async def changed(self, *numbers: int) -> None:
        """Report to the table that these rows changed."""
        self.table.changed(frozenset(RowId(n) for n in numbers))
        await self.pilot.pause()

    def cursor(self) -> int | None:
        return self.table.highlighted.id if self.table.highlighted else None

    def shown_ids(self) -> list[int]:
        return [row.id for row in self.table.shown]

    def screen(self) -> list[str]:
        """Return the lines on the screen, titles first."""
        return [self.sheet.render_line(y).text.rstrip() for y in range(self.sheet.size.height)]

    def line_of(self, number: int) -> int:
        """Return the screen line of row `number`, not counting the titles."""
        return self.shown_ids().index(number)

    def dots(self) -> list[int]:
        """Return the rows on the screen that have the dot of a mark."""
        lines = (line.ljust(1) for line in self.screen()[1:])
        return [number for number, line in zip(self.shown_ids(), lines, strict=False) if line[0] == "•"]

    def counts(self) -> tuple[dict[str, int], int]:
        """Return the last counts that the table sent: marked rows by status, and rows in the range."""
        event = self.messages_of(RunTable.SelectionChanged)[-1]
        return dict(event.counts), event.span

    def messages_of(self, kind: type) -> list:
        """Return the messages of that class."""
        return [event for event in self.app.messages if isinstance(event, kind)]


Open = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture
def row() -> Callable[..., RunRow]:
    """Return the function that makes a row."""
    return make_row


@pytest.fixture
def rows() -> type[Rows]:
    """Return the class of the source."""
    return Rows


@pytest.fixture
def runs() -> Open:
    """Return a function that opens a table of the rows 1 to `count`, or of the given rows."""

    @asynccontextmanager
    async def opened(
        count: int = 100, given: Sequence[RunRow] | None = None, size: tuple[int, int] = (100, 23)
    ) -> AsyncIterator[Driver]:
        source = Rows(given if given is not None else [make_row(n) for n in range(1, count + 1)])
        app = Bench()
        async with app.run_test(size=size) as pilot:
            table = app.query_one(RunTable)
            table.names = {"wh_abc123xyz": SafeText("Sunset")}
            table.empty = Content("No runs yet. t writes a prompt")
            table.tick(NOW)
            table.show(source, SortKey.CREATED, True)
            table.focus()
            await pilot.pause()
            yield Driver(pilot, app, source)

    return opened
