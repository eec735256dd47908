"""One rate budget as a pure state machine: every method gets `now`, monotonic seconds; nothing here waits.

Three sources, the better first: what the last response's headers said, minus what went out since; our own count of the
last minute; the published limit. Our own count is kept as a sliding window, which is safe for fixed windows too.
"""

import random
from collections import deque
from dataclasses import dataclass
from typing import Final

from cordage_tui.domain.budget import BudgetReading, Priority

WINDOW_S: Final = 61.0
"""A minute and a second: calls do not travel at one speed, and the server counts them when they arrive."""
COOL_JITTER_S: Final = 2.0
"""After a 429 clients must not come back in step (FAULTS.md A5)."""
TURN_JITTER_S: Final = (0.1, 1.5)
"""Background work waits this much longer than the turn of the window (A4)."""
_NEW_WINDOW_S: Final = 5.0
"""A reset that jumps by more than this belongs to another window."""


@dataclass(slots=True)
class _Belief:
    """What headers said, brought up to date with what went out since."""

    remaining: int
    until: float
    """When the window turns; from then on nothing is believed."""
    jitter_s: float


class RateBudget:
    """Who may call when, in one class of calls."""

    def __init__(self, limit: int, *, share: float, even: bool, rng: random.Random) -> None:
        """`limit` calls a minute until a header says otherwise; background work takes at most `share` of them;
        `even`: nobody sends faster than the budget refills, the user neither (triggers cost money)."""
        self.limit = limit
        self._share = share
        self._even = even
        self._rng = rng
        self._granted: deque[float] = deque()
        self._unanswered: deque[float] = deque()
        self._belief: _Belief | None = None
        self._floor: int | None = None
        """The lowest `remaining` among answers to calls that were under way together: they may cross on the way, and
        the lowest is the server's latest word."""
        self._cool_until = float("-inf")
        self._last_background = float("-inf")

    def wait_s(self, priority: Priority, now: float) -> float:
        """Seconds until such a call may go, as far as is known now; 0: at once. Ask again after that time."""
        self._trim(now)
        last = self._granted[-1] if self._granted else float("-inf")
        at = max(now, self._cool_until, last + self._even_gap() if self._even else now)
        if priority is Priority.USER:
            return max(at, self._room_at(0, 0.0, now)) - now
        belief = self._believed(now)
        room = self._room_at(self.reserve, belief.jitter_s if belief else 0.0, now)
        return max(at, room, self._last_background + self._background_gap(now)) - now

    def take(self, priority: Priority, now: float) -> None:
        """A call goes out now."""
        belief = self._believed(now)
        if belief is not None:
            belief.remaining = max(0, belief.remaining - 1)
        if not self._unanswered:
            self._floor = None
        self._granted.append(now)
        self._unanswered.append(now)
        if priority is Priority.BACKGROUND:
            self._last_background = now

    def learn(self, reading: BudgetReading, now: float) -> None:
        """An answer came. Only a 429 carries `retry_after_s`: it stops this class until then."""
        self._trim(now)
        if self._unanswered:
            self._unanswered.popleft()
        if reading.limit is not None:
            self.limit = reading.limit
        if reading.remaining is not None:
            self._believe(min(reading.remaining, self.limit), reading.reset_s, now)
        if reading.retry_after_s is not None:
            self._cool_until = max(
                self._cool_until, now + reading.retry_after_s + self._rng.uniform(0.0, COOL_JITTER_S)
            )

    def forget(self) -> None:
        """Headers seen so far are not believed any more, nor a 429; our own count stays."""
        self._belief = None
        self._cool_until = float("-inf")

    @property
    def reserve(self) -> int:
        """Calls a window that background work leaves for the user's own keys; it may always make one itself."""
        return min(round((1.0 - self._share) * self.limit), self.limit - 1)

    def remaining(self, now: float) -> int:
        """Calls left in this window, of all priorities."""
        self._trim(now)
        belief = self._believed(now)
        return belief.remaining if belief else max(0, self.limit - len(self._granted))

    def reset_s(self, now: float) -> float | None:
        """Seconds until the window turns; None: no header told."""
        belief = self._believed(now)
        return belief.until - now if belief else None

    def cool_s(self, now: float) -> float:
        """Seconds until a 429 is over; 0: there is none."""
        return max(0.0, self._cool_until - now)

    def _believe(self, told: int, reset_s: float | None, now: float) -> None:
        old = self._believed(now)
        until = now + (WINDOW_S if reset_s is None else reset_s)
        if self._floor is None or old is None or until - old.until > _NEW_WINDOW_S:
            self._floor = told
        self._floor = min(told, self._floor)
        left = max(0, self._floor - len(self._unanswered))
        self._belief = _Belief(left, until, self._rng.uniform(*TURN_JITTER_S))

    def _trim(self, now: float) -> None:
        """What is older than a window is in no window; a call not answered by then will not be."""
        for times in (self._granted, self._unanswered):
            while times and times[0] <= now - WINDOW_S:
                times.popleft()

    def _believed(self, now: float) -> _Belief | None:
        return self._belief if self._belief is not None and now < self._belief.until else None

    def _room_at(self, reserve: int, jitter_s: float, now: float) -> float:
        """When more than `reserve` calls are left."""
        belief = self._believed(now)
        if belief is not None:
            return now if belief.remaining > reserve else belief.until + jitter_s
        over = len(self._granted) - (self.limit - reserve)
        return now if over < 0 else self._granted[over] + WINDOW_S

    def _even_gap(self) -> float:
        return WINDOW_S / self.limit

    def _background_gap(self, now: float) -> float:
        """Seconds between two background calls: the share spread over the window, wider when others draw on it too."""
        gap = self._even_gap() / max(self._share, 0.01)
        belief = self._believed(now)
        if belief is None or belief.remaining <= self.reserve:
            return gap
        return max(gap, (belief.until - now) / (belief.remaining - self.reserve))
