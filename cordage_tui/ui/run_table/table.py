"""Run table widget."""

from collections.abc import Mapping
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
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
from cordage_tui.ui.keys.disabled import DisabledReason, ReasonedActions, not_here
from cordage_tui.ui.run_table.cells import COMPONENTS, Context, Palette
from cordage_tui.ui.run_table.columns import EDGE, SORT_ORDER, TableLayout, table_layout, widest_name
from cordage_tui.ui.run_table.model import TableModel
from cordage_tui.ui.run_table.render import HEADER, DiffWidget, RowRenderer
from cordage_tui.ui.run_table.source import RowSource
from cordage_tui.ui.widgets.line_view import BorderPanel


class SelectableWidget(ReasonedActions, BorderPanel):
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

    def action_mark(self) -> None:
        """Mark or unmark the cursor's row, and go one down. In a range it ends that, as `V` does."""
        if not self._model.span:
            self._model.toggle_mark()
            self._model.move(self._model.view.to(self._model.view.cursor + 1))
        self.end_range()

    def action_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what it spans."""
        if self._model.span:
            self._model.end_range()
        else:
            self._model.begin_range()
        self._update()

    def action_mark_all(self) -> None:
        """Mark all rows of the list, or unmark them when all are marked."""
        self._model.mark_all()
        self._update()

    def action_unmark(self) -> None:
        """Give up the range; without one, take all marks."""
        if self._model.span:
            self._model.cancel_range()
        else:
            self._model.marks.clear()
        self._update()

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        """Offer `unmark` while something is marked: else its key is the screen's."""
        if action == "unmark" and not (self._model.span or len(self._model.marks)):
            return DisabledReason(SafeText("Nothing is marked."))
        if action in ("mark", "range", "mark_all") and not self._model.view.count:
            return not_here("There are no runs to mark.")
        return None

    def _post_marks(self) -> None:
        """Post what is marked, if that differs."""
        now = self._model.marks.counts, len(self._model.span)
        if now != self._posted_marks:
            self._posted_marks = now
            self.post_message(self.SelectionChanged(*now))


_MOVE: Final = Binding.Group("Move", compact=True)
_MARK: Final = Binding.Group("Mark", compact=True)
_SORT: Final = Binding.Group("Sort", compact=True)

BINDINGS: Final[list[BindingType]] = [
    Binding("enter", "open", "show", id="runs.open", tooltip="Show this run; of a batch, its runs"),
    Binding("right", "fold(False)", "unfold", False, id="runs.unfold", tooltip="Show the runs of this batch"),
    Binding("left", "fold(True)", "fold", False, id="runs.fold", tooltip="Show this batch as one line"),
    Binding("j,down", "move(1)", "down", False, id="runs.down", tooltip="Move down one row", group=_MOVE),
    Binding("k,up", "move(-1)", "up", False, id="runs.up", tooltip="Move up one row", group=_MOVE),
    Binding("g,home", "end(False)", "top", False, id="runs.first", tooltip="Go to the first row", group=_MOVE),
    Binding("G,end", "end(True)", "bottom", False, id="runs.last", tooltip="Go to the last row", group=_MOVE),
    Binding("ctrl+d", "page(0.5)", "half page down", False, id="runs.half_down", tooltip="Move down half a page", group=_MOVE),
    Binding("ctrl+u", "page(-0.5)", "half page up", False, id="runs.half_up", tooltip="Move up half a page", group=_MOVE),
    Binding("pagedown", "page(1)", "page down", False, id="runs.page_down", tooltip="Move down one page", group=_MOVE),
    Binding("pageup", "page(-1)", "page up", False, id="runs.page_up", tooltip="Move up one page", group=_MOVE),
    Binding("#", "screen.count", "count", False, id="runs.count", tooltip="Give the next key a number: #3x, #12j; one from 5 on needs no #", group=_MOVE),
    Binding("space", "mark", "mark", False, id="runs.mark", tooltip="Mark or unmark this run and move down", group=_MARK),
    Binding("V", "range", "range", False, id="runs.mark_range", tooltip="Start a range; move to extend it, press again to mark it", group=_MARK),
    Binding("*", "mark_all", "mark all", False, id="runs.mark_all", tooltip="Mark all runs that match; press again to unmark", group=_MARK),
    Binding("escape", "unmark", "unmark all", False, id="runs.unmark", tooltip="Cancel the range, else unmark all", group=_MARK),
    Binding("O", "sort(False)", "sort", False, id="runs.sort", tooltip="Sort by the next column", group=_SORT),
    Binding("R", "sort(True)", "reverse", False, id="runs.sort_reverse", tooltip="Reverse sort order", group=_SORT),
]  # fmt: skip
"""`O` orders; `space` marks and goes on, as in the file managers people mark in."""


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
    BINDINGS = BINDINGS

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

    def action_move(self, rows: int) -> None:
        """Move the cursor that many rows down."""
        self._model.move(self._model.view.to(self._model.view.cursor + rows))
        self._update()

    def action_page(self, screens: float) -> None:
        """Move cursor and view that many screens down."""
        view = self._model.view
        lines = max(1, int(abs(screens) * view.height)) * (1 if screens > 0 else -1)
        self._model.move(view.paged(lines))
        self._update()

    def action_end(self, last: bool) -> None:
        """Move the cursor to the last row, or the first."""
        self._model.move(self._model.view.to(self._model.view.count if last else 0))
        self._update()

    def action_open(self) -> None:
        """Open the row under the cursor; a batch unfolds, or folds again."""
        row = self.highlighted
        if row is not None and row.size:
            progress = self._model.batches.get(row.id)
            self.post_message(self.FoldRequested(row.id, progress is not None and not progress.folded))
        elif row is not None:
            self.post_message(self.Opened(row.id))

    def action_fold(self, folded: bool) -> None:
        """Hide the rows of the cursor's batch, or show them."""
        if (line := self._line()) is not None:
            self.post_message(self.FoldRequested(line, folded))

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        """Offer folding on batches only."""
        if action == "fold" and self._line() is None:
            return DisabledReason(SafeText("This run is in no batch."))
        if action == "open" and self.highlighted is None:
            return not_here("No run is selected.")
        return super().disabled_reason(action, parameters)

    def action_sort(self, reverse: bool) -> None:
        """Sort by the next sort key in turn, or by the same one the other way round."""
        here = SORT_ORDER.index(self._model.sort)
        self._request(SORT_ORDER[here if reverse else (here + 1) % len(SORT_ORDER)])

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
                self.action_open()
        self._update()

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    def _scroll(self, event: MouseScrollDown | MouseScrollUp) -> None:
        event.stop()
        lines = WHEEL if isinstance(event, MouseScrollDown) else -WHEEL
        self._model.move(self._model.view.scrolled(lines))
        self._update()

    def _line(self) -> RowId | None:
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
