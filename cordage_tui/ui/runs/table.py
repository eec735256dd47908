"""The run table: any number of runs, of which only those on screen are ever asked for or drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.run import RowId, RunRow, SortKey
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.border import border
from cordage_tui.ui.runs.cells import Context
from cordage_tui.ui.runs.columns import EDGE, SORT_ORDER, column_at
from cordage_tui.ui.runs.keys import BINDINGS
from cordage_tui.ui.runs.lines import RenderedLine
from cordage_tui.ui.runs.listing import TableModel
from cordage_tui.ui.runs.marking import SelectableWidget
from cordage_tui.ui.runs.painter import HEADER, RowRenderer
from cordage_tui.ui.runs.roles import COMPONENTS, Palette
from cordage_tui.ui.runs.rows import RowSource
from cordage_tui.ui.runs.sheet import DiffWidget

WHEEL: Final = 3
"""Lines a notch of the mouse wheel scrolls."""
LARGEST_FIRST: Final = frozenset({SortKey.CREATED, SortKey.DURATION})
"""What people want the largest of on top, when they first sort by it."""


class RunTable(SelectableWidget, can_focus=True):
    """Runs, one a line, from a `RowSource`. It keeps its cursor by identity and draws only what differs.

    Give it the class `panel` for its border; its title and subtitle are the owner's.
    """

    BINDING_GROUP_TITLE = "Runs"
    COMPONENT_CLASSES = COMPONENTS
    BINDINGS = BINDINGS

    empty: reactive[Content] = reactive(Content(""), repaint=False)
    """What stands in the middle when there are no rows: one short sentence and a key."""
    names: reactive[Mapping[str, SafeText]] = reactive(dict, repaint=False)
    """Webhook key → the user's name for it; a key without one is shown masked."""
    stale: reactive[Mapping[str, float]] = reactive(dict, repaint=False)
    """Webhook key → when it was last read, epoch seconds, for those whose reads go wrong: their times stand still."""

    outlooks: reactive[Mapping[RowId, RunEstimate]] = reactive(dict, repaint=False)
    """What to expect of active rows. Drawn with the next tick."""

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row. Of several in a row only the last is delivered."""

        row: RowId | None

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunTable.Highlighted)

    @dataclass
    class Opened(Message):
        """Enter, or a double click, on a row."""

        row: RowId

    @dataclass
    class FoldRequested(Message):
        """The user wants the rows of a batch hidden behind its line, or shown; the owner answers with `changed`."""

        line: RowId
        folded: bool

    @dataclass
    class SortRequested(Message):
        """The user wants another order; the owner answers with `show`."""

        key: SortKey
        descending: bool

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._listing = TableModel()
        self._scene = Context()
        self._painter: RowRenderer | None = None
        self._sheet = DiffWidget(self._lines)
        self._told: RowId | None = None

    def compose(self) -> ComposeResult:
        yield self._sheet

    @property
    def shown(self) -> tuple[RunRow, ...]:
        """The rows on screen, top to bottom."""
        return tuple(self._listing.shown)

    @property
    def highlighted(self) -> RunRow | None:
        """The row the cursor is on; None when there are no rows."""
        return self._listing.current

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Another query, in that order. The cursor stays on its row if that is in it, else it goes to the first."""
        self._listing.show(source, sort, descending)
        self._update()

    def changed(self, rows: frozenset[RowId]) -> None:
        """`rows` have changed, come or gone. Cursor and scroll stay by identity; nothing is drawn where nothing differs."""
        if rows:
            self._listing.changed(rows)
            self._update()

    def tick(self, now: float) -> None:
        """It is `now`, epoch seconds: times of running rows and ages move where they show another figure."""
        self._scene = replace(self._scene, now=now)
        self._update()

    def go_to(self, row: RowId) -> bool:
        """Put the cursor on that row; False when it is not in the list."""
        found = self._listing.go_to(row)
        self._update()
        return found

    def watch_empty(self) -> None:
        self._update()

    def watch_names(self, names: Mapping[str, SafeText]) -> None:
        self._scene = replace(self._scene, names=names)
        self._update()

    def watch_stale(self, stale: Mapping[str, float]) -> None:
        self._scene = replace(self._scene, stale=stale)
        self._update()

    def watch_outlooks(self, outlooks: Mapping[RowId, RunEstimate]) -> None:
        self._scene = replace(self._scene, outlooks=outlooks)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's, but "all of it" is the border only: the sheet within knows itself what differs.

        Textual asks for all of a widget each time its title is set, the same title too.
        """
        if not (regions or layout or recompose) and self.is_mounted:
            regions = border(self)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """The theme, or the focus, has changed the colours."""
        super().notify_style_update()
        self._painter = None
        if self.is_mounted:
            self.call_later(self._update)

    def action_move(self, rows: int) -> None:
        """The cursor that many rows down."""
        self._listing.move(self._listing.view.to(self._listing.view.cursor + rows))
        self._update()

    def action_page(self, screens: float) -> None:
        """Cursor and view that many screens down."""
        view = self._listing.view
        lines = max(1, int(abs(screens) * view.height)) * (1 if screens > 0 else -1)
        self._listing.move(view.paged(lines))
        self._update()

    def action_end(self, last: bool) -> None:
        """The cursor on the last row, or the first."""
        self._listing.move(self._listing.view.to(self._listing.view.count if last else 0))
        self._update()

    def action_open(self) -> None:
        """Open the row under the cursor; a batch unfolds, or folds again."""
        row = self.highlighted
        if row is not None and row.size:
            progress = self._listing.batches.get(row.id)
            self.post_message(self.FoldRequested(row.id, progress is not None and not progress.folded))
        elif row is not None:
            self.post_message(self.Opened(row.id))

    def action_fold(self, folded: bool) -> None:
        """Hide the rows of the cursor's batch, or show them."""
        if (line := self._line()) is not None:
            self.post_message(self.FoldRequested(line, folded))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a batch folds."""
        return super().check_action(action, parameters) and (action != "fold" or self._line() is not None)

    def action_sort(self, reverse: bool) -> None:
        """Ask for the next sort key in turn, or for the same one the other way round."""
        here = SORT_ORDER.index(self._listing.sort)
        self._request(SORT_ORDER[here if reverse else (here + 1) % len(SORT_ORDER)])

    def on_diff_widget_clicked(self, event: DiffWidget.Clicked) -> None:
        """A title sorts, the edge scrolls, a row takes the cursor, twice opens it."""
        event.stop()
        width, view = self._sheet.size.width, self._listing.view
        line = event.y - HEADER
        if line < 0:
            column = column_at(width, event.x)
            if column is not None and column.sort is not None:
                self._request(column.sort)
        elif event.x >= width - EDGE and view.thumb():
            self._listing.move(view.scrolled(view.top_for_thumb(line) - view.top))
        elif view.top + line in view.rows:
            self._listing.move(view.to(view.top + line))
            if event.twice:
                self.action_open()
        self._update()

    def on_diff_widget_scrolled(self, event: DiffWidget.Scrolled) -> None:
        event.stop()
        self._listing.move(self._listing.view.scrolled(event.notches * WHEEL))
        self._update()

    def _line(self) -> RowId | None:
        """The line of the batch that the cursor's row belongs to, or is."""
        row = self.highlighted
        return None if row is None else row.id if row.size else row.batch

    def _request(self, key: SortKey) -> None:
        same = key is self._listing.sort
        self.post_message(self.SortRequested(key, not self._listing.descending if same else key in LARGEST_FIRST))

    def _update(self) -> None:
        """Say where the cursor is and what is marked, if that is news, and draw."""
        if self._listing.cursor != self._told:
            self._told = self._listing.cursor
            self.post_message(self.Highlighted(self._told))
        self._say_marks()
        self._sheet.redraw()

    def _lines(self, size: Size) -> list[RenderedLine]:
        """Everything on the sheet, for `size` cells."""
        if size.height - HEADER != self._listing.view.height:
            self._listing.resize(size.height - HEADER)
        if self._painter is None or self._painter.width != size.width:
            self._painter = RowRenderer.at(size.width, Palette.of(self))
        return self._painter.lines(size.height, self._listing, self._scene, self.empty)
