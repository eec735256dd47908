"""One rate budget as a pure state machine: every method gets `now`, monotonic seconds; nothing here waits.

Three sources, the better first: what the last response's headers said, minus what went out since; our own count of the
last minute; the published limit. Our own count is kept as a sliding window, which is safe for fixed windows too.

Background work follows the budget line (FAULTS.md A4): it may have spent, with all others who use the key, what a steady
pace would have spent by now. So any number of programs that know nothing of each other share a window evenly, and
none starves: however much others spend, it takes a third of its proportional share. On a sliding window `reset` is
always near once calls return as fast as they go out; the line is then at its end, and what `remaining` leaves above
the reserve decides alone.
"""

import random
from math import inf, isnan, nan
from typing import Final

from cordage_tui.api import others
from cordage_tui.api.book import WINDOW_S, HeaderState, RateBudgetState
from cordage_tui.domain.rate_limit import Priority, RateLimitHeaders

COOL_JITTER_S: Final = 2.0
"""After a 429 clients must not come back in step (FAULTS.md A5)."""
TURN_JITTER_S: Final = (0.1, 1.5)
"""Background work waits this much longer than the turn of the window (A4)."""
LINE_S: Final = 60.0
"""The budget line spans one window."""
PATIENCE: Final = 3.0
"""Nobody waits for the line longer than this many proportional gaps: the minimum share (A4)."""
CUT: Final = 0.7
"""A 429 slows its class to this much of its pace (A5)."""
REGROWN_A_MINUTE: Final = 0.05
LEAST_LEFT: Final = 4.0
"""Where others will have left fewer than this, background work does not try: news is a few seconds old."""
PACE_MIN: Final = 0.2
"""However many 429s: a read every three seconds."""
_NO_RESET_S: Final = 3.0
"""How long `remaining` is believed without a reset beside it: half a header is likely nonsense."""
_NEW_WINDOW_S: Final = 5.0
"""A reset that jumps by more than this belongs to another window."""
_ROUNDED_S: Final = 1.0
"""Resets are whole seconds."""


