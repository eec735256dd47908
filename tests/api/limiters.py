"""Servers' rate limiters, and a world in which calls take time to arrive and answers to come back. Simulated time only."""

import heapq
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from cordage_tui.api.budget import RateBudget
from cordage_tui.domain.budget import BudgetReading, Priority


@dataclass
class Fixed:
    """Windows that turn once a minute, wherever in the minute they began; reset in whole seconds, rounded down."""

    limit: int
    phase: float = 0.0
    headers: bool = True
    used: dict[int, int] = field(default_factory=dict)

    def arrive(self, now: float) -> BudgetReading:
        window, into = divmod(now + self.phase, 60.0)
        used = self.used[int(window)] = self.used.get(int(window), 0) + 1
        refused = 60.0 - into if used > self.limit else None
        if not self.headers:
            return BudgetReading(retry_after_s=refused)
        return BudgetReading(self.limit, max(0, self.limit - used), float(int(60.0 - into)), refused)


@dataclass
class Sliding:
    """The last sixty seconds, whenever asked; reset is when the oldest call leaves them."""

    limit: int
    headers: bool = True
    taken: deque[float] = field(default_factory=deque)

    def arrive(self, now: float) -> BudgetReading:
        while self.taken and self.taken[0] <= now - 60.0:
            self.taken.popleft()
        refused = len(self.taken) >= self.limit
        if not refused:
            self.taken.append(now)
        wait = self.taken[0] + 60.0 - now
        if not self.headers:
            return BudgetReading(retry_after_s=wait if refused else None)
        return BudgetReading(self.limit, self.limit - len(self.taken), float(int(wait)), wait if refused else None)


@dataclass
class World:
    """A greedy poller and a user with bursts behind one budget, before one limiter."""

    budget: RateBudget
    limiter: Fixed | Sliding
    rng: random.Random
    user_at: list[float]
    """When the user wants a call; may come in heaps."""
    granted: list[tuple[float, Priority]] = field(default_factory=list)
    refused: int = 0
    user_waits: list[float] = field(default_factory=list)
    """Seconds each of the user's calls waited."""

    def run(self, until: float) -> None:
        """Plays the world; at every moment of it something arrives, answers or asks."""
        pending: list[tuple[float, int, BudgetReading | None]] = []
        wanted = deque(sorted(self.user_at))
        for now in self._moments(until):
            while pending and pending[0][0] <= now:
                at, number, answer = heapq.heappop(pending)
                if answer is None:
                    seen = self.limiter.arrive(at)
                    self.refused += seen.retry_after_s is not None
                    heapq.heappush(pending, (at + self._delay(), number, seen))
                else:
                    self.budget.learn(answer, at)
            for priority in self._who_may(wanted, now):
                self.budget.take(priority, now)
                self.granted.append((now, priority))
                heapq.heappush(pending, (now + self._delay(), len(self.granted), None))

    def _who_may(self, wanted: deque[float], now: float) -> Iterator[Priority]:
        while wanted and wanted[0] <= now and self.budget.wait_s(Priority.USER, now) == 0:
            self.user_waits.append(now - wanted.popleft())
            yield Priority.USER
        if not (wanted and wanted[0] <= now) and self.budget.wait_s(Priority.BACKGROUND, now) == 0:
            yield Priority.BACKGROUND

    def _moments(self, until: float) -> Iterator[float]:
        return (tick / 50 for tick in range(int(until * 50)))

    def _delay(self) -> float:
        return self.rng.uniform(0.02, 0.4)
