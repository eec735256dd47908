"""State machine of one rate budget, with an estimate of the calls of other clients."""

import random
import struct
from array import array
from collections import deque
from itertools import chain
from math import inf, isnan, nan
from typing import Final
from zlib import crc32

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.rate_limit import Priority, RateLimitHeaders

# State of one rate budget: the memory of `RateBudget`, in a form that processes can share.

WINDOW_S: Final = 61.0
"""A minute and a second: calls do not travel at one speed, and the server counts them when they arrive."""
_MAGIC: Final = b"cordpac2"
_HEAD: Final = struct.Struct("<8s36sII")
"""Magic and version, the boot, the number of grants, the checksum of the rest."""
_AHEAD_S: Final = 1.0
"""A grant later than this from now is of another boot: monotonic time has begun again."""
_FIXED: Final = 16
"""Numbers before the grants."""


@dataclass(slots=True)
class HeaderState:
    """Budget according to the last headers, less the calls sent since. Times are monotonic seconds."""

    remaining: int
    until: float
    """When the window turns; after that the user's calls follow our own count."""
    turn: float
    """The same, but at most a minute after the header: the end of the budget line. NaN: no header yet."""
    told_at: float
    jitter_s: float
    """Background work that has been stopped waits this much longer."""


@dataclass(slots=True)
class RateBudgetState:
    """State of one class of calls of one key. Times are monotonic seconds; -inf: never."""

    limit: int
    granted: deque[float] = field(default_factory=deque)
    """When calls went out, not longer than `WINDOW_S` ago."""
    unanswered: deque[float] = field(default_factory=deque)
    """The same for those whose answer is not here."""
    header_state: HeaderState | None = None
    floor: int | None = None
    """The lowest `remaining` among answers to overlapping calls. Answers may arrive out of order, and the lowest is
    the server's latest."""
    last_background: float = -inf
    penalty_until: float = -inf
    """When the time of the last 429 is over."""
    pace: float = 1.0
    """Factor by which 429s have slowed this class, as of `paced_at`; it grows again after that."""
    paced_at: float = 0.0
    foreign: float = nan
    """Calls that others have made in the window of the last answer; NaN: no header yet."""
    foreign_before: float = nan
    """The same for the window before that."""
    foreign_until: float = -inf
    """When the window of `foreign` ends."""
    asleep_s: float = 0.0
    """Seconds the machine had slept when `penalty_until` was set: monotonic time stops during sleep."""

    def trim(self, now: float) -> None:
        """Forget calls older than a window; a call without an answer after that long will get none."""
        for times in (self.granted, self.unanswered):
            while times and times[0] <= now - WINDOW_S:
                times.popleft()

    def count_since(self, moment: float) -> int:
        """Count the calls that went out after `moment`."""
        return sum(at > moment for at in self.granted)


def to_bytes(state: RateBudgetState, boot: bytes) -> bytes:
    """`state` as a file holds it; `boot` names the boot whose monotonic time it is in."""
    headers = state.header_state or HeaderState(0, nan, nan, nan, nan)
    fixed = (
        *(state.limit, nan if state.floor is None else state.floor, state.last_background, state.penalty_until),
        *(state.pace, state.paced_at, state.foreign, state.foreign_before, state.foreign_until),
        *(headers.remaining, headers.until, headers.turn, headers.told_at, headers.jitter_s, len(state.unanswered)),
        state.asleep_s,
    )
    body = array("d", chain(fixed, state.unanswered, state.granted)).tobytes()
    return _HEAD.pack(_MAGIC, boot, len(state.granted), crc32(body)) + body


def from_bytes(raw: bytes, boot: bytes, now: float) -> RateBudgetState | None:
    """The state in `raw`; None when it is damaged, of another version or of another boot."""
    if len(raw) < _HEAD.size:
        return None
    magic, of_boot, grants, checksum = _HEAD.unpack_from(raw)
    body = raw[_HEAD.size :]
    if magic != _MAGIC or of_boot.rstrip(b"\0") != boot or checksum != crc32(body):
        return None
    numbers = array("d", body).tolist()
    limit, floor, last, cool, pace, paced_at, foreign, before, foreign_until = numbers[:9]
    remaining, until, turn, told_at, jitter, unanswered, asleep = numbers[9:_FIXED]
    lists = numbers[_FIXED:]
    if len(lists) != grants + int(unanswered) or max(paced_at, last, *lists[-1:]) > now + _AHEAD_S:
        return None
    return RateBudgetState(
        int(limit),
        granted=deque(lists[int(unanswered) :]),
        unanswered=deque(lists[: int(unanswered)]),
        header_state=None if isnan(until) else HeaderState(int(remaining), until, turn, told_at, jitter),
        floor=None if isnan(floor) else int(floor),
        last_background=last,
        penalty_until=cool,
        pace=pace,
        paced_at=paced_at,
        foreign=foreign,
        foreign_before=before,
        foreign_until=foreign_until,
        asleep_s=asleep,
    )


