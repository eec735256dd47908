"""Moves of the cursor to a run that may be out of view: matches of the filter, the parent of a run."""

from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.sidebar import Sidebar

WRAPPED: Final = {True: "Last match passed. Back at the first.", False: "First match passed. Back at the last."}
"""Message when the search goes past an end of the list, by whether it goes forwards."""


class MatchActions:
    """Moves of the main screen's cursor to the rows that its filter finds, or the last filter if there is none now.

    They can also go to any other row.
    """

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._host = main.screen
        self._selection = main.selection
        self._presenter = main.presenter

    def go(self, by: int) -> None:
        """Go that many matches forward, or back if negative. After the last match comes the first."""
        query = self._match_query()
        if self._searched(query) is None:
            self._go_to_match(query, by)
        else:
            self._show_message(by, "Searching…")
            self._host.run_worker(self._go_when_found(query, by), group="match", exclusive=True)

    def _match_query(self) -> RunQuery:
        """Return the query whose rows are the matches."""
        query = self._selection.query
        return query if query.text else replace(query, text=self._host.query_one(FilterBar).last, besides=())

    def _searched(self, query: RunQuery) -> float | None:
        return self._host.reads.last_good(self._host.store.query.searched, None, query)

    async def _go_when_found(self, query: RunQuery, by: int) -> None:
        """Wait for the end of the search, and go to the match, unless another list is shown by then."""
        while self._searched(query) is not None:
            await self._host.store.query.begin_search(query).more()
            if self._match_query() != query:
                return
        self._go_to_match(query, by)

    def _go_to_match(self, query: RunQuery, by: int) -> None:
        row = self._selection.row
        neighbour = (
            self._host.reads.last_good(self._host.store.query.beside, None, query, row.id, by)
            if row is not None
            else None
        )
        if neighbour is None:
            self._show_message(by, f"Nothing matches {one_line(query.text, 40)}.")
            return
        match, wrapped = neighbour
        self._show_match(match)
        if wrapped:
            self._show_message(by, WRAPPED[by > 0])

    def show_run(self, row: RowId) -> None:
        """Put the cursor on a run. If the table does not list it, show all runs first."""
        if not self._show_match(row):
            self._main.filter_bar.clear()
            self._host.query_one(Sidebar).select(None)
            self._presenter.show_webhook(None, text="", ended_after=None, ended_until=None)
            self._show_match(row)

    def go_to_parent(self) -> None:
        """Go to the run that the one under the cursor was made from."""
        detail = self._selection.detail
        if detail is not None and detail.parent is not None:
            self.show_run(detail.parent)

    def _show_match(self, match: RowId) -> bool:
        """Put the cursor on a row, and unfold the batch that hides it. Return False if the table does not list the row."""
        if self._selection.table.go_to(match):
            return True
        row = self._host.reads.last_good(self._host.store.rows.get, None, match)
        if row is None or row.batch is None or not self._selection.table.go_to(row.batch):
            return False
        self._main.fold(row.batch, False)
        self._host.flush_events()
        return self._selection.table.go_to(match)

    def _show_message(self, by: int, message: str) -> None:
        key = key_of(self._host, "runs.next_match" if by > 0 else "runs.previous_match")
        self._host.query_one(Footer).show_message(key, one_line(message))
