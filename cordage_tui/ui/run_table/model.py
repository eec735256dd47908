"""Model of the run table: viewport, cursor, selection."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, RunRow, SortKey, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_table.row_source import RowSource, RunRowCache

# Viewport and cursor as numbers. Pure; `TableModel` keeps the identities.


@dataclass(frozen=True, slots=True)
class Viewport:
    """View of `height` lines on a list of `count` rows. Every instance made by these methods is within bounds."""

    count: int = 0
    """Rows in the list."""
    height: int = 0
    """Lines for rows."""
    top: int = 0
    """Row on the first line."""
    cursor: int = 0
    """Row of the cursor; 0 when there are no rows."""

    @property
    def rows(self) -> range:
        """Indexes of the rows on screen."""
        return range(self.top, min(self.count, self.top + self.height))

    @property
    def sees_cursor(self) -> bool:
        """True if the cursor's row is on screen."""
        return self.cursor in self.rows

    def to(self, cursor: int) -> "Viewport":
        """Move the cursor to that row, or to the nearest one. Scroll no more than needed to bring it on screen."""
        cursor = max(0, min(cursor, self.count - 1))
        top = min(self.top, cursor) if cursor < self.top + max(1, self.height) else cursor - self.height + 1
        return replace(self, cursor=cursor, top=top).bounded()

    def scrolled(self, lines: int) -> "Viewport":
        """Scroll without the cursor."""
        return replace(self, top=self.top + lines).bounded()

    def paged(self, lines: int) -> "Viewport":
        """Scroll together with the cursor. It keeps its line on screen until an end of the list."""
        return self.scrolled(lines).to(self.cursor + lines)

    def bounded(self) -> "Viewport":
        """Bring `top` and `cursor` within the list. No line is blank while rows are hidden above."""
        return replace(
            self,
            top=max(0, min(self.top, self.count - self.height)),
            cursor=max(0, min(self.cursor, self.count - 1)),
        )

    def resized(self, height: int) -> "Viewport":
        """Set the number of lines. A cursor that was on screen stays on screen."""
        view = replace(self, height=max(0, height)).bounded()
        return view.to(view.cursor) if self.sees_cursor or not self.height else view

    def refilled(self, count: int, cursor: int | None, first: int | None) -> "Viewport":
        """Follow a changed list. It has `count` rows now; `cursor` and `first` are the new indexes of the cursor's row and
        of the first row on screen.

        None: that row is gone, and its index is kept. The cursor's row keeps its line on screen; if it is not on screen,
        the first row does. At the very top nothing scrolls, so that new rows come into view. If they would push the cursor
        out, the list scrolls.
        """
        cursor_index = self.cursor if cursor is None else cursor
        if self.sees_cursor:
            top = 0 if self.top == 0 and cursor_index < self.height else cursor_index - (self.cursor - self.top)
        else:
            top = self.top if first is None or self.top == 0 else first
        return replace(self, count=count, cursor=cursor_index, top=top).bounded()

    def thumb(self) -> range:
        """Lines of the scroll thumb; empty when all rows are on screen."""
        if self.count <= self.height or self.height < 1:
            return range(0)
        size = max(1, self.height * self.height // self.count)
        start = round(self.top * (self.height - size) / (self.count - self.height))
        return range(start, start + size)

    def top_for_thumb(self, line: int) -> int:
        """First row to show when the thumb is dragged to that line."""
        size = len(self.thumb())
        track = max(1, self.height - size)
        return round(max(0, min(line - size // 2, track)) * (self.count - self.height) / track)


# Marked rows. Pure; held by identity, so sorting and filtering change nothing.


class Selection:
    """Set of marked rows with their statuses, so that they can be counted without reading each again."""

    def __init__(self) -> None:
        self._statuses: dict[RowId, Status] = {}
        self._counts: Mapping[Status, int] | None = {}
        """Cached, because a hundred thousand take longer to count than a key may; None: not counted yet."""

    def __contains__(self, row: RowId) -> bool:
        return row in self._statuses

    def __len__(self) -> int:
        return len(self._statuses)

    @property
    def rows(self) -> tuple[RowId, ...]:
        """Marked rows in the order in which they were marked."""
        return tuple(self._statuses)

    @property
    def counts(self) -> Mapping[Status, int]:
        """Marked rows by status."""
        if self._counts is None:
            self._counts = Counter(self._statuses.values())
        return self._counts

    def has_all(self, rows: Mapping[RowId, Status]) -> bool:
        """Return True if all of these are marked, and there are any."""
        return bool(rows) and rows.keys() <= self._statuses.keys()

    def toggle(self, row: RunRow) -> None:
        """Mark or unmark the row."""
        if self._statuses.pop(row.id, None) is None:
            self._statuses[row.id] = row.status
        self._counts = None

    def add(self, rows: Mapping[RowId, Status]) -> None:
        """Mark these rows as well."""
        self._statuses |= rows
        self._counts = None

    def toggle_all(self, rows: Mapping[RowId, Status]) -> None:
        """Mark all of these rows; if all of them are marked already, unmark them."""
        if rows.keys() <= self._statuses.keys():
            self._statuses = {row: status for row, status in self._statuses.items() if row not in rows}
            self._counts = None
        else:
            self.add(rows)

    def clear(self) -> None:
        """Unmark all."""
        self._statuses = {}
        self._counts = {}

    def changed(self, rows: Collection[RowId], read: Callable[[Collection[RowId]], Mapping[RowId, Status]]) -> None:
        """Update the statuses of changed rows through `read`; deleted rows lose their mark."""
        marked = self._statuses.keys() & set(rows)
        if marked:
            statuses = read(marked)
            self._statuses |= statuses
            for deleted in marked - statuses.keys():
                del self._statuses[deleted]
            self._counts = None


# Model of the table: a viewport whose cursor and marks are held by identity.


class TableModel:
    """Rows of one query, seen through a viewport. Until the user moves the cursor, it stays on the first row."""

    def __init__(self) -> None:
        self.view = Viewport()
        self.cursor: RowId | None = None
        """Row of the cursor; None: there are no rows."""
        self.sort = SortKey.CREATED
        self.descending = True
        self.marks = Selection()
        self._window = RunRowCache(RowSource(), 0)
        self._untouched = True
        self._missing: RowId | None = None
        """Row of the cursor in the query before, if the present query does not contain it."""
        self._anchor: tuple[RowId, int] | None = None
        """Row at which the open range begins, and its index."""

    @property
    def shown(self) -> list[RunRow]:
        """Rows on screen, top to bottom."""
        return self._window.rows[self.view.rows.start : self.view.rows.stop]

    @property
    def current(self) -> RunRow | None:
        """Row of the cursor."""
        return self._window.rows.get(self.view.cursor) if self.cursor is not None else None

    @property
    def batches(self) -> Mapping[RowId, BatchProgress]:
        """Progress of the batches whose lines are on screen."""
        progresses = ((row.id, self._window.batch(row.id)) for row in self.shown if row.size)
        return {row: progress for row, progress in progresses if progress is not None}

    @property
    def varying(self) -> Mapping[RowId, SafeText]:
        """Varying inputs of the rows of batches on screen."""
        return self._window.varying([row.id for row in self.shown if row.batch is not None])

    @property
    def common(self) -> Mapping[RowId, frozenset[str]]:
        """Words that all prompts of a batch contain, by the batch's line, for the batches with rows on screen."""
        return {line: self._window.common(line) for line in {row.batch for row in self.shown} if line is not None}

    @property
    def inputs(self) -> Mapping[RowId, Mapping[str, SafeText]]:
        """Inputs besides the prompt of the rows on screen, by name."""
        return self._window.inputs([row.id for row in self.shown if not row.size])

    @property
    def varied(self) -> Mapping[RowId, SafeText]:
        """Inputs of the rows on screen that vary among those of the same webhook."""
        return self._window.varied(self.shown)

    @property
    def titles(self) -> Mapping[RowId, SafeText]:
        """Titles of the batches with rows on screen, by the batch's line."""
        return {line: self._window.title(line) for line in {row.batch for row in self.shown} if line is not None}

    @property
    def span(self) -> range:
        """Indexes of the open range, from its first row to the cursor; empty: there is no range."""
        if self._anchor is None:
            return range(0)
        first, last = sorted((self._anchor[1], self.view.cursor))
        return range(first, last + 1)

    @property
    def marked(self) -> tuple[RowId, ...]:
        """Marked rows in the order in which they were marked, then those of an open range."""
        return tuple(dict.fromkeys((*self.marks.rows, *self._runs(self.span)))) if self.span else self.marks.rows

    def is_marked(self, index: int, row: RunRow) -> bool:
        """Return True if the row at `index` is marked or in the range. A batch's line is marked if all its rows are."""
        if index in self.span:
            return True
        if row.size and len(self.marks):
            return self.marks.has_all(self._window.members(row.id))
        return row.id in self.marks

    def begin_range(self) -> None:
        """Open a range at the cursor. Moves of the cursor extend it."""
        self._anchor = self._here
        self._untouched = False

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's row; on a batch's line, all rows of the batch."""
        if (row := self.current) is not None:
            if row.size:
                self.marks.toggle_all(self._window.members(row.id))
            else:
                self.marks.toggle(row)
            self._untouched = False

    def end_range(self) -> None:
        """Mark the rows of the range, and close it."""
        span = self.span
        self._anchor = None
        if span:
            self.marks.add(self._runs(span))

    def cancel_range(self) -> None:
        """Close the range without marking its rows."""
        self._anchor = None

    def mark_all(self) -> None:
        """Mark all rows of the query; if all of them are marked already, unmark them."""
        self.end_range()
        self.marks.toggle_all(self._runs(range(self.view.count)))

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Show another query. The cursor stays on its row if the query contains that row; else it goes to the first row.

        Until the user moves the cursor, it then returns to its row with the next query that contains it.
        """
        self.end_range()
        count = source.count()
        self._window = RunRowCache(source, count)
        self.sort, self.descending = sort, descending
        cursor_row = self._missing if self._untouched else self.cursor
        index = self._find(cursor_row)
        self._untouched = index is None
        self._missing = cursor_row if index is None else None
        self._apply(replace(self.view, count=count).to(index or 0))

    def changed(self, rows: Collection[RowId] = (), *, recall: bool = False) -> None:
        """Read the list again, which may have changed in any way. Cursor, scroll and marks stay on the same rows.

        `rows` are the rows whose content has changed. With `recall`, a cursor that the user has not moved returns to the
        row that the query did not contain when it was shown, if it contains that row now.
        """
        self.marks.changed(rows, self._window.source.statuses_of)
        first = next((row.id for row in self.shown), None) if not self.view.sees_cursor else None
        count = self._window.source.count()
        self._window.forget(count)
        before = self.view.refilled(count, self.view.cursor, None)
        if recall and self._untouched and (index := self._find(self._missing)) is not None:
            self._untouched, self._missing = False, None
            self._apply(before.to(index))
            return
        if self._untouched and self.sort is SortKey.CREATED and self.descending:
            self._apply(replace(before, top=0, cursor=0))
            self._hold_anchor()
            return
        self._window.rows[before.rows.start : before.rows.stop]
        self._apply(self.view.refilled(count, self._find(self.cursor), self._find(first)))
        self._hold_anchor()

    def move(self, view: Viewport) -> None:
        """Set the viewport that the user has moved to."""
        self._untouched = self._untouched and view == self.view
        self._missing = self._missing if self._untouched else None
        self._apply(view)

    def go_to(self, row: RowId) -> bool:
        """Move the cursor to that row. Return False if it is not in the list; then nothing moves."""
        index = self._window.index_of(row)
        if index is not None:
            self.move(self.view.to(index))
            self._untouched, self._missing = False, None
        return index is not None

    def resize(self, height: int) -> None:
        """Set the number of lines."""
        self._apply(self.view.resized(height))

    @property
    def _here(self) -> tuple[RowId, int] | None:
        """Row of the cursor and its index."""
        return None if self.cursor is None else (self.cursor, self.view.cursor)

    def _runs(self, span: range) -> Mapping[RowId, Status]:
        """Read the runs at these indexes. A batch's line is not a run: all rows of the batch are read for it."""
        statuses = self._window.source.statuses(span.start, len(span))
        lines = [row for row, status in statuses.items() if status is Status.BATCH]
        if not lines:
            return statuses
        runs: dict[RowId, Status] = {row: status for row, status in statuses.items() if status is not Status.BATCH}
        for line in lines:
            runs |= self._window.members(line)
        return runs

    def _find(self, row: RowId | None) -> int | None:
        return None if row is None else self._window.index_of(row)

    def _hold_anchor(self) -> None:
        """Follow the first row of the range to its new index. If that row is gone, the range begins at the cursor."""
        if self._anchor is not None:
            row = self._anchor[0]
            index = self._find(row)
            self._anchor = (row, index) if index is not None else self._here

    def _apply(self, view: Viewport) -> None:
        """Set `view`, and remember which row its cursor is on."""
        self.view = view
        self._window.rows[view.rows.start : view.rows.stop]
        row = self._window.rows.get(view.cursor) if view.count else None
        self.cursor = row.id if row is not None else None
