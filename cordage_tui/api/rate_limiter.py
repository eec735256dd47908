"""Rate limiter of one API key: calls wait instead of failing.

Three classes of calls, each with its own `RateBudget`; no class ever stops another. Within a class the user's own calls
go before background work, and each of the two in the order they came. Processes that share a budget file spend from one
budget; each keeps its own queues.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cordage_tui.api import rate_budget
from cordage_tui.api.rate_budget import RateBudget
from cordage_tui.api.shared_budget import BudgetStore
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.rate_limit import PUBLISHED_LIMITS, BudgetView, Priority, RateLimitClass, RateLimitHeaders

_SOON_S: Final = 1e-4
"""Less is no wait: event loops round their timers."""


class RateLimiter:
    """Rate limiter of one API key, for one event loop. To be used on one event loop."""

    def __init__(
        self,
        clock: Clock,
        *,
        read_share: float = 0.9,
        rng: random.Random | None = None,
        file: Callable[[RateLimitClass], Path | None] = lambda _: None,
    ) -> None:
        """`read_share` of the read budget is for background work, the rest answers the user's own keys; `rng` draws
        the jitter; `file` names the file that processes share for each class, by default none."""
        self._clock = clock
        self._listeners: dict[object, Callable[[], None]] = {}
        rng = rng if rng is not None else random.Random()
        self._queues = {
            kind: _WaitQueue(
                RateBudget(
                    PUBLISHED_LIMITS[kind],
                    share=read_share if kind is RateLimitClass.READ else 1.0,
                    even=kind is RateLimitClass.TRIGGER,
                    rng=rng,
                ),
                BudgetStore(file(kind)),
                clock,
                self._changed,
            )
            for kind in (RateLimitClass.READ, RateLimitClass.TRIGGER, RateLimitClass.KILL)
        }

    async def acquire(self, call_class: RateLimitClass, priority: Priority) -> None:
        """Wait until such a call may go out, which then counts as gone. Cancel it to give up the place in the queue.
        Cancel it to give up the place in the line."""
        await self._queues[call_class].acquire(priority)

    def learn(self, call_class: RateLimitClass, reading: RateLimitHeaders) -> None:
        """Learn from the headers of an answer to a call of that class."""
        self._queues[call_class].learn(reading)

    def refund(self, call_class: RateLimitClass) -> None:
        """Take back an acquired call that was surely not sent: offline, nothing is spent that the server never sees."""
        self._queues[call_class].give_back()

    def views(self) -> tuple[BudgetView, ...]:
        """Return the three budgets as they are now: reads, triggers, kills."""
        return tuple(map(self.view, self._queues))

    def view(self, call_class: RateLimitClass) -> BudgetView:
        """Return one budget; where it is shared by a file, that is read (some 30 µs)."""
        return self._queues[call_class].view(call_class)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` whenever anything but the passing of time changed `views()`; returns a function that ends
        it."""
        token = object()
        self._listeners[token] = callback
        return lambda: self._listeners.pop(token, None) and None

    def forget(self) -> None:
        """Discard what headers said, after suspend."""
        for queue in self._queues.values():
            queue.forget()

    def _changed(self) -> None:
        for callback in list(self._listeners.values()):
            callback()


class _WaitQueue:
    """Wait queue of one class of calls."""

    def __init__(self, budget: RateBudget, store: BudgetStore, clock: Clock, changed: Callable[[], None]) -> None:
        self._budget = budget
        self._store = store
        self._clock = clock
        self._changed = changed
        self._lines: dict[Priority, deque[asyncio.Future[None]]] = {
            Priority.USER: deque(),
            Priority.BACKGROUND: deque(),
        }
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, priority: Priority) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines[priority].append(place)
        self._update()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._update()
            else:  # given up in the very moment it was granted
                self.give_back()
            raise

    def learn(self, reading: RateLimitHeaders) -> None:
        self._update(lambda now: self._budget.update_from_headers(reading, now))

    def give_back(self) -> None:
        self._update(self._budget.give_back)

    def forget(self) -> None:
        self._update(lambda _: self._budget.reset_header_state())

    def view(self, kind: RateLimitClass) -> BudgetView:
        now, budget, head = self._clock.monotonic(), self._budget, self._head()
        with self._store.open(budget, now):
            return BudgetView(
                call_class=kind,
                limit=budget.limit,
                remaining=budget.remaining(now),
                reset_s=budget.reset_s(now),
                waiting=sum(not place.done() for line in self._lines.values() for place in line),
                wait_s=budget.wait_s(head, now) if head else 0.0,
                limited=budget.penalty_remaining_s(now) > 0,
                ours=budget.state.count_since(now - 60.0),
                others_a_minute=rate_budget.foreign_calls_per_minute(budget.state, now),
            )

    def _head(self) -> Priority | None:
        """Return the priority of the next call, after removing those that were cancelled."""
        for priority, line in self._lines.items():
            while line and line[0].done():
                line.popleft()
            if line:
                return priority
        return None

    def _update(self, change: Callable[[float], None] = lambda _: None) -> None:
        """Apply `change`, release waiters that may proceed, arm the timer, notify listeners."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock.monotonic()
        with self._store.open(self._budget, now):
            change(now)
            wake = self._release_waiters(now)
        if wake > 0:
            self._timer = asyncio.get_running_loop().call_later(wake, self._update)
        self._changed()

    def _release_waiters(self, now: float) -> float:
        """Release waiters; returns the seconds until the next check; 0: not before something happens."""
        wake = self._budget.penalty_remaining_s(now)
        while (priority := self._head()) is not None:
            wait = self._budget.wait_s(priority, now)
            if wait > _SOON_S:
                return wait
            self._budget.grant(priority, now)
            self._lines[priority].popleft().set_result(None)
        return wake
