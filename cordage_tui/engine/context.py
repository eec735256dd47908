"""EngineContext: client, store, clock and tasks."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.submission import Author
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.events import EngineCrashed, EventBus
from cordage_tui.engine.polling.circuit_breaker import CircuitBreaker
from cordage_tui.store.store import Store

T = TypeVar("T")


# The owner of every task of the engine.
#
# Cancelling a request leaks a pool slot (docs/dev/library-traps.md T1), so nobody who loses interest cancels one: they stop
# listening, and the task ends here, by its own deadline.


class TaskSupervisor:
    """Owner of the engine's tasks, which outlive their callers."""

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        """Set `on_bug`, which gets each exception of a task that nobody awaited, after asyncio's log: a bug of ours."""
        self._on_bug = on_bug
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` to its end, even if the caller is cancelled. After `close` the task is cancelled before its first
        step."""
        return self._started(work, self._ended)

    async def run_detached(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work`; cancelling the caller does not cancel `work`."""
        task = self._started(work, self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._ended)  # nobody awaits it any more
            raise

    async def close(self, grace_s: float) -> None:
        """Wait `grace_s` seconds for running tasks, then cancel them. A trigger that is cut off stays `sending` on
        disk."""
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
            self._on_bug(bug)


class EngineContext:
    """Shared services of one profile's engine: client, database, clock, tasks, events."""

    def __init__(
        self,
        profile: Profile,
        client: CordageClient,
        rate_limiter: RateLimiter,
        store: Store,
        clock: Clock,
        *,
        settings: Settings | None = None,
        paths: Paths | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Create the services; without `paths` nothing is stored beside the database."""
        self.open_profile = profile
        """The profile as it is now; webhooks come and go."""
        self.profile = profile.stored_as
        """Its name in the database."""
        self.client = client
        self.rate_limiter = rate_limiter
        self.store = store
        self.clock = clock
        self.settings = settings or Settings()
        self.paths = paths
        self.rng = rng or random.Random()
        self.events = EventBus()
        self.calls = TaskSupervisor(lambda bug: self.events.publish(EngineCrashed(bug)))
        self.breaker = CircuitBreaker()
        self.is_key_accepted: Callable[[], bool] = lambda: True
        """Whether the last answer to this very key, by any process, was no refusal; also False if there was none."""
        self.author_name = self.settings.author
        """Name of who submits; None: the user."""

    @property
    def author(self) -> Author | None:
        """Author of what is submitted now; None: the user."""
        return None if self.author_name is None else Author(self.author_name, self.open_profile.agents == "ask")

    @property
    def reads_a_minute(self) -> float:
        """Share of the read budget for polling, by the limit that the server named last."""
        return self.rate_limiter.limit(RateLimitClass.READ) * self.settings.read_share
