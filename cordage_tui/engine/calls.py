"""The owner of every HTTP task.

Cancelling a request leaks a pool slot (TRAPS.md T1), so nobody who loses interest cancels one: they stop listening, and
the task ends here, by its own deadline.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Calls:
    """Tasks that outlive whoever asked for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Runs `work` to its end, whatever becomes of the caller. An exception nobody awaits stays loud in asyncio's log."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def detached(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits `work`; if the caller is cancelled meanwhile, `work` goes on."""
        return await asyncio.shield(self.spawn(work))

    async def close(self, grace_s: float) -> None:
        """Gives what is under way `grace_s` seconds, then lets go. A trigger cut off here stays `sending` on disk."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
