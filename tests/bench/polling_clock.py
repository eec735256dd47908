"""An event loop whose time is simulated: it jumps to the next timer as soon as nothing is left to do now.

looptime, which the tests use, lets some idle rounds pass before each jump, in which asyncio fires timers that are less than
its clock's resolution ahead: one that sets itself anew then holds the time for ever, once in millions of timers. Here no
socket or thread is waited for, so no such rounds are needed.
"""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_TICK_S = 1e-9
"""Time never stands still between two timers."""


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Begins at second 0."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_NoWaiting(self._pass))

    def time(self) -> float:
        return self._now

    def run_in_executor(self, executor: object, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """At once, in no simulated time."""
        future: asyncio.Future[T] = self.create_future()
        future.set_result(func(*args))
        return future

    def _pass(self, seconds: float) -> None:
        self._now += seconds + _TICK_S


class _NoWaiting(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Lets simulated time pass where a selector would wait."""

    def __init__(self, passing: Callable[[float], None]) -> None:
        super().__init__()
        self._passing = passing

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen any more")
        if timeout > 0:
            self._passing(timeout)
        return []
