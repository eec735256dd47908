"""What the history of a profile teaches about how long its runs take."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.duration_model import ENOUGH, DurationModel, RunEstimate, elapsed
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.context import EngineContext
from cordage_tui.store.errors import StoreError
from cordage_tui.store.run_lookup import PastRun

MEMORY: Final = 200
"""Runs of a webhook that are learned from: the latest."""
FORESEEABLE: Final = frozenset({Status.PENDING, Status.RUNNING})
"""A run that is being killed ends otherwise than the past ones did, and of other words nobody knows what they mean."""
STEADY: Final = 32
"""One new run among so many is not worth another estimate."""
PATIENCE_S: Final = 60.0
"""How often, while no run ends, it is looked at whether all are hanging."""


class DurationEstimates:
    """Durations by webhook and node count, learned from the runs that have finished, whoever started them."""

    def __init__(self, session: EngineContext) -> None:
        self._session = session
        self._lessons: dict[str, _WebhookEstimates] = {}

    def of(self, webhook_key: str, node_count: int | None = None) -> DurationModel:
        """What is known of such runs, those of the whole webhook where few had that many nodes; memoryless while that is
        little. It stays the same object until more runs have taught something else."""
        now = self._session.clock.monotonic()
        lesson = self._lessons.get(webhook_key)
        if lesson is None or lesson.is_due(now):
            try:
                lesson = self._lesson(webhook_key, now)
            except StoreError:  # a moment later it can be read, or the whole screen will say why not
                if lesson is None:
                    return DurationModel.memoryless()
        return lesson.of(node_count)

    def noticed(self, rows: Collection[RowId]) -> None:
        """These rows have changed; some may have finished."""
        try:
            runs = self._session.store.past.among(self._session.profile, rows) if self._lessons else []
        except StoreError:
            self._lessons.clear()  # read anew, as soon as somebody asks
            return
        for run in runs:
            if lesson := self._lessons.get(run.webhook_key):
                lesson.add_run(run)

    def outlooks(self, rows: Iterable[RunRow]) -> Mapping[RowId, RunEstimate]:
        """Estimate the time left of those `rows` that wait or run, where enough is known."""
        now = self._session.clock.wall()
        active = [row for row in rows if row.status in FORESEEABLE]
        nodes: Mapping[RowId, int] = {}
        with suppress(StoreError):
            nodes = self._session.store.past.node_counts([row.id for row in active])
        found = {
            row.id: RunEstimate.of(self.of(row.webhook_key, nodes.get(row.id)), *elapsed(row, now)) for row in active
        }
        return {row: outlook for row, outlook in found.items() if outlook is not None}

    def _lesson(self, webhook_key: str, now: float) -> "_WebhookEstimates":
        """A webhook's lesson, made anew where there is something to learn. Raises StoreError."""
        past, profile = self._session.store.past, self._session.profile
        lesson = self._lessons.get(webhook_key) or _WebhookEstimates(past.latest(profile, webhook_key, MEMORY))
        overdue_since = self._session.clock.wall() - lesson.longest_s
        lesson.rebuild(past.still_active(profile, webhook_key, overdue_since), now)
        self._lessons[webhook_key] = lesson
        return lesson


class _WebhookEstimates:
    """What one webhook's runs teach. An estimate takes milliseconds, so each is made when it is asked for, and anew only
    when there is something to learn."""

    def __init__(self, runs: Iterable[PastRun]) -> None:
        """`runs` in the order they ended."""
        self._runs = {run.id: run for run in runs}
        self._new = 0
        self._hanging = 0
        self._due_at = float("-inf")
        self._estimates: dict[int | None, DurationModel] = {}

    @property
    def longest_s(self) -> float:
        """Of all its runs, seconds from creation to the end."""
        return max((run.finished.total_s for run in self._runs.values()), default=float("inf"))

    def add_run(self, run: PastRun) -> None:
        """This run has ended, or something more is known of it; of too many the first ones are forgotten."""
        self._new += run.id not in self._runs
        self._runs[run.id] = run
        if len(self._runs) > MEMORY:
            del self._runs[next(iter(self._runs))]

    def is_due(self, now: float) -> bool:
        """Whether the estimates are to be made anew at `now`, monotonic seconds: the more runs they rest on, the more new
        ones it takes."""
        return self._new > len(self._runs) // STEADY or now >= self._due_at

    def rebuild(self, hanging: int, now: float) -> None:
        """Make them anew, where anything is known that was not."""
        if self._new or hanging != self._hanging:
            self._estimates.clear()
        self._new, self._hanging, self._due_at = 0, hanging, now + PATIENCE_S

    def of(self, node_count: int | None) -> DurationModel:
        """The estimate for runs of so many nodes; for all where those are few, or where it is None."""
        found = self._estimates.get(node_count)
        if found is None:
            found = self._estimates[node_count] = self._estimate(node_count)
        return found

    def _estimate(self, node_count: int | None) -> DurationModel:
        runs = [run.finished for run in self._runs.values()]
        if node_count is None:
            return DurationModel.fit(runs, self._hanging)
        alike = [run for run in runs if run.node_count == node_count]
        return DurationModel.fit(alike, self._hanging) if ENOUGH <= len(alike) < len(runs) else self.of(None)
