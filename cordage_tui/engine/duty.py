"""Work that one process at a time does."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from cordage_tui.domain.clock import Clock
from cordage_tui.engine.calls import TaskSupervisor
from cordage_tui.engine.holder import BEAT_EVERY_S, HolderWatch, SilentHolder, signed
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file_lock import FileLock


class LeaderTask:
    """Done by a task of its own while this process holds the lock, which the kernel frees however the process dies."""

    def __init__(
        self,
        lock: FileLock,
        calls: TaskSupervisor,
        clock: Clock,
        prepare: Callable[[], None],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """`prepare` is called once the lock is held and may raise StoreError; `work()` then goes on until cancelled."""
        self._lock = lock
        self._calls = calls
        self._clock = clock
        self._watch = HolderWatch(lock, clock)
        self._beaten_at = float("-inf")
        self._prepare = prepare
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether it is this process's."""
        return self._lock.held

    @property
    def silent(self) -> SilentHolder | None:
        """The other process that holds the lock and gives no sign of life; None: there is none."""
        return self._watch.silent

    def heartbeat(self, *, slept: bool) -> bool:
        """Give a sign of life, if the lock is ours; else look for its holder's. Called several times a second. Returns whether
        `silent` is another now."""
        now = self._clock.monotonic()
        if self.held and now - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = now
            self._lock.beat(self._clock.wall())
        return self._watch.check(ours=self.held, slept=slept)

    def acquire(self) -> bool:
        """Take it if nobody has it; True when it has just become ours. Raises StoreError, and then it is nobody's."""
        if self._lock.held or not self._lock.acquire():
            return False
        try:
            self._lock.sign(signed(os.getpid(), self._clock.wall()))
            self._lock.beat(self._clock.wall())
            self._prepare()
        except StoreError:
            self._lock.release()
            raise
        self._task = self._calls.spawn(self._work())
        return True

    def stop_work(self) -> None:
        """Stop the work and keep the lock: nobody else shall do it either."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def release(self) -> None:
        """Stop the work and let others have it."""
        self.stop_work()
        self._lock.release()
