"""Query plan: a query as ranges of an index, so that the table is never sorted while a screen waits.

A query's rows are one or more segments one after the other. Within a segment an index gives the order. Its length is
known from the tallies, so an offset is walked to from the nearer end: 500,000 rows take some 30 ms.
"""

from collections.abc import Callable, Mapping
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RunQuery, SortKey, Status

Counts = Mapping[tuple[str, str], int]
"""How many rows: (webhook key, status) → n, of one profile."""

STATUS_ORDER: Final = (
    *(
        Status.UNCERTAIN,
        Status.HELD,
        Status.QUEUED,
        Status.SENDING,
        Status.PENDING,
        Status.RUNNING,
        Status.KILLING,
        Status.OTHER,
        Status.BATCH,
    ),
    *(Status.MISSING, Status.REJECTED, Status.FAILED, Status.CANCELLED, Status.UNMATCHED, Status.COMPLETED),
)
"""Sorted by status, ascending: first what asks for the user, then the way of a run, then how it ended, worst first."""

IN_OR_OUT: Final = "folded IN (0, 1)"
"""The condition that means all rows: said so that the indexes, which have `folded` before `status`, are taken."""
BY_AGE: Final = ("created_at", "id")
"""Key columns of segments that are ordered by creation alone."""
_BY_VALUE: Final = {
    SortKey.PROMPT: ("runs_by_prompt", ("prompt_head", "created_at", "id")),
    SortKey.DURATION: ("runs_by_duration", ("took", "created_at", "id")),
    SortKey.DECISION: ("runs_by_decision", ("decision", "created_at", "id")),
    SortKey.STARS: ("runs_by_stars", ("top_stars", "created_at", "id")),
}


@dataclass(frozen=True, slots=True)
class IndexRange:
    """A stretch of rows that one index yields in order."""

    profile: str
    webhook: str | None
    """Only rows of this webhook; None: of all."""
    status: Status | None
    """Only rows shown so; None: all."""
    index: str
    """The index that holds it in order."""
    keys: tuple[str, ...]
    """Columns that order it; `id` is the last, so no two rows are equal."""
    descending: bool
    count: int

    @property
    def where(self) -> str:
        """The condition its rows meet, with `params`."""
        return f"folded = 0 AND {self.scope}"

    @property
    def scope(self) -> str:
        """The same, with the members of folded batches."""
        columns = ("profile", self.webhook and "webhook", self.status and "status")
        return " AND ".join(f"{column} = ?" for column in columns if column)

    @property
    def params(self) -> tuple[object, ...]:
        """Parameters of `where`."""
        return tuple(str(value) for value in (self.profile, self.webhook, self.status) if value)

    def order(self, backwards: bool = False) -> str:
        """The ORDER BY terms."""
        way = "ASC" if self.descending is backwards else "DESC"
        return ", ".join(f"{key} {way}" for key in self.keys)


def segments(query: RunQuery, counts: Counts, name: Callable[[str], str]) -> list[IndexRange]:
    """The segments of `query` (whose text is left aside), in order; `name` gives a webhook key's name to sort by."""
    webhooks = {webhook for webhook, _ in counts if query.webhook_key in (None, webhook)}
    if query.sort is SortKey.WEBHOOK:
        parts = sorted(webhooks, key=lambda key: (name(key).casefold(), key), reverse=query.descending)
        return [_by_age(query.profile, counts, webhook=webhook) for webhook in parts]
    if query.sort is SortKey.STATUS:
        statuses = STATUS_ORDER[::-1] if query.descending else STATUS_ORDER
        return [_by_age(query.profile, counts, query.webhook_key, status) for status in statuses]
    whole = _by_age(query.profile, counts, query.webhook_key)
    index, keys = _BY_VALUE.get(query.sort, (whole.index, whole.keys))
    return [replace(whole, index=index, keys=keys, descending=query.descending)]


def _by_age(profile: str, counts: Counts, webhook: str | None, status: Status | None = None) -> IndexRange:
    """Rows of one webhook, one status, both or neither, newest first."""
    index = "runs_by_status" if status else "runs_by_webhook" if webhook else "runs_by_created"
    count = sum(n for (key, word), n in counts.items() if webhook in (None, key) and status in (None, word))
    return IndexRange(profile, webhook, status, index, BY_AGE, True, count)
