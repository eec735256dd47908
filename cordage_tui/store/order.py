"""How a query becomes ranges of an index: the table is never sorted while a screen waits.

A query's rows are one or more segments one after the other. Within a segment an index gives the order, and its length is
known from the tallies, so that an offset is walked from the nearer end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cordage_tui.domain.run import RunQuery, SortKey
from cordage_tui.domain.status import Status

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
    ),
    *(Status.LOST, Status.REJECTED, Status.FAILED, Status.CANCELLED, Status.COMPLETED),
)
"""Sorted by status, ascending: first what asks for the user, then the way of a run, then how it ended, worst first."""

_KEYS: Final = {SortKey.PROMPT: ("prompt_head", "created_at", "id"), SortKey.DURATION: ("duration", "created_at", "id")}
_BY_AGE: Final = ("created_at", "id")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of rows that one index yields in order."""

    where: str
    params: tuple[object, ...]
    keys: tuple[str, ...]
    """Columns that order it; `id` is the last, so no two rows are equal."""
    descending: bool
    count: int

    def order(self, backwards: bool = False) -> str:
        """The ORDER BY terms."""
        way = "ASC" if self.descending is backwards else "DESC"
        return ", ".join(f"{key} {way}" for key in self.keys)


def segments(query: RunQuery, counts: Counts, name: Callable[[str], str]) -> list[Segment]:
    """The segments of `query` (whose text is left aside), in order; `name` gives a webhook key's name to sort by."""
    webhooks = {webhook for webhook, _ in counts if query.webhook_key in (None, webhook)}
    if query.sort is SortKey.WEBHOOK:
        parts = sorted(webhooks, key=lambda key: (name(key).casefold(), key), reverse=query.descending)
        return [_segment(query, counts, _BY_AGE, True, webhook=webhook) for webhook in parts]
    if query.sort is SortKey.STATUS:
        statuses: Sequence[Status] = STATUS_ORDER[::-1] if query.descending else STATUS_ORDER
        return [_segment(query, counts, _BY_AGE, True, webhook=query.webhook_key, status=status) for status in statuses]
    return [_segment(query, counts, _KEYS.get(query.sort, _BY_AGE), query.descending, webhook=query.webhook_key)]


def _segment(
    query: RunQuery,
    counts: Counts,
    keys: tuple[str, ...],
    descending: bool,
    *,
    webhook: str | None,
    status: Status | None = None,
) -> Segment:
    terms: list[tuple[str, object]] = [("profile", query.profile)]
    if webhook is not None:
        terms.append(("webhook", webhook))
    if status is not None:
        terms.append(("status", status.value))
    count = sum(n for (key, word), n in counts.items() if webhook in (None, key) and status in (None, word))
    return Segment(
        " AND ".join(f"{column} = ?" for column, _ in terms),
        tuple(value for _, value in terms),
        keys,
        descending,
        count,
    )
