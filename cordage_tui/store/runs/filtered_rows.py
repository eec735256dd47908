"""Rows that a filter leaves: searched for in a thread, step by step, and afterwards followed change by change."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, product
from typing import TYPE_CHECKING, Final, cast

from cordage_tui.domain.run import RowId, Status
from cordage_tui.store.file.database import AMONG, BEYOND_RUNS, Database, Row
from cordage_tui.store.runs.filter_sql import RunCondition
from cordage_tui.store.runs.query_plan import BY_AGE, IndexRange

if TYPE_CHECKING:
    from cordage_tui.store.reader_thread import Reader

SLICE: Final = 2_500
"""Rows that are searched in one step: some milliseconds, for which nobody can commit."""
MANY: Final = 500
"""Changed rows above which everything is searched anew."""
_ENDED: Final = frozenset(status.value for status in Status if status.is_final)
_KEYS: Final = 3
"""Columns of a row that was found, before those it is ordered by."""


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


class SlicedSearch:
    """Search through index ranges for the rows that meet a condition, slice by slice."""

    def __init__(self, profile: str, wanted: RunCondition, parts: Sequence[IndexRange]) -> None:
        """`parts`: the query's index ranges in their order."""
        self._profile = profile
        self._wanted, self._params = wanted.sql, wanted.params
        self._parts = parts
        by_age = all(part.keys == BY_AGE for part in parts)
        # The index `runs_by_text` has everything that is read. If the status is asked for, few rows have to be read.
        few = by_age and wanted.statuses is not None
        self._index = "runs_by_status" if few else "runs_by_text" if by_age else parts[0].index
        self._stretches = ("profile = ?",) if by_age else tuple(f"profile = ? AND folded = {n}" for n in (0, 1))
        if few:
            places = product((0, 1), sorted(wanted.statuses or ()))
            self._stretches = tuple(f"profile = ? AND folded = {n} AND status = '{status}'" for n, status in places)
        if by_age and wanted.created_from is not None:
            self._stretches = tuple(
                f"{stretch} AND created_at >= {wanted.created_from!r}" for stretch in self._stretches
            )
        self.is_one_stretch = len(self._stretches) == 1
        """The rows of a slice come in order."""

    def slices(self, database: Database, columns: str) -> Iterator[tuple[list[Row], bool]]:
        """Yield the rows of each slice, in the order of each stretch of the index, and whether it is the last. Raises
        StoreError."""
        if not self._parts:
            yield [], True
            return
        part, after, size = self._parts[0], tuple[object, ...](), max(1, SLICE // max(1, len(self._stretches)))
        keys, (beyond, before) = ", ".join(part.keys), ("<", ">") if part.descending else (">", "<")
        while True:
            begin = f"AND ({keys}) {beyond} ({_marks(after)})" if after else ""
            reached = self._rows(database, keys, begin, f"LIMIT 1 OFFSET {size - 1}", after)
            # In each stretch of the index up to the same keys.
            last = (max if part.descending else min)(reached, default=())
            end = f"AND ({keys}) {before}= ({_marks(last)})" if last else ""
            wanted, params = f"{begin} {end} AND {self._wanted}", (*after, *last, *self._params)
            yield self._rows(database, columns, wanted, "", params), not last
            if not last:
                return
            after = last

    def _rows(self, database: Database, columns: str, condition: str, limit: str, params: Row) -> list[Row]:
        """Read rows of the index, each stretch in its order. `limit` counts in each stretch."""
        begin = f"SELECT {columns} FROM runs INDEXED BY {self._index} WHERE"
        end = f"{condition} ORDER BY {self._parts[0].order()} {limit}"
        return list(
            chain.from_iterable(
                database.rows(f"{begin} {stretch} {end}", (self._profile, *params)) for stretch in self._stretches
            )
        )


def count_rows(database: Database, profile: str, conditions: Sequence[RunCondition]) -> Iterator[Sequence[int] | None]:
    """Count the rows that meet each of these conditions, step by step; the last result has all. Raises StoreError."""
    counts: list[int] = []
    for wanted in conditions:
        newest_first = IndexRange(profile, None, None, "runs_by_created", BY_AGE, True, 0)
        count = 0
        for found, _ in SlicedSearch(profile, wanted, [newest_first]).slices(database, "count(*)"):
            count += sum(n for (n,) in found)
            yield None
        counts.append(count)
    yield counts


class FilteredRows:
    """Row ids in the order of a query. Methods raise StoreError.

    The search runs in the thread of the reader, and all else on the event loop. The thread only ever adds rows, and touches
    nothing any more once `is_complete`.
    """

    def __init__(
        self, database: Database, profile: str, wanted: RunCondition, parts: Sequence[IndexRange], reader: "Reader"
    ) -> None:
        """`database` is the one of the event loop; `parts`: the query's index ranges in their order; `reader` begins to search."""
        self._database = database
        self._profile = profile
        self._wanted, self._params = wanted.sql, wanted.params
        self.until = wanted.until
        """Epoch seconds from which the result is out of date though nothing changes; None: never."""
        self.is_complete = False
        """All is searched."""
        self._parts = parts
        self._total = max(1, sum(part.count for part in parts))
        self._slices = SlicedSearch(profile, wanted, parts)
        self._buckets = [array("q") for _ in parts]
        """Rows found so far, by part."""
        self._joined: tuple[int, Sequence[RowId]] = (0, ())
        """Number of rows found so far, and all of them."""
        self._unended: dict[int, str] = {}
        """Statuses of the rows found so far that have not ended; lines of batches are among them."""
        self._places = {(part.status or part.webhook): place for place, part in enumerate(parts)}
        self._place_column = 2 if parts and parts[0].status else 1
        self._seq, self._version = self._tail(), database.version()
        self.search = reader.begin_read(self._steps)
        """Search in the thread of the reader; its result is the share that has been searched, 0 to 1."""

    def _steps(self, database: Database) -> Iterator[float]:
        """Search all, in the thread of the reader."""
        in_order = len(self._parts) == 1 and self._slices.is_one_stretch  # as most are
        columns = "id, status" if in_order else self._place_columns
        for number, (found, is_last) in enumerate(self._slices.slices(database, columns), 1):
            if in_order:
                self._buckets[0].extend(row for row, _ in found)
                self._note(found)
            elif found:
                self._sort_in(found)
            self.is_complete = is_last
            yield min(0.99, number * SLICE / self._total)

    def _sort_in(self, found: list[Row]) -> None:
        """Add the rows of several stretches to their parts, in order."""
        found.sort(key=lambda row: row[_KEYS:], reverse=self._parts[0].descending)
        for row in found:
            self._buckets[self._place(row)].append(row[0])
        self._note((row[0], row[2]) for row in found)

    def follow(self) -> bool:
        """Bring a complete result up to date. False: so much has changed that all is to be searched anew."""
        version = self._database.version()
        if not self.is_complete or self._version == version:
            return True
        changed = set(self._database.column("SELECT row FROM changes WHERE seq > ?", (self._seq,))) - {BEYOND_RUNS}
        if len(changed) > MANY:
            return False
        self._seq, self._version = self._tail(), version
        if changed:
            self._refresh(changed)
        return True

    def _tail(self) -> int:
        return int(next(iter(self._database.column("SELECT coalesce(max(seq), 0) FROM changes"))))

    @property
    def _place_columns(self) -> str:
        """Columns by which the place of a row is found."""
        return f"id, webhook, status, {', '.join(self._parts[0].keys)}" if self._parts else "id"

    @property
    def rows(self) -> Sequence[RowId]:
        """Rows found so far."""
        if self._joined[0] != sum(map(len, self._buckets)):
            joined = array("q")
            for bucket in self._buckets:
                joined.extend(bucket)
            self._joined = (len(joined), cast(Sequence[RowId], joined))
        return self._joined[1]

    @property
    def by_status(self) -> Mapping[Status, int]:
        """Count the rows found so far that have not ended, by status."""
        return {Status(status): n for status, n in Counter([*self._unended.values()]).items()}

    def _note(self, found: Iterable[tuple[int, str]]) -> None:
        """Take in the statuses of rows that are found."""
        self._unended.update({row: status for row, status in found if status not in _ENDED})

    def index_of(self, row: RowId) -> int | None:
        """Return the index of a row; None when it is not one of them, or not found yet."""
        try:
            return self.rows.index(row)
        except ValueError:
            return None

    def beside(self, row: RowId, steps: int) -> tuple[RowId, bool] | None:
        """Return the match so many further on than `row`, which need not match itself, and whether that passes an end, behind
        which comes the other. Negative: backwards. None: nothing matches, as far as is found."""
        rows, here = self.rows, self.index_of(row)
        if not rows:
            return None
        there = self._ahead_of(row) + steps - (steps > 0) if here is None else here + steps
        return rows[there % len(rows)], not 0 <= there < len(rows)

    def _place(self, row: Row) -> int:
        """Return the bucket of a row."""
        return self._places.get(row[self._place_column], 0) if len(self._buckets) > 1 else 0

    def _refresh(self, changed: Set[int]) -> None:
        """Take these rows out, and take in those that match now."""
        for place, bucket in enumerate(self._buckets):
            if not changed.isdisjoint(bucket):
                self._buckets[place] = array("q", (row for row in bucket if row not in changed))
        for row in changed & self._unended.keys():
            del self._unended[row]
        # `+` keeps SQLite from reading an index of the whole profile for them.
        matching = self._database.rows(
            f"SELECT {self._place_columns} FROM runs WHERE id {AMONG} AND +profile = ? AND {self._wanted}",
            (json.dumps([*changed]), self._profile, *self._params),
        )
        self._note((row[0], row[2]) for row in matching)
        for found in matching:
            bucket = self._buckets[self._place(found)]
            bucket.insert(self._position(bucket, found[_KEYS:]), found[0])
        self._joined = (-1, ())

    def _ahead_of(self, row: RowId) -> int:
        """Count the matches before a row that does not match; 0 if the row no longer exists."""
        found = (
            self._database.row(f"SELECT {self._place_columns} FROM runs WHERE id = ?", (row,)) if self._parts else None
        )
        if found is None:
            return 0
        place = self._place(found)
        return sum(map(len, self._buckets[:place])) + self._position(self._buckets[place], found[_KEYS:])

    def _position(self, bucket: "array[int]", keys: Row) -> int:
        """Return where a row with these keys belongs among rows in order, by looking at a few of them."""
        part, low, high = self._parts[0], 0, len(bucket)
        sql = f"SELECT {', '.join(part.keys)} FROM runs WHERE id = ?"
        while low < high:
            middle = (low + high) // 2
            there = self._database.row(sql, (bucket[middle],))
            if there is None or (there > keys if part.descending else there < keys):
                low = middle + 1
            else:
                high = middle
        return low
