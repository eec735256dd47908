"""Keeps the store fresh: lists every webhook on its schedule and fetches by id what a list does not tell."""

import random
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError, KeyRefused, NotFound
from cordage_tui.domain.budget import Priority
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.health import Health
from cordage_tui.domain.run import RemoteRun, RunRow
from cordage_tui.domain.status import Status
from cordage_tui.engine.calls import Calls
from cordage_tui.engine.schedule import Standing, first_due, next_due, soonest
from cordage_tui.engine.standing import HealthBook
from cordage_tui.engine.wake import Wake
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store


class Poller:
    """One loop for one profile. It starts reads when they are due; the pacer decides when each may go."""

    def __init__(
        self,
        profile: str,
        client: CordageClient,
        store: Store,
        clock: Clock,
        calls: Calls,
        health: HealthBook,
        reads_a_minute: Callable[[], float],
        refused: Callable[[CordageError], None],
        rng: random.Random,
    ) -> None:
        self._profile = profile
        self._client = client
        self._store = store
        self._clock = clock
        self._calls = calls
        self._health = health
        self._reads_a_minute = reads_a_minute
        self._refused = refused
        self._rng = rng
        self._standings: dict[str, Standing] = {}
        self._in_flight: set[str] = set()
        self._fetching: set[str] = set()
        self._wake = Wake()

    def watch(self, webhook_keys: Sequence[str]) -> None:
        """From now on exactly these are read; new ones soon, spread so that they are no burst."""
        now = self._clock.monotonic()
        rate = self._reads_a_minute()
        self._standings = {
            key: self._standings.get(key) or Standing(key, due_at=first_due(i, len(webhook_keys), now, rate))
            for i, key in enumerate(webhook_keys)
        }
        self._wake.now()

    def hurry(self, webhook_key: str) -> None:
        """Something was just started there: read it at the pace of an active webhook from now on."""
        if standing := self._standings.get(webhook_key):
            soon = self._clock.monotonic() + 1.0
            self._standings[webhook_key] = replace(standing, due_at=min(standing.due_at, soon))
            self._wake.now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            standing = soonest(s for s in self._standings.values() if s.webhook_key not in self._in_flight)
            wait = None if standing is None else standing.due_at - self._clock.monotonic()
            if standing is None or (wait is not None and wait > 0):
                await self._wake.sleep(wait)
                continue
            # Before the task's first step, or this loop would start it again without ever giving it a turn.
            self._in_flight.add(standing.webhook_key)
            self._calls.spawn(self.read(standing.webhook_key, Priority.BACKGROUND))

    async def read(self, webhook_key: str, priority: Priority) -> CordageError | None:
        """Lists one webhook into the store; what went wrong is told to the health book, and returned."""
        self._in_flight.add(webhook_key)
        try:
            answer = await self._client.list_runs(webhook_key, priority)
        except CordageError as error:
            self._went_wrong(webhook_key, error)
            return error
        else:
            self._took(webhook_key, answer.runs)
            return None
        finally:
            self._in_flight.discard(webhook_key)
            self._wake.now()

    async def fetch(self, row: RunRow, priority: Priority) -> CordageError | None:
        """Gets one run into the store. A 404 means the server has lost sight of it; its history is kept."""
        if row.run_id is None or row.run_id in self._fetching:
            return None
        self._fetching.add(row.run_id)
        try:
            run = await self._client.get_run(row.webhook_key, row.run_id, priority)
        except NotFound as error:
            self._store.runs.lost(row.id, "The server no longer knows this run. What was last seen of it is kept here.")
            return error
        except CordageError as error:
            if isinstance(error, KeyRefused):
                self._refused(error)
            return error
        else:
            with suppress(StoreError):  # the next list brings it again, and tells if the disk still refuses
                self._store.runs.merge(self._profile, row.webhook_key, [run])
            return None
        finally:
            self._fetching.discard(row.run_id)

    def _took(self, webhook_key: str, runs: Sequence[RemoteRun]) -> None:
        try:
            before = [r for r in self._store.query.active(self._profile) if r.webhook_key == webhook_key]
            self._store.runs.merge(self._profile, webhook_key, runs)
        except StoreError as error:
            self._health.went_wrong(webhook_key, Health.TROUBLE, error.what)
            self._push_back(webhook_key)
            return
        self._health.went_well(webhook_key)
        self._reschedule(webhook_key, failures=0)
        for row in untold(before, runs):
            self._calls.spawn(self.fetch(row, Priority.BACKGROUND))

    def _went_wrong(self, webhook_key: str, error: CordageError) -> None:
        if isinstance(error, KeyRefused):
            self._refused(error)
            return
        self._health.went_wrong(webhook_key, error.health, error.what)
        standing = self._standings.get(webhook_key)
        if standing and isinstance(error, NotFound):
            self._standings[webhook_key] = replace(standing, stopped=True)
        else:
            self._push_back(webhook_key)

    def _push_back(self, webhook_key: str) -> None:
        """One more failure in a row: read again later."""
        standing = self._standings.get(webhook_key)
        self._reschedule(webhook_key, failures=standing.failures + 1 if standing else 1)

    def _reschedule(self, webhook_key: str, failures: int) -> None:
        """Activity comes from the store, so a restart or another window's submission counts too."""
        standing = self._standings.get(webhook_key)
        if standing is None:
            return
        tallies = self._store.query.tallies(self._profile)
        busy = sum(1 for key in self._standings if key in tallies and tallies[key].active)
        active = tallies[webhook_key].active if webhook_key in tallies else 0
        standing = replace(standing, active=active, failures=failures, stopped=False)
        due = next_due(standing, self._clock.monotonic(), busy, self._reads_a_minute(), self._rng)
        self._standings[webhook_key] = replace(standing, due_at=due)


def untold(active_before: Collection[RunRow], runs: Sequence[RemoteRun]) -> list[RunRow]:
    """Of the rows that were active before this list, those that need a get of their own.

    They are missing from it (dropped off the newest page, or gone), or they ended and the list does not say with what
    (API.md: an item may lack `outputs`; then one get, when the run ends, fills them in).
    """
    told = {run.run_id: run for run in runs}
    return [row for row in active_before if row.run_id is not None and _is_untold(told.get(row.run_id))]


def _is_untold(run: RemoteRun | None) -> bool:
    if run is None:
        return True
    return (run.status is Status.COMPLETED and run.outputs is None) or (
        run.status is Status.FAILED and run.error is None
    )
