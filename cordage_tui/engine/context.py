"""EngineContext: client, store, clock, tasks and API key state."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Hook, Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.polling.circuit_breaker import CircuitBreaker
from cordage_tui.store.store import Store

# Whether the server takes the key. One refusal stops every call of it: asking again would only be refused again.

T = TypeVar("T")


class ApiKeyGuard:
    """All reads and kills of one engine pass here. A trigger does not, because its outcome must be written down first;
    its sender tells `refuse`."""

    def __init__(self) -> None:
        self.on_refused: Callable[[SafeText], None] = lambda words: None
        """Called once, with the server's words."""
        self._refusal: CordageError | None = None
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def refused(self) -> SafeText | None:
        """Why the key is refused; None while it is not."""
        return self._refusal.what if self._refusal else None

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits `work`, a call of the client. Raises what it raises, and `AuthenticationFailed` once the key is refused: then what
        waits for budget is not sent, and what is under way goes on unheard."""
        if (refusal := self._again()) is not None:
            work.close()
            raise refusal
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        try:
            return await task
        except CordageError as error:
            if error.health is HealthStatus.REFUSED:
                self.refuse(error)
            raise
        except asyncio.CancelledError:
            refusal, caller = self._again(), asyncio.current_task()
            if refusal is None or (caller is not None and caller.cancelling()):
                raise
            raise refusal from None
        finally:
            self._under_way.discard(task)

    def refuse(self, error: CordageError) -> None:
        """The server has refused the key, or it cannot be sent at all."""
        if self._refusal is not None:
            return
        self._refusal = error
        for task in self._under_way:
            task.cancel()
        self.on_refused(error.what)

    def _again(self) -> AuthenticationFailed | None:
        """The same refusal for one more call, which is not sent."""
        if (known := self._refusal) is None:
            return None
        return AuthenticationFailed(known.call, known.what, delivery=Delivery.NOT_SENT, status=known.status)


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
    access: ApiKeyGuard = field(default_factory=ApiKeyGuard)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    settings: Settings = field(default_factory=Settings)
    paths: Paths | None = None
    """None: nothing is kept on disk beside the database."""

    @property
    def reads_a_minute(self) -> float:
        """The polling's share of the read budget, by the limit the server told last."""
        return self.pacer.view(RateLimitClass.READ).limit * self.read_share
