"""The owner of every task of the engine.

Cancelling a request leaks a pool slot (TRAPS.md T1), so nobody who loses interest cancels one: they stop listening, and
the task ends here, by its own deadline.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class TaskSupervisor:
    """Tasks that outlive whoever asked for them."""

    def __init__(self) -> None:
        self.on_bug: Callable[[BaseException], None] = lambda bug: None
        """Told each exception that a task ended with while nobody awaited it, after asyncio's log: a bug of ours."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Runs `work` to its end, whatever becomes of the caller. After `close` the task is cancelled before its first step."""
        return self._started(work, self._ended)

    async def run_detached(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits `work`; if the caller is cancelled meanwhile, `work` goes on."""
        task = self._started(work, self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._ended)  # nobody awaits it any more
            raise

    async def close(self, grace_s: float) -> None:
        """Gives what is under way `grace_s` seconds, then lets go. A trigger cut off here stays `sending` on disk."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _started(self, work: Coroutine[Any, Any, T], ended: Callable[[asyncio.Task[Any]], None]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(ended)
        if self._closed:
            task.cancel()
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            message = "a task of the engine ended with a bug"
            task.get_loop().call_exception_handler({"message": message, "exception": bug, "task": task})
            self.on_bug(bug)