class RateBudget:
    """Who may call when, in one class of calls."""

    def __init__(self, limit: int, *, share: float, even: bool, rng: random.Random) -> None:
        """`limit` calls a minute until a header says otherwise; background work takes at most `share` of them;
        `even`: nobody sends faster than the budget refills, the user neither (triggers cost money)."""
        self.book = RateBudgetState(limit)
        """All that is known; may be replaced by what another process knows."""
        self._share = share
        self._even = even
        self._rng = rng

    def wait_s(self, priority: Priority, now: float) -> float:
        """Seconds until such a call may go, as far as is known now; 0: at once. Ask again after that time."""
        book = self.book
        book.trim(now)
        at = max(now, book.cool_until)
        if self._even and book.granted:
            at = max(at, book.granted[-1] + WINDOW_S / self.limit / self._pace(now))
        belief = self._believed(now)
        if priority is Priority.BACKGROUND:
            return max(at, self._background_at(now)) - now
        if belief is not None:
            return max(at, now if belief.remaining > 0 else belief.until) - now
        return max(at, self._own_room_at(0, now)) - now

    def grant(self, priority: Priority, now: float) -> None:
        """A call goes out now."""
        book = self.book
        belief = self._believed(now)
        if belief is not None:
            belief.remaining = max(0, belief.remaining - 1)
        if not book.unanswered:
            book.floor = None
        book.granted.append(now)
        book.unanswered.append(now)
        if priority is Priority.BACKGROUND:
            book.last_background = now

    def update_from_headers(self, reading: RateLimitHeaders, now: float) -> None:
        """An answer came. Only a 429 carries `retry_after_s`: it stops this class until then, and slows it after that."""
        book = self.book
        book.trim(now)
        took_s = now - book.unanswered.popleft() if book.unanswered else 0.0
        if reading.limit is not None:
            book.limit = reading.limit
        if reading.remaining is not None:
            self._believe(min(reading.remaining, self.limit), reading.reset_s, took_s, now)
        if reading.retry_after_s is not None:
            self._cool(reading.retry_after_s, now)

    def give_back(self, now: float) -> None:
        """One of the calls without an answer surely never went out. Which one is not known; the oldest is taken off, so that
        the count errs to the safe side."""
        book = self.book
        book.trim(now)
        if not book.unanswered:
            return
        book.granted.remove(book.unanswered.popleft())
        if (belief := self._believed(now)) is not None:
            belief.remaining = min(self.limit, belief.remaining + 1)

    def reset_header_state(self) -> None:
        """Headers seen so far are not believed any more, nor a 429; our own count stays."""
        book = self.book
        book.belief = book.floor = None
        book.cool_until = book.foreign_until = -inf
        book.foreign = book.foreign_before = nan

    @property
    def limit(self) -> int:
        """Calls a minute, as the server told last."""
        return self.book.limit

    @property
    def reserve(self) -> int:
        """Calls a window that background work leaves for the user's own keys; it may always make one itself."""
        return min(round((1.0 - self._share) * self.limit), self.limit - 1)

    def remaining(self, now: float) -> int:
        """Calls left in this window, of all priorities."""
        self.book.trim(now)
        belief = self._believed(now)
        return belief.remaining if belief else max(0, self.limit - len(self.book.granted))

    def reset_s(self, now: float) -> float | None:
        """Seconds until the window turns; None: no header told."""
        belief = self._believed(now)
        return None if belief is None or isnan(belief.turn) else belief.until - now

    def penalty_remaining_s(self, now: float) -> float:
        """Seconds until a 429 is over; 0: there is none."""
        return max(0.0, self.book.cool_until - now)

    def _cool(self, retry_after_s: float, now: float) -> None:
        book = self.book
        if now >= book.cool_until:  # those that were under way together are one mistake
            book.pace, book.paced_at = max(PACE_MIN, CUT * self._pace(now)), now
        book.cool_until = max(book.cool_until, now + retry_after_s + self._rng.uniform(0.0, COOL_JITTER_S))

    def _pace(self, now: float) -> float:
        return min(1.0, self.book.pace + REGROWN_A_MINUTE * (now - self.book.paced_at) / 60.0)

    def _believe(self, told: int, reset_s: float | None, took_s: float, now: float) -> None:
        book, old = self.book, self._believed(now)
        until = now + (_NO_RESET_S if reset_s is None else reset_s)
        if book.floor is None or old is None or until - old.until > _NEW_WINDOW_S:
            book.floor = told
        if old is not None and abs(until - old.until) <= _NEW_WINDOW_S:
            until = max(until, old.until)  # rounded down, the window would seem to turn too early
        book.floor = min(told, book.floor)
        # Whatever a header claims: what we sent in its window is spent.
        start = -inf if reset_s is None else until - LINE_S + _ROUNDED_S
        left = min(book.floor - len(book.unanswered), self.limit - book.count_since(start))
        turn = nan if reset_s is None else min(until, now + LINE_S)
        book.belief = HeaderState(max(0, left), until, turn, now, self._rng.uniform(*TURN_JITTER_S))
        if reset_s is not None:
            others.count(book, self.limit - book.floor, until, took_s)

    def _believed(self, now: float) -> HeaderState | None:
        belief = self.book.belief
        return belief if belief is not None and now < belief.until else None

    def _own_room_at(self, reserve: int, now: float) -> float:
        """When, by our own count, more than `reserve` calls are left."""
        granted = self.book.granted
        over = len(granted) - (self.limit - reserve)
        return now if over < 0 else granted[over] + WINDOW_S

    def _background_at(self, now: float) -> float:
        belief, reserve = self.book.belief, self.reserve
        next_at = self.book.last_background + WINDOW_S / (self.limit - reserve) / self._pace(now)
        if belief is None:
            return max(next_at, self._own_room_at(reserve, now))
        stop = belief.until + belief.jitter_s
        if not isnan(belief.turn):  # where others have eaten into the reserve, it fills again first
            stop += max(0, reserve - belief.remaining) * LINE_S / self.limit
        room = belief.remaining - reserve
        if room <= 0 and now < stop:
            return stop
        if now >= belief.until:
            return max(next_at, self._own_room_at(reserve, now))
        at = next_at if isnan(belief.turn) else max(next_at, self._next_even_slot(belief, room))
        if at >= belief.until or self._left_at(belief, max(at, now)) < LEAST_LEFT:
            return stop
        return at

    def _left_at(self, belief: HeaderState, moment: float) -> float:
        """What will be left then, if others go on as they do."""
        since = moment - belief.told_at
        return belief.remaining - since / 60.0 * (others.foreign_calls_per_minute(self.book, belief.told_at) or 0.0)

    def _next_even_slot(self, belief: HeaderState, room: int) -> float:
        """When the budget line reaches what is spent (FAULTS.md A4), but not later than the minimum share allows."""
        start = belief.turn - LINE_S
        spent = (self.limit - belief.remaining - 1) / (self.limit - self.reserve)
        since = max(self.book.last_background, start)
        return min(start + LINE_S * spent, since + PATIENCE * (belief.turn - since) / room)
