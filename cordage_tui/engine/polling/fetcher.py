"""Fetch lists and runs into the store; results that are still missing."""

import asyncio
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, NotFound, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import ActiveRun, RemoteRun, RowId, RunRow
from cordage_tui.domain.urls import expires_at, is_signed
from cordage_tui.engine.concurrency import BACKOFF_CAP_S, backoff_s
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble, join_sentences
from cordage_tui.engine.polling.allocation import ActiveRunClock
from cordage_tui.store.errors import StoreError

# Runs that a list showed as ended without their results. Each gets one read, when the user looks at it or no other read
# is due (docs/dev/polling.md 2, detail gets).

_MOST: Final = 10_000
"""Runs remembered at most; the oldest are forgotten, and read when they are opened."""


class PendingResults:
    """Results to fetch, in order: runs that ended without their result in the list."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._owed: dict[RowId, ActiveRun] = {}
        self._failures: dict[RowId, int] = {}
        self._not_before: dict[RowId, float] = {}
        self.preferred: AbstractSet[RowId] = frozenset()
        """Rows on screen; their results are fetched first."""

    def __len__(self) -> int:
        return len(self._owed)

    def add(self, runs: Iterable[ActiveRun]) -> None:
        """Add runs that have ended."""
        self._owed |= {run.id: run for run in runs}
        for row in list(self._owed)[: max(0, len(self._owed) - _MOST)]:
            self.remove(row)

    def next(self, now: float) -> ActiveRun | None:
        """Run to fetch first at `now`, monotonic seconds; None: none, or each is under way or has just failed."""
        wanted = (*sorted(self._owed.keys() & self.preferred), *self._owed)
        return next((self._owed[row] for row in wanted if self._not_before.get(row, now) <= now), None)

    def mark_fetching(self, run: ActiveRun) -> None:
        """Mark a run as under way until it is settled or failed."""
        self._not_before[run.id] = float("inf")

    def mark_failed(self, run: ActiveRun, now: float) -> None:
        """Move a run that could not be read to the end of the queue."""
        if self._owed.pop(run.id, None) is not None:
            self._owed[run.id] = run
            self._failures[run.id] = failures = self._failures.get(run.id, 0) + 1
            self._not_before[run.id] = now + backoff_s(failures, BACKOFF_CAP_S, self._rng)

    def remove(self, row: RowId) -> None:
        """Remove a run whose result is known."""
        for memory in (self._owed, self._failures, self._not_before):
            memory.pop(row, None)

    def forget(self, webhook_key: str) -> None:
        """Remove the runs of a webhook that is gone."""
        for row in [row for row, run in self._owed.items() if run.webhook_key == webhook_key]:
            self.remove(row)


# The active runs of a profile, kept in mind: the schedule asks for them at every step, the store only when they
# change.

_NONE: Final[Mapping[RowId, ActiveRunClock]] = {}


class ActiveRuns:
    """Active runs by webhook, cached from the database, so a restart or another window's submission counts too."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._store = context.store
        self._runs: dict[str, dict[RowId, ActiveRunClock]] = {}
        self._places: dict[RowId, str] = {}
        self._unlisted: set[RowId] = set()
        self._stale = True

    def of(self, webhook_key: str) -> Mapping[RowId, ActiveRunClock]:
        """Active runs of a webhook."""
        return self._runs.get(webhook_key, _NONE)

    def count(self) -> int:
        """Number of active runs."""
        self.refresh()
        return len(self._places)

    def webhooks(self) -> list[str]:
        """Keys of webhooks with active runs."""
        return list(self._runs)

    def not_in_list(self, webhook_key: str) -> list[ActiveRunClock]:
        """Active runs that the webhook's last list did not name: fallen off the newest page, or gone."""
        if not self._unlisted:
            return []
        return [run for row, run in self.of(webhook_key).items() if row in self._unlisted]

    def mark_listed(self, webhook_key: str, named: Collection[str]) -> None:
        """Record the run ids of a list."""
        for row, underway in self.of(webhook_key).items():
            (self._unlisted.discard if underway.run.run_id in named else self._unlisted.add)(row)

    def update(self, rows: Collection[RowId]) -> tuple[list[str], list[RowId]]:
        """Update changed rows. Returns the webhooks that became active, and the rows that ended."""
        if self._stale:
            return self.refresh(), []
        try:
            active = {run.id: run for run in self._store.active_runs.among(self._context.profile, rows)}
        except StoreError:
            self._stale = True  # the next look reads them all
            return [], []
        ended = [row for row in rows if row in self._places and row not in active]
        for row in ended:
            self._drop(row)
        return self._add(active.values()), ended

    def refresh(self) -> list[str]:
        """Read all active runs, if due. Returns the webhooks that are newly active."""
        if not self._stale:
            return []
        try:
            active = {run.id: run for run in self._store.active_runs.all(self._context.profile)}
        except StoreError:
            return []
        self._stale = False
        for row in [row for row in self._places if row not in active]:
            self._drop(row)
        return self._add(active.values())

    def _add(self, active: Iterable[ActiveRun]) -> list[str]:
        """Add runs, each at a fixed place on the monotonic clock, independent of the wall clock."""
        now = self._context.clock.monotonic()
        ahead = now - self._context.clock.wall()
        before = set(self._runs)
        for run in active:
            runs = self._runs.setdefault(run.webhook_key, {})
            known_run = runs.get(run.id)
            created = known_run.created if known_run else min(run.begun_at + ahead, now)
            began = known_run.began if known_run else None
            if began is None and run.started_at is not None:
                began = min(run.started_at + ahead, now)
            runs[run.id] = ActiveRunClock(run, created, began)
            self._places[run.id] = run.webhook_key
        return [key for key in self._runs if key not in before]

    def _drop(self, row: RowId) -> None:
        key = self._places.pop(row, None)
        if key is not None:
            del self._runs[key][row]
            if not self._runs[key]:
                del self._runs[key]
            self._unlisted.discard(row)


