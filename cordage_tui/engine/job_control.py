"""Job control: ctrl+z, `fg` and `kill -TSTP` release the locks before the process stops, and take them on resume.

The handler is set by `signal.signal`, which leaves the wakeup descriptor to the watchdog. SIGSTOP cannot be caught.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cordage_tui.engine.engine import Engine


def stop_process() -> None:
    """Stop this process; returns when it is continued."""
    os.kill(os.getpid(), signal.SIGSTOP)


def can_be_continued() -> bool:
    """Return whether a shell controls this process as a job; otherwise nobody may ever continue it (as in `tmux new
    cordage-tui`)."""
    try:
        return os.getsid(os.getppid()) == os.getsid(0) and os.getpgid(os.getppid()) != os.getpgid(0)
    except OSError:
        return False


class JobControl:
    """Stop and continue this process without keeping locks."""

    def __init__(self, engine: Callable[[], Engine | None]) -> None:
        """`engine()` is the one that is open now."""
        self._engine = engine
        self._is_stopping = False

    async def stop(self, now: Callable[[], None] = stop_process) -> None:
        """Release the engine's locks, call `now`, which stops the process and returns when it continues, and take them
        back."""
        if self._is_stopping:
            return
        self._is_stopping = True
        engine = self._engine()
        try:
            if engine is not None:
                await engine.suspend()
            now()
        finally:
            self._is_stopping = False
            if engine is not None:
                engine.resume()


@contextmanager
def handle_stop_signal(engine: Engine) -> Iterator[None]:
    """Hear SIGTSTP for the process of a command that works with `engine`, for as long as the context lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, control = asyncio.get_running_loop(), JobControl(lambda: engine)
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = loop.create_task(control.stop())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    before = signal.signal(signal.SIGTSTP, lambda _number, _frame: loop.call_soon_threadsafe(begin))
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
