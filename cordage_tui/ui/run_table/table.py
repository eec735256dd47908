"""Run table widget."""

from collections.abc import Mapping
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.domain.queue import QueueStanding
from cordage_tui.domain.run import ColumnName, RowId, RunRow, SortKey, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.ui.keys.action import Action, ActionNode, Count, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.run_table.cell_texts import COMPONENTS, Context, Palette
from cordage_tui.ui.run_table.columns import EDGE, SORT_ORDER, TableLayout, table_layout, widest_name
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.run_table.row_source import RowSource
from cordage_tui.ui.run_table.row_strips import HEADER, DiffWidget, RowRenderer
from cordage_tui.ui.widgets.line_view import BorderPanel


class SelectableWidget(ActionNode, BorderPanel):
    """Widget with actions that mark rows, and a message about the marked rows."""

    class SelectionChanged(Message, namespace="run_table"):
        """Marked rows or their statuses changed. If several are posted in a row, only the last one is delivered."""

        def __init__(self, counts: Mapping[Status, int], span: int) -> None:
            super().__init__()
            self.counts = counts
            """Marked rows by status; empty: nothing is marked."""
            self.span = span
            """Rows of the open range, which are not in the counts yet; 0: no range is open."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SelectableWidget.SelectionChanged)

    _model: TableModel
    _posted_marks: tuple[Mapping[Status, int], int] = ({}, 0)
    _counts = Content("")
    """Subtitle without the position of the cursor."""

    def _update(self) -> None:
        raise NotImplementedError

    def set_titles(self, title: Content | None = None, subtitle: Content | None = None) -> None:
        """Set the texts in the border. The subtitle ends with the position of the cursor, `12 of 209`.

        A move of the cursor does not update the position: the owner does, when the cursor rests.
        """
        self._counts = self._counts if subtitle is None else subtitle
        view = self._model.view
        position = Content(f"{view.cursor + 1:,} of {view.count:,}") if view.count else None
        super().set_titles(title, Content(" · ").join([part for part in (self._counts, position) if part]))

    @property
    def marked(self) -> tuple[RowId, ...]:
        """Marked rows, including those of an open range."""
        return self._model.marked

    @property
    def marked_counts(self) -> Mapping[Status, int]:
        """Marked rows by status, without those of an open range."""
        return self._model.marks.counts

    @property
    def span(self) -> int:
        """Rows of the open range; 0: no range is open."""
        return len(self._model.span)

    @property
    def place(self) -> int:
        """Index of the cursor's row."""
        return self._model.view.cursor

    def mark_next(self, rows: int) -> None:
        """Mark that many rows from the cursor on. The cursor stays on its row."""
        self._model.end_range()
        view = self._model.view
        self._model.begin_range()
        self._model.move(view.to(view.cursor + rows - 1))
        self._model.end_range()
        self._model.move(view)
        self._update()

    def end_range(self) -> None:
        """Mark the rows of an open range, and close it."""
        self._model.end_range()
        self._update()

    @property
    def has_marks(self) -> bool:
        """True if rows are marked, or a range is open."""
        return bool(self._model.span or len(self._model.marks))

    @property
    def has_rows(self) -> bool:
        """True if there are rows."""
        return bool(self._model.view.count)

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's row, and move down one row. If a range is open, mark its rows, as `V` does."""
        if not self._model.span:
            self._model.toggle_mark()
            self._model.move(self._model.view.to(self._model.view.cursor + 1))
        self.end_range()

    def toggle_range(self) -> None:
        """Open a range at the cursor; the second time, mark its rows."""
        if self._model.span:
            self._model.end_range()
        else:
            self._model.begin_range()
        self._update()

    def mark_all(self) -> None:
        """Mark all rows of the list, or unmark them if all are marked."""
        self._model.mark_all()
        self._update()

    def unmark(self) -> None:
        """Close the range without marking; if no range is open, remove all marks."""
        if self._model.span:
            self._model.cancel_range()
        else:
            self._model.marks.clear()
        self._update()

    def _post_marks(self) -> None:
        """Post which rows are marked, if that has changed."""
        marks = self._model.marks.counts, len(self._model.span)
        if marks != self._posted_marks:
            self._posted_marks = marks
            self.post_message(self.SelectionChanged(*marks))


