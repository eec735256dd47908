"""Last good reads of the store."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import OutboxState, QueueEstimate, QueueItem, QueueSettings
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import BatchProgress, RowId, RunCounts, RunDetail, RunQuery, RunRow, SortKey, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError

# The store as a screen reads it: what cannot be read now is shown as it was last.

Answer = TypeVar("Answer")


class LastGoodReads:
    """Another program may keep the file locked, or the disk report errors, for a minute (docs/faults.md 148, 155). The screen
    stands still meanwhile, and the user is told once; no method raises StoreError."""

    def __init__(self, engine: Engine, tell: Callable[[SafeText], None]) -> None:
        """`tell` is called with why the store cannot be read, at the first read that fails."""
        self._engine = engine
        self._store = engine.store
        self._tell = tell
        self._last: dict[str, tuple[object, object]] = {}
        self.troubled = False
        """The last read failed: what is shown may be out of date."""

    def recovers(self) -> bool:
        """Whether what could not be read now can be (again): everything is to be asked anew."""
        if not self.troubled:
            return False
        try:
            self._store.changes.tail()
        except StoreError:
            return False
        self.troubled = False
        return True

    def tallies(self) -> Mapping[str, RunCounts]:
        """How many rows the profile has, by webhook key."""
        return self._read_or_last(
            "tallies", None, lambda: self._store.query.tallies(self._engine.profile.stored_as), {}
        )

    def control(self) -> QueueSettings:
        """How the queue is set."""
        return self._read_or_last("control", None, self._engine.queue.control, QueueSettings())

    def counts(self) -> Mapping[OutboxState, int]:
        """How many submissions are in each state that is not settled."""
        return self._read_or_last("counts", None, self._engine.queue.counts, {})

    def drain(self) -> QueueEstimate:
        """How soon the queue will be empty."""
        return self._read_or_last("drain", None, self._engine.queue.drain, QueueEstimate(0, 0.0, None))

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        """Some of the queue's rows."""
        return self._read_or_last("waiting", (offset, limit), lambda: self._engine.queue.waiting(offset, limit), [])

    def ahead(self, row: RowId) -> int | None:
        """How many of the queue stand above this one."""
        return self._read_or_last("ahead", row, lambda: self._engine.queue.ahead(row), None)

    def downloads(self, offset: int, limit: int) -> list[Download]:
        """Some of those that are not settled, have failed, or were done lately."""
        asked = (offset, limit)
        return self._read_or_last(f"downloads {limit}", asked, lambda: self._engine.downloads.open(offset, limit), [])

    def download_counts(self) -> Mapping[DownloadState, int]:
        """How many downloads there are in each state."""
        return self._read_or_last("download counts", None, self._engine.downloads.counts, {})

    def files(self, row: RowId) -> Mapping[int, Path]:
        """Of the outputs of a run that were downloaded, by number, the file that is there."""
        return self._read_or_last("files", row, lambda: self._engine.store.downloads.files(row), {})

    def rows(self, wanted: Sequence[RowId]) -> list[RunRow]:
        """These rows of the table."""
        return self._read_or_last("rows", wanted, lambda: self._store.picked.rows(wanted), [])

    def detail(self, row: RowId) -> RunDetail | None:
        """All that is known of a row."""
        return self._read_or_last("detail", row, lambda: self._store.query.detail(row), None)

    def setting(self, name: str) -> str | None:
        """A choice that was kept."""
        return self._read_or_last(name, None, lambda: self._store.settings.get(name), None)

    def prompts(self, webhook_key: str) -> tuple[Inputs | None, list[Inputs]] | None:
        """What was being written for a webhook, and what was submitted there; None: that cannot be read now."""
        about = (self._engine.profile.stored_as, webhook_key)
        prompts = self._store.prompts
        return self._read_or_last("prompts", about, lambda: (prompts.draft(*about), prompts.history(*about)), None)

    def count(self, query: RunQuery) -> int:
        """How many rows the query has."""
        return self._read_or_last("count", query, lambda: self._store.query.count(query), 0)

    def window(self, query: RunQuery, offset: int, limit: int) -> list[RunRow]:
        """Some of its rows."""
        asked = (query, offset, limit)
        return self._read_or_last("window", asked, lambda: self._store.query.window(query, offset, limit), [])

    def index_of(self, query: RunQuery, row: RowId) -> int | None:
        """Where among them a row stands."""
        return self._read_or_last("index_of", (query, row), lambda: self._store.query.index_of(query, row), None)

    def statuses(self, query: RunQuery, offset: int, limit: int) -> Mapping[RowId, Status]:
        """How some of them stand."""
        asked = (query, offset, limit)
        return self._read_or_last("statuses", asked, lambda: self._store.query.statuses(query, offset, limit), {})

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        """How these rows stand, of whatever query."""
        return self._read_or_last("standing", rows, lambda: self._store.picked.statuses(rows), {})

    def batch(self, line: RowId) -> BatchProgress | None:
        """How far the batch of that line is."""
        return self._read_or_last("batch", line, lambda: self._store.batches.progress(line), None)

    def members(self, line: RowId) -> Mapping[RowId, Status]:
        """The rows of that batch, hidden or not."""
        batches, picked = self._store.batches, self._store.picked
        return self._read_or_last("members", line, lambda: picked.statuses(batches.members(line)), {})

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        """Of rows of batches: the inputs that differ from row to row."""
        return self._read_or_last("varying", tuple(rows), lambda: self._store.batches.varying(rows), {})

    def verdicts(self, row: RowId) -> Mapping[int, Rating]:
        """What the user thinks of the outputs of a row, by number; those not judged are missing."""
        return self._read_or_last("verdicts", row, lambda: self._store.verdicts.of(row), {})

    def verdicts_of(self, rows: Sequence[RowId]) -> Mapping[RowId, Mapping[int, Rating]]:
        """Of the outputs of these rows."""
        asked = tuple(rows)
        return self._read_or_last("verdicts_of", asked, lambda: self._store.verdicts.of_rows(asked), {})

    def judgements(self) -> Mapping[RowId, Mapping[int, Rating]]:
        """All verdicts there are."""
        return self._read_or_last("judgements", None, self._store.verdicts.all, {})

    def ids(self, query: RunQuery) -> Sequence[RowId]:
        """All rows of the query, those of folded batches among them."""
        return self._read_or_last("ids", query, lambda: self._store.query.ids(query), [])

    def output_counts(self, rows: Sequence[RowId]) -> list[tuple[RowId, int]]:
        """How many outputs these rows have."""
        asked = tuple(rows)
        return self._read_or_last("output_counts", asked, lambda: self._store.picked.output_counts(asked), [])

    def output_refs(self, rows: Sequence[RowId]) -> list[OutputRef]:
        """All outputs of these rows."""
        asked = tuple(rows)
        return self._read_or_last("output_refs", asked, lambda: self._store.picked.output_refs(asked), [])

    def picked(self, rows: Sequence[RowId]) -> list[RunRow]:
        """These rows, of whatever query."""
        asked = tuple(rows)
        return self._read_or_last("picked", asked, lambda: self._store.picked.rows(asked), [])

    def places(self, line: RowId) -> Mapping[int, RowId]:
        """The rows of that batch by their place among its prompts."""
        return self._read_or_last("places", line, lambda: self._store.batches.places(line), {})

    def batch_left_s(self, line: RunRow) -> float | None:
        """Seconds until the batch of that line will probably have ended."""
        left_s = self._engine.batches.left_s
        return self._read_or_last("batch_left_s", line.id, lambda: left_s(line.id, line.webhook_key), None)

    def _read_or_last(self, what: str, about: object, read: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The answer; when it cannot be had the last one, if that was to the same question, or `otherwise`."""
        try:
            answer = read()
        except StoreError as error:
            if not self.troubled:
                self.troubled = True
                self._tell(error.what)
            known, last = self._last.get(what, (None, otherwise))
            return cast(Answer, last) if known == about else otherwise
        self._last[what] = (about, answer)
        return answer


# What the run table shows: a query, and the answers to it.


class QueryRowSource:
    """A `RowSource` over one query. Immutable: another query is another view."""

    def __init__(self, kept: LastGoodReads, query: RunQuery) -> None:
        self._kept = kept
        self.query = query

    def count(self) -> int:
        return self._kept.count(self.query)

    def window(self, offset: int, limit: int) -> list[RunRow]:
        return self._kept.window(self.query, offset, limit)

    def index_of(self, row: RowId) -> int | None:
        return self._kept.index_of(self.query, row)

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        return self._kept.statuses(self.query, offset, limit)

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return self._kept.standing(rows)

    def batch(self, row: RowId) -> BatchProgress | None:
        return self._kept.batch(row)

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        return self._kept.members(row)

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        return self._kept.varying(rows)

    def of_webhook(self, webhook_key: str | None) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, webhook_key=webhook_key, besides=()))

    def filtered(self, text: str) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, text=text, besides=()))

    def besides(self, row: RowId) -> "QueryRowSource":
        """With this row, though the filter leaves it out, until there is another filter."""
        return QueryRowSource(self._kept, replace(self.query, besides=(*self.query.besides, row)))

    def ended_since(self, since: float | None) -> "QueryRowSource":
        """Of all webhooks, when `since` is a time, epoch seconds; None: whenever they ended, if they have."""
        key = self.query.webhook_key if since is None else None
        return QueryRowSource(self._kept, replace(self.query, webhook_key=key, ended_after=since, besides=()))

    def sorted_by(self, key: SortKey, descending: bool) -> "QueryRowSource":
        return QueryRowSource(self._kept, replace(self.query, sort=key, descending=descending))
