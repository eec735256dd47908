"""Ctrl-C while a command runs on its event loop."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_CANCELS: Final = 2
"""The first Ctrl-C has the command end in good order, which may take a while; the second has it wait for nothing more."""


@contextmanager
def ctrl_c_cancels(task: "asyncio.Task[Any]") -> Iterator[None]:
    """Have Ctrl-C cancel `task`, each time anew, so that a command can say what it leaves behind; the third one ends it wherever it
    is, as KeyboardInterrupt. Where SIGINT is ignored (`nohup`, a script's background job) it stays so."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    loop, pressed = asyncio.get_running_loop(), 0

    def cancel(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        if pressed > _CANCELS:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
