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

from cordage_tui.domain.outbox import QueueStanding
from cordage_tui.domain.run import ColumnName, RowId, RunRow, SortKey, Status
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, Count, bindings_of
from cordage_tui.ui.keys.disabled import DisabledReason, not_here
from cordage_tui.ui.run_table.cells import COMPONENTS, Context, Palette
from cordage_tui.ui.run_table.columns import EDGE, SORT_ORDER, TableLayout, table_layout, widest_name
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.run_table.render import HEADER, DiffWidget, RowRenderer
from cordage_tui.ui.run_table.source import RowSource
from cordage_tui.ui.widgets.line_view import BorderPanel


class SelectableWidget(ActionNode, BorderPanel):
    """Widget with actions that mark rows, and a message about the marked rows."""

    class SelectionChanged(Message, namespace="run_table"):
        """Marked rows or their statuses changed. Of several in a row only the last is delivered."""

        def __init__(self, counts: Mapping[Status, int], span: int) -> None:
            super().__init__()
            self.counts = counts
            """Marked rows by status; empty: nothing is marked."""
            self.span = span
            """Rows of the open range, not in the counts yet; 0: there is none."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SelectableWidget.SelectionChanged)

    _model: TableModel
    _posted_marks: tuple[Mapping[Status, int], int] = ({}, 0)
    _counts = Content("")
    """Subtitle without the place of the cursor."""

    def _update(self) -> None:
        raise NotImplementedError

    def set_titles(self, title: Content | None = None, subtitle: Content | None = None) -> None:
        """Set the texts in the border; the subtitle ends with the place of the cursor, `12 of 209`.

        Moves of the cursor alone do not set it: the owner does, once the cursor rests.
        """
        self._counts = self._counts if subtitle is None else subtitle
        view = self._model.view
        place = Content(f"{view.cursor + 1:,} of {view.count:,}") if view.count else None
        super().set_titles(title, Content(" · ").join([part for part in (self._counts, place) if part]))

    @property
    def marked(self) -> tuple[RowId, ...]:
        """Rows that are marked, those of an open range too."""
        return self._model.marked

    @property
    def marked_counts(self) -> Mapping[Status, int]:
        """Marked rows by status; those of an open range are not in it."""
        return self._model.marks.counts

    @property
    def span(self) -> int:
        """Rows of the open range; 0: there is none."""
        return len(self._model.span)

    @property
    def place(self) -> int:
        """Index of the cursor's row."""
        return self._model.view.cursor

    def mark_next(self, rows: int) -> None:
        """Mark that many rows from the cursor on, which stays where it is."""
        self._model.end_range()
        here = self._model.view
        self._model.begin_range()
        self._model.move(here.to(here.cursor + rows - 1))
        self._model.end_range()
        self._model.move(here)
        self._update()

    def end_range(self) -> None:
        """Mark what an open range spans."""
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
        """Mark or unmark the cursor's row, and go one down. In a range it ends that, as `V` does."""
        if not self._model.span:
            self._model.toggle_mark()
            self._model.move(self._model.view.to(self._model.view.cursor + 1))
        self.end_range()

    def toggle_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what it spans."""
        if self._model.span:
            self._model.end_range()
        else:
            self._model.begin_range()
        self._update()

    def mark_all(self) -> None:
        """Mark all rows of the list, or unmark them when all are marked."""
        self._model.mark_all()
        self._update()

    def unmark(self) -> None:
        """Give up the range; without one, take all marks."""
        if self._model.span:
            self._model.cancel_range()
        else:
            self._model.marks.clear()
        self._update()

    def _post_marks(self) -> None:
        """Post what is marked, if that differs."""
        now = self._model.marks.counts, len(self._model.span)
        if now != self._posted_marks:
            self._posted_marks = now
            self.post_message(self.SelectionChanged(*now))


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
    title, search = "Fold the batch", "collapse"
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
    title, search = "Sort by the next column", "order"
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
"""Lines a notch of the mouse wheel scrolls."""
LARGEST_FIRST: Final = frozenset({SortKey.CREATED, SortKey.DURATION})
"""Sort keys that begin with the largest on top."""


class RunTable(SelectableWidget, Widget, can_focus=True):
    """Table of the runs of a `RowSource`: reads only those on screen, keeps its cursor by identity, draws only what differs.

    Give it the class `panel` for its border; its title and subtitle are the owner's.
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
    """Words in the middle when there are no rows: one short sentence and a key."""
    names: reactive[Mapping[str, SafeText]] = reactive(dict, repaint=False)
    """Webhook key → the user's name for it; a key without one is shown masked."""
    stale: reactive[Mapping[str, float]] = reactive(dict, repaint=False)
    """Webhook key → when it was last read, epoch seconds, for those whose reads fail: their times do not move."""
    silent: reactive[Mapping[RowId, float]] = reactive(dict, repaint=False)
    """Active row → when it was last heard of, epoch seconds, for those that no list names and whose own reads fail."""

    columns: reactive[tuple[ColumnName, ...]] = reactive((), repaint=False)
    """The user's columns in their order; none: the usual ones."""
    besides: reactive[frozenset[RowId]] = reactive(frozenset(), repaint=False)
    """Rows that the filter leaves out, shown all the same and marked so."""
    one_webhook: reactive[bool] = reactive(False, repaint=False)
    """All rows are of one webhook, so that none is named."""
    without_lines: reactive[bool] = reactive(False, repaint=False)
    """Rows of batches stand without the lines of their batches, so that each names its webhook and its whole prompt."""

    outlooks: reactive[Mapping[RowId, RunEstimate]] = reactive(dict, repaint=False)
    """Estimates of active rows. Drawn with the next tick."""
    standings: reactive[Mapping[RowId, QueueStanding]] = reactive(dict, repaint=False)
    """Positions of queued prompts. Drawn with the next tick."""

    class Highlighted(Message):
        """Cursor moved to another row. Of several in a row only the last is delivered."""

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
        """Hide the rows of a batch behind its line, or show them; the owner answers with `changed`."""

        def __init__(self, line: RowId, folded: bool) -> None:
            super().__init__()
            self.line = line
            self.folded = folded

    class SortRequested(Message):
        """Sort in another order; the owner answers with `show`."""

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
        """Row of the cursor; None when there are no rows."""
        return self._model.current

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Show another query, in that order. The cursor stays on its row if that is in it, else it goes to the first."""
        self._model.show(source, sort, descending)
        self._update()
        self.set_titles()

    def changed(self, rows: frozenset[RowId]) -> None:
        """Show `rows` as they are now. Cursor and scroll stay by identity; nothing is drawn where nothing differs."""
        if rows:
            self._model.changed(rows)
            self._update()
            self.set_titles()

    def reload(self) -> None:
        """Read the list again: more rows may have been found, that of the cursor before the filter among them. Else cursor
        and scroll stay as with `changed`."""
        self._model.changed(recall=True)
        self._update()
        self.set_titles()

    def tick(self, now: float) -> None:
        """Set the time to `now`, epoch seconds: times of running rows and ages move where they show another figure."""
        self._now = now
        self._update()

    def go_to(self, row: RowId) -> bool:
        """Move the cursor to that row; False when it is not in the list."""
        found = self._model.go_to(row)
        self._update()
        return found

    def notify_style_update(self) -> None:
        """Drop the renderer: the theme, or the focus, has changed the colours."""
        super().notify_style_update()
        self._renderer = None
        if self.is_mounted:
            self.call_later(self._update)

    def move(self, rows: int) -> None:
        """Move the cursor that many rows down."""
        self._model.move(self._model.view.to(self._model.view.cursor + rows))
        self._update()

    def move_screens(self, screens: float) -> None:
        """Move cursor and view that many screens down."""
        view = self._model.view
        lines = max(1, int(abs(screens) * view.height)) * (1 if screens > 0 else -1)
        self._model.move(view.paged(lines))
        self._update()

    def go_to_last(self) -> None:
        """Move the cursor to the last row."""
        self._model.move(self._model.view.to(self._model.view.count))
        self._update()

    def open_row(self) -> None:
        """Open the row under the cursor; a batch unfolds, or folds again."""
        row = self.highlighted
        if row is not None and row.size:
            progress = self._model.batches.get(row.id)
            self.post_message(self.FoldRequested(row.id, progress is not None and not progress.folded))
        elif row is not None:
            self.post_message(self.Opened(row.id))

    def sort_by_next(self) -> None:
        """Sort by the next sort key in turn."""
        here = SORT_ORDER.index(self._model.sort)
        self._request(SORT_ORDER[(here + 1) % len(SORT_ORDER)])

    def reverse_sort(self) -> None:
        """Sort by the same key the other way round."""
        self._request(self._model.sort)

    def on_click(self, event: Click) -> None:
        """Sort on a title, scroll on the edge, move the cursor to a row; twice opens it."""
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
        """Line of the batch that the cursor's row belongs to, or is."""
        row = self.highlighted
        return None if row is None else row.id if row.size else row.batch

    def _request(self, key: SortKey) -> None:
        same = key is self._model.sort
        self.post_message(self.SortRequested(key, not self._model.descending if same else key in LARGEST_FIRST))

    def _update(self) -> None:
        """Post the cursor's row and what is marked, if they differ, and draw."""
        if self._model.cursor != self._posted:
            self._posted = self._model.cursor
            self.post_message(self.Highlighted(self._posted))
        self._post_marks()
        self._body.redraw()

    watch_empty = watch_names = watch_stale = watch_silent = watch_columns = watch_one_webhook = watch_besides = (
        watch_without_lines
    ) = _update

    def _layout(self, width: int) -> TableLayout:
        return table_layout(
            width,
            widest_name(self.names.values()),
            self.columns,
            one_webhook=self.one_webhook,
            without_lines=self.without_lines,
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
