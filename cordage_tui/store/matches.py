"""The rows that the plain filter leaves: found by one scan, kept until something changes or the filter does."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import count

from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.status import Status
from cordage_tui.domain.text import one_line
from cordage_tui.store.database import Database
from cordage_tui.store.order import Segment
from cordage_tui.store.rows import folded


class Matches:
    """Row ids in the order of the query."""

    def __init__(self, rows: Sequence[RowId]) -> None:
        self.rows = rows

    @cached_property
    def places(self) -> Mapping[RowId, int]:
        """Row id → its index."""
        return dict(zip(self.rows, count(), strict=False))


def is_filter(text: str) -> bool:
    """Whether `text` leaves anything out at all."""
    return bool(one_line(text))


def find(database: Database, query: RunQuery, parts: Sequence[Segment], names: Mapping[str, str]) -> Matches:
    """Scan for the rows of `query` whose prompt, run id, status or webhook name contains its text, whatever the case."""
    text = folded(one_line(query.text))
    statuses = [status.value for status in Status if text in status.value]
    webhooks = [key for key, name in names.items() if text in folded(name)]
    wanted = f"(instr(search, ?) OR status IN ({','.join('?' * len(statuses))}) OR webhook IN ({','.join('?' * len(webhooks))}))"
    rows: list[RowId] = []
    for part in parts:
        if part.count:
            sql = f"SELECT id FROM runs WHERE {part.where} AND {wanted} ORDER BY {part.order()}"
            rows.extend(database.column(sql, (*part.params, text, *statuses, *webhooks)))
    return Matches(rows)
