"""Query of the run table: window, index of a row."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import STATUS_GROUPS, RowId, RunCounts, RunDetail, RunQuery, RunRow, Status
from cordage_tui.domain.secrets import masked
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file.database import Database, Row
from cordage_tui.store.runs.query_plan import IN_OR_OUT, Counts, IndexRange, segments
from cordage_tui.store.runs.row_codecs import OTHERS_SEEN, RUN_COLUMNS, STATUSES, run_detail, run_row
from cordage_tui.store.runs.run_lookup import RunLookup, RunRows
from cordage_tui.store.runs.unlisted import LAST_HEARD

if TYPE_CHECKING:
    from cordage_tui.domain.filter.expression import FilterField
    from cordage_tui.store.reader_thread import LongRead, Reader
    from cordage_tui.store.runs.filter_sql import FilterConditions
    from cordage_tui.store.runs.filtered_rows import FilteredRows

# What screens ask. Each answer is one consistent state of the database; all raise StoreError.

FIRST_S: Final = 0.008
"""Longest wait for the first rows of a new filter, if some are wanted at once, in seconds."""
_SEARCHES: Final = 2
"""Filters whose rows are kept: the one shown, and the one that is being typed."""
_ACTIVE: Final = tuple(status.value for status in Status if status.is_active)


class Query:
    """Reads for the run table, the detail pane and the sidebar."""

    def __init__(
        self, database: Database, clock: Clock, read_at: Mapping[RowId, float], reader: Callable[[], "Reader"]
    ) -> None:
        """`read_at`: when this process last read a run alone, epoch seconds; `reader` returns the thread that searches for the
        rows of filters."""
        self._database = database
        self._reader = reader
        self._clock = clock
        self._read_at = read_at
        self._names: Mapping[str, str] = {}
        self._found: dict[RunQuery, FilteredRows] = {}
        """Rows of filters, the last one used at the end."""
        self._rows = RunRows(database)
        self._picked = RunLookup(database)

    def name_webhooks(self, names: Mapping[str, str]) -> None:
        """The user's names by webhook key, to filter and sort by. They live in the configuration, not here."""
        self._names = dict(names)
        for query in tuple(self._found):
            self._forget(query)

    @cached_property
    def filters(self) -> "FilterConditions":
        """Compiler of filters."""
        from cordage_tui.store.runs.filter_sql import FilterConditions

        return FilterConditions(self._database, self._clock)

    async def value_counts(self, query: RunQuery, field: "FilterField", name: str = "") -> Mapping[str, int]:
        """Count the runs of the webhook of `query` by values of a field, in the reader's thread; `name`: of an input."""
        from cordage_tui.store.runs.filter_counts import FilterCounts

        about = (query.profile, query.webhook_key, self._names)
        counts = await self._reader().read_whole(lambda database: FilterCounts(database, *about).of(field, name))
        return counts or {}

    async def row_counts(self, queries: Sequence[RunQuery]) -> Sequence[int]:
        """Count the rows of each of these filtered queries of one profile, in the reader's thread."""
        from cordage_tui.store.runs.filtered_rows import count_rows

        if not queries:
            return ()
        conditions = [self.filters.rows(query, self._names) for query in queries]
        counts = await self._reader().read_whole(lambda database: count_rows(database, queries[0].profile, conditions))
        return counts or ()

    def count(self, query: RunQuery) -> int:
        """Count the rows of `query`."""
        with self._database.snapshot():
            if query.is_filtered:
                return len(self._matches(query).rows)
            return sum(part.count for part in self._segments(query))

    def found_counts(self, query: RunQuery) -> RunCounts:
        """Count the runs of a filtered `query`, as far as they are found; the line of a batch is no run."""
        with self._database.snapshot():
            found = self._matches(query)
            return _counts_of(query.webhook_key or "", len(found.rows), found.by_status)

    def window(self, query: RunQuery, offset: int, limit: int) -> list[RunRow]:
        """Return at most `limit` rows from the row number `offset` on; fewer at the end."""
        with self._database.snapshot():
            if query.is_filtered:
                return self._rows.many(self._matches(query).rows[offset : offset + limit])
            rows = [
                row
                for part, skip, take in _cut(self._segments(query), offset, limit)
                for row in self._stretch(part, skip, take)
            ]
        return [run_row(row) for row in rows]

    def statuses(self, query: RunQuery, offset: int, limit: int) -> dict[RowId, Status]:
        """Return the rows of `window` with their statuses only: a hundred thousand in a tenth of a second."""
        with self._database.snapshot():
            if query.is_filtered:
                return self._picked.statuses(self._matches(query).rows[offset : offset + limit])
            parts = _cut(self._segments(query), offset, limit)
            return {
                row: STATUSES[status]
                for part, skip, take in parts
                for row, status in self._stretch(part, skip, take, "runs.id, runs.status")
            }

    def index_of(self, query: RunQuery, row: RowId) -> int | None:
        """The number of `row` among the rows of `query`; None when it is not one of them."""
        with self._database.snapshot():
            if query.is_filtered:
                return self._matches(query).index_of(row)
            ahead = 0
            for part in self._segments(query):
                keys = self._database.row(
                    f"SELECT {', '.join(part.keys)} FROM runs WHERE id = ? AND {part.where}", (row, *part.params)
                )
                if keys:
                    return ahead + self._rows_before(part, keys)
                ahead += part.count
        return None

    def searched(self, query: RunQuery) -> float | None:
        """Return the share that has been searched for the rows of a query, 0 to 1; None: all, so that the other methods know
        every row."""
        if not query.is_filtered:
            return None
        with self._database.snapshot():
            found = self._matches(query)
            return None if found.is_complete else found.search.latest or 0.0

    def begin_search(self, query: RunQuery) -> "LongRead[float]":
        """Return the search for the rows of a filtered query, which is begun if need be."""
        with self._database.snapshot():
            return self._matches(query, waits=False).search

    def beside(self, query: RunQuery, row: RowId, steps: int) -> tuple[RowId, bool] | None:
        """`FilteredRows.beside` of a filtered query."""
        with self._database.snapshot():
            return self._matches(query).beside(row, steps)

    def ids(self, query: RunQuery, *, hidden: bool = True) -> Sequence[RowId]:
        """Return all runs of `query` in its order, with those of folded batches; without the `hidden` ones, the rows of `window`:
        a hundred thousand in a frame."""
        with self._database.snapshot():
            if query.is_filtered or hidden:
                found = self._matches(query)
                if hidden:
                    found.search.finish()
                    found = self._matches(query)
                return found.rows
            first, *others = [_ids(self._database, part) for part in self._segments(query)] or [[]]
            return first if not others else [*first, *chain.from_iterable(others)]

    def active(self, profile: str) -> list[RunRow]:
        """The runs that the server may still change, of all webhooks, newest first."""
        rows = self._database.rows(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status IN ({','.join('?' * len(_ACTIVE))})",
            (profile, *_ACTIVE),
        )
        return sorted(map(run_row, rows), key=lambda row: (row.created_at, row.id), reverse=True)

    def detail(self, row: RowId) -> RunDetail | None:
        """Return everything known of one row; None when it has gone."""
        found = self._database.row(
            f"SELECT {RUN_COLUMNS}, d.inputs, d.outputs, d.node_count, d.error, d.note, d.raw, {LAST_HEARD},"
            " runs.parent, runs.parent_output, (SELECT count(*) FROM runs AS child WHERE child.parent = runs.id AND child.size = 0),"
            f" (SELECT made.run_id FROM runs AS made WHERE made.id = runs.parent), {OTHERS_SEEN}"
            " FROM runs JOIN details d ON d.id = runs.id WHERE runs.id = ?",
            (row,),
        )
        detail = run_detail(found) if found else None
        read_at = self._read_at.get(row)
        if detail is None or read_at is None or not detail.row.status.is_active:
            return detail
        return replace(detail, seen_at=max(read_at, detail.seen_at or read_at))

    def tallies(self, profile: str) -> dict[str, RunCounts]:
        """Count the rows of each webhook, by webhook key; webhooks without rows are missing."""
        counts: dict[str, Counter[Status]] = {}
        sql = "SELECT webhook, status, n FROM tallies WHERE profile = ? AND n > 0 AND status <> 'batch'"
        for webhook, status, n in self._database.rows(sql, (profile,)):
            counts.setdefault(webhook, Counter())[Status(status)] += n
        return {webhook: _counts_of(webhook, by_status.total(), by_status) for webhook, by_status in counts.items()}

    def _counts(self, profile: str) -> Counts:
        """Count the visible rows: members of a folded batch are hidden."""
        sql = "SELECT webhook, status, n FROM tallies WHERE profile = ? AND folded = 0 AND n > 0"
        return {(webhook, status): n for webhook, status, n in self._database.rows(sql, (profile,))}

    def _segments(self, query: RunQuery) -> list[IndexRange]:
        return segments(query, self._counts(query.profile), lambda key: self._names.get(key, masked(key)))

    def _stretch(self, part: IndexRange, skip: int, take: int, columns: str = RUN_COLUMNS) -> list[Row]:
        """Rows `skip` to `skip + take` of a segment, walked to from its nearer end."""
        backwards = skip > part.count // 2
        rows = self._database.rows(
            f"SELECT {columns} FROM runs INDEXED BY {part.index} WHERE {part.where}"
            f" ORDER BY {part.order(backwards)} LIMIT ? OFFSET ?",
            (*part.params, take, part.count - skip - take if backwards else skip),
        )
        return rows[::-1] if backwards else rows

    def _rows_before(self, part: IndexRange, keys: Row) -> int:
        """Count the rows of the segment ahead of the one with these key values."""
        # Two counts, for a bare range of the first key is counted twice as fast as a comparison of all keys.
        way = ">" if part.descending else "<"
        first, *others = part.keys
        rows = f"SELECT count(*) FROM runs INDEXED BY {part.index} WHERE {part.where} AND {first}"
        sql = f"SELECT ({rows} {way} ?) + ({rows} = ? AND ({', '.join(others)}) {way} ({', '.join('?' * len(others))}))"
        return int(self._database.rows(sql, (*part.params, keys[0], *part.params, *keys))[0][0])

    def _matches(self, query: RunQuery, *, waits: bool = True) -> "FilteredRows":
        """Rows of a filtered query, as far as they are found; a new one `waits` for its first rows."""
        known = self._found.get(query)
        expired = known is not None and known.until is not None and self._clock.wall() >= known.until
        if known is None or expired or not known.follow():
            self._forget(query)
            known = self._begin(query)
            known.search.wait(FIRST_S if waits else 0.0)
            known.follow()
        self._found[query] = self._found.pop(query)
        try:
            known.search.check()
        except StoreError:
            self._forget(query)  # the next call begins anew
            raise
        return known

    def _begin(self, query: RunQuery) -> "FilteredRows":
        """Begin to search for the rows of a filtered query; searches that have not ended are given up for it."""
        from cordage_tui.store.runs.filtered_rows import FilteredRows  # late: the first screen has no filter

        wanted = self.filters.rows(query, self._names)
        begun = FilteredRows(self._database, query.profile, wanted, self._segments(query), self._reader())
        for older in tuple(self._found):
            if len(self._found) >= _SEARCHES or not self._found[older].is_complete:
                self._forget(older)
        self._found[query] = begun
        return begun

    def _forget(self, query: RunQuery) -> None:
        """Give up the search for the rows of a query, and what it has found."""
        known = self._found.pop(query, None)
        if known is not None:
            self._reader().cancel(known.search)


