"""Wake-up event, work in daemon threads, back-off."""

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

# A loop that sleeps until a time or until it is woken, whichever is first.


class WakeEvent:
    """One sleeper, many wakers. A wake-up while nobody sleeps is kept for the next sleep."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def now(self) -> None:
        """Ends the current sleep, or the next."""
        self._event.set()

    async def sleep(self, seconds: float | None) -> None:
        """Returns after `seconds` (None: never by itself) or once woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


# Work that blocks, beside the event loop, in a thread that nobody waits for when the program ends (docs/library-traps.md T12).

T = TypeVar("T")


async def run_in_daemon_thread(work: Callable[[], T], name: str) -> T:
    """What `work` returns or raises. If the caller is cancelled meanwhile, the thread goes on and is not heard."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            tell = partial(_result, done, work())
        except BaseException as error:  # noqa: BLE001  raised again where it is awaited
            tell = partial(_error, done, error)
        with suppress(RuntimeError):  # the loop has closed: the program has ended before the work
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


def _result(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _error(done: asyncio.Future[T], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)


# How much longer to wait after something failed.

BACKOFF_CAP_S: Final = 60.0
"""Nothing that fails is tried less often than this."""


def longest_s(failures: int, most: int, cap_s: float) -> float:
    """Seconds that `backoff_s` comes to at most after that many failures, until there have been `most`."""
    return sum(min(cap_s, 2.0 ** min(count, 16)) for count in range(failures, most))


def backoff_s(failures: int, cap_s: float, rng: random.Random) -> float:
    """Full jitter (docs/polling.md 5): seconds between nothing and 2, 4, 8 … `cap_s` after that many failures in a row."""
    return rng.uniform(0.0, min(cap_s, 2.0 ** min(failures, 16))) if failures else 0.0
