"""How fast a download goes."""

from collections import deque
from typing import Final

from cordage_tui.domain.download import TransferProgress

WINDOW_S: Final = 5.0
"""The speed is that of the last seconds."""
_STEP_S: Final = 0.25


class TransferRate:
    """Counts bytes as they come. Times are monotonic seconds."""

    def __init__(self, now: float, got: int, size: int | None) -> None:
        """`got` bytes of `size` were there before; None: nobody knows how many it will be."""
        self.got = got
        self.size = size
        self._steps = deque([(now, got)])

    def count(self, now: float, more: int) -> None:
        """So many have come."""
        self.got += more
        if now - self._steps[-1][0] >= _STEP_S:
            self._steps.append((now, self.got))
        while len(self._steps) > 1 and now - self._steps[1][0] >= WINDOW_S:
            self._steps.popleft()

    def progress(self, now: float) -> TransferProgress:
        """As it is at this moment."""
        since, before = self._steps[0]
        for step in self._steps:  # nothing may have come for a while
            if now - step[0] < WINDOW_S:
                break
            since, before = step
        speed = (self.got - before) / max(now - since, _STEP_S)
        if self.size is None or not speed:
            return TransferProgress(speed, None)
        return TransferProgress(speed, max(self.size - self.got, 0) / speed)
