"""Schedule of a batch: when its last run ends, from the queues that its runs wait in."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import ActiveRun
from cordage_tui.store.runs.past_durations import PastRun

WAITED_S: Final = 5.0
"""A run that is pending for longer waits for another to end; a younger one may only be starting."""
_LATEST: Final = 30
"""Starts by which the number of slots is known."""
_ONE_BY_ONE: Final = 500
"""Prompts that are scheduled one by one; those behind them follow at an even pace."""


@dataclass(frozen=True, slots=True)
class WaitingPrompts:
    """Prompts of our own queue, up to the last one of a batch, that go to its webhook."""

    count: int
    first_s: float
    """Seconds until the first is sent."""
    step_s: float
    """Seconds between two of them."""


NOTHING_WAITS: Final = WaitingPrompts(0, 0.0, 0.0)


class ServerQueue:
    """Queue of one webhook at the server: its runs begin in the order in which they were sent, as slots get free."""

    def __init__(self, running_s: Iterable[float], slots: int | None, typical_s: float) -> None:
        """`running_s`: seconds that each run will still run; `slots`: how many run at once, None: any number; `typical_s`: how long a
        run runs."""
        self._ends = list(running_s)
        heapify(self._ends)
        self._slots = slots
        self._typical_s = typical_s
        self._begun_s = 0.0

    def end_of(self, sent_s: float = 0.0) -> float:
        """Schedule one more run, which is sent in so many seconds. Return when it ends."""
        self._begun_s = max(self._begun_s, sent_s)
        while self._slots is not None and len(self._ends) >= self._slots:
            self._begun_s = max(self._begun_s, heappop(self._ends))
        heappush(self._ends, self._begun_s + self._typical_s)
        return self._begun_s + self._typical_s

    def end_of_all(self, waiting: WaitingPrompts) -> float:
        """Schedule all of them. Return when the last of them ends; 0: there are none."""
        single = min(waiting.count, _ONE_BY_ONE)
        end = 0.0
        for place in range(single):
            end = self.end_of(waiting.first_s + place * waiting.step_s)
        pace_s = max(waiting.step_s, 0.0 if self._slots is None else self._typical_s / self._slots)
        return end + (waiting.count - single) * pace_s


def slots_of(past: Iterable[PastRun], active: Iterable[ActiveRun]) -> int | None:
    """Return how many runs of a webhook the server runs at once; None: none was seen to wait.

    Whenever a run that had waited began, all slots were taken: so many were running then, with itself. It is the median of the
    latest `_LATEST` such moments.
    """
    starts: list[float] = []
    ends: list[float] = []
    waited: list[float] = []
    for run in past:
        if (running_s := run.finished.running_s) is not None:
            starts.append(run.ended_at - running_s)
            ends.append(run.ended_at)
            if (run.finished.queued_s or 0.0) >= WAITED_S:
                waited.append(starts[-1])
    for other in active:
        if other.started_at is not None:
            starts.append(other.started_at)
            if other.started_at - other.begun_at >= WAITED_S:
                waited.append(other.started_at)
    starts.sort()
    ends.sort()
    counts = sorted(bisect_right(starts, at) - bisect_right(ends, at) for at in sorted(waited)[-_LATEST:])
    return max(1, counts[len(counts) // 2]) if counts else None


def split(active: Iterable[ActiveRun], now: float) -> tuple[list[ActiveRun], list[ActiveRun]]:
    """Split the active runs of a webhook, in the order in which the server got them, into those that run and those that wait at `now`,
    epoch seconds.

    A trigger is answered "running" of a run that still waits: one that the server got after another which has waited for long waits
    too.
    """
    runs = sorted(active, key=lambda run: run.begun_at)
    waits_since = min((r.begun_at for r in runs if r.started_at is None and now - r.begun_at >= WAITED_S), default=inf)
    running = [run for run in runs if run.started_at is not None and run.begun_at < waits_since]
    return running, [run for run in runs if run.started_at is None or run.begun_at >= waits_since]


def slots_now(
    learned: int | None, running: Sequence[ActiveRun], pending: Sequence[ActiveRun], now: float
) -> int | None:
    """Return how many run at once at `now`, epoch seconds, where some wait; what was `learned` where none does, and 0 where some
    wait although none runs, for which there is no explanation."""
    if not any(now - run.begun_at >= WAITED_S for run in pending):
        return learned
    return max(learned or 0, len(running))
