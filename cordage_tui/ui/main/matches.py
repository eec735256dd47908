"""Moves of the cursor to a run that may be out of view: matches of the filter, the parent of a run."""

from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.text import one_line
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import FilterBar

WRAPPED: Final = {True: "Past the last match: on from the first.", False: "Past the first match: on from the last."}
"""Words when the other end comes next, going forwards or not."""


class MatchActions:
    """Moves of the main screen's cursor to the rows that its filter finds, or its last one where it has none now; and to any
    other row."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._host = main.screen
        self._selection = main.selection
        self._presenter = main.presenter

    def go(self, by: int) -> None:
        """Go that many matches on, negative: back; behind the last comes the first."""
        wanted = self._wanted()
        if self._searched(wanted) is None:
            self._go_to_match(wanted, by)
        else:
            self._say(by, "Searching…")
            self._host.run_worker(self._go_when_found(wanted, by), group="match", exclusive=True)

    def _wanted(self) -> RunQuery:
        query = self._selection.query
        return query if query.text else replace(query, text=self._host.query_one(FilterBar).last, besides=())

    def _searched(self, wanted: RunQuery) -> float | None:
        return self._host.reads.last_good(self._host.store.query.searched, None, wanted)

    async def _go_when_found(self, wanted: RunQuery, by: int) -> None:
        """Wait for the end of the search; not where another list is shown by then."""
        while self._searched(wanted) is not None:
            await self._host.store.query.begin_search(wanted).more()
            if self._wanted() != wanted:
                return
        self._go_to_match(wanted, by)

    def _go_to_match(self, wanted: RunQuery, by: int) -> None:
        row = self._selection.row
        found = (
            self._host.reads.last_good(self._host.store.query.beside, None, wanted, row.id, by)
            if row is not None
            else None
        )
        if found is None:
            self._say(by, f"Nothing matches {one_line(wanted.text, 40)}.")
            return
        match, wrapped = found
        self._show_match(match)
        if wrapped:
            self._say(by, WRAPPED[by > 0])

    def show_run(self, row: RowId) -> None:
        """Put the cursor on a run, in the table as it is, or else with all runs in it."""
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
        """Put the cursor on a row, and unfold the batch that hides it; False: something else does."""
        if self._selection.table.go_to(match):
            return True
        row = self._host.reads.last_good(self._host.store.rows.get, None, match)
        if row is None or row.batch is None or not self._selection.table.go_to(row.batch):
            return False
        self._main.fold(row.batch, False)
        self._host.flush_events()
        return self._selection.table.go_to(match)

    def _say(self, by: int, words: str) -> None:
        key = key_of(self._host, "runs.next_match" if by > 0 else "runs.previous_match")
        self._host.query_one(Footer).show_message(key, one_line(words))
