"""Work that one process at a time does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cordage_tui.engine.calls import Calls
from cordage_tui.store.errors import StoreError
from cordage_tui.store.lock import Lock


class Duty:
    """Done by a task of its own while this process holds the lock, which the kernel frees however the process dies."""

    def __init__(
        self, lock: Lock, calls: Calls, prepare: Callable[[], None], work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """`prepare` is called once the lock is held and may raise StoreError; `work()` then goes on until cancelled."""
        self._lock = lock
        self._calls = calls
        self._prepare = prepare
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether it is this process's."""
        return self._lock.held

    def take(self) -> bool:
        """Take it if nobody has it; True when it has just become ours. Raises StoreError, and then it is nobody's."""
        if self._lock.held or not self._lock.acquire():
            return False
        try:
            self._prepare()
        except StoreError:
            self._lock.release()
            raise
        self._task = self._calls.spawn(self._work())
        return True

    def rest(self) -> None:
        """Stop the work and keep the lock: nobody else shall do it either."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def release(self) -> None:
        """Stop the work and let others have it."""
        self.rest()
        self._lock.release()
