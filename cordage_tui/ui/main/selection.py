"""Selection of the main screen: the query shown and the search for its rows, the current run or batch, the marked runs, the
chosen output."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.timer import Timer

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox import BatchProgress
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RUN_AGAIN, RowId, RunDetail, RunQuery, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store
from cordage_tui.ui.run_table.source import RowSource
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.screen_base import EngineScreen, LastGoodReads
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.domain.filter.expression import FilterField
    from cordage_tui.domain.filter.parser import FilterVocabulary, UnknownWord
    from cordage_tui.ui.run_table.frozen import FrozenRows

MOST_RUNS: Final = 20_000
"""Rows of the table that one command acts on."""
COUNTING_PAUSE_S: Final = 0.005
"""Seconds that are left to keys between two slices of a count."""


class QueryRowSource(RowSource):
    """Row source of the run table: last good reads of one query."""

    def __init__(self, reads: LastGoodReads, store: Store, query: RunQuery) -> None:
        self._read = reads.last_good
        self._store = store
        self._query = query

    def count(self) -> int:
        return self._read(self._store.query.count, 0, self._query)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        return self._read(self._store.query.window, [], self._query, offset, limit)

    def rows(self, wanted: Sequence[RowId]) -> list[RunRow]:
        return self._read(self._store.rows.many, [], wanted)

    def index_of(self, row: RowId) -> int | None:
        return self._read(self._store.query.index_of, None, self._query, row)

    def ids(self) -> Sequence[RowId]:
        return self._read(self._store.query.ids, [], self._query, hidden=False)

    def unended(self) -> Collection[RowId]:
        return self._read(self._store.run_lookup.unended, [], self._query.profile)

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        return self._read(self._store.query.statuses, {}, self._query, offset, limit)

    def statuses_of(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return self._read(self._store.run_lookup.statuses, {}, rows)

    def batch(self, row: RowId) -> BatchProgress | None:
        return self._read(self._store.batches.progress, None, row)

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        return self.statuses_of(self._read(self._store.batches.members, [], row))

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        return self._read(self._store.batches.varying, {}, rows)

    def common(self, row: RowId) -> frozenset[str]:
        return self._read(self._store.batches.common_words, frozenset(), row)


class RunSelection:
    """The rows and the output that keys act on. Reads only: nothing here changes the table or the store."""

    def __init__(self, table: RunTable, reads: LastGoodReads, store: Store, query: RunQuery) -> None:
        self.table = table
        self.query = query
        """Rows that the table shows."""
        self.frozen: FrozenRows | None = None
        """Rows that it shows instead, as they were; None: those of the query as they are."""
        self.is_painted = True
        """True if the text of the filter's field is on screen; until it is, nothing is searched for."""
        self.search_ended = asyncio.Event()
        """Set unless rows of a filter are searched for."""
        self.search_ended.set()
        self._reads = reads
        self._store = store
        self._chosen: tuple[RowId | None, int] = (None, 1)

    @property
    def source(self) -> QueryRowSource:
        """Rows of the query, as the table reads them."""
        return QueryRowSource(self._reads, self._store, self.query)

    @property
    def row(self) -> RunRow | None:
        """Row under the cursor, as it is now also where the list is frozen."""
        row = self.table.highlighted
        if row is None or self.frozen is None:
            return row
        return self._reads.last_good(self._store.rows.get, row, row.id)

    @property
    def batch(self) -> RunRow | None:
        """Line of a batch under the cursor."""
        row = self.row
        return row if row is not None and row.size else None

    @property
    def rows(self) -> tuple[RowId, ...]:
        """Runs that keys act on together: the marked ones, else those of the batch under the cursor; empty: `row` alone."""
        line = self.batch
        return self.table.marked or (tuple(self.source.members(line.id)) if line is not None else ())

    @property
    def chosen_rows(self) -> tuple[RowId, ...]:
        """Runs that keys act on: `rows`, else the one under the cursor."""
        return self.rows or ((self.row.id,) if self.row is not None else ())

    @property
    def marked(self) -> Mapping[Status, int]:
        """Marked runs by status; those of an open range are not in it."""
        return self.table.marked_counts

    @property
    def span(self) -> int:
        """Rows of the open range; 0: there is none."""
        return self.table.span

    @property
    def has_marks(self) -> bool:
        """True if runs are marked, or a range is open."""
        return bool(self.marked or self.span)

    @property
    def all_shown(self) -> tuple[RowId, ...]:
        """Runs that the table shows, in sight or not, and those of batches that are folded; at most `MOST_RUNS` rows."""
        source = self.source
        rows: dict[RowId, None] = {}
        for row, status in source.statuses(0, MOST_RUNS).items():
            rows.update(dict.fromkeys(source.members(row) if status is Status.BATCH else (row,)))
        return tuple(rows)

    @property
    def detail(self) -> RunDetail | None:
        """Everything known of the row under the cursor."""
        return self._reads.last_good(self._store.query.detail, None, self.row.id) if self.row is not None else None

    @property
    def output(self) -> OutputRef | None:
        """Chosen output of the run under the cursor, at first its first."""
        detail = self.detail if self.row is not None and self.row.output_count else None
        if detail is None or not detail.outputs:
            return None
        number = min(self.number_of(detail.row.id), len(detail.outputs))
        return OutputRef(detail.row.id, number, detail.outputs[number - 1])

    def number_of(self, row: RowId) -> int:
        """Number of the chosen output of a run, from 1."""
        about, number = self._chosen
        return number if about == row else 1

    def choose_output(self, row: RowId, number: int) -> None:
        """Choose an output of the run, counted from 1."""
        self._chosen = (row, number)

    def filter_vocabulary(self) -> "FilterVocabulary":
        """Words that the filter may use."""
        from cordage_tui.domain.filter.parser import FilterVocabulary  # late: the first screen has no filter

        return self._reads.last_good(self._store.query.filters.vocabulary, FilterVocabulary(), self.table.names)

    def value_counts(self, field: "FilterField", name: str) -> Iterator[Mapping[str, int]]:
        """Runs of the webhook shown by values of a field, as far as they are counted; `name`: of the input."""
        with suppress(StoreError):  # counts are no more than a help
            yield from self._store.query.value_counts(self.query).of(field, name)

    async def pause_counting(self) -> None:
        """Leave time to keys and to the search for rows, between two slices of a count."""
        await asyncio.sleep(COUNTING_PAUSE_S)
        await self.search_ended.wait()

    @property
    def failed_in_batch(self) -> int:
        """Runs of the batch under the cursor that can be run again because they went wrong."""
        progress = self.batch_progress(self.batch.id) if self.batch is not None else None
        return sum(progress.counts.get(status, 0) for status in RUN_AGAIN) if progress is not None else 0

    def batch_progress(self, line: RowId) -> BatchProgress | None:
        """Progress of the batch of that line; None when there is none any more."""
        return self.source.batch(line)


