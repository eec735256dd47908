"""Many happenings, few tellings."""

import asyncio
from collections.abc import Callable


class Throttle:
    """Tells at once, and then no more often than every so many seconds; the last happening is always told of."""

    def __init__(self, tell: Callable[[], None], every_s: float) -> None:
        self._tell = tell
        self._every_s = every_s
        self._timer: asyncio.TimerHandle | None = None
        self._more = False

    def notify(self) -> None:
        """Something has happened. Called on the event loop."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._later)
            self._tell()
        else:
            self._more = True

    def stop(self) -> None:
        """Tells no more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> None:
        self._timer = None
        if self._more:
            self._more = False
            self.notify()
