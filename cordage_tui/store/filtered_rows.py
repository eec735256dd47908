"""Rows that the plain filter leaves: searched for in slices, so that no key waits for a long history."""

import json
import time
from array import array
from collections.abc import Mapping, Sequence, Set
from itertools import chain
from typing import Final, cast

from cordage_tui.domain.output import Decision, RatingFilter, parse_rating_filter
from cordage_tui.domain.run import RowId, RunQuery, Status
from cordage_tui.domain.text import folded, one_line
from cordage_tui.store.database import BEYOND_RUNS, Database, Row
from cordage_tui.store.query_plan import BY_AGE, IndexRange

SLICE: Final = 4_000
"""Rows that are searched at a time: a few milliseconds."""
MANY: Final = 500
"""Changed rows above which everything is searched anew."""
_KEYS: Final = 3
"""Columns of a row that was found, before those it is ordered by."""


def condition(query: RunQuery, names: Mapping[str, str]) -> tuple[str, tuple[object, ...]]:
    """Build the condition for rows whose prompt, run id, status or webhook name contains the text of `query`, whatever the
    case, that ended after its time, and that have an output judged as it asks; and for those that it shows besides."""
    words, judged = parse_rating_filter(one_line(query.text))
    text = folded(words)
    statuses = [status.value for status in Status if text in status.value]
    webhooks = [key for key, name in names.items() if text in folded(name)]
    wanted = f"(instr(search, ?) OR status IN ({_marks(statuses)}) OR webhook IN ({_marks(webhooks)}))"
    params: tuple[object, ...] = (text, *statuses, *webhooks)
    if query.ended_after is not None:
        wanted, params = f"{wanted} AND ended_at > ?", (*params, query.ended_after)
    if judged:
        wanted = f"{wanted} AND {_judged(judged)}"
    if query.besides:
        wanted, params = f"({wanted} OR id IN ({_marks(query.besides)}))", (*params, *query.besides)
    if query.webhook_key:
        wanted, params = f"{wanted} AND webhook = ?", (*params, query.webhook_key)
    return wanted, params


def _judged(judged: RatingFilter) -> str:
    """Build the condition that a run has a matching output; unrated outputs have no row in `verdicts`. Nobody has
    judged most outputs, so they have no verdict to look at."""
    if judged == RatingFilter(Decision.UNDECIDED):
        decided = "SELECT count(*) FROM verdicts WHERE run = runs.id AND kept IS NOT NULL"
        return f"output_count > 0 AND output_count > ({decided})"
    opinion = {None: "1", Decision.KEPT: "kept = 1", Decision.REJECTED: "kept = 0", Decision.UNDECIDED: "kept IS NULL"}
    return f"id IN (SELECT run FROM verdicts WHERE {opinion[judged.opinion]} AND stars >= {judged.stars:d})"


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


