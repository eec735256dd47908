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
"""Prompts that are scheduled one by one; later ones follow at an even pace."""


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
    """Queue of one webhook at the server: its runs start in the order they were sent, as slots become free."""

    def __init__(self, running_s: Iterable[float], slots: int | None, typical_s: float) -> None:
        """`running_s`: seconds that each run will still run; `slots`: how many run at once, None: any number; `typical_s`: how long a
        run runs."""
        self._ends = list(running_s)
        heapify(self._ends)
        self._slots = slots
        self._typical_s = typical_s
        self._begun_s = 0.0

    def end_of(self, sent_s: float = 0.0) -> float:
        """Schedule one more run, sent in `sent_s` seconds. Return the seconds until it ends."""
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

    When a run that had waited starts, all slots are taken, so the runs at that moment, including it, are the slots.
    It is the median of the latest `_LATEST` such moments.
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
    """Split the active runs of a webhook at `now`, epoch seconds, into running and waiting ones, by the order of
    their receipt.

    A trigger may be answered "running" for a run that still waits. So a run received after another that has waited
    long counts as waiting too.
    """
    runs = sorted(active, key=lambda run: run.begun_at)
    waits_since = min((r.begun_at for r in runs if r.started_at is None and now - r.begun_at >= WAITED_S), default=inf)
    running = [run for run in runs if run.started_at is not None and run.begun_at < waits_since]
    return running, [run for run in runs if run.started_at is None or run.begun_at >= waits_since]


def slots_now(
    learned: int | None, running: Sequence[ActiveRun], pending: Sequence[ActiveRun], now: float
) -> int | None:
    """Return how many run at once at `now`, epoch seconds. If some wait, it is at least the number that run.

    It is `learned` if none waits, and 0 if some wait although none runs, which cannot be explained.
    """
    if not any(now - run.begun_at >= WAITED_S for run in pending):
        return learned
    return max(learned or 0, len(running))
