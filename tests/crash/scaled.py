"""Time that runs faster than real time, equally in all processes of a campaign, so that no rule is shortened.

Every wait of the program uses its loop or its clock, and both are sped up alike. SQLite and the kernel are not.
"""

import asyncio
import selectors
import time
from dataclasses import dataclass, replace
from typing import Any

from cordage_tui.api.client import CordageClient
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.engine.outbox import run_search

SLOW_S = 600.0


@dataclass(frozen=True)
class Pace:
    """`scale` simulated seconds pass in a real one. `epoch` is the wall time when the monotonic clock of the machine
    was 0."""

    scale: float
    epoch: float

    @classmethod
    def of(cls, scale: float) -> "Pace":
        """Return the pace whose wall clock shows the present time now."""
        return cls(scale, time.time() - time.monotonic() * scale)

    def monotonic(self) -> float:
        """Simulated seconds; every process of this machine reads the same."""
        return time.monotonic() * self.scale

    def wall(self) -> float:
        """Simulated epoch seconds."""
        return self.epoch + self.monotonic()


class PacedClock:
    """A `Clock` for code on a `PacedLoop`."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def wall(self) -> float:
        return self._pace.wall()

    def monotonic(self) -> float:
        return self._pace.monotonic()

    def boot(self) -> float:
        return self._pace.monotonic()


class PacedLoop(asyncio.SelectorEventLoop):
    """An event loop that runs at this pace."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        super().__init__(_PacedSelector(pace.scale))

    def time(self) -> float:
        return self._pace.monotonic()


class _PacedSelector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    def __init__(self, scale: float) -> None:
        super().__init__()
        self._scale = scale

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout and timeout / self._scale)
        return ready


def install(pace: Pace) -> None:
    """From now on this process lives on that time: its clocks, and every loop that `asyncio.run` makes. Connecting to
    loopback and reading lists take what they take on a busy machine, so they are given that, and a list that comes late is no sign
    that the machine slept; triggers have the product's deadlines."""
    paced = PacedClock(pace)
    for name in ("wall", "monotonic", "boot"):
        setattr(SystemClock, name, _answering(getattr(paced, name)))

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return PacedLoop(pace)

    asyncio.set_event_loop_policy(Policy())
    defaults = CordageClient.__init__.__kwdefaults__
    run_search.SLEPT_S = SLOW_S  # type: ignore[misc]
    defaults["deadlines"] = replace(defaults["deadlines"], connect_s=SLOW_S, read_s=SLOW_S, total_s=SLOW_S)


def _answering(read: Any) -> Any:
    return lambda _self: read()