_MOVE: Final = Binding.Group("Move", compact=True)
_MARK: Final = Binding.Group("Mark", compact=True)
_SORT: Final = Binding.Group("Sort", compact=True)


class OpenRow(Action["RunTable"]):
    """Show this run; of a batch, its runs."""

    id, keys, word = "runs.open", "enter", "show"
    title, search = "Show the run", "details"
    in_footer = True

    def reason(self, table: "RunTable") -> DisabledReason | None:
        return not_here("No run is selected.") if table.highlighted is None else None

    def run(self, table: "RunTable") -> None:
        table.open_row()


class UnfoldBatch(Action["RunTable"]):
    """Show the runs of this batch."""

    id, keys, word = "runs.unfold", "right", "unfold"
    title, search = "Unfold the batch", "expand"
    folded = False

    def reason(self, table: "RunTable") -> DisabledReason | None:
        return DisabledReason(SafeText("This run is in no batch.")) if table.line is None else None

    def run(self, table: "RunTable") -> None:
        if (line := table.line) is not None:
            table.post_message(RunTable.FoldRequested(line, self.folded))


class FoldBatch(UnfoldBatch):
    """Show this batch as one line."""

    id, keys, word = "runs.fold", "left", "fold"
    title, search = "Fold the batch", "collapse, group"
    folded = True


class MoveDown(Action["RunTable"]):
    """Move down one row."""

    id, keys, word = "runs.down", "j,down", "down"
    group = _MOVE
    in_palette = False
    count = Count.REPEATS
    rows = 1

    def run(self, table: "RunTable") -> None:
        table.move(self.rows)

    def run_times(self, table: "RunTable", count: int) -> None:
        table.move(self.rows * count)


class MoveUp(MoveDown):
    """Move up one row."""

    id, keys, word = "runs.up", "k,up", "up"
    rows = -1


class GoToFirstRow(Action["RunTable"]):
    """Go to the first row."""

    id, keys, word = "runs.first", "g,home", "top"
    group = _MOVE
    in_palette = False
    count = Count.REPEATS

    def run(self, table: "RunTable") -> None:
        table.move(-table.place)

    def run_times(self, table: "RunTable", count: int) -> None:
        """Go to the row with that number."""
        table.move(count - 1 - table.place)


class GoToLastRow(GoToFirstRow):
    """Go to the last row."""

    id, keys, word = "runs.last", "G,end", "bottom"

    def run(self, table: "RunTable") -> None:
        table.go_to_last()


class MoveHalfPageDown(Action["RunTable"]):
    """Move down half a page."""

    id, keys, word = "runs.half_down", "ctrl+d", "half page down"
    group = _MOVE
    in_palette = False
    count = Count.REPEATS
    screens = 0.5

    def run(self, table: "RunTable") -> None:
        table.move_screens(self.screens)

    def run_times(self, table: "RunTable", count: int) -> None:
        table.move_screens(self.screens * count)


class MoveHalfPageUp(MoveHalfPageDown):
    """Move up half a page."""

    id, keys, word = "runs.half_up", "ctrl+u", "half page up"
    screens = -0.5


class MovePageDown(MoveHalfPageDown):
    """Move down one page."""

    id, keys, word = "runs.page_down", "pagedown", "page down"
    screens = 1


class MovePageUp(MoveHalfPageDown):
    """Move up one page."""

    id, keys, word = "runs.page_up", "pageup", "page up"
    screens = -1


class BeginCount(Action["RunTable"]):
    """Give the next key a number: #3x, #12j; one from 5 on needs no #."""

    id, keys, word = "runs.count", "#", "count"
    group = _MOVE
    in_palette = False

    def run(self, table: "RunTable") -> None:
        table.post_message(RunTable.CountRequested())