# From the server into the database: lists, and gets of runs that no list shows.

YOUNG_S: Final = 10.0
"""A run that was only just submitted may not have reached every part of the server, so a 404 does not mean it is lost."""
UNSEEN_S: Final = 300.0
"""The same for a run that no read of this process has shown yet.

A copy of the server's database may be minutes late, and a user who reads that a run is lost may send the prompt
again.
"""
KILL_PATIENCE_S: Final = 60.0
"""A run still active this long after its kill was sent stops showing `killing`."""

_SLICE_RUNS: Final = 50
"""Runs that are merged in one step, of 4 KiB each: a few milliseconds, so that a key is answered between two steps."""
_RUN_SIZE: Final = 4096
_BETWEEN_SLICES_S: Final = 0.01
"""The event loop's own time between two slices: a key takes several of its rounds."""

_LOST: Final = "The server no longer knows this run. Its last known state is kept."
_NOT_TAKEN: Final = "The kill had no effect: a minute later the server still shows the run as active."


class RunFetcher:
    """Fetch lists and runs for polling, refresh, kills and the detail pane."""

    def __init__(self, context: EngineContext) -> None:
        self.lists: dict[str, tuple[int, bool]] = {}
        """Number of runs in the last list of each webhook, by its key, and whether it said that there are more."""
        self.killing: set[RowId] = set()
        """Rows whose kill this process is carrying out right now."""
        self.activity = ActiveRuns(context)
        """Active runs of the profile."""
        self.pending_results = PendingResults(context.rng)
        """Ended runs whose results are to be fetched."""
        self.list_listeners: list[Callable[[str, Sequence[RemoteRun], float], None]] = []
        """Called with each list that has been stored, and when it was asked for (monotonic seconds); may raise StoreError."""
        self._shown_active: set[str] = set()
        """Ids of runs that a read has shown as active."""
        self._context = context
        self._store = context.store

    def on_screen(self) -> set[str]:
        """Webhooks of the rows on screen."""
        try:
            rows = map(self._store.rows.get, self.pending_results.preferred)
            return {row.webhook_key for row in rows if row is not None}
        except StoreError:
            return set()

    def on_rows_changed(self, rows: Collection[RowId]) -> list[str]:
        """Update for changed rows. Returns the webhooks that are newly active."""
        begun, ended = self.activity.update(rows)
        try:
            self.pending_results.add(self._store.active_runs.untold(self._context.profile, ended))
        except StoreError:
            return begun  # they are read when opened
        return begun

    async def list(self, webhook_key: str, priority: Priority, *, granted: bool = False) -> None:
        """Fetch and store a list. `granted`: its budget has been acquired. Raises CordageError and StoreError."""
        context = self._context
        asked_at = context.clock.monotonic()
        runs = await context.client.list_runs(webhook_key, priority, granted=granted)
        self.lists[webhook_key] = len(runs), runs.more
        await self._merge(webhook_key, runs)
        for listener in self.list_listeners:
            listener(webhook_key, runs, asked_at)
        self.activity.refresh()
        self.activity.mark_listed(webhook_key, {run.run_id for run in runs})
        unlisted = [underway.run.id for underway in self.activity.not_in_list(webhook_key)]
        self._store.unlisted.record(context.profile, webhook_key, unlisted)

    async def try_list(self, webhook_key: str) -> CordageError | None:
        """Fetch a list on the user's request, store nothing, and return the error, if any."""
        context = self._context
        try:
            await context.calls.run_detached(context.client.list_runs(webhook_key, Priority.USER))
        except CordageError as error:
            return error
        return None

    async def get(self, run: RunRow | ActiveRun, priority: Priority, *, granted: bool = False) -> Trouble | None:
        """Fetch and store one run; returns the error, if any. A 404 means that the server has lost the run; its
        history is kept.

        `granted`: its budget has been acquired.
        """
        if run.run_id is None:
            return None
        client = self._context.client
        try:
            remote_run = await client.get_run(run.webhook_key, run.run_id, priority, granted=granted)
            await self._merge(run.webhook_key, [remote_run])
            self._store.unlisted.record_answer(run.id)
        except NotFound as error:
            self.pending_results.remove(run.id)
            return self._record_lost(run, error)
        except (CordageError, StoreError) as error:
            return self._record_failure(run, error)
        self.pending_results.remove(run.id)
        return None

    async def _merge(self, webhook_key: str, runs: Sequence[RemoteRun]) -> None:
        """Merge an answer slice by slice: each is a transaction, because the runs of a list are independent of each
        other."""
        profile = self._context.profile
        for count, part in enumerate(_slices(runs)):
            if count:
                await asyncio.sleep(_BETWEEN_SLICES_S)
            self._store.runs.merge(profile, webhook_key, part)
        active_ids = {run.run_id for run in runs if not run.status.is_final}
        self._shown_active = self._shown_active - {run.run_id for run in runs} | active_ids
        for row in self._store.active_runs.overdue_kills(profile, self._context.clock.wall() - KILL_PATIENCE_S):
            if row.webhook_key == webhook_key and row.run_id in active_ids and row.id not in self.killing:
                self._store.runs.kill_failed(row.id, advised(_NOT_TAKEN, "run.kill"))

    def _record_lost(self, run: RunRow | ActiveRun, error: NotFound) -> Trouble:
        grace_s = YOUNG_S if run.run_id in self._shown_active else UNSEEN_S
        if self._context.clock.wall() - run.begun_at < grace_s:
            return self._record_failure(run, error)
        try:
            self._store.runs.lost(run.id, join_sentences(_LOST))
        except StoreError as trouble:
            return trouble
        return error

    def _record_failure(self, run: RunRow | ActiveRun, error: Trouble) -> Trouble:
        """Record why a run could not be read. The key and the rate limit concern all reads, and are told elsewhere."""
        if isinstance(error, CordageError) and not isinstance(error, AuthenticationFailed | RateLimited):
            try:
                self._store.unlisted.record_failure(run.id, error.what)
            except StoreError as trouble:
                return trouble
        return error


