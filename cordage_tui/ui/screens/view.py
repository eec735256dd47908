"""What the run table shows: a query, and the answers to it."""

from collections.abc import Collection, Mapping, Sequence

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import BatchProgress, RowId, RunQuery, RunRow, SortKey, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.screens.steady import LastGoodReads


class QueryRowSource:
    """A `RowSource` over one query. Immutable: another query is another view."""

    def __init__(self, kept: LastGoodReads, query: RunQuery) -> None:
        self._kept = kept
        self.query = query

    def count(self) -> int:
        return self._kept.count(self.query)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        return self._kept.window(self.query, offset, limit)

    def index_of(self, row: RowId) -> int | None:
        return self._kept.index_of(self.query, row)

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        return self._kept.statuses(self.query, offset, limit)

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return self._kept.standing(rows)

    def batch(self, row: RowId) -> BatchProgress | None:
        return self._kept.batch(row)

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        return self._kept.members(row)

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        return self._kept.varying(rows)

    def of_webhook(self, webhook_key: str | None) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, webhook_key=webhook_key, besides=()))

    def filtered(self, text: str) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, text=text, besides=()))

    def besides(self, row: RowId) -> "QueryRowSource":
        """With this row, though the filter leaves it out, until there is another filter."""
        return QueryRowSource(self._kept, replace(self.query, besides=(*self.query.besides, row)))

    def ended_since(self, since: float | None) -> "QueryRowSource":
        """Of all webhooks, when `since` is a time, epoch seconds; None: whenever they ended, if they have."""
        key = self.query.webhook_key if since is None else None
        return QueryRowSource(self._kept, replace(self.query, webhook_key=key, ended_after=since, besides=()))

    def sorted_by(self, key: SortKey, descending: bool) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, sort=key, descending=descending))
