"""What the run table shows: a query, and the store's answers to it."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from cordage_tui.domain.run import RowId, RunQuery, RunRow, SortKey
from cordage_tui.domain.status import Status
from cordage_tui.store.store import Store


class RunsView:
    """A `RowSource` over one query. Immutable: another query is another view."""

    def __init__(self, store: Store, query: RunQuery) -> None:
        self._store = store
        self.query = query

    def count(self) -> int:
        return self._store.query.count(self.query)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        return self._store.query.window(self.query, offset, limit)

    def index_of(self, row: RowId) -> int | None:
        return self._store.query.index_of(self.query, row)

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        return self._store.query.statuses(self.query, offset, limit)

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return self._store.picked.statuses(rows)

    def of_webhook(self, webhook_key: str | None) -> "RunsView":
        return RunsView(self._store, replace(self.query, webhook_key=webhook_key))

    def filtered(self, text: str) -> "RunsView":
        return RunsView(self._store, replace(self.query, text=text))

    def sorted_by(self, key: SortKey, descending: bool) -> "RunsView":
        return RunsView(self._store, replace(self.query, sort=key, descending=descending))
