"""Waits that block no event loop: for a wake-up, for work in a daemon thread, and longer after each failure in a row."""

import asyncio
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, TypeVar

# A loop that sleeps until a time or until it is woken, whichever is first.


class WakeEvent(asyncio.Event):
    """Wake-up event for a single sleeper. A wake-up while nobody sleeps is kept for the next sleep."""

    async def sleep(self, seconds: float | None) -> None:
        """Sleep until woken, or for `seconds`; None: no timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for loses a Ctrl-C that comes with the event (Python 3.11)
                await self.wait()
        self.clear()


# Blocking work in a daemon thread, which does not delay the end of the program (docs/dev/library-traps.md T12).

T = TypeVar("T")


async def run_in_daemon_thread(work: Callable[[], T], name: str) -> T:
    """Run `work` in a daemon thread and return its result, or raise its exception. If the caller is cancelled, the
    thread finishes and its result is dropped."""
    return await start_in_daemon_thread(work, name)


def start_in_daemon_thread(work: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Start `work` in a daemon thread at once; returns the future of its result."""
    return asyncio.wrap_future(daemon_thread_future(work, name))


def daemon_thread_future(work: Callable[[], T], name: str) -> Future[T]:
    """Start `work` in a daemon thread at once, without an event loop; returns the future of its result."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again where it is awaited
            done.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return done


# How much longer to wait after something failed.

BACKOFF_CAP_S: Final = 60.0
"""Nothing that fails is tried less often than this."""


def longest_s(failures: int, most: int, cap_s: float) -> float:
    """Longest total of `backoff_s` from that many failures on until there have been `most`, in seconds."""
    return sum(min(cap_s, 2.0 ** min(count, 16)) for count in range(failures, most))


def backoff_s(failures: int, cap_s: float, rng: random.Random) -> float:
    """Full jitter (docs/dev/polling.md 5): seconds between nothing and 2, 4, 8 … `cap_s` after that many failures in a row."""
    return rng.uniform(0.0, min(cap_s, 2.0 ** min(failures, 16))) if failures else 0.0