def _slices(runs: Sequence[RemoteRun]) -> Iterator[Sequence[RemoteRun]]:
    """Slices of the runs in order, each of about `_SLICE_RUNS` ordinary runs' work."""
    start, work = 0, 0
    for index, run in enumerate(runs):
        work += 1 + (len(run.raw) + sum(map(len, run.outputs or ()))) // _RUN_SIZE
        if work >= _SLICE_RUNS:
            yield runs[start : index + 1]
            start, work = index + 1, 0
    if start < len(runs):
        yield runs[start:]


# Fresh URLs for outputs whose URL has expired.

REUSE_S: Final = 60.0
"""A run is not read again within this time, however many of its outputs have expired (docs/dev/faults.md 128)."""


LASTS_S: Final = 900.0
"""How long a link that is sent must last: its workflow fetches the file only once it has waited in the server's queue."""


class UrlRefresher:
    """Re-reads runs from the user's reserve of reads, once for all outputs of a run."""

    def __init__(self, context: EngineContext, reader: RunFetcher) -> None:
        self._context = context
        self._reader = reader
        self._reads: dict[RowId, tuple[float, asyncio.Task[Trouble | None]]] = {}

    async def refresh(self, output: OutputRef, *, retry_failed: bool = False) -> str | None:
        """Return another URL than the output's own; None if its run lists no other.

        `retry_failed`: read a run again whose last read failed, also within `REUSE_S`. Raises CordageError or StoreError
        when the run cannot be read.
        """
        if (url := self._known(output)) != output.url:
            return url
        if (run := self._context.store.rows.get(output.row)) is not None:
            await self._read(run, retry_failed)
        return url if (url := self._known(output)) != output.url else None

    def lasting(self, output: OutputRef) -> OutputRef | None:
        """Return the output with its newest URL, if that is sure to be valid for `LASTS_S`, or its run was read just now.
        None: read the run first, by `read_again`."""
        url = self._known(output)
        if url is None:
            return None
        skew = self._context.client.skew.estimate()
        now, ends = self._context.clock.wall() + (skew.ahead_s if skew else 0.0), expires_at(url)
        lasts = not is_signed(url) or (ends is not None and ends >= now + LASTS_S)
        return replace(output, url=url) if lasts or (self._was_read(output.row) and (ends or now) >= now) else None

    async def read_again(self, output: OutputRef) -> OutputRef | None:
        """Read the output's run, and return the output with the URL that it has then; None: the output no longer
        exists.

        Raises CordageError or StoreError when the run cannot be read.
        """
        if (run := self._context.store.rows.get(output.row)) is None or run.run_id is None:
            return None
        if output.row in self._reads and self._reads[output.row][1].done():
            del self._reads[output.row]
        await self._read(run, retry_failed=True)
        return None if (url := self._known(output)) is None else replace(output, url=url)

    def _was_read(self, row: RowId) -> bool:
        """Return whether the run was read within `REUSE_S`."""
        begun, read = self._reads.get(row, (0.0, None))
        recent = read is not None and self._context.clock.monotonic() - begun < REUSE_S
        return recent and read is not None and read.done() and not read.cancelled() and read.result() is None

    async def _read(self, run: RunRow, retry_failed: bool) -> None:
        now = self._context.clock.monotonic()
        self._reads = {row: read for row, read in self._reads.items() if not read[1].done() or now - read[0] < REUSE_S}
        _, read = self._reads.get(run.id, (now, None))
        if read is None or (retry_failed and read.done() and (read.cancelled() or read.result() is not None)):
            read = self._context.calls.spawn(self._reader.get(run, Priority.USER))
            self._reads[run.id] = (now, read)
        if (error := await asyncio.shield(read)) is not None:
            raise error

    def _known(self, output: OutputRef) -> str | None:
        """The output's URL in the store; None if its run does not list it any more."""
        refs = self._context.store.run_lookup.output_refs([output.row])
        return next((ref.url for ref in refs if ref.number == output.number), None)