def unknown_words(text: str, word: "UnknownWord") -> Content:
    """Format `statsu:failed is not known · did you mean status:? · searched as text`."""
    said = [
        literal(one_line(text[word.start : word.end], 40), "$run-wait"),
        literal(SafeText(" is not known"), "$quiet"),
    ]
    if word.nearest:
        asked = (" · did you mean ", "$quiet"), (one_line(word.nearest, 40), "$accent"), ("?", "$quiet")
        said += [literal(SafeText(words), style) for words, style in asked]
    return Content.assemble(*said, literal(SafeText(" · searched as text"), "$quiet"))


# Search for the rows of a filter, slice by slice: of a long history it takes seconds, in which keys are answered.

SLICE_S: Final = 0.003
"""Seconds that it searches at a time."""
TURNS: Final = 10
"""Turns of the event loop that it leaves to everything else in between: a key comes to the field in fewer, and holds the search
there. A sleep instead would have the processor sleep too: on a virtual machine the search takes twice as long then."""
HELD_S: Final = 0.001
"""Seconds after which it looks again whether the field has been painted, or the search gets on."""
SHOWN_EVERY_S: Final = 0.25
"""Least seconds between two repaints of what has been found."""
ENOUGH: Final = 100
"""Rows found that a filter is shown with while it is typed: more than there are lines on a screen."""
WAITED_FOR_S: Final = 0.1
"""Seconds after which a filter that is typed is shown with fewer."""
PAINTED_WITHIN_S: Final = 0.05
"""Seconds after which it is searched for although the field was not painted, such as in a terminal that has no line for it."""


