"""Rows that a filter leaves: searched for in slices, so that no key waits for a long history."""

import json
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain, product
from typing import Final, cast

from cordage_tui.domain.filter.expression import narrows
from cordage_tui.domain.run import RowId, Status
from cordage_tui.store.file.database import AMONG, BEYOND_RUNS, Database, Row
from cordage_tui.store.runs.filter_sql import RunCondition
from cordage_tui.store.runs.query_plan import BY_AGE, IndexRange

SLICE: Final = 2_500
"""Rows that are searched at a time: a few milliseconds."""
SIFTED: Final = 1_000
"""Rows that a wider filter has found of which so many are looked at at a time."""
SIFTING_COST: Final = 3
"""Rows that are searched in the order of an index in the time of one that is looked up."""
MANY: Final = 500
"""Changed rows above which everything is searched anew."""
_ENDED: Final = frozenset(status.value for status in Status if status.is_final)
_KEYS: Final = 3
"""Columns of a row that was found, before those it is ordered by."""


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


class SlicedSearch:
    """Search for the rows that meet a condition, in slices. Methods raise StoreError.

    Its user calls `search` until it returns None, and `follow` before each use: once all is searched, only the rows that
    have changed since are looked at. Subclasses say what becomes of the rows that are found.
    """

    _columns = "id"
    """Columns that are read of a row that is found."""

    def __init__(self, database: Database, profile: str, wanted: RunCondition, parts: Sequence[IndexRange]) -> None:
        """`parts`: the query's index ranges in their order."""
        self._database = database
        self._profile = profile
        self._wanted, self._params = wanted.sql, wanted.params
        self.until = wanted.until
        """Epoch seconds from which the result is out of date though nothing changes; None: never."""
        self._parts = parts
        self._total = max(1, sum(part.count for part in parts))
        by_age = all(part.keys == BY_AGE for part in parts)
        # `runs_by_text` holds all that is looked at; where the status is asked for, few rows need be looked at.
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
        self._slice = max(1, SLICE // max(1, len(self._stretches)))
        self._seen = 0
        self._after: Row | None = ()
        """Keys of the last row that was searched; empty: nothing was; None: all was."""
        self._seq, self._version = 0, (0, 0)
        self._restart()

    def _clear(self) -> None:
        """Forget the rows found so far."""
        raise NotImplementedError

    def _take(self, found: list[Row]) -> None:
        """Take in the rows of one slice, in the order of each stretch."""
        raise NotImplementedError

    def _refresh(self, changed: Set[int]) -> None:
        """Take these rows out, and take in those that match now."""
        raise NotImplementedError

    @property
    def searched(self) -> float | None:
        """Share that has been searched, 0 to 1; None: all."""
        return None if self._after is None else min(0.99, self._seen / self._total)

    def search(self, seconds: float) -> float | None:
        """Search on for `seconds`, one slice at least, and return `searched`."""
        until = time.perf_counter() + seconds
        while self._search_on():
            if time.perf_counter() >= until:
                break
        return self.searched

    def _search_on(self) -> bool:
        """Search one slice; False: all is searched."""
        if self._after is not None:
            self._search_slice(self._after)
        return self.searched is not None

    def follow(self) -> bool:
        """Bring a complete result up to date. Return whether anything has changed since the last time."""
        version = self._database.version()
        if self.searched is not None or self._version == version:
            return False
        changed = set(self._database.column("SELECT row FROM changes WHERE seq > ?", (self._seq,))) - {BEYOND_RUNS}
        if len(changed) > MANY:
            self._restart()
            return True
        self._seq, self._version = self._tail(), version
        if changed:
            self._refresh(changed)
        return True

    def _restart(self) -> None:
        self._seq, self._version = self._tail(), self._database.version()
        self._clear()
        self._seen, self._after = 0, () if self._parts else None

    def _tail(self) -> int:
        return int(next(iter(self._database.column("SELECT coalesce(max(seq), 0) FROM changes"))))

    def _search_slice(self, after: Row) -> None:
        """Search the next `SLICE` rows, in each stretch of the index up to the same keys."""
        part = self._parts[0]
        keys, (beyond, before) = ", ".join(part.keys), ("<", ">") if part.descending else (">", "<")
        begin = f"AND ({keys}) {beyond} ({_marks(after)})" if after else ""
        reached = self._rows(keys, begin, f"LIMIT 1 OFFSET {self._slice - 1}", after)
        last = (max if part.descending else min)(reached, default=())
        end = f"AND ({keys}) {before}= ({_marks(last)})" if last else ""
        wanted = f"{begin} {end} AND {self._wanted}"
        self._take(self._rows(self._columns, wanted, "", (*after, *last, *self._params)))
        self._after, self._seen = last or None, self._seen + SLICE

    def _rows(self, columns: str, condition: str, limit: str, params: Row) -> list[Row]:
        """Read rows of the index, each stretch in its order. `limit` counts in each stretch."""
        begin = f"SELECT {columns} FROM runs INDEXED BY {self._index} WHERE"
        end = f"{condition} ORDER BY {self._parts[0].order()} {limit}"
        return list(
            chain.from_iterable(
                self._database.rows(f"{begin} {stretch} {end}", (self._profile, *params)) for stretch in self._stretches
            )
        )

    def _matching(self, columns: str, rows: Iterable[int]) -> list[Row]:
        """Read those of these rows that match; `+` keeps SQLite from reading an index of the whole profile for them."""
        return self._database.rows(
            f"SELECT {columns} FROM runs WHERE id {AMONG} AND +profile = ? AND {self._wanted}",
            (json.dumps(list(rows)), self._profile, *self._params),
        )


class FilteredRows(SlicedSearch):
    """Row ids in the order of a query, as far as they are found."""

    _columns = "id, status"

    def __init__(self, database: Database, profile: str, wanted: RunCondition, parts: Sequence[IndexRange]) -> None:
        self._buckets: list[array[int]] = []
        """Rows found so far, by part."""
        self._joined: Sequence[RowId] | None = None
        self._unended: dict[int, str] = {}
        """Statuses of the rows found so far that have not ended; lines of batches are among them."""
        self._candidates: list[tuple[int, array[int]]] = []
        """Rows that a wider filter has found, a slice each, behind the number of their part; the next ones at the end."""
        self._places = {(part.status or part.webhook): place for place, part in enumerate(parts)}
        self._place_column = 2 if parts and parts[0].status else 1
        self.condition = wanted
        super().__init__(database, profile, wanted, parts)
        self._in_order = len(parts) == 1 and len(self._stretches) == 1  # as most are
        if parts and not self._in_order:
            self._columns = self._place_columns

    def narrow(self, wider: "FilteredRows") -> bool:
        """Search only among what a wider filter has found, as far as that has searched. Return whether that is possible, and
        fewer are looked at so."""
        wider.follow()
        mine, its = self.condition, wider.condition
        if mine.until is not None or its.until is not None or not narrows(mine.expression, its.expression):
            return False
        if (self._index, self._stretches, self._places) != (wider._index, wider._stretches, wider._places):
            return False
        if wider._candidates or wider._after == () or len(wider.rows) * SIFTING_COST > wider._seen:
            return False
        self._after, self._seen, self._seq, self._version = wider._after, wider._seen, wider._seq, wider._version
        slices = (
            (place, bucket[at : at + SIFTED])
            for place, bucket in enumerate(wider._buckets)
            for at in range(0, len(bucket), SIFTED)
        )
        self._candidates = [*slices][::-1]
        return True

    @property
    def searched(self) -> float | None:
        return super().searched if not self._candidates else min(0.99, self._seen / self._total)

    def _search_on(self) -> bool:
        if not self._candidates:
            return super()._search_on()
        place, rows = self._candidates.pop()
        found: dict[int, str] = dict(self._matching("id, status", rows))
        self._buckets[place].extend(row for row in rows if row in found)
        self._note(found.items())
        self._joined = None
        return self.searched is not None

    @property
    def _place_columns(self) -> str:
        """Columns by which the place of a row is found."""
        return f"id, webhook, status, {', '.join(self._parts[0].keys)}"

    @property
    def rows(self) -> Sequence[RowId]:
        """Rows found so far."""
        if self._joined is None:
            joined = array("q")
            for bucket in self._buckets:
                joined.extend(bucket)
            self._joined = cast(Sequence[RowId], joined)
        return self._joined

    @property
    def by_status(self) -> Mapping[Status, int]:
        """Count the rows found so far that have not ended, by status."""
        return {Status(status): n for status, n in Counter(self._unended.values()).items()}

    def _note(self, found: Iterable[tuple[int, str]]) -> None:
        """Take in the statuses of rows that are found."""
        self._unended.update((row, status) for row, status in found if status not in _ENDED)

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

    def _clear(self) -> None:
        self._candidates.clear()
        self._unended.clear()
        self._buckets = [array("q") for _ in self._parts]
        self._joined = None

    def _take(self, found: list[Row]) -> None:
        if self._in_order:
            self._buckets[0].extend(row for row, _ in found)
            self._note(found)
        else:
            found.sort(key=lambda row: row[_KEYS:], reverse=self._parts[0].descending)
            for row in found:
                self._buckets[self._place(row)].append(row[0])
            self._note((row[0], row[2]) for row in found)
        self._joined = None

    def _place(self, row: Row) -> int:
        """Return the bucket of a row."""
        return self._places.get(row[self._place_column], 0) if len(self._buckets) > 1 else 0

    def _refresh(self, changed: Set[int]) -> None:
        for place, bucket in enumerate(self._buckets):
            if not changed.isdisjoint(bucket):
                self._buckets[place] = array("q", (row for row in bucket if row not in changed))
        for row in changed & self._unended.keys():
            del self._unended[row]
        matching = self._matching(self._place_columns, changed)
        self._note((row[0], row[2]) for row in matching)
        for found in matching:
            bucket = self._buckets[self._place(found)]
            bucket.insert(self._position(bucket, found[_KEYS:]), found[0])
        self._joined = None

    def _ahead_of(self, row: RowId) -> int:
        """Count the matches ahead of a row that is none; 0 where it has gone."""
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