class FilteredRows:
    """Row ids in the order of a query, as far as they are found. Methods raise StoreError.

    Whoever shows them calls `search` until it returns None, and `follow` before each use: of a list that is complete only
    the rows that have changed since are looked at.
    """

    def __init__(
        self, database: Database, query: RunQuery, parts: Sequence[IndexRange], names: Mapping[str, str]
    ) -> None:
        """`parts`: the query's index ranges in their order; `names`: of the webhooks, by key."""
        self._database = database
        self._profile = query.profile
        self._wanted, self._params = condition(query, names)
        self._parts = parts
        self._total = max(1, sum(part.count for part in parts))
        by_status = bool(parts and parts[0].status)
        self._places = {(part.status or part.webhook): place for place, part in enumerate(parts)}
        self._place_column = 2 if by_status else 1
        by_age = all(part.keys == BY_AGE for part in parts)
        self._index = "runs_by_text" if by_age else parts[0].index  # the first holds all that is looked at
        self._stretches = ("profile = ?",) if by_age else tuple(f"profile = ? AND folded = {n}" for n in (0, 1))
        self._buckets: list[array[int]] = []
        """Rows found so far, by part."""
        self._joined: Sequence[RowId] | None = None
        self._seen = 0
        self._after: Row | None = ()
        """Keys of the last row that was searched; empty: nothing was; None: all was."""
        self._seq, self._version = 0, (0, 0)
        self._restart()

    @property
    def rows(self) -> Sequence[RowId]:
        """Rows found so far."""
        if self._joined is None:
            self._joined = cast(Sequence[RowId], array("q", chain.from_iterable(self._buckets)))
        return self._joined

    def index_of(self, row: RowId) -> int | None:
        """Return the index of a row; None when it is not one of them, or not found yet."""
        try:
            return self.rows.index(row)
        except ValueError:
            return None

    @property
    def searched(self) -> float | None:
        """Share that has been searched, 0 to 1; None: all."""
        return None if self._after is None else min(0.99, self._seen / self._total)

    def search(self, seconds: float) -> float | None:
        """Search on for `seconds`, one slice at least, and return `searched`."""
        until = time.perf_counter() + seconds
        while self._after is not None:
            self._search_slice(self._after)
            if time.perf_counter() >= until:
                break
        return self.searched

    def follow(self) -> None:
        """Bring a complete list up to date."""
        version = self._database.version()
        if self._after is not None or self._version == version:
            return
        changed = set(self._database.column("SELECT row FROM changes WHERE seq > ?", (self._seq,))) - {BEYOND_RUNS}
        if len(changed) > MANY:
            self._restart()
            return
        self._seq, self._version = self._tail(), version
        if changed:
            self._refresh(changed)

    def _restart(self) -> None:
        self._seq, self._version = self._tail(), self._database.version()
        self._buckets = [array("q") for _ in self._parts]
        self._joined = None
        self._seen, self._after = 0, () if self._parts else None

    def _tail(self) -> int:
        return int(next(iter(self._database.column("SELECT coalesce(max(seq), 0) FROM changes"))))

    def _search_slice(self, after: Row) -> None:
        """Search the next `SLICE` rows, in each stretch of the index up to the same keys."""
        part = self._parts[0]
        keys, (beyond, before) = ", ".join(part.keys), ("<", ">") if part.descending else (">", "<")
        begin = f"AND ({keys}) {beyond} ({_marks(after)})" if after else ""
        reached = self._rows(keys, begin, f"LIMIT 1 OFFSET {SLICE - 1}", after)
        last = (max if part.descending else min)(reached, default=())
        end = f"AND ({keys}) {before}= ({_marks(last)})" if last else ""
        wanted = f"{begin} {end} AND {self._wanted}"
        found = self._rows(f"id, webhook, status, {keys}", wanted, "", (*after, *last, *self._params))
        if len(self._stretches) > 1:
            found.sort(key=lambda row: row[_KEYS:], reverse=part.descending)
        for row in found:
            self._buckets[self._place(row)].append(row[0])
        self._joined = None
        self._after, self._seen = last or None, self._seen + SLICE

    def _rows(self, columns: str, condition: str, limit: str, params: Row) -> list[Row]:
        """Read rows of the index, each stretch in its order. `limit` counts in each stretch."""
        begin = f"SELECT {columns} FROM runs INDEXED BY {self._index} WHERE"
        end = f"{condition} ORDER BY {self._parts[0].order()} {limit}"
        return [
            row
            for stretch in self._stretches
            for row in self._database.rows(f"{begin} {stretch} {end}", (self._profile, *params))
        ]

    def _place(self, row: Row) -> int:
        """Return the bucket of a row."""
        return self._places.get(row[self._place_column], 0) if len(self._buckets) > 1 else 0

    def _refresh(self, changed: Set[int]) -> None:
        """Take these rows out, and put those that match where they belong now."""
        for place, bucket in enumerate(self._buckets):
            if not changed.isdisjoint(bucket):
                self._buckets[place] = array("q", (row for row in bucket if row not in changed))
        keys = ", ".join(self._parts[0].keys)
        matching = self._database.rows(
            f"SELECT id, webhook, status, {keys} FROM runs WHERE id IN (SELECT value FROM json_each(?))"
            f" AND profile = ? AND {self._wanted}",
            (json.dumps(list(changed)), self._profile, *self._params),
        )
        for row in matching:
            bucket = self._buckets[self._place(row)]
            bucket.insert(self._position(bucket, row[_KEYS:]), row[0])
        self._joined = None

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
