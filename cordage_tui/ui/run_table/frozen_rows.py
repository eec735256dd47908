"""Frozen rows: a list as it was at one moment, and counts of the changes since then."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import running_time
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.run_table.row_source import RowSource

_MOST_NEW: Final = 50
"""Most changed rows that are looked up one by one. Beyond that, the length of the list shows how many are new."""


class FrozenRows(RowSource):
    """Rows of another source, in the order that they had. Rows that could still change also keep their content.

    Actions ask for statuses, so those are read as they are now.
    """

    def __init__(self, live: RowSource, at: float) -> None:
        self.at = at
        """When it was frozen, epoch seconds."""
        self._live = live
        self._rows = live.ids()
        self._known = frozenset(self._rows)
        self._unended = self._known.intersection(live.unended())
        self._kept = {row.id: row for row in live.rows(list(self._unended))}
        self._batches: dict[RowId, BatchProgress | None] = {}
        self._new: set[RowId] = set()
        self._ended: set[RowId] = set()
        self._more = 0
        """How many rows more than this one the live list has."""

    def changed(self, rows: Collection[RowId]) -> bool:
        """Update the counts of changed rows. Return False if a row was deleted; then the list must be unfrozen."""
        listed = self._known & set(rows)
        statuses = self._live.statuses_of(listed)
        self._ended |= {row for row in listed & self._unended if row in statuses and statuses[row].is_final}
        unlisted = set(rows) - listed - self._new
        if len(unlisted) > _MOST_NEW:
            self._more = self._live.count() - len(self._rows)
        else:
            self._new |= {row for row in unlisted if self._live.index_of(row) is not None}
        return len(statuses) == len(listed)

    def words(self, now: float) -> SafeText:
        """Format `frozen 0:42 · 7 new, 3 ended` at `now`, epoch seconds."""
        counts = {"new": max(len(self._new), self._more), "ended": len(self._ended)}
        news = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        since = f"frozen {running_time(max(0.0, now - self.at), now)}"
        return one_line(f"{since} · {news}" if news else since)

    def count(self) -> int:
        return len(self._rows)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        row_ids = self._rows[offset : offset + limit]
        live_rows = {row.id: row for row in self._live.rows([row for row in row_ids if row not in self._kept])}
        return [self._kept.get(row) or live_rows[row] for row in row_ids if row in self._kept or row in live_rows]

    def rows(self, wanted: Sequence[RowId]) -> list[RunRow]:
        return self._live.rows(wanted)

    def index_of(self, row: RowId) -> int | None:
        return self._rows.index(row) if row in self._known else None

    def ids(self) -> Sequence[RowId]:
        return self._rows

    def unended(self) -> Collection[RowId]:
        return self._live.unended()

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        row_ids = self._rows[offset : offset + limit]
        statuses_now = self._live.statuses_of(row_ids)
        return {row: statuses_now[row] for row in row_ids if row in statuses_now}

    def statuses_of(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return self._live.statuses_of(rows)

    def batch(self, row: RowId) -> BatchProgress | None:
        if row not in self._batches:
            self._batches[row] = self._live.batch(row)
        return self._batches[row]

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        return self._live.members(row)

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        return self._live.varying(rows)

    def inputs(self, rows: Sequence[RowId]) -> Mapping[RowId, Mapping[str, SafeText]]:
        return self._live.inputs(rows)

    def title(self, row: RowId) -> SafeText:
        return self._live.title(row)

    def common(self, row: RowId) -> frozenset[str]:
        return self._live.common(row)
