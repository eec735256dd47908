"""From the server into the store: lists, and gets of what no list tells."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from cordage_tui.api.errors import CordageError, NotFound
from cordage_tui.domain.advice import advised
from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import ActiveRun, RemoteRun, RowId, RunRow
from cordage_tui.engine.activity import ActiveRuns
from cordage_tui.engine.outcomes import PendingResults
from cordage_tui.engine.session import EngineContext
from cordage_tui.engine.words import join_sentences
from cordage_tui.store.errors import StoreError

YOUNG_S: Final = 10.0
"""A run that was only just submitted may not have reached every part of the server, so a 404 does not mean it is lost."""
KILL_PATIENCE_S: Final = 60.0
"""A run that the server shows as going on this long after its kill was asked for does not show `killing` any more."""

_SLICE_RUNS: Final = 50
"""Runs that are merged in one step, of 4 KiB each: a few milliseconds, so that a key is answered between two steps."""
_RUN_SIZE: Final = 4096
_BETWEEN_SLICES_S: Final = 0.01
"""The event loop's own time between two slices: a key takes several of its rounds."""

_LOST: Final = "The server no longer knows this run. What was last seen of it is kept here."
_NOT_TAKEN: Final = "The kill did not take: a minute later the server still shows it going on."


class RunFetcher:
    """Reads for whoever asks: the polling, the user's refresh, a kill, the open detail pane."""

    def __init__(self, session: EngineContext) -> None:
        self.lists: dict[str, tuple[int, bool]] = {}
        """How many runs the last list of each webhook held, by its key, and whether it said that there are more."""
        self.killing: set[RowId] = set()
        """Rows whose kill this process is carrying out right now."""
        self.activity = ActiveRuns(session)
        """The runs that go on."""
        self.outcomes = PendingResults(session.rng)
        """Runs that were seen to end without being told with what; a get shall."""
        self.on_listed: Callable[[str, Sequence[RemoteRun], float], None] = lambda key, runs, asked_at: None
        """Called with each list that has been taken in, and when it was asked for (monotonic seconds); may raise StoreError."""
        self._session = session
        self._store = session.store

    def on_screen(self) -> set[str]:
        """The webhooks of the rows that the user sees."""
        try:
            rows = map(self._store.query.row, self.outcomes.preferred)
            return {row.webhook_key for row in rows if row is not None}
        except StoreError:
            return set()

    def noticed(self, rows: Collection[RowId]) -> list[str]:
        """These rows changed, whoever read them. Returns the webhooks that were idle and are not any more."""
        begun, ended = self.activity.changed(rows)
        try:
            self.outcomes.add(self._store.active.untold(self._session.profile, ended))
        except StoreError:
            return begun  # they are read when somebody opens them
        return begun

    async def list(self, webhook_key: str, priority: Priority, *, granted: bool = False) -> None:
        """Takes in all that one list says. `granted`: its budget has been acquired. Raises CordageError and StoreError."""
        session = self._session
        asked_at = session.clock.monotonic()
        runs = await session.access.call(session.client.list_runs(webhook_key, priority, granted=granted))
        self.lists[webhook_key] = len(runs), runs.more
        await self._take(webhook_key, runs)
        self.on_listed(webhook_key, runs, asked_at)
        self.activity.listed(webhook_key, {run.run_id for run in runs})

    async def try_list(self, webhook_key: str) -> CordageError | None:
        """Ask for a list at the user's word, take nothing of it in, and return what went wrong."""
        session = self._session
        try:
            await session.access.call(session.client.list_runs(webhook_key, Priority.USER))
        except CordageError as error:
            return error
        return None

    async def get(
        self, run: RunRow | ActiveRun, priority: Priority, *, granted: bool = False
    ) -> CordageError | StoreError | None:
        """Takes in what the server says of one run, and returns what went wrong. A 404 means that the server has lost
        sight of it; its history is kept. `granted`: its budget has been acquired."""
        if run.run_id is None:
            return None
        session = self._session
        try:
            call = session.client.get_run(run.webhook_key, run.run_id, priority, granted=granted)
            await self._take(run.webhook_key, [await session.access.call(call)])
        except NotFound as error:
            self.outcomes.settle(run.id)
            return self._missed(run, error)
        except (CordageError, StoreError) as error:
            return error
        self.outcomes.settle(run.id)
        return None

    async def _take(self, webhook_key: str, runs: Sequence[RemoteRun]) -> None:
        """Merge what an answer says, slice by slice: each is a transaction, and what a list says of one run stands alone."""
        profile = self._session.profile
        for count, part in enumerate(_slices(runs)):
            if count:
                await asyncio.sleep(_BETWEEN_SLICES_S)
            self._store.runs.merge(profile, webhook_key, part)
        going_on = {run.run_id for run in runs if not run.status.is_final}
        for row in self._store.query.overdue_kills(profile, self._session.clock.wall() - KILL_PATIENCE_S):
            if row.webhook_key == webhook_key and row.run_id in going_on and row.id not in self.killing:
                self._store.runs.kill_failed(row.id, advised(_NOT_TAKEN, "run.kill"))

    def _missed(self, run: RunRow | ActiveRun, error: NotFound) -> CordageError | StoreError:
        if self._session.clock.wall() - run.begun_at >= YOUNG_S:
            try:
                self._store.runs.lost(run.id, join_sentences(_LOST))
            except StoreError as trouble:
                return trouble
        return error


def _slices(runs: Sequence[RemoteRun]) -> Iterator[Sequence[RemoteRun]]:
    """The runs in order, cut where a slice would be more work than `_SLICE_RUNS` ordinary ones."""
    start, work = 0, 0
    for index, run in enumerate(runs):
        work += 1 + (len(run.raw) + sum(map(len, run.outputs or ()))) // _RUN_SIZE
        if work >= _SLICE_RUNS:
            yield runs[start : index + 1]
            start, work = index + 1, 0
    if start < len(runs):
        yield runs[start:]