class MarkRow(Action["RunTable"]):
    """Mark or unmark this run and move down."""

    id, keys, word = "runs.mark", "space", "mark"
    title, search = "Mark", "select"
    group = _MARK
    count = Count.REPEATS

    def reason(self, table: "RunTable") -> DisabledReason | None:
        return None if table.has_rows else not_here("There are no runs to mark.")

    def run(self, table: "RunTable") -> None:
        table.toggle_mark()

    def run_times(self, table: "RunTable", count: int) -> None:
        table.mark_next(count)
        table.move(count)


class MarkRange(Action["RunTable"]):
    """Start a range; move to extend it, press again to mark it."""

    id, keys, word = "runs.mark_range", "V", "range"
    title, search = "Mark a range", "select, visual"
    group = _MARK

    def reason(self, table: "RunTable") -> DisabledReason | None:
        return None if table.has_rows else not_here("There are no runs to mark.")

    def run(self, table: "RunTable") -> None:
        table.toggle_range()


class MarkAll(MarkRange):
    """Mark all runs that match; press again to unmark."""

    id, keys, word = "runs.mark_all", "*", "mark all"
    title, search = "Mark all", "select all"

    def run(self, table: "RunTable") -> None:
        table.mark_all()


class UnmarkAll(Action["RunTable"]):
    """Cancel the range, else unmark all."""

    id, keys, word = "runs.unmark", "escape", "unmark all"
    title, search = "Unmark all", "deselect"
    group = _MARK

    def reason(self, table: "RunTable") -> DisabledReason | None:
        return None if table.has_marks else DisabledReason(SafeText("Nothing is marked."))

    def run(self, table: "RunTable") -> None:
        table.unmark()


class SortByNext(Action["RunTable"]):
    """Sort by the next column."""

    id, keys, word = "runs.sort", "O", "sort"
    title, search = "Sort by the next column", "sort, order"
    group = _SORT

    def run(self, table: "RunTable") -> None:
        table.sort_by_next()


class ReverseSort(Action["RunTable"]):
    """Reverse sort order."""

    id, keys, word = "runs.sort_reverse", "R", "reverse"
    title, search = "Reverse the sort order", "descending, ascending"
    group = _SORT

    def run(self, table: "RunTable") -> None:
        table.reverse_sort()


WHEEL: Final = 3
"""Lines that one notch of the mouse wheel scrolls."""
ALWAYS_OFFERED: Final = frozenset(SortKey) - {SortKey.DECISION, SortKey.STARS}
"""Orders in turn also while their columns are not shown."""
LARGEST_FIRST: Final = frozenset({SortKey.CREATED, SortKey.DURATION, SortKey.DECISION, SortKey.STARS})
"""Sort keys that at first put the largest value on top."""