# Calls of others with the same key: the server's count less our own.

_MINUTE_S: Final = 60.0
_NEW_WINDOW_S: Final = 5.0
_EDGE_S: Final = 1.5
"""Seconds around a window's start in which our own calls count as inside it.

The start is known to about a second plus the time of an answer. Otherwise our own calls would count as those of
others.
"""
_ENOUGH_S: Final = 10.0
"""Seconds of the first window before a rate is estimated."""


def count(state: RateBudgetState, used: int, until: float, took_s: float) -> None:
    """Record that an answer which took `took_s` reported `used` calls in the window that ends at `until`."""
    jump = until - state.foreign_until
    if jump > _NEW_WINDOW_S:
        state.foreign_before = state.foreign if jump < 2 * WINDOW_S else nan
    state.foreign = max(0, used - state.count_since(until - _MINUTE_S - _EDGE_S - took_s))
    state.foreign_until = until


def foreign_calls_per_minute(state: RateBudgetState, now: float) -> float | None:
    """Estimate the calls that others make per minute; None: the headers do not say.

    The estimate is this window's calls plus the share of the previous window's calls that is in the last minute. On a
    sliding window, the count is already that of the last minute.
    """
    left_s = state.foreign_until - now
    if isnan(state.foreign) or left_s < -WINDOW_S:
        return None
    if left_s <= 0:
        return state.foreign
    if not isnan(state.foreign_before):
        return state.foreign + state.foreign_before * min(1.0, left_s / _MINUTE_S)
    passed_s = _MINUTE_S - left_s
    return state.foreign * _MINUTE_S / passed_s if passed_s >= _ENOUGH_S else None


# One rate budget as a pure state machine: every method gets `now` in monotonic seconds; nothing here waits.
#
# It has three sources. The best are the last response's headers, less the calls sent since. Then follow our own count of
# the last minute and the published limit. Our own count is a sliding window, which is safe for fixed windows too.
#
# Background work follows the budget line (docs/dev/polling.md 4). All users of the key together may have spent as much as a
# steady pace would have spent by now. So any number of programs that do not know each other share a window evenly. None
# starves: however much others spend, each takes a third of its proportional share. On a sliding window `reset` is
# always near once calls return as fast as they go out. The line is then at its end, and only `remaining` above the
# reserve decides.

PENALTY_JITTER_S: Final = 2.0
"""After a 429 clients must not come back in step (docs/dev/polling.md 5)."""
TURN_JITTER_S: Final = (0.1, 1.5)
"""Background work waits this much longer than the turn of the window (A4)."""
LINE_S: Final = 60.0
"""The budget line spans one window."""
PATIENCE: Final = 3.0
"""Nothing waits for the line longer than this many proportional gaps: the minimum share (A4)."""
CUT: Final = 0.7
"""A 429 slows its class to this much of its pace (A5)."""
REGROWN_A_MINUTE: Final = 0.05
LEAST_LEFT: Final = 4.0
"""If others will have left fewer than this, background work does not try: news is a few seconds old."""
LEAST_SHARE: Final = 0.25
"""Part of the trigger budget that others do not push a process below."""
PACE_MIN: Final = 0.2
"""However many 429s: a read every three seconds."""
_NO_RESET_S: Final = 3.0
"""Seconds for which `remaining` is believed without a reset: half a header is likely nonsense."""
_ROUNDED_S: Final = 1.0
"""Resets are whole seconds."""


