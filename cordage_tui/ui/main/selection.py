"""Selection of the main screen: query and search for its rows, current run or batch, marked runs, chosen output."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.timer import Timer

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.inputs import other_inputs, value_line
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RUN_AGAIN, RowId, RunDetail, RunQuery, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store
from cordage_tui.ui.run_table.row_source import RowSource
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.screen_base import EngineScreen, LastGoodReads
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.domain.filter.expression import FilterField
    from cordage_tui.domain.filter.parser import FilterVocabulary, UnknownWord
    from cordage_tui.ui.run_table.frozen_rows import FrozenRows

MOST_RUNS: Final = 20_000
"""Rows of the table that one command acts on."""


LONGEST_INPUT: Final = 80
"""Characters of an input's value that a column shows."""


class QueryRowSource(RowSource):
    """Row source of the run table: the last good reads of one query."""

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

    def inputs(self, rows: Sequence[RowId]) -> Mapping[RowId, Mapping[str, SafeText]]:
        inputs = self._read(self._store.run_lookup.inputs_of, {}, rows)
        return {
            row: {name: value_line(value, key, LONGEST_INPUT) for name, value in other_inputs(body).items()}
            for row, (key, body) in inputs.items()
        }

    def title(self, row: RowId) -> SafeText:
        return next((line.prompt for line in self.rows([row])), SafeText(""))

    def common(self, row: RowId) -> frozenset[str]:
        return self._read(self._store.batches.common_words, frozenset(), row)


class RunSelection:
    """The rows and the output that keys act on. It only reads, and changes neither the table nor the store."""

    def __init__(self, table: RunTable, reads: LastGoodReads, store: Store, query: RunQuery) -> None:
        self.table = table
        self.query = query
        """Query whose rows the table shows."""
        self.frozen: FrozenRows | None = None
        """Frozen rows that the table shows instead; None: it shows the query's rows as they are."""
        self._reads = reads
        self._store = store
        self._chosen: tuple[RowId | None, int] = (None, 1)

    @property
    def source(self) -> QueryRowSource:
        """Rows of the query, as the table reads them."""
        return QueryRowSource(self._reads, self._store, self.query)

    @property
    def row(self) -> RunRow | None:
        """Row under the cursor as it is now, also if the list is frozen. None: there are no rows."""
        row = self.table.highlighted
        if row is None or self.frozen is None:
            return row
        return self._reads.last_good(self._store.rows.get, row, row.id)

    @property
    def batch(self) -> RunRow | None:
        """Line of a batch under the cursor; None: the cursor is on a run, or there are no rows."""
        row = self.row
        return row if row is not None and row.size else None

    @property
    def rows(self) -> tuple[RowId, ...]:
        """Runs that keys act on together: the marked ones, else those of the batch under the cursor. Empty: only `row`."""
        line = self.batch
        return self.table.marked or (tuple(self.source.members(line.id)) if line is not None else ())

    @property
    def chosen_rows(self) -> tuple[RowId, ...]:
        """Runs that keys act on: `rows`, else the one under the cursor."""
        return self.rows or ((self.row.id,) if self.row is not None else ())

    @property
    def marked(self) -> Mapping[Status, int]:
        """Marked runs by status, without those of an open range."""
        return self.table.marked_counts

    @property
    def span(self) -> int:
        """Rows of the open range; 0: no range is open."""
        return self.table.span

    @property
    def has_marks(self) -> bool:
        """True if runs are marked, or a range is open."""
        return bool(self.marked or self.span)

    @property
    def all_shown(self) -> tuple[RowId, ...]:
        """Runs that the table lists, in sight or not, including those of folded batches. At most `MOST_RUNS` rows."""
        source = self.source
        rows: dict[RowId, None] = {}
        for row, status in source.statuses(0, MOST_RUNS).items():
            rows.update(dict.fromkeys(source.members(row) if status is Status.BATCH else (row,)))
        return tuple(rows)

    @property
    def detail(self) -> RunDetail | None:
        """Everything that is known of the row under the cursor."""
        return self._reads.last_good(self._store.query.detail, None, self.row.id) if self.row is not None else None

    @property
    def output(self) -> OutputRef | None:
        """Chosen output of the run under the cursor; at first its first output."""
        detail = self.detail if self.row is not None and self.row.output_count else None
        if detail is None or not detail.outputs:
            return None
        number = min(self.number_of(detail.row.id), len(detail.outputs))
        return OutputRef(detail.row.id, number, detail.outputs[number - 1])

    def number_of(self, row: RowId) -> int:
        """Number of the chosen output of a run, from 1."""
        chosen_row, number = self._chosen
        return number if chosen_row == row else 1

    def choose_output(self, row: RowId, number: int) -> None:
        """Choose an output of the run, counted from 1."""
        self._chosen = (row, number)

    def filter_vocabulary(self) -> "FilterVocabulary":
        """Return the words that the filter understands."""
        from cordage_tui.domain.filter.parser import FilterVocabulary  # late: the first screen has no filter

        return self._reads.last_good(self._store.query.filters.vocabulary, FilterVocabulary(), self.table.names)

    async def value_counts(self, field: "FilterField", name: str) -> Mapping[str, int]:
        """Count the runs of the shown webhook by the values of a field. `name`: of the input, if the field is an input."""
        with suppress(StoreError):  # the counts are only a help
            return await self._store.query.value_counts(self.query, field, name)
        return {}

    @property
    def failed_in_batch(self) -> int:
        """Number of runs of the batch under the cursor that failed and can be run again."""
        progress = self.batch_progress(self.batch.id) if self.batch is not None else None
        return sum(progress.counts.get(status, 0) for status in RUN_AGAIN) if progress is not None else 0

    def batch_progress(self, line: RowId) -> BatchProgress | None:
        """Return the progress of a batch by its line; None: the batch does not exist any more."""
        return self.source.batch(line)


