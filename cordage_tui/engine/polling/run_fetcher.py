"""Fetch lists and runs from the server into the store."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, NotFound, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import ActiveRun, RemoteRun, RowId, RunRow
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble, join_sentences
from cordage_tui.engine.polling.active_runs import ActiveRuns, PendingResults
from cordage_tui.store.errors import StoreError

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
