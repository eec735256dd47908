"""Counts of the runs that views find: searched for in slices, and then brought up to date by what has changed."""

import time
from collections.abc import Mapping, Sequence, Set
from math import inf
from typing import Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.filter.expression import Expression, asks_for_slow, steady_until
from cordage_tui.domain.filter.parser import ParsedFilter, parse_filter
from cordage_tui.store.file.database import Database, Row, TimedTable
from cordage_tui.store.runs.filter_sql import FilterConditions
from cordage_tui.store.runs.filtered_rows import SlicedSearch
from cordage_tui.store.runs.query_plan import BY_AGE, IndexRange

RECOUNTED_S: Final = 60.0
"""Seconds after which what changes all the time, such as `took:>30s`, is counted again."""
_PAST_S: Final = 0.01
"""Seconds after which a moment is over, whatever the rounding."""


class CountedRows(SlicedSearch):
    """Number of the rows that meet a condition. A bit a row says which are counted: 125 kB for a million runs."""

    count = 0
    """Rows found so far."""

    def _clear(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def _take(self, found: list[Row]) -> None:
        for (row,) in found:
            self._set(row, True)

    def _refresh(self, changed: Set[int]) -> None:
        matching = {row for (row,) in self._matching("id", changed)}
        for row in changed:
            self._set(row, row in matching)

    def _set(self, row: int, counted: bool) -> None:
        place, bit = row >> 3, 1 << (row & 7)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        if bool(self._bits[place] & bit) is not counted:
            self._bits[place] ^= bit
            self.count += 1 if counted else -1


class ViewCount(NamedTuple):
    """Count of one view."""

    rows: int | None = None
    """As of the last complete search; None: it has not been counted yet."""
    is_fresh: bool = False
    """True while it is what the filter finds now."""
    is_understood: bool = True
    """False for an expression of which a word is not known, and searched as text."""


class _CountedView:
    """A view, and its count."""

    def __init__(self, parsed: ParsedFilter) -> None:
        self.parsed = parsed
        self.search: CountedRows | None = None
        """Rows that are counted; None: no search has begun."""
        self.until = inf
        """Epoch seconds from which `search` is out of date though nothing happens."""
        self.last: int | None = None
        """Count of the last complete search."""

    def is_due(self, now: float) -> bool:
        """Return whether a search has to begin: the first, or that of another time."""
        return self.search is None or now >= self.until

    @property
    def is_complete(self) -> bool:
        """True once all rows have been searched."""
        return self.search is not None and self.search.searched is None


class ViewCounts(TimedTable):
    """Counts of the views of one profile. Methods raise StoreError.

    `advance` is called until it returns True, again when rows have changed, and once `due_at` has come.
    """

    def __init__(
        self, database: Database, clock: Clock, filters: FilterConditions, profile: str, names: Mapping[str, str]
    ) -> None:
        """`names`: of the webhooks, by key."""
        super().__init__(database, clock)
        self._filters = filters
        self._profile = profile
        self._names = names
        self._views: dict[str, _CountedView] = {}

    def watch(self, texts: Sequence[str]) -> None:
        """Count what these filters find, with the words known now; what is counted of them already stays."""
        vocabulary = self._filters.vocabulary(self._names)
        before, self._views = self._views, {}
        for text in texts:
            view, known = _CountedView(parse_filter(text, vocabulary)), before.get(text)
            self._views[text] = known if known is not None and known.parsed == view.parsed else view

    def of(self, text: str) -> ViewCount:
        """Return the count of a filter, as of the last `advance`."""
        view = self._views.get(text)
        if view is None:
            return ViewCount()
        return ViewCount(view.last, view.is_complete and not view.is_due(self._clock.wall()), not view.parsed.unknown)

    @property
    def due_at(self) -> float:
        """Time at which a count will be out of date though nothing happens, epoch seconds; infinity: never."""
        return min((view.until for view in self._views.values()), default=inf)

    def advance(self, seconds: float) -> bool:
        """Take in what has changed, and search on for `seconds`, one slice at least. Return whether all is counted."""
        ends, now = time.perf_counter() + seconds, self._clock.wall()
        with self._database.snapshot():
            for view in self._views.values():
                if view.search is not None and now < view.until:
                    self._follow(view, view.search)
            for view in self._views.values():
                while not view.is_complete or view.is_due(now):
                    self._search(view, now)
                    if time.perf_counter() >= ends:
                        return all(view.is_complete and not view.is_due(now) for view in self._views.values())
        return True

    def _search(self, view: _CountedView, now: float) -> None:
        """Search one slice."""
        expression = view.parsed.expression
        if view.search is None or now >= view.until:
            if asks_for_slow(expression) and not self._filters.slow.learn(self._profile, self._names):
                return
            wanted = self._filters.condition(expression, self._profile, self._names)
            newest_first = IndexRange(self._profile, None, None, "runs_by_created", BY_AGE, True, 0)
            view.search = CountedRows(self._database, self._profile, wanted, [newest_first])
            steady = steady_until(expression, now)
            view.until = min(steady if steady > now else now + RECOUNTED_S, self._slow_at(expression))
        if view.search.search(0.0) is None:
            self._follow(view, view.search)

    def _follow(self, view: _CountedView, search: CountedRows) -> None:
        """Bring a complete count up to date; what has changed may be slow sooner."""
        if search.follow():
            view.until = min(view.until, self._slow_at(view.parsed.expression))
        view.last = search.count if view.is_complete else view.last

    def _slow_at(self, expression: Expression) -> float:
        """Return when the next run will be slow, epoch seconds, for a filter that asks for it; infinity for another."""
        if not asks_for_slow(expression):
            return inf
        return self._filters.slow.next_at(self._profile, self._names) + _PAST_S
