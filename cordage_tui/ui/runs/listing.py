"""What the table shows, where its cursor is and what is marked: a viewport whose cursor and marks are held by identity."""

from collections.abc import Collection, Mapping

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import BatchProgress, RowId, RunRow, SortKey, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.runs.marks import Selection
from cordage_tui.ui.runs.rows import EmptyRowSource, RowSource, RunRowCache
from cordage_tui.ui.runs.viewport import Viewport


class TableModel:
    """The rows of one query, seen through a viewport. Until the user moves, the cursor is on the first row, whichever it is."""

    def __init__(self) -> None:
        self.view = Viewport()
        self.cursor: RowId | None = None
        """The row the cursor is on; None: there are no rows."""
        self.sort = SortKey.CREATED
        self.descending = True
        self.marks = Selection()
        self._window = RunRowCache(EmptyRowSource())
        self._untouched = True
        self._anchor: tuple[RowId, int] | None = None
        """The row at which a range was begun, and its place in the list."""

    @property
    def shown(self) -> list[RunRow]:
        """The rows on screen, top to bottom."""
        return self._window.rows(self.view.rows)

    @property
    def current(self) -> RunRow | None:
        """The row the cursor is on."""
        return self._window.at(self.view.cursor) if self.cursor is not None else None

    @property
    def batches(self) -> Mapping[RowId, BatchProgress]:
        """How far the batches are whose lines are on screen."""
        found = ((row.id, self._window.batch(row.id)) for row in self.shown if row.size)
        return {row: progress for row, progress in found if progress is not None}

    @property
    def varying(self) -> Mapping[RowId, SafeText]:
        """What differs from row to row, of the rows of batches on screen."""
        return self._window.varying([row.id for row in self.shown if row.batch is not None])

    @property
    def span(self) -> range:
        """The rows of the range that is being marked: from where it was begun to the cursor; empty when there is none."""
        if self._anchor is None:
            return range(0)
        first, last = sorted((self._anchor[1], self.view.cursor))
        return range(first, last + 1)

    def is_marked(self, index: int, row: RunRow) -> bool:
        """Whether the row, which stands at `index`, is marked or in the range; a batch's line when all its rows are."""
        if index in self.span:
            return True
        if row.size and len(self.marks):
            return self.marks.has_all(self._window.members(row.id))
        return row.id in self.marks

    def begin_range(self) -> None:
        """From here on the cursor's moves extend a range."""
        self._anchor = self._here
        self._untouched = False

    def toggle_mark(self) -> None:
        """The mark of the cursor's row; on a batch's line those of all its rows."""
        if (row := self.current) is not None:
            if row.size:
                self.marks.toggle_all(self._window.members(row.id))
            else:
                self.marks.toggle(row)
            self._untouched = False

    def end_range(self) -> None:
        """What the range spans is marked like any other row."""
        span = self.span
        self._anchor = None
        if span:
            self.marks.add(self._runs(span))

    def cancel_range(self) -> None:
        """What the range spans is as before it was begun."""
        self._anchor = None

    def mark_all(self) -> None:
        """All rows of the query are marked; when all of them are, none is."""
        self.end_range()
        self.marks.toggle_all(self._runs(range(self.view.count)))

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Another query. The cursor stays on its row if that is in it; else it goes to the first, and is untouched again."""
        self.end_range()
        self._window = RunRowCache(source)
        self.sort, self.descending = sort, descending
        index = None if self._untouched or self.cursor is None else self._window.index_of(self.cursor)
        self._untouched = index is None
        self._apply(replace(self.view, count=source.count()).to(index or 0))

    def changed(self, rows: Collection[RowId] = ()) -> None:
        """The list may differ in any way from what was last told: look again, keeping cursor, scroll and marks by identity.
        `rows`: those that have changed themselves."""
        self.marks.changed(rows, self._window.source.standing)
        first = next((row.id for row in self.shown), None) if not self.view.sees_cursor else None
        self._window.forget()
        count = self._window.source.count()
        before = self.view.refilled(count, self.view.cursor, None)
        if self._untouched and self._newest_first:
            self._apply(replace(before, top=0, cursor=0))
            self._hold_anchor()
            return
        self._window.rows(before.rows)
        self._apply(self.view.refilled(count, self._find(self.cursor), self._find(first)))
        self._hold_anchor()

    def move(self, view: Viewport) -> None:
        """The user's own move, to another state of `view`."""
        self._untouched = self._untouched and view == self.view
        self._apply(view)

    def go_to(self, row: RowId) -> bool:
        """The cursor on that row; False, and nothing moved, when it is not in the list."""
        index = self._window.index_of(row)
        if index is not None:
            self.move(self.view.to(index))
        return index is not None

    def resize(self, height: int) -> None:
        """Another number of lines."""
        self._apply(self.view.resized(height))

    @property
    def _here(self) -> tuple[RowId, int] | None:
        """The cursor's row and its place."""
        return None if self.cursor is None else (self.cursor, self.view.cursor)

    @property
    def _newest_first(self) -> bool:
        return self.sort is SortKey.CREATED and self.descending

    def _runs(self, span: range) -> Mapping[RowId, Status]:
        """The rows that stand there; for a batch's line, which is no run, all rows of the batch."""
        found = self._window.source.statuses(span.start, len(span))
        lines = [row for row, status in found.items() if status is Status.BATCH]
        if not lines:
            return found
        runs: dict[RowId, Status] = {row: status for row, status in found.items() if status is not Status.BATCH}
        for line in lines:
            runs |= self._window.members(line)
        return runs

    def _find(self, row: RowId | None) -> int | None:
        return None if row is None else self._window.index_of(row)

    def _hold_anchor(self) -> None:
        """The range begins at the same row as before, wherever that stands now; at the cursor where it has gone."""
        if self._anchor is not None:
            row = self._anchor[0]
            place = self._find(row)
            self._anchor = (row, place) if place is not None else self._here

    def _apply(self, view: Viewport) -> None:
        """Take `view`, and the identity of the row its cursor is on."""
        self.view = view
        self._window.rows(view.rows)
        row = self._window.at(view.cursor) if view.count else None
        self.cursor = row.id if row is not None else None
