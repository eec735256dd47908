"""Query of the run table: window, index of a row."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.run import FOUND_BY, STATUS_GROUPS, RowId, RunCounts, RunDetail, RunQuery, RunRow, Status
from cordage_tui.domain.text import masked, one_line
from cordage_tui.store.database import Database, Row
from cordage_tui.store.query_plan import BY_AGE, IN_OR_OUT, Counts, IndexRange, segments
from cordage_tui.store.row_codecs import RUN_COLUMNS, STATUSES, message_text, read_inputs, run_row
from cordage_tui.store.run_lookup import RunLookup

if TYPE_CHECKING:
    from cordage_tui.store.filtered_rows import FilteredRows

# What screens ask. Each answer is one consistent state of the database; all raise StoreError.

FIRST_S: Final = 0.01
"""Seconds for which a new filter is searched for before the next frame."""
_FEW: Final = 4_096
"""Rows that are counted at first to find out where a row stands: well below a millisecond."""
_ACTIVE: Final = tuple(status.value for status in Status if status.is_active)


class Query:
    """Reads for the run table, the detail pane and the sidebar."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: Mapping[str, str] = {}
        self._found: tuple[RunQuery, FilteredRows] | None = None
        self._picked = RunLookup(database)

    def name_webhooks(self, names: Mapping[str, str]) -> None:
        """The user's names by webhook key, to filter and sort by. They live in the configuration, not here."""
        self._names = dict(names)
        self._found = None

    def count(self, query: RunQuery) -> int:
        """Count the rows of `query`."""
        with self._database.snapshot():
            if query.is_filtered:
                return len(self._matches(query).rows)
            return sum(part.count for part in self._segments(query))

    def window(self, query: RunQuery, offset: int, limit: int) -> list[RunRow]:
        """Return at most `limit` rows from the row number `offset` on; fewer at the end."""
        with self._database.snapshot():
            if query.is_filtered:
                return self._picked.rows(self._matches(query).rows[offset : offset + limit])
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

    def search(self, query: RunQuery, seconds: float) -> float | None:
        """Search on for the rows of a filtered query. Return the share that has been searched, 0 to 1; None: all, so that
        the other methods know every row."""
        if not query.is_filtered:
            return None
        with self._database.snapshot():
            return self._matches(query).search(seconds)

    def ids(self, query: RunQuery) -> Sequence[RowId]:
        """Return all rows of `query` in its order, those of folded batches among them: a hundred thousand in a frame or
        two."""
        with self._database.snapshot():
            found = self._matches(query)
            found.search(inf)
            return found.rows

    def row(self, row: RowId) -> RunRow | None:
        """Return one row of the table; None when it has gone."""
        found = self._database.row(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (row,))
        return run_row(found) if found else None

    def active(self, profile: str) -> list[RunRow]:
        """The runs that the server may still change, of all webhooks, newest first."""
        rows = self._database.rows(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status IN ({','.join('?' * len(_ACTIVE))})",
            (profile, *_ACTIVE),
        )
        return sorted(map(run_row, rows), key=lambda row: (row.created_at, row.id), reverse=True)

    def overdue_kills(self, profile: str, asked_before: float) -> list[RunRow]:
        """The runs that still show `killing` though the kill was asked for before that time, epoch seconds."""
        sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status = 'killing' AND kill_asked < ?"
        return [run_row(row) for row in self._database.rows(sql, (profile, asked_before))]

    def detail(self, row: RowId) -> RunDetail | None:
        """Return everything known of one row; None when it has gone."""
        found = self._database.row(
            f"SELECT {RUN_COLUMNS}, d.inputs, d.outputs, d.node_count, d.error, d.note, d.raw, d.seen_at"
            " FROM runs JOIN details d ON d.id = runs.id WHERE runs.id = ?",
            (row,),
        )
        if not found:
            return None
        *line, inputs, outputs, node_count, error, note, raw, seen_at = found
        shown = run_row(tuple(line))
        return RunDetail(
            row=shown,
            inputs=read_inputs(inputs),
            outputs=tuple(one_line(url, 10_000) for url in json.loads(outputs or "[]")),
            node_count=node_count,
            error=message_text(error or None),
            note=message_text(
                " ".join(words for words in (shown.matched and FOUND_BY[shown.matched], note) if words) or None
            ),
            raw=raw,
            seen_at=seen_at,
        )

    def tallies(self, profile: str) -> dict[str, RunCounts]:
        """Count the rows of each webhook, by webhook key; webhooks without rows are missing."""
        counts: dict[str, Counter[Status]] = {}
        sql = "SELECT webhook, status, n FROM tallies WHERE profile = ? AND n > 0 AND status <> 'batch'"
        for webhook, status, n in self._database.rows(sql, (profile,)):
            counts.setdefault(webhook, Counter())[Status(status)] += n
        return {
            webhook: RunCounts(
                webhook,
                total=by_status.total(),
                active=sum(n for status, n in by_status.items() if status.is_active),
                waiting=sum(n for status, n in by_status.items() if status in STATUS_GROUPS["waiting"]),
                unsent=by_status[Status.QUEUED] + by_status[Status.SENDING],
                sending=by_status[Status.SENDING],
            )
            for webhook, by_status in counts.items()
        }

    def _counts(self, profile: str) -> Counts:
        """Count the visible rows: members of a folded batch are hidden."""
        sql = "SELECT webhook, status, n FROM tallies WHERE profile = ? AND folded = 0 AND n > 0"
        return {(webhook, status): n for webhook, status, n in self._database.rows(sql, (profile,))}

    def _segments(self, query: RunQuery) -> list[IndexRange]:
        return segments(query, self._counts(query.profile), lambda key: self._names.get(key, masked(key)))

    def _stretch(self, part: IndexRange, skip: int, take: int, columns: str = RUN_COLUMNS) -> list[Row]:
        """Rows `skip` to `skip + take` of a segment, walked to from its nearer end."""
        backwards = skip > part.count // 2
        offset = part.count - skip - take if backwards else skip
        rows = self._database.rows(
            f"SELECT {columns} FROM runs INDEXED BY {part.index} WHERE {part.where} ORDER BY {part.order(backwards)} LIMIT ? OFFSET ?",
            (*part.params, take, offset),
        )
        return rows[::-1] if backwards else rows

    def _rows_before(self, part: IndexRange, keys: Row) -> int:
        """Count the rows of the segment ahead of the one with these key values, from its nearer end."""
        if part.keys == BY_AGE:
            in_second_half = self._is_in_second_half(part, keys)
            count = self._rows_beside(part, keys, ahead=not in_second_half)
            return part.count - 1 - count if in_second_half else count
        limit = _FEW  # of other values nobody knows which end is nearer: both are tried, a little further each time
        while (ahead := self._rows_beside(part, keys, ahead=True, limit=limit)) >= limit:
            if (behind := self._rows_beside(part, keys, ahead=False, limit=limit)) < limit:
                return part.count - 1 - behind
            limit *= 8
        return ahead

    def _rows_beside(self, part: IndexRange, keys: Row, ahead: bool, limit: int = -1) -> int:
        """Count the rows ahead of these key values or behind them; with a `limit`, no further than that."""
        # Two counts, for a bare range of the first key is counted twice as fast as a comparison of all keys.
        way = "<" if part.descending is not ahead else ">"
        first, *others = part.keys
        rows = f"SELECT 1 FROM runs INDEXED BY {part.index} WHERE {part.where} AND {first}"
        sql = (
            f"SELECT (SELECT count(*) FROM ({rows} {way} ? LIMIT ?)) + (SELECT count(*) FROM ({rows} = ?"
            f" AND ({', '.join(others)}) {way} ({', '.join('?' * len(others))}) LIMIT ?))"
        )
        return int(self._database.rows(sql, (*part.params, keys[0], limit, *part.params, *keys, limit))[0][0])

    def _is_in_second_half(self, part: IndexRange, keys: Row) -> bool:
        """Guess by age whether a row is in the segment's second half; where it is wrong, the count merely takes
        longer."""
        ends = [
            f"(SELECT {end}(created_at) FROM runs INDEXED BY {part.index} WHERE {part.where})" for end in ("min", "max")
        ]
        oldest, newest = self._database.rows(f"SELECT {', '.join(ends)}", part.params * 2)[0]
        is_old = bool(keys[0] < (oldest + newest) / 2)
        return is_old is part.descending

    def _matches(self, query: RunQuery) -> "FilteredRows":
        """Rows of a filtered query; of a long history only the first at once, more with each `search`."""
        if self._found is None or self._found[0] != query:
            from cordage_tui.store.filtered_rows import FilteredRows  # late: the first screen has no filter

            self._found = (query, FilteredRows(self._database, query, self._segments(query), self._names))
            self._found[1].search(FIRST_S)
        self._found[1].follow()
        return self._found[1]


def _cut(parts: list[IndexRange], offset: int, limit: int) -> Iterator[tuple[IndexRange, int, int]]:
    """The segments that the window meets, each with the rows to skip and to take in it."""
    for part in parts:
        take = min(limit, part.count - offset)
        if take > 0:
            yield part, max(0, offset), take
            limit -= take
        offset = max(0, offset - part.count)
