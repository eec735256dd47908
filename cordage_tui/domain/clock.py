"""Time, so that tests can hold it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time is for display and for the record; everything that waits uses the loop's own monotonic time."""

    def wall(self) -> float:
        """Epoch seconds, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; the running event loop's own time."""
        ...


class SystemClock:
    """This machine's clocks."""

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()
