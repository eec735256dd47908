"""Run durations learned from a profile's history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.statistics.duration_model import ENOUGH, DurationModel, RunEstimate, elapsed
from cordage_tui.engine.context import EngineContext
from cordage_tui.store.errors import StoreError
from cordage_tui.store.runs.past_durations import PastRun, RunUnderWay, in_order_of_start

MEMORY: Final = 200
"""Number of latest runs of a webhook that are learned from."""
FORESEEABLE: Final = frozenset({Status.PENDING, Status.RUNNING})
"""A run that is being killed does not end as past ones did; unknown statuses have unknown meanings."""
STEADY: Final = 32
"""A fit is not repeated for one new run among so many."""
PATIENCE_S: Final = 60.0
"""Interval in which active runs are asked how long they have lasted, while none ends."""


class DurationEstimates:
    """Durations by webhook and node count, learned from all finished runs of the profile."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._webhooks: dict[str, _WebhookEstimates] = {}

    def of(self, webhook_key: str, node_count: int | None = None) -> DurationModel:
        """Duration model of such runs. It is that of the whole webhook if few runs had that many nodes, and memoryless if little
        is known. The same object is returned until it is refitted."""
        now = self._context.clock.monotonic()
        estimates = self._webhooks.get(webhook_key)
        if estimates is None or estimates.is_due(now):
            try:
                estimates = self._estimates_of(webhook_key, now)
            except StoreError:  # a moment later it can be read, or the whole screen will say why not
                if estimates is None:
                    return DurationModel.memoryless()
        return estimates.of(node_count)

    def past(self, webhook_key: str) -> list[PastRun]:
        """List the finished runs of a webhook that are learned from, in no order."""
        self.of(webhook_key)
        estimates = self._webhooks.get(webhook_key)
        return [] if estimates is None else estimates.past

    def on_rows_changed(self, rows: Collection[RowId]) -> None:
        """Learn from those of the changed rows that have finished."""
        try:
            runs = self._context.store.past_durations.among(self._context.profile, rows) if self._webhooks else []
        except StoreError:
            self._webhooks.clear()  # read again on the next use
            return
        for run in runs:
            if estimates := self._webhooks.get(run.webhook_key):
                estimates.add_run(run)

    def estimate_rows(self, rows: Iterable[RunRow]) -> Mapping[RowId, RunEstimate]:
        """Estimate the time left of those `rows` that wait or run, if enough is known."""
        now = self._context.clock.wall()
        active = [row for row in rows if row.status in FORESEEABLE]
        nodes: Mapping[RowId, int] = {}
        with suppress(StoreError):
            nodes = self._context.store.past_durations.node_counts([row.id for row in active])
        kinds = {row.id: (row.webhook_key, nodes.get(row.id)) for row in active}
        models = {kind: self.of(*kind) for kind in set(kinds.values())}
        found = {row.id: RunEstimate.of(models[kinds[row.id]], *elapsed(row, now)) for row in active}
        return {row: outlook for row, outlook in found.items() if outlook is not None}

    def _estimates_of(self, webhook_key: str, now: float) -> "_WebhookEstimates":
        """Estimates of a webhook, refitted if there is something new. Raises StoreError."""
        past, profile = self._context.store.past_durations, self._context.profile
        estimates = self._webhooks.get(webhook_key) or _WebhookEstimates(past.latest(profile, webhook_key, MEMORY))
        estimates.rebuild(past.under_way(profile, webhook_key, estimates.past, MEMORY), now)
        self._webhooks[webhook_key] = estimates
        return estimates


class _WebhookEstimates:
    """Estimates of one webhook. Fitting takes milliseconds, so each model is fitted on first use, and again only after
    new data."""

    def __init__(self, runs: Iterable[PastRun]) -> None:
        self._runs = {run.id: run for run in runs}
        self._under_way: Sequence[RunUnderWay] = ()
        self._new = 0
        self._due_at = float("-inf")
        self._estimates: dict[int | None, DurationModel] = {}

    @property
    def past(self) -> list[PastRun]:
        """Finished runs that are learned from, in the order in which they began."""
        return sorted(self._runs.values(), key=lambda run: (run.begun_at, run.id))

    def add_run(self, run: PastRun) -> None:
        """Add a run that ended, or replace it; beyond `MEMORY` the one that began first is forgotten."""
        self._new += run.id not in self._runs
        self._runs[run.id] = run
        if len(self._runs) > MEMORY:
            first = min(self._runs.values(), key=lambda known: (known.begun_at, known.id))
            del self._runs[first.id]

    def is_due(self, now: float) -> bool:
        """Return whether to refit at `now`, monotonic seconds. The more runs are known, the more new ones it takes."""
        return self._new > len(self._runs) // STEADY or now >= self._due_at

    def rebuild(self, under_way: Sequence[RunUnderWay], now: float) -> None:
        """Discard the models if there is new data."""
        if self._new or under_way != self._under_way:
            self._estimates.clear()
        self._new, self._under_way, self._due_at = 0, under_way, now + PATIENCE_S

    def of(self, node_count: int | None) -> DurationModel:
        """The estimate for runs with that number of nodes; for all runs if there are few such runs or the number is None."""
        found = self._estimates.get(node_count)
        if found is None:
            found = self._estimates[node_count] = self._estimate(node_count)
        return found

    def _estimate(self, node_count: int | None) -> DurationModel:
        runs = [run.duration for run in in_order_of_start(self._runs.values(), self._under_way)]
        if node_count is None:
            return DurationModel.fit(runs)
        alike = [run for run in runs if run.node_count == node_count]
        ended = sum(run.ended for run in alike)
        return DurationModel.fit(alike) if ENOUGH <= ended < len(self._runs) else self.of(None)
