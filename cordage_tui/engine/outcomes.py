"""Runs that a list showed as ended without telling with what: one get each, when somebody looks at them or nothing else is
due (FAULTS.md A2, detail gets)."""

import random
from collections.abc import Collection, Iterable
from typing import Final

from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.engine.schedule.backoff import BACKOFF_CAP_S, backoff_s

_MOST: Final = 10_000
"""Runs remembered at most; the oldest are forgotten, and read when they are opened."""


class PendingResults:
    """What is still to be fetched, in the order it is to be."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._owed: dict[RowId, ActiveRun] = {}
        self._failures: dict[RowId, int] = {}
        self._not_before: dict[RowId, float] = {}
        self._preferred: frozenset[RowId] = frozenset()

    @property
    def preferred(self) -> frozenset[RowId]:
        """As `prefer` was told last."""
        return self._preferred

    def prefer(self, rows: Collection[RowId]) -> None:
        """These are looked at, or to be downloaded."""
        self._preferred = frozenset(rows)

    def add(self, runs: Iterable[ActiveRun]) -> None:
        """They have ended."""
        self._owed |= {run.id: run for run in runs}
        for row in list(self._owed)[: max(0, len(self._owed) - _MOST)]:
            self.settle(row)

    def next(self, now: float) -> ActiveRun | None:
        """The one to fetch first at `now`, monotonic seconds; None: none, or each is under way or has just failed."""
        wanted = (*sorted(self._preferred & self._owed.keys()), *self._owed)
        return next((self._owed[row] for row in wanted if self._not_before.get(row, now) <= now), None)

    def is_preferred(self, run: ActiveRun) -> bool:
        """Somebody waits for it."""
        return run.id in self._preferred

    def fetching(self, run: ActiveRun) -> None:
        """Its get goes out: until it is settled or failed it is not the next."""
        self._not_before[run.id] = float("inf")

    def failed(self, run: ActiveRun, now: float) -> None:
        """It could not be read; it is tried again after all others."""
        if self._owed.pop(run.id, None) is not None:
            self._owed[run.id] = run
            self._failures[run.id] = failures = self._failures.get(run.id, 0) + 1
            self._not_before[run.id] = now + backoff_s(failures, BACKOFF_CAP_S, self._rng)

    def settle(self, row: RowId) -> None:
        """Nothing more is to be learned of it."""
        for memory in (self._owed, self._failures, self._not_before):
            memory.pop(row, None)

    def forget(self, webhook_key: str) -> None:
        """The webhook is gone, and its runs with it."""
        for row in [row for row, run in self._owed.items() if run.webhook_key == webhook_key]:
            self.settle(row)
