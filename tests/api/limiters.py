"""Rate limiters of servers, and a world with travel times of calls and answers. Simulated time only."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from math import ceil

from cordage_tui.api import budget_state
from cordage_tui.api.budget_state import RateBudget
from cordage_tui.domain.rate_limit import Priority, RateLimitHeaders


@dataclass
class Fixed:
    """Windows that turn once per minute, at any offset; reset in whole seconds, rounded down."""

    limit: int
    phase: float = 0.0
    headers: bool = True
    used: dict[int, int] = field(default_factory=dict)

    def arrive(self, now: float) -> RateLimitHeaders:
        window, into = divmod(now + self.phase, 60.0)
        used = self.used[int(window)] = self.used.get(int(window), 0) + 1
        refused = 60.0 - into if used > self.limit else None
        if not self.headers:
            return RateLimitHeaders(retry_after_s=refused)
        return RateLimitHeaders(self.limit, max(0, self.limit - used), float(int(60.0 - into)), refused)


@dataclass
class Sliding:
    """The last sixty seconds, whenever asked; reset is when the oldest call leaves them."""

    limit: int
    headers: bool = True
    taken: deque[float] = field(default_factory=deque)

    def arrive(self, now: float) -> RateLimitHeaders:
        while self.taken and self.taken[0] <= now - 60.0:
            self.taken.popleft()
        refused = len(self.taken) >= self.limit
        if not refused:
            self.taken.append(now)
        wait = self.taken[0] + 60.0 - now
        if not self.headers:
            return RateLimitHeaders(retry_after_s=wait if refused else None)
        return RateLimitHeaders(self.limit, self.limit - len(self.taken), float(int(wait)), wait if refused else None)


@dataclass
class World:
    """A greedy poller and a user with bursts who share one budget of one limiter."""

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
        pending: list[tuple[float, int, RateLimitHeaders | None]] = []
        wanted = deque(sorted(self.user_at))
        for now in self._moments(until):
            while pending and pending[0][0] <= now:
                at, number, answer = heapq.heappop(pending)
                if answer is None:
                    headers = self.limiter.arrive(at)
                    self.refused += headers.retry_after_s is not None
                    heapq.heappush(pending, (at + self._delay(), number, headers))
                else:
                    self.budget.update_from_headers(answer, at)
            for priority in self._who_may(wanted, now):
                self.budget.grant(priority, now)
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


@dataclass
class Opening:
    """A window that opens with the first call and turns a minute later; reset in whole seconds, rounded up."""

    limit: int
    opened: float = float("-inf")
    used: int = 0

    def arrive(self, now: float) -> RateLimitHeaders:
        if now >= self.opened + 60.0:
            self.opened, self.used = now, 0
        refused = self.used >= self.limit
        self.used += not refused
        left = self.opened + 60.0 - now
        return RateLimitHeaders(self.limit, self.limit - self.used, float(ceil(left)), left if refused else None)


@dataclass
class Crowd:
    """Independent clients that poll as much as they may, and strangers that call evenly and ignore limits.

    All use one limiter.
    """

    budgets: list[RateBudget]
    limiter: Fixed | Sliding | Opening
    rng: random.Random
    foreign_a_minute: float = 0.0
    lies: Callable[[RateLimitHeaders], RateLimitHeaders] = lambda headers: headers
    """What becomes of an answer's headers on the way."""
    polls: list[list[float]] = field(default_factory=list)
    """When each client's reads went out."""
    refused: int = 0
    """429s the clients got."""
    foreign_refused: int = 0
    others: list[list[float | None]] = field(default_factory=list)
    """What each client thought that others spend, after each answer."""

    def run(self, until: float) -> None:
        """Plays until then, from one event to the next."""
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._number = count()
        self.polls = [[] for _ in self.budgets]
        self.others = [[] for _ in self.budgets]
        self._woken = [0] * len(self.budgets)
        for client in range(len(self.budgets)):
            self._at(self.rng.uniform(0.0, 3.0), partial(self._poll, client, 0))
        if self.foreign_a_minute:
            self._at(self.rng.uniform(0.0, 1.0), self._stranger)
        while self._events and self._events[0][0] < until:
            now, _, event = heapq.heappop(self._events)
            event(now)

    def _at(self, moment: float, event: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._number), event))

    def _stranger(self, now: float) -> None:
        self.foreign_refused += self.limiter.arrive(now).retry_after_s is not None
        self._at(now + 60.0 / self.foreign_a_minute * self.rng.uniform(0.8, 1.2), self._stranger)

    def _poll(self, client: int, number: int, now: float) -> None:
        """The client looks whether it may poll, and polls; later looks are made void by earlier ones."""
        if number != self._woken[client]:
            return
        self._woken[client] += 1
        budget = self.budgets[client]
        if (wait := budget.wait_s(Priority.BACKGROUND, now)) <= 1e-4:
            budget.grant(Priority.BACKGROUND, now)
            self.polls[client].append(now)
            self._at(now + self.rng.uniform(0.02, 0.2), partial(self._arrive, client))
            wait = budget.wait_s(Priority.BACKGROUND, now)
        self._at(now + max(wait, 1e-3), partial(self._poll, client, self._woken[client]))

    def _arrive(self, client: int, now: float) -> None:
        headers = self.limiter.arrive(now)
        self.refused += headers.retry_after_s is not None
        self._at(now + self.rng.uniform(0.02, 0.2), partial(self._learn, client, self.lies(headers)))

    def _learn(self, client: int, headers: RateLimitHeaders, now: float) -> None:
        self.budgets[client].update_from_headers(headers, now)
        self.others[client].append(budget_state.foreign_calls_per_minute(self.budgets[client].state, now))
        self._poll(client, self._woken[client], now)


@dataclass
class Senders(Crowd):
    """Machines that share a key, each with a queue of prompts; a prompt that meets a 429 is sent once more."""

    prompts: int = 70
    """Of each machine."""
    ended: float = 0.0
    """When the last prompt was accepted."""

    def run(self, until: float) -> None:
        """Plays until every prompt was accepted, or until then."""
        self._waiting = [self.prompts] * len(self.budgets)
        super().run(until)

    @property
    def is_done(self) -> bool:
        return not any(self._waiting)

    def _poll(self, client: int, number: int, now: float) -> None:
        if number != self._woken[client] or not self._waiting[client]:
            return
        self._woken[client] += 1
        budget = self.budgets[client]
        if budget.wait_s(Priority.USER, now) <= 1e-4:
            budget.grant(Priority.USER, now)
            self._waiting[client] -= 1
            self.polls[client].append(now)
            self._at(now + self.rng.uniform(0.02, 0.2), partial(self._arrive, client))
        wait = budget.wait_s(Priority.USER, now)
        self._at(now + max(wait, 1e-3), partial(self._poll, client, self._woken[client]))

    def _arrive(self, client: int, now: float) -> None:
        before = self.refused
        super()._arrive(client, now)
        self._waiting[client] += self.refused > before
        self.ended = now
