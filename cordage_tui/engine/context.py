"""EngineContext: client, store, clock and tasks."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Hook, Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.engine.polling.circuit_breaker import CircuitBreaker
from cordage_tui.store.store import Store

T = TypeVar("T")


# The owner of every task of the engine.
#
# Cancelling a request leaks a pool slot (docs/library-traps.md T1), so nobody who loses interest cancels one: they stop
# listening, and the task ends here, by its own deadline.


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


# What every part of one profile's engine works with.


@dataclass(frozen=True, slots=True)
class EngineContext:
    """One profile, one key, one store."""

    profile: str
    client: CordageClient
    pacer: RateLimiter
    store: Store
    clock: Clock
    read_share: float = 0.9
    """Of the read budget, for polling; the rest answers the user's own keys."""
    hook: Hook | None = None
    """What is run when a run has ended."""
    rng: random.Random = field(default_factory=random.Random)
    calls: TaskSupervisor = field(default_factory=TaskSupervisor)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    settings: Settings = field(default_factory=Settings)
    paths: Paths | None = None
    """None: nothing is kept on disk beside the database."""

    @property
    def reads_a_minute(self) -> float:
        """The polling's share of the read budget, by the limit the server told last."""
        return self.pacer.view(RateLimitClass.READ).limit * self.read_share
