"""What the table shows and where its cursor is: a viewport whose cursor is held by identity."""

from dataclasses import replace

from cordage_tui.domain.run import RowId, RunRow, SortKey
from cordage_tui.ui.runs.rows import NoRows, RowSource, RowWindow
from cordage_tui.ui.runs.viewport import Viewport


class Listing:
    """The rows of one query, seen through a viewport. Until the user moves, the cursor is on the first row, whichever it is."""

    def __init__(self) -> None:
        self.view = Viewport()
        self.cursor: RowId | None = None
        """The row the cursor is on; None: there are no rows."""
        self.sort = SortKey.CREATED
        self.descending = True
        self._window = RowWindow(NoRows())
        self._untouched = True

    @property
    def shown(self) -> list[RunRow]:
        """The rows on screen, top to bottom."""
        return self._window.rows(self.view.rows)

    @property
    def current(self) -> RunRow | None:
        """The row the cursor is on."""
        return self._window.at(self.view.cursor) if self.cursor is not None else None

    def show(self, source: RowSource, sort: SortKey, descending: bool) -> None:
        """Another query. The cursor stays on its row if that is in it; else it goes to the first, and is untouched again."""
        self._window = RowWindow(source)
        self.sort, self.descending = sort, descending
        index = None if self._untouched or self.cursor is None else self._window.index_of(self.cursor)
        self._untouched = index is None
        self._settle(replace(self.view, count=source.count()).to(index or 0))

    def changed(self) -> None:
        """The list may differ in any way from what was last told: look again, keeping cursor and scroll by identity."""
        first = next((row.id for row in self.shown), None) if not self.view.sees_cursor else None
        self._window.forget()
        count = self._window.source.count()
        before = self.view.refilled(count, self.view.cursor, None)
        if self._untouched and self._newest_first:
            self._settle(replace(before, top=0, cursor=0))
            return
        self._window.rows(before.rows)
        self._settle(self.view.refilled(count, self._find(self.cursor), self._find(first)))

    def move(self, view: Viewport) -> None:
        """The user's own move, to another state of `view`."""
        self._untouched = self._untouched and view == self.view
        self._settle(view)

    def go_to(self, row: RowId) -> bool:
        """The cursor on that row; False, and nothing moved, when it is not in the list."""
        index = self._window.index_of(row)
        if index is not None:
            self.move(self.view.to(index))
        return index is not None

    def resize(self, height: int) -> None:
        """Another number of lines."""
        self._settle(self.view.resized(height))

    @property
    def _newest_first(self) -> bool:
        return self.sort is SortKey.CREATED and self.descending

    def _find(self, row: RowId | None) -> int | None:
        return None if row is None else self._window.index_of(row)

    def _settle(self, view: Viewport) -> None:
        """Take `view`, and the identity of the row its cursor is on."""
        self.view = view
        self._window.rows(view.rows)
        row = self._window.at(view.cursor) if view.count else None
        self.cursor = row.id if row is not None else None