def unknown_words(text: str, word: "UnknownWord", take: SafeText | None = None) -> Content:
    """Format `statsu:failed is not known · did you mean status:failed? · searched as text`.

    `take`: key that puts the suggestion there; None: none does now.
    """
    parts = [
        literal(one_line(text[word.start : word.end], 40), "$run-wait"),
        literal(SafeText(" is not known"), "$quiet"),
    ]
    if word.nearest:
        question = (" · did you mean ", "$quiet"), (one_line(word.nearest, 40), "$accent"), ("?", "$quiet")
        parts += [literal(SafeText(text_part), style) for text_part, style in question]
    last = SafeText(f" · {take} takes it" if take else " · searched as text")
    return Content.assemble(*parts, literal(last, "$quiet"))


# Search for the rows of a filter. In a long history it takes a second, and keys are answered meanwhile.

SHOWN_EVERY_S: Final = 0.25
"""Least seconds between two repaints of the rows found so far."""
ENOUGH: Final = 100
"""Rows that a typed filter must have found to be shown before its search ends. It is more than a screen has lines."""
WAITED_FOR_S: Final = 0.1
"""Seconds after which a typed filter is shown with fewer rows."""


class FilterSearch:
    """Search for the rows of the present query, or of a typed filter, until the filter has seen all runs.

    The rows before stay on screen, with their title, until the rows of a typed filter are there.
    """

    def __init__(
        self, screen: EngineScreen[None], selection: RunSelection, show: Callable[[], None], take: Callable[[], None]
    ) -> None:
        """`show` is called when `searched` changes, `take` when the typed query should become the present one."""
        self._screen = screen
        self._selection = selection
        self._show = show
        self._take = take
        self._typed: RunQuery | None = None
        self._typed_at = 0.0
        self._is_followed = False
        self.searched: float | None = None
        """Share of the runs that the filter has seen, 0 to 1; None: all."""

    def start(self) -> None:
        """Follow the search of the present query if it has not ended; the search of the query before is given up.

        While a query is typed, this does nothing: the search of the typed query continues.
        """
        if self._typed is not None:
            return
        self.searched = self._share(self._selection.query)
        if self.searched is not None and not self._is_followed:
            self._restart_following()

    def prepare(self, text: str) -> None:
        """Search for the rows of a filter that is typed, and take it when enough are found."""
        self._typed = replace(self._selection.query, text=text, besides=())
        self._typed_at = self._screen.clock.monotonic()
        self._restart_following()

    @property
    def is_typed(self) -> bool:
        """True if there is a typed query that is not the present one yet."""
        return self._typed is not None

    def take_typed(self) -> RunQuery | None:
        """Return the typed query that is not the present one yet, and forget it. None: there is none."""
        typed, self._typed = self._typed, None
        return typed

    def _share(self, query: RunQuery) -> float | None:
        """Return the searched share; None: all. If the database cannot be read, the search ends; it is read again later."""
        searched = self._screen.reads.last_good(self._screen.store.query.searched, None, query)
        return None if self._screen.reads.troubled else searched

    def _restart_following(self) -> None:
        self._is_followed = True
        self._screen.run_worker(self._follow(), group="filter", exclusive=True)

    async def _follow(self) -> None:
        """Show rows as they are found."""
        shown_at = self._screen.clock.monotonic()
        while (query := self._typed or self._selection.query).is_filtered:
            search = self._screen.reads.last_good(self._screen.store.query.begin_search, None, query)
            if search is None:
                break
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(search.more(), WAITED_FOR_S)
            if self._typed is not None:
                self._take_if_enough(self._typed)
                shown_at = self._screen.clock.monotonic()
            else:
                self.searched = self._share(query)
                if self.searched is None or self._screen.clock.monotonic() - shown_at >= SHOWN_EVERY_S:
                    shown_at = self._screen.clock.monotonic()
                    self._selection.table.reload()
                    self._show()
            if self._typed is None and self.searched is None:
                break
        if self._typed is not None:
            self._take()
        self._is_followed = False

    def _take_if_enough(self, query: RunQuery) -> None:
        """Take the typed query if its first screen of rows is found, or the user has waited long enough."""
        enough = (
            self._share(query) is None
            or self._screen.reads.last_good(self._screen.store.query.count, 0, query) >= ENOUGH
        )
        if enough or self._screen.clock.monotonic() - self._typed_at >= WAITED_FOR_S:
            self._take()