def _counts_of(webhook_key: str, rows: int, by_status: Mapping[Status, int]) -> RunCounts:
    """Counts of so many rows; `by_status`: at least of those that have not ended."""
    return RunCounts(
        webhook_key,
        total=rows - by_status.get(Status.BATCH, 0),
        active=sum(n for status, n in by_status.items() if status.is_active),
        waiting=sum(n for status, n in by_status.items() if status in STATUS_GROUPS["waiting"]),
        unsent=by_status.get(Status.QUEUED, 0) + by_status.get(Status.SENDING, 0),
        sending=by_status.get(Status.SENDING, 0),
    )


def _ids(database: Database, part: IndexRange) -> list[RowId]:
    """Read all rows of a segment as one text, in half the time of as many tuples."""
    ordered = f"SELECT id FROM runs INDEXED BY {part.index} WHERE {part.where} ORDER BY {part.order()}"
    rows: list[RowId] = json.loads(
        next(iter(database.column(f"SELECT json_group_array(id) FROM ({ordered})", part.params)))
    )
    return rows


def _cut(parts: list[IndexRange], offset: int, limit: int) -> Iterator[tuple[IndexRange, int, int]]:
    """The segments that the window meets, each with the rows to skip and to take in it."""
    for part in parts:
        take = min(limit, part.count - offset)
        if take > 0:
            yield part, max(0, offset), take
            limit -= take
        offset = max(0, offset - part.count)
