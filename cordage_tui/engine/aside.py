"""Work that blocks, beside the event loop, in a thread that nobody waits for when the program ends (TRAPS.md T12)."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

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
