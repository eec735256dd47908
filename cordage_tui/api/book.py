"""What is known of one rate budget: the memory of `RateBudget`, in a form that several processes can hand each other."""

import struct
from array import array
from collections import deque
from dataclasses import dataclass, field
from itertools import chain
from math import inf, isnan, nan
from typing import Final
from zlib import crc32

WINDOW_S: Final = 61.0
"""A minute and a second: calls do not travel at one speed, and the server counts them when they arrive."""
_MAGIC: Final = b"cordpac1"
_HEAD: Final = struct.Struct("<8s36sII")
"""Magic and version, the boot, the number of grants, the checksum of what follows."""
_AHEAD_S: Final = 1.0
"""A grant later than this from now is of another boot: monotonic time has begun again."""
_FIXED: Final = 15
"""Numbers before the grants."""


@dataclass(slots=True)
class HeaderState:
    """What headers said, brought up to date with what went out since. Times are monotonic seconds."""

    remaining: int
    until: float
    """When the window turns; from then on the user's calls go by our own count."""
    turn: float
    """The same, but at most a minute after it was told: where the budget line ends. NaN: no header told."""
    told_at: float
    jitter_s: float
    """Background work that has been stopped waits this much longer."""


@dataclass(slots=True)
class RateBudgetState:
    """One class of calls of one key. Times are monotonic seconds; -inf: never."""

    limit: int
    granted: deque[float] = field(default_factory=deque)
    """When calls went out, not longer than `WINDOW_S` ago."""
    unanswered: deque[float] = field(default_factory=deque)
    """The same for those whose answer is not here."""
    belief: HeaderState | None = None
    floor: int | None = None
    """The lowest `remaining` among answers to calls that were under way together: they may cross on the way, and the
    lowest is the server's latest word."""
    last_background: float = -inf
    cool_until: float = -inf
    """When the time of the last 429 is over."""
    pace: float = 1.0
    """By what 429s have slowed this class, as it was at `paced_at`; it grows again from there."""
    paced_at: float = 0.0
    foreign: float = nan
    """Calls that others have made in the window of the last answer; NaN: no header told."""
    foreign_before: float = nan
    """The same for the window before that."""
    foreign_until: float = -inf
    """When the window of `foreign` ends."""

    def trim(self, now: float) -> None:
        """What is older than a window is in no window; a call not answered by then will not be."""
        for times in (self.granted, self.unanswered):
            while times and times[0] <= now - WINDOW_S:
                times.popleft()

    def count_since(self, moment: float) -> int:
        """How many calls went out after `moment`."""
        return sum(at > moment for at in self.granted)


def to_bytes(book: RateBudgetState, boot: bytes) -> bytes:
    """`book` as a file holds it; `boot` names the boot whose monotonic time it is in."""
    belief = book.belief or HeaderState(0, nan, nan, nan, nan)
    fixed = (
        *(book.limit, nan if book.floor is None else book.floor, book.last_background, book.cool_until),
        *(book.pace, book.paced_at, book.foreign, book.foreign_before, book.foreign_until),
        *(belief.remaining, belief.until, belief.turn, belief.told_at, belief.jitter_s, len(book.unanswered)),
    )
    body = array("d", chain(fixed, book.unanswered, book.granted)).tobytes()
    return _HEAD.pack(_MAGIC, boot, len(book.granted), crc32(body)) + body


def from_bytes(raw: bytes, boot: bytes, now: float) -> RateBudgetState | None:
    """The book in `raw`; None when it is damaged, of another version or of another boot."""
    if len(raw) < _HEAD.size:
        return None
    magic, of_boot, grants, checksum = _HEAD.unpack_from(raw)
    body = raw[_HEAD.size :]
    if magic != _MAGIC or of_boot.rstrip(b"\0") != boot or checksum != crc32(body):
        return None
    numbers = array("d", body).tolist()
    limit, floor, last, cool, pace, paced_at, foreign, before, foreign_until = numbers[:9]
    remaining, until, turn, told_at, jitter, unanswered = numbers[9:_FIXED]
    lists = numbers[_FIXED:]
    if len(lists) != grants + int(unanswered) or max(paced_at, last, *lists[-1:]) > now + _AHEAD_S:
        return None
    return RateBudgetState(
        int(limit),
        deque(lists[int(unanswered) :]),
        deque(lists[: int(unanswered)]),
        None if isnan(until) else HeaderState(int(remaining), until, turn, told_at, jitter),
        None if isnan(floor) else int(floor),
        *(last, cool, pace, paced_at, foreign, before, foreign_until),
    )