class RunTable(SelectableWidget, Widget, can_focus=True):
    """Table of the runs of a `RowSource`. It reads only the rows on screen, and draws only lines that differ.

    The cursor stays on its run when the list changes. Give the table the class `panel` for its border; the owner sets
    title and subtitle.
    """

    BINDING_GROUP_TITLE = "Runs"
    CHILDREN_PAINT = True
    COMPONENT_CLASSES = COMPONENTS
    ACTIONS = (
        OpenRow(),
        UnfoldBatch(),
        FoldBatch(),
        MoveDown(),
        MoveUp(),
        GoToFirstRow(),
        GoToLastRow(),
        MoveHalfPageDown(),
        MoveHalfPageUp(),
        MovePageDown(),
        MovePageUp(),
        BeginCount(),
        MarkRow(),
        MarkRange(),
        MarkAll(),
        UnmarkAll(),
        SortByNext(),
        ReverseSort(),
    )
    BINDINGS = bindings_of(ACTIONS)

    empty: reactive[Content] = reactive(Content(""), repaint=False)
    """Text in the middle if there are no rows: one short sentence and a key."""
    names: reactive[Mapping[str, SafeText]] = reactive(dict, repaint=False)
    """Webhook key → the user's name for it; a key without a name is shown masked."""
    stale: reactive[Mapping[str, float]] = reactive(dict, repaint=False)
    """Webhook key → when it was last read, epoch seconds, for webhooks whose reads fail. Times of their runs stand still."""
    silent: reactive[Mapping[RowId, float]] = reactive(dict, repaint=False)
    """Active row → when it was last heard of, epoch seconds, for runs that no list names and whose own reads fail."""

    columns: reactive[tuple[str, ...]] = reactive((), repaint=False)
    """The user's columns in their order; empty: the usual columns."""
    besides: reactive[frozenset[RowId]] = reactive(frozenset(), repaint=False)
    """Rows that are shown, and marked, although the filter leaves them out."""
    one_webhook: reactive[bool] = reactive(False, repaint=False)
    """Whether all rows are of one webhook, so that the webhook column is left out."""
    without_lines: reactive[bool] = reactive(False, repaint=False)
    """Whether rows of batches are shown without the batches' lines. Then each row shows its webhook and its whole prompt."""

    outlooks: reactive[Mapping[RowId, RunEstimate]] = reactive(dict, repaint=False)
    """Estimates of active rows. Drawn with the next tick."""
    standings: reactive[Mapping[RowId, QueueStanding]] = reactive(dict, repaint=False)
    """Positions of queued prompts. Drawn with the next tick."""

    class Highlighted(Message):
        """Cursor moved to another row. If several are posted in a row, only the last one is delivered."""

        def __init__(self, row: RowId | None) -> None:
            super().__init__()
            self.row = row

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunTable.Highlighted)

    class Opened(Message):
        """Enter, or a double click, on a row."""

        def __init__(self, row: RowId) -> None:
            super().__init__()
            self.row = row

    class FoldRequested(Message):
        """Fold a batch into one line, or unfold it. The owner then calls `changed`."""

        def __init__(self, line: RowId, folded: bool) -> None:
            super().__init__()
            self.line = line
            self.folded = folded

    class SortRequested(Message):
        """Sort in another order. The owner then calls `show`."""

        def __init__(self, key: SortKey, descending: bool) -> None:
            super().__init__()
            self.key = key
            self.descending = descending

    class CountRequested(Message):
        """Give the next key a number."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._model = TableModel()
        self._now: float | None = None
        self._renderer: RowRenderer | None = None
        self._body = DiffWidget(self._lines)
        self._posted: RowId | None = None

    def compose(self) -> ComposeResult:
        yield self._body

    @property
    def shown(self) -> tuple[RunRow, ...]:
        """Rows on screen, top to bottom."""
        return tuple(self._model.shown)

    @property
    def highlighted(self) -> RunRow | None:
        """Row of the cursor; None: there are no rows."""
        return self._model.current

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Show another query in that order. The cursor stays on its row if the query contains it, else it goes to the first."""
        self._model.show(source, sort, descending)
        self._update()
        self.set_titles()

    def changed(self, rows: frozenset[RowId]) -> None:
        """Show changed rows as they are now. Cursor and scroll stay on the same rows, and only differing lines are drawn."""
        if rows:
            self._model.changed(rows)
            self._update()
            self.set_titles()

    def reload(self) -> None:
        """Read the list again, because the search may have found more rows.

        If they include the row that the cursor was on before the filter, it returns there. Else it stays as with `changed`.
        """
        self._model.changed(recall=True)
        self._update()
        self.set_titles()

    def tick(self, now: float) -> None:
        """Set the time to `now`, epoch seconds. Times and ages are drawn again if they show another figure."""
        self._now = now
        self._update()

    def go_to(self, row: RowId) -> bool:
        """Move the cursor to that row. Return False if it is not in the list."""
        is_listed = self._model.go_to(row)
        self._update()
        return is_listed

    def notify_style_update(self) -> None:
        """Drop the renderer, because the theme or the focus has changed the colours."""
        super().notify_style_update()
        self._renderer = None
        if self.is_mounted:
            self.call_later(self._update)

    def move(self, rows: int) -> None:
        """Move the cursor that many rows down."""
        self._model.move(self._model.view.to(self._model.view.cursor + rows))
        self._update()

    def move_screens(self, screens: float) -> None:
        """Move the cursor and the view that many screens down."""
        view = self._model.view
        lines = max(1, int(abs(screens) * view.height)) * (1 if screens > 0 else -1)
        self._model.move(view.paged(lines))
        self._update()

    def go_to_last(self) -> None:
        """Move the cursor to the last row."""
        self._model.move(self._model.view.to(self._model.view.count))
        self._update()

    def open_row(self) -> None:
        """Open the run under the cursor; fold or unfold a batch."""
        row = self.highlighted
        if row is not None and row.size:
            progress = self._model.batches.get(row.id)
            self.post_message(self.FoldRequested(row.id, progress is not None and not progress.folded))
        elif row is not None:
            self.post_message(self.Opened(row.id))

    def sort_by_next(self) -> None:
        """Sort by the next sort key in turn."""
        shown = {place.column.sort for place in self._layout(self.size.width).positions}
        order = [key for key in SORT_ORDER if key in shown or key in ALWAYS_OFFERED or key is self._model.sort]
        self._request(order[(order.index(self._model.sort) + 1) % len(order)])

    def reverse_sort(self) -> None:
        """Sort by the same key in the opposite order."""
        self._request(self._model.sort)

    def on_click(self, event: Click) -> None:
        """Sort by a clicked title, scroll on the edge, or move the cursor to a row. A double click opens the row."""
        event.stop()
        if event.widget is not self._body:  # the border
            return
        width, view = self._body.size.width, self._model.view
        line = event.y - HEADER
        if line < 0:
            column = self._layout(width).column_at(event.x)
            if column is not None and column.sort is not None:
                self._request(column.sort)
        elif event.x >= width - EDGE and view.thumb():
            self._model.move(view.scrolled(view.top_for_thumb(line) - view.top))
        elif view.top + line in view.rows:
            self._model.move(view.to(view.top + line))
            if event.chain == 2:
                self.open_row()
        self._update()

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    def _scroll(self, event: MouseScrollDown | MouseScrollUp) -> None:
        event.stop()
        lines = WHEEL if isinstance(event, MouseScrollDown) else -WHEEL
        self._model.move(self._model.view.scrolled(lines))
        self._update()

    @property
    def line(self) -> RowId | None:
        """Line of the batch that the cursor's row is in; on a batch's line, that line. None: no batch."""
        row = self.highlighted
        return None if row is None else row.id if row.size else row.batch

    def _request(self, key: SortKey) -> None:
        is_current = key is self._model.sort
        self.post_message(self.SortRequested(key, not self._model.descending if is_current else key in LARGEST_FIRST))

    def _update(self) -> None:
        """Post the cursor's row and the marks if they have changed, and draw."""
        if self._model.cursor != self._posted:
            self._posted = self._model.cursor
            self.post_message(self.Highlighted(self._posted))
        self._post_marks()
        self._body.redraw()

    watch_empty = watch_names = watch_stale = watch_silent = watch_columns = watch_one_webhook = watch_besides = (
        watch_without_lines
    ) = _update

    def _layout(self, width: int) -> TableLayout:
        layout = self._layout_with(width, inputs_vary=True)
        if layout.shows(ColumnName.INPUTS) and not self.columns and not self._model.varied:
            return self._layout_with(width, inputs_vary=False)
        return layout

    def _layout_with(self, width: int, *, inputs_vary: bool) -> TableLayout:
        return table_layout(
            width,
            widest_name(self.names.values()),
            self.columns,
            one_webhook=self.one_webhook,
            without_lines=self.without_lines,
            inputs_vary=inputs_vary,
        )

    def _lines(self, size: Size) -> list[Strip]:
        """Draw all lines for `size` cells."""
        if size.height - HEADER != self._model.view.height:
            self._model.resize(size.height - HEADER)
        layout = self._layout(size.width)
        if self._renderer is None or self._renderer.layout is not layout:
            self._renderer = RowRenderer(layout, Palette.of(self))
        context = Context(
            self._now,
            self.names,
            self.stale,
            self.silent,
            self.outlooks,
            self.standings,
            besides=self.besides,
            without_lines=self.without_lines,
        )
        return self._renderer.lines(size.height, self._model, context, self.empty)
