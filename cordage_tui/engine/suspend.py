"""Notices that the machine slept, or that the program was stopped (Ctrl-Z) and goes on.

After that nothing known of the network or of the budget holds (FAULTS.md A5, C 167, C 177). No signal tells it everywhere,
so whoever looks around at intervals asks here.
"""

from typing import Final

from cordage_tui.domain.clock import Clock

GAP_S: Final = 5.0
"""A look that comes later than it should by more than this was held up by no busy machine."""


class SleepDetector:
    """To be asked in one loop, once a round. Suspend shows because the clock that goes on in sleep has run ahead of the loop's
    timers; SIGTSTP and SIGSTOP, in which all clocks go on, because the loop's own timer rang far too late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked_at: float | None = None

    def slept(self, every_s: float) -> bool:
        """Whether, since the last look, more than `GAP_S` passed beyond the `every_s` seconds there should be between two."""
        before, self._looked_at = self._looked_at, self._clock.boot()
        return before is not None and self._looked_at - before > every_s + GAP_S
