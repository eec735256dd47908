"""Clock skew of the server, estimated from its `Date` headers (docs/polling.md 5, docs/faults.md 70)."""

from collections import deque
from typing import Final

from cordage_tui.api.json_values import http_date
from cordage_tui.api.responses import ApiResponse
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass

SAMPLES: Final = 9
"""The median of so many: four answers out of a cache or with a stray `Date` do no harm."""
_HALF_S: Final = 0.5
"""A `Date` names the second that has begun: its middle is at most this far off."""


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Offset of the server's clock from this machine's wall clock."""

    ahead_s: float
    """How many seconds the server's clock is ahead; negative: behind."""
    within_s: float
    """How many seconds that may be off, either way: half a second and half a round trip."""

    @property
    def sure_ahead_s(self) -> float:
        """`ahead_s`, but 0 where all of it may come from how coarse a `Date` is."""
        return self.ahead_s if abs(self.ahead_s) > self.within_s else 0.0


class ClockSkewEstimator:
    """Learns from answers. It keeps the server's time against the boot clock, which nobody sets and which includes
    sleep, so a step of our wall clock shows in the skew at once, and old answers stay true."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        """(seconds the server's clock is ahead of `Clock.boot`, how many that may be off)."""

    def learn(self, answer: ApiResponse) -> None:
        """Learn from an answer that came just now; one without a readable `Date` is ignored."""
        date, trip = http_date(answer.headers.get("date")), answer.round_trip
        if date is None or trip is None:
            return
        half_way = (trip.asked_at + trip.heard_at) / 2 - self._clock.monotonic() + self._clock.boot()
        self._seen.append((date + _HALF_S - half_way, _HALF_S + (trip.heard_at - trip.asked_at) / 2))

    def estimate(self) -> ClockSkew | None:
        """Estimate the skew as of now; None: no answer has had a readable `Date`."""
        if not self._seen:
            return None
        from statistics import median, median_high  # a millisecond, which a start can do without

        ahead = median(offset for offset, _ in self._seen) + self._clock.boot() - self._clock.wall()
        return ClockSkew(ahead, median_high(off for _, off in self._seen))