class FilterSearch:
    """Search for the rows of the present query until the filter has seen all runs, or for those of a filter that is typed.

    A key in the field is painted first, and searched for behind that; the rows of before stay, with their title, until the
    new ones are there.
    """

    def __init__(
        self, screen: EngineScreen[None], selection: RunSelection, show: Callable[[], None], take: Callable[[], None]
    ) -> None:
        """`show` is called when `searched` has another value, `take` when the typed query is to be the present one."""
        self._screen = screen
        self._selection = selection
        self._show = show
        self._take = take
        self._typed: RunQuery | None = None
        self._typed_at = 0.0
        self.searched: float | None = None
        """Share of the runs that the filter has seen, 0 to 1; None: all."""

    def start(self) -> None:
        """Search on for the rows of the present query, if not all are known; those of the query before are given up. While a
        query is typed, that one is searched for instead."""
        if self._typed is not None:
            return
        reads = self._screen.reads
        searched = reads.last_good(self._screen.store.query.search, None, self._selection.query, None)
        self.searched = None if reads.troubled else searched
        self._run_on()

    def prepare(self, text: str) -> None:
        """Search for the rows of a filter that is typed once `painted` is called, and take it when there are enough."""
        self._typed = replace(self._selection.query, text=text, besides=())
        self._typed_at = self._screen.clock.monotonic()
        self._run_on()

    def painted(self) -> None:
        """Search for the rows of the typed query: its last key is on screen."""
        if self.is_typed:
            self._advance(0.0)

    @property
    def is_typed(self) -> bool:
        """True if a typed query is not the present one yet."""
        return self._typed is not None

    def take_typed(self) -> RunQuery | None:
        """Return the typed query that is not the present one yet, and forget it."""
        typed, self._typed = self._typed, None
        return typed

    def _run_on(self) -> None:
        if (self._typed is not None or self.searched is not None) and self._selection.search_ended.is_set():
            self._selection.search_ended.clear()
            self._screen.run_worker(self._run(), group="filter")

    def _advance(self, seconds: float) -> float | None:
        """Search on, and return the share searched; a database that cannot be read now ends the search, and is read again once
        it recovers."""
        reads, store = self._screen.reads, self._screen.store.query
        query = self._typed or self._selection.query
        searched = reads.last_good(store.search, None, query, seconds)
        searched = None if reads.troubled else searched
        if self._typed is None:
            self.searched = searched
        elif (
            searched is None
            or reads.last_good(store.count, 0, query) >= ENOUGH
            or self._screen.clock.monotonic() - self._typed_at >= WAITED_FOR_S
        ):
            self._take()
        return searched

    async def _run(self) -> None:
        clock, held_s = self._screen.clock, 0.0
        shown_at = clock.monotonic()
        before = searched = None
        try:
            while self._typed is not None or self.searched is not None:
                for _ in range(TURNS):
                    await asyncio.sleep(HELD_S if before == searched is not None else 0)  # it does not get on
                before = searched
                if not self._selection.is_painted and held_s < PAINTED_WITHIN_S:
                    held_s += HELD_S
                    await asyncio.sleep(HELD_S)
                    continue
                self._selection.is_painted, held_s = True, 0.0
                was_typed = self.is_typed
                searched = self._advance(SLICE_S)
                if was_typed:
                    shown_at = clock.monotonic()
                elif self.searched is None or clock.monotonic() - shown_at >= SHOWN_EVERY_S:
                    shown_at = clock.monotonic()
                    self._selection.table.reload()
                    self._show()
        finally:
            self._selection.search_ended.set()


# Cursor that moves faster than its runs can be shown.

REST_S: Final = 0.08
"""Longest time between two moves of one motion, seconds. Keys repeat at 20 to 40 a second."""
SETTLED_S: Final = 0.15
"""Rest of the cursor after which pictures are requested and drawn, seconds."""


class CursorDebouncer:
    """Debouncer of the cursor: shows its row at once after a rest of `REST_S`, else when it has rested so long again, and of
    a cursor that follows a filter as it is typed only then.

    A held key would draw some thirty runs a second that nobody reads. Until then the run before is shown, under its title.
    """

    def __init__(
        self,
        show: Callable[[RowId | None], None],
        settled: Callable[[], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        monotonic: Callable[[], float],
    ) -> None:
        """`settled` is called when the last row has been shown for `SETTLED_S`."""
        self._show = show
        self._settled = settled
        self._set_timer = set_timer
        self._monotonic = monotonic
        self._moved_at = -REST_S
        self._row: RowId | None = None
        """Row of the cursor."""
        self._waiting: Timer | None = None
        self._settling: Timer | None = None

    def moved(self, row: RowId | None, *, at_once: bool = True) -> None:
        """Follow the cursor to another row; not `at_once`: more moves are to be expected."""
        self._forget()
        self._row = row
        before, self._moved_at = self._moved_at, self._monotonic()
        if row is None or (at_once and self._moved_at - before >= REST_S):
            self._show(row)
        else:
            self._waiting = self._set_timer(REST_S, self._rested)
        self._settle_later(SETTLED_S)

    def show_now(self, row: RowId | None) -> None:
        """Show a row now."""
        self._forget()
        self._show(row)
        self._settle_later(SETTLED_S)

    def _rested(self) -> None:
        """Show the row of the cursor. A timer that ended before the cursor moved on may be heard after it."""
        if self._waiting is not None:
            self.show_now(self._row)

    def _settle_later(self, seconds: float) -> None:
        """Set one timer for a whole motion: when it ends too early, it is set once more for the rest."""
        if self._settling is None:
            self._settling = self._set_timer(seconds, self._settle)

    def _settle(self) -> None:
        self._settling = None
        left_s = self._moved_at + SETTLED_S - self._monotonic()
        if left_s > 0 or self._waiting is not None:
            self._settle_later(max(left_s, REST_S))
        else:
            self._settled()

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
