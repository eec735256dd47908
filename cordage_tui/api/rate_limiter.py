"""Rate limiter of one API key: calls wait instead of failing.

Three classes of calls, each with its own `RateBudget`; no class ever stops another. Within a class the user's own calls
go before background work, and each of the two in the order they came. Processes that share a budget file spend from one
budget; each keeps its own queues.
"""

import asyncio
import fcntl
import functools
import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cordage_tui.api import budget_state
from cordage_tui.api.budget_state import RateBudget, from_bytes, to_bytes
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.rate_limit import PUBLISHED_LIMITS, BudgetView, Priority, RateLimitClass, RateLimitHeaders

# State of a rate budget, in this process or in a file that all processes of this machine share.
#
# With the file, ten windows and the command line spend as one. The file is small and is read and written under a
# `flock` held for microseconds. It is never synced: after a crash of the machine it is useless anyway. If it cannot be
# used, a process follows its own state, like any other client, and the server's headers keep it fair.

_TRIES_S: Final = (0.0005, 0.001, 0.002, 0.004, 0.008)
"""Seconds between tries for a lock that is taken. Its holder needs microseconds, unless it was just stopped
(ctrl+z)."""
_BUSY_S: Final = 1.0
"""Back off from the file this long after failing to lock it: this is the event loop's thread."""
_MOST: Final = 1 << 20
"""Bytes; a longer file is not ours."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class BudgetStore:
    """State of one budget, shared by all processes of this machine that name the same file."""

    def __init__(self, path: Path | None) -> None:
        """Create a store on `path`, whose folder exists; None: only this process has the state.

        The file is created at its first use, mode 0600.
        """
        self._path = path
        self._raw = b""
        """Contents of the file when it was last read or written here."""
        self._usable = True
        self._busy_until = float("-inf")
        self._apart = False
        """True if calls that this process has made since may be missing from the file."""

    @contextmanager
    def open(self, budget: RateBudget, now: float, *, changes: bool = True) -> Iterator[None]:
        """Load the state shared by all into `budget`, keep others from changing it, and save it at the end. Never raises,
        never waits longer than some milliseconds; not to be nested. `now`: monotonic; `changes`: False: nothing is saved."""
        fd = self._locked(now)
        if fd is None:
            yield
            return
        try:
            self._load(fd, budget, now)
            yield
            if changes:
                self._save(fd, budget)
        finally:
            os.close(fd)  # and with it the lock

    def _locked(self, now: float) -> int | None:
        """Open and lock the file; None if that is not possible."""
        if self._path is None or not self._usable or now < self._busy_until:
            return None
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            self._usable = False
            return None
        if self._lock(fd, now):
            return fd
        os.close(fd)
        return None

    def _lock(self, fd: int, now: float) -> bool:
        for pause in (*_TRIES_S, 0.0):
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(pause)
            except OSError:
                self._usable = False
                return False
            else:
                return True
        self._busy_until = now + _BUSY_S
        self._apart = True
        return False

    def _load(self, fd: int, budget: RateBudget, now: float) -> None:
        """Load the file's state; if it is damaged or of another boot, our own stays."""
        try:
            raw = os.pread(fd, _MOST, 0)
        except OSError:
            self._usable = False
            return
        if raw == self._raw:
            return
        self._raw = raw
        shared = from_bytes(raw, boot(), now)
        if shared is None:
            return
        if self._apart:
            shared.granted = deque(sorted({*shared.granted, *budget.state.granted}))
            self._apart = False
        budget.state = shared

    def _save(self, fd: int, budget: RateBudget) -> None:
        raw = to_bytes(budget.state, boot())
        if raw == self._raw or not self._usable:
            return
        try:
            os.pwrite(fd, raw, 0)
            if len(raw) < len(self._raw):
                os.ftruncate(fd, len(raw))
        except OSError:  # from here on our own state is the better one
            self._usable = False
        self._raw = raw


@functools.cache
def boot() -> bytes:
    """Name this boot of this machine, whose processes share one monotonic time; empty if unknown."""
    try:
        return _BOOT_ID.read_bytes().strip()[:36]
    except OSError:
        return b""


_SOON_S: Final = 1e-4
"""Shorter waits count as none: event loops round their timers."""


LONG_WAIT_S: Final = 1.0
"""A wait for budget from which it is worth a record."""


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
        """Create the budgets.

        `read_share` of the read budget is for background work, and the rest is for the user's keys. `rng` draws the
        jitter. `file` names the file that processes share for each class, by default none.
        """
        self._clock = clock
        self._listeners: dict[object, Callable[[], None]] = {}
        self.on_waited: Callable[[RateLimitClass, Priority, float], None] = lambda kind, priority, seconds: None
        """Called after each wait of at least `LONG_WAIT_S`, to record it; must not raise."""
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
        """Wait until a call of this class may be sent; then it counts as sent. Cancel it to leave the queue."""
        begun = self._clock.monotonic()
        await self._queues[call_class].acquire(priority)
        if (waited := self._clock.monotonic() - begun) >= LONG_WAIT_S:
            self.on_waited(call_class, priority, waited)

    def learn(self, call_class: RateLimitClass, reading: RateLimitHeaders) -> None:
        """Learn from the headers of an answer to a call of that class."""
        self._queues[call_class].learn(reading)

    def refund(self, call_class: RateLimitClass) -> None:
        """Return the budget of an acquired call that was surely not sent."""
        self._queues[call_class].give_back()

    def views(self) -> tuple[BudgetView, ...]:
        """Return the three budgets now: reads, triggers, kills."""
        return tuple(map(self.view, self._queues))

    def view(self, call_class: RateLimitClass) -> BudgetView:
        """Return one budget; if a file shares it, this reads the file (some 30 µs)."""
        return self._queues[call_class].view(call_class)

    def limit(self, call_class: RateLimitClass) -> int:
        """Return the calls per minute that the server allows, by present knowledge; does not read the file."""
        return self._queues[call_class].limit

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` whenever anything but the passing of time changed `views()`; returns a function that ends
        it."""
        token = object()
        self._listeners[token] = callback
        return lambda: self._listeners.pop(token, None) and None

    def forget(self) -> None:
        """Discard the header state, after suspend. The wait after a 429 continues."""
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
        self._update(lambda now: self._budget.update_from_headers(reading, now, self._asleep_s))

    def give_back(self) -> None:
        self._update(self._budget.give_back)

    def forget(self) -> None:
        self._update(lambda _: self._budget.reset_header_state(self._asleep_s))

    @property
    def _asleep_s(self) -> float:
        return self._clock.boot() - self._clock.monotonic()

    @property
    def limit(self) -> int:
        return self._budget.limit

    def view(self, kind: RateLimitClass) -> BudgetView:
        now, budget, head = self._clock.monotonic(), self._budget, self._head()
        with self._store.open(budget, now, changes=False):
            return BudgetView(
                call_class=kind,
                limit=budget.limit,
                remaining=budget.remaining(now),
                reset_s=budget.reset_s(now),
                waiting=sum(not place.done() for line in self._lines.values() for place in line),
                wait_s=budget.wait_s(head, now) if head else 0.0,
                limited=budget.penalty_remaining_s(now) > 0,
                ours=budget.state.count_since(now - 60.0),
                others_a_minute=budget_state.foreign_calls_per_minute(budget.state, now),
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