# Cursor that may move faster than runs can be shown.

REST_S: Final = 0.08
"""Longest time between two moves of one motion, seconds. Keys repeat at 20 to 40 a second."""
SETTLED_S: Final = 0.15
"""Rest of the cursor after which pictures are requested and drawn, seconds."""


class CursorDebouncer:
    """Debouncer of the cursor. The first move after a rest of `REST_S` shows its row immediately.

    Rows of moves that follow quickly are shown only when the cursor has rested for `REST_S` again. The same holds for
    moves while a filter is typed. A held key would draw about thirty runs a second, which nobody can read. Until then
    the run before is shown, under its own title.
    """

    def __init__(
        self,
        show: Callable[[RowId | None], None],
        settled: Callable[[], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        monotonic: Callable[[], float],
    ) -> None:
        """`settled` is called when the cursor has rested for `SETTLED_S`."""
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
        """Follow the cursor to another row. `at_once` False: more moves are expected, so wait for a rest."""
        self._forget()
        self._row = row
        before, self._moved_at = self._moved_at, self._monotonic()
        if row is None or (at_once and self._moved_at - before >= REST_S):
            self._show(row)
        else:
            self._waiting = self._set_timer(REST_S, self._rested)
        self._settle_later(SETTLED_S)

    def show_now(self, row: RowId | None) -> None:
        """Show a row immediately."""
        self._forget()
        self._show(row)
        self._settle_later(SETTLED_S)

    def _rested(self) -> None:
        """Show the row of the cursor, unless it moved on: a timer that ended before may call this after the move."""
        if self._waiting is not None:
            self.show_now(self._row)

    def _settle_later(self, seconds: float) -> None:
        """Set one timer for a whole motion. If it ends too early, it is set once more for the remaining time."""
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
