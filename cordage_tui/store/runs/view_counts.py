"""Counts of the runs that views find."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.filter.expression import Expression, asks_for_slow, steady_until
from cordage_tui.domain.filter.parser import ParsedFilter, parse_filter
from cordage_tui.store.file.database import Database, TimedTable
from cordage_tui.store.runs.filter_sql import FilterConditions, RunCondition
from cordage_tui.store.runs.filtered_rows import count_rows

if TYPE_CHECKING:
    from cordage_tui.store.reader_thread import Reader

RECOUNTED_S: Final = 60.0
"""Seconds after which what changes all the time, such as `took:>30s`, is counted again."""
_PAST_S: Final = 0.01
"""Seconds after which a moment is over, whatever the rounding."""


class ViewCount(NamedTuple):
    """Count of one view."""

    rows: int | None = None
    """As of the last count; None: it has not been counted yet."""
    is_fresh: bool = False
    """True while it is what the filter finds now."""
    is_understood: bool = True
    """False for an expression of which a word is not known, and searched as text."""


class ViewCounts(TimedTable):
    """Counts of the views of one profile, made in the thread of the reader. Methods raise StoreError."""

    def __init__(
        self, database: Database, clock: Clock, filters: FilterConditions, profile: str, reader: "Reader"
    ) -> None:
        super().__init__(database, clock)
        self._filters = filters
        self._profile = profile
        self._reader = reader
        self._counts: Mapping[str, ViewCount] = {}
        self._parsed: tuple[object, Sequence[ParsedFilter]] = (None, ())
        """Filters as they were parsed last, after what they were parsed from."""
        self.due_at = inf
        """When a count will be out of date though nothing happens, epoch seconds; infinity: never."""

    def of(self, text: str) -> ViewCount:
        """Return the last count of a filter; it is fresh until the time alone makes it out of date."""
        count = self._counts.get(text, ViewCount())
        return count._replace(is_fresh=count.is_fresh and self._clock.wall() < self.due_at)

    async def count(self, texts: Sequence[str], names: Mapping[str, str]) -> float:
        """Count what these filters find, with the words known now, and return the seconds of CPU that it took; `names`: of the
        webhooks, by key."""
        now, vocabulary = self._clock.wall(), self._filters.vocabulary(names)
        if (texts, vocabulary) != self._parsed[0]:
            self._parsed = ((texts, vocabulary), [parse_filter(text, vocabulary) for text in texts])
        views = self._parsed[1]
        if any(asks_for_slow(view.expression) for view in views):
            for _ in names:
                self._filters.slow.learn(self._profile, names)
                await asyncio.sleep(0)  # each takes some milliseconds
        conditions = [self._filters.condition(view.expression, self._profile, names) for view in views]
        self.due_at = min((self._out_of_date_at(view.expression, now, names) for view in views), default=inf)
        counts, cpu_s = await self._reader.read_whole(lambda database: self._steps(database, conditions)) or ((), 0.0)
        self._counts = {
            text: ViewCount(count, True, not view.unknown)
            for text, view, count in zip(texts, views, counts, strict=True)
        }
        return cpu_s

    def _steps(
        self, database: Database, conditions: Sequence[RunCondition]
    ) -> Iterator[tuple[Sequence[int], float] | None]:
        """Count in the reader's thread; the last result has the counts and the seconds of CPU."""
        start = time.thread_time()
        for counts in count_rows(database, self._profile, conditions):
            yield None if counts is None else (counts, time.thread_time() - start)

    def _out_of_date_at(self, expression: Expression, now: float, names: Mapping[str, str]) -> float:
        steady = steady_until(expression, now)
        until = steady if steady > now else now + RECOUNTED_S
        if asks_for_slow(expression):
            until = min(until, self._filters.slow.next_at(self._profile, names) + _PAST_S)
        return until
