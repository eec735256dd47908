"""Active runs as polling knows them, and results that are still missing."""

import random
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, backoff_s
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


_NONE: Final[Mapping[RowId, ActiveRunClock]] = {}


# The active runs of a profile, kept in mind: the schedule asks for them at every step, the store only when they
# change.


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
