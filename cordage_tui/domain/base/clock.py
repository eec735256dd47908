"""Clocks, in a form that tests can control."""

import time
from typing import Final, Protocol

_ASLEEP_TOO: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has a clock of its own that includes suspend; elsewhere (macOS, BSD) CLOCK_MONOTONIC does, though
`time.monotonic` does not."""


AHEAD_S: Final = 2.0
"""Seconds. A stored time further in the future was written before the clock was set back, so its age is unknown."""


def is_ahead(at: float, now: float) -> bool:
    """Return whether a stored time (epoch seconds) is in the future, so that its age is unknown."""
    return at > now + AHEAD_S


def is_within(at: float, now: float, seconds: float) -> bool:
    """Return whether a stored time is at most `seconds` old; a time in the future is not."""
    return at >= now - seconds and not is_ahead(at, now)


class Clock(Protocol):
    """Clocks that the program reads. Wall time is for display and for records; anything that waits uses the loop's own
    monotonic time."""

    def wall(self) -> float:
        """Epoch seconds, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; the running event loop's own time. It may stand still while the machine sleeps."""
        ...

    def boot(self) -> float:
        """Monotonic seconds that include the time the machine was asleep. Its zero differs from `monotonic`'s."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        from asyncio import get_running_loop  # a command that waits for nothing does not load it

        return get_running_loop().time()

    def boot(self) -> float:
        return time.clock_gettime(_ASLEEP_TOO)