class RateBudget:
    """Rate budget of one class of calls."""

    def __init__(self, limit: int, *, share: float, even: bool, rng: random.Random) -> None:
        """Create a budget of `limit` calls per minute until a header says otherwise.

        Background work takes at most `share` of them. `even`: calls are never sent faster than the
        budget refills, not even the user's, because triggers cost money.
        """
        self.state = RateBudgetState(limit)
        """The whole state; may be replaced by the state of another process."""
        self._share = share
        self._even = even
        self._rng = rng

    def wait_s(self, priority: Priority, now: float) -> float:
        """Return the seconds until a call of this priority may be sent, as far as is known now; 0: now. Ask again after that time."""
        state = self.state
        state.trim(now)
        at = max(now, state.penalty_until)
        if self._even and state.granted:
            at = max(at, state.granted[-1] + WINDOW_S / self.limit / self._pace(now))
        headers = self._header_state(now)
        if priority is Priority.BACKGROUND:
            return max(at, self._background_at(now)) - now
        if headers is None:
            shared = state.granted[-1] + self._shared_gap_s(now) if self._even and state.granted else now
            return max(at, shared, self._own_room_at(0, now)) - now
        if self._even and self._others_spend(headers.told_at):
            return self._shared_at(headers, at) - now
        return max(at, now if headers.remaining > 0 else headers.until) - now

    def grant(self, priority: Priority, now: float) -> None:
        """Record that a call is sent now."""
        state = self.state
        headers = self._header_state(now)
        if headers is not None:
            headers.remaining = max(0, headers.remaining - 1)
        if not state.unanswered:
            state.floor = None
        state.granted.append(now)
        state.unanswered.append(now)
        if priority is Priority.BACKGROUND:
            state.last_background = now

    def update_from_headers(self, reading: RateLimitHeaders, now: float, asleep_s: float = 0.0) -> None:
        """Learn from an answer. Only a 429 carries `retry_after_s`: it stops this class until then, and slows it after
        that. `asleep_s`: for how long the machine has slept so far."""
        state = self.state
        state.trim(now)
        took_s = now - state.unanswered.popleft() if state.unanswered else 0.0
        if reading.limit is not None:
            state.limit = reading.limit
        if reading.remaining is not None:
            self._update_header_state(min(reading.remaining, self.limit), reading.reset_s, took_s, now)
        if reading.retry_after_s is not None:
            self._start_penalty(reading.retry_after_s, now)
            state.asleep_s = asleep_s

    def give_back(self, now: float) -> None:
        """Take back a call without an answer that surely never went out. Which one is not known; the oldest is removed,
        so that the count errs to the safe side."""
        state = self.state
        state.trim(now)
        if not state.unanswered:
            return
        state.granted.remove(state.unanswered.popleft())
        if (headers := self._header_state(now)) is not None:
            headers.remaining = min(self.limit, headers.remaining + 1)

    def reset_header_state(self, asleep_s: float = 0.0) -> None:
        """Discard the header state, after suspend; our own count stays.

        The wait after a 429 shrinks by the time that the machine slept: `asleep_s` in all.
        """
        state = self.state
        state.header_state = state.floor = None
        state.foreign_until = -inf
        state.foreign = state.foreign_before = nan
        state.penalty_until -= max(0.0, asleep_s - state.asleep_s)
        state.asleep_s = asleep_s

    @property
    def limit(self) -> int:
        """Limit of calls a minute, as last reported by the server."""
        return self.state.limit

    @property
    def reserve(self) -> int:
        """Reserve of calls a window that background work leaves for the user's own keys; it may always make one
        itself."""
        return min(round((1.0 - self._share) * self.limit), self.limit - 1)

    def remaining(self, now: float) -> int:
        """Return the calls left in this window, of all priorities."""
        self.state.trim(now)
        headers = self._header_state(now)
        return headers.remaining if headers else max(0, self.limit - len(self.state.granted))

    def reset_s(self, now: float) -> float | None:
        """Return the seconds until the window turns; None: no header yet."""
        headers = self._header_state(now)
        return None if headers is None or isnan(headers.turn) else headers.until - now

    def penalty_remaining_s(self, now: float) -> float:
        """Seconds until a 429 is over; 0: there is none."""
        return max(0.0, self.state.penalty_until - now)

    def _start_penalty(self, retry_after_s: float, now: float) -> None:
        state = self.state
        if now >= state.penalty_until:  # those that were under way together are one mistake
            state.pace, state.paced_at = max(PACE_MIN, CUT * self._pace(now)), now
        state.penalty_until = max(state.penalty_until, now + retry_after_s + self._rng.uniform(0.0, PENALTY_JITTER_S))

    def _pace(self, now: float) -> float:
        return min(1.0, self.state.pace + REGROWN_A_MINUTE * (now - self.state.paced_at) / 60.0)

    def _update_header_state(self, remaining: int, reset_s: float | None, took_s: float, now: float) -> None:
        state, old = self.state, self._header_state(now)
        until = now + (_NO_RESET_S if reset_s is None else reset_s)
        if state.floor is None or old is None or until - old.until > _NEW_WINDOW_S:
            state.floor = remaining
        if old is not None and abs(until - old.until) <= _NEW_WINDOW_S:
            until = max(until, old.until)  # rounded down, the window would seem to turn too early
        state.floor = min(remaining, state.floor)
        # Whatever a header claims, the calls we sent in its window are spent.
        start = -inf if reset_s is None else until - LINE_S + _ROUNDED_S
        left = min(state.floor - len(state.unanswered), self.limit - state.count_since(start))
        turn = nan if reset_s is None else min(until, now + LINE_S)
        state.header_state = HeaderState(max(0, left), until, turn, now, self._rng.uniform(*TURN_JITTER_S))
        if reset_s is not None:
            count(state, self.limit - state.floor, until, took_s)

    def _header_state(self, now: float) -> HeaderState | None:
        headers = self.state.header_state
        return headers if headers is not None and now < headers.until else None

    def _own_room_at(self, reserve: int, now: float) -> float:
        """Return when, by our own count, more than `reserve` calls are left."""
        granted = self.state.granted
        over = len(granted) - (self.limit - reserve)
        return now if over < 0 else granted[over] + WINDOW_S

    def _background_at(self, now: float) -> float:
        headers, reserve = self.state.header_state, self.reserve
        next_at = self.state.last_background + WINDOW_S / (self.limit - reserve) / self._pace(now)
        if headers is None:
            return max(next_at, self._own_room_at(reserve, now))
        stop = headers.until + headers.jitter_s
        if not isnan(headers.turn):  # if others have used some of the reserve, it fills again first
            stop += max(0, reserve - headers.remaining) * LINE_S / self.limit
        room = headers.remaining - reserve
        if room <= 0 and now < stop:
            return stop
        if now >= headers.until:
            return max(next_at, self._own_room_at(reserve, now))
        last = self.state.last_background
        at = next_at if isnan(headers.turn) else max(next_at, self._next_even_slot(headers, room, last))
        if at >= headers.until or self._left_at(headers, max(at, now)) < LEAST_LEFT:
            return stop
        return at

    def _left_at(self, headers: HeaderState, moment: float) -> float:
        """Estimate the calls remaining at `moment`, if others continue at their pace."""
        since = moment - headers.told_at
        return headers.remaining - since / 60.0 * self._others_spend(headers.told_at)

    def _others_spend(self, now: float) -> float:
        """Estimate the calls that others make per minute; 0 if none or unknown."""
        return foreign_calls_per_minute(self.state, now) or 0.0

    def _shared_at(self, headers: HeaderState, at: float) -> float:
        """Return when a paid call may go while others use the key, not before `at`.

        It follows the line that all share, and leaves the last few calls of a window, which another may be taking
        now.
        """
        last = self.state.granted[-1] if self.state.granted else -inf
        if headers.remaining > 0 and not isnan(headers.turn):
            at = max(at, self._next_even_slot(headers, headers.remaining, last))
        is_spent = at >= headers.until or self._left_at(headers, at) < LEAST_LEFT
        return max(at, headers.until + _ROUNDED_S + headers.jitter_s) if is_spent else at

    def _shared_gap_s(self, now: float) -> float:
        """Return the seconds between two paid calls while others call at their present rate, without headers; 0: no
        others are known."""
        others_per_minute = self._others_spend(now)
        return WINDOW_S / max(self.limit - others_per_minute, self.limit * LEAST_SHARE) if others_per_minute else 0.0

    def _next_even_slot(self, headers: HeaderState, room: int, last: float) -> float:
        """Return when the budget line reaches the calls spent (docs/dev/polling.md 4), but not later than the minimum
        share allows since the call at `last`."""
        start = headers.turn - LINE_S
        spent = (self.limit - headers.remaining - 1) / (self.limit - self.reserve)
        since = max(last, start)
        return min(start + LINE_S * spent, since + PATIENCE * (headers.turn - since) / room)
