"""Interruption of a command by Ctrl-C and other signals: it cancels the command's task, and at the end it does nothing."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_CANCELS: Final = 2
"""Presses of Ctrl-C that cancel the task: the first ends gracefully, the second stops waiting; the third interrupts."""


class Interruption:
    """Cancels the task of a command until its outcome is decided.

    After that an interruption changes nothing: the exit code may say that a run was started.
    """

    def __init__(self) -> None:
        self._is_decided = False
        self._pressed = 0

    def decide(self) -> None:
        """Ignore interruptions from now on."""
        self._is_decided = True

    def cancel(self, task: asyncio.Task[Any]) -> None:
        """Cancel the task, unless the outcome is decided."""
        if not self._is_decided:
            task.cancel()

    @contextmanager
    def ctrl_c_cancels(self, task: asyncio.Task[Any], *, ends: bool) -> Iterator[None]:
        """Cancel `task` on Ctrl-C, so that a command can report its unfinished work; the third raises KeyboardInterrupt.

        If the process `ends` with the command, Ctrl-C is ignored afterwards. An ignored SIGINT (`nohup`, a background
        job of a script) stays ignored.
        """
        before = signal.getsignal(signal.SIGINT)
        if before is signal.SIG_IGN:
            yield
            return
        loop = task.get_loop()

        def press(number: int, frame: FrameType | None) -> None:
            self._pressed += 1
            if self._pressed > _CANCELS:
                raise KeyboardInterrupt
            loop.call_soon_threadsafe(self.cancel, task)

        signal.signal(signal.SIGINT, press)
        try:
            yield
        finally:
            if ends:
                ignore_ctrl_c()
            else:
                signal.signal(signal.SIGINT, before)


def ignore_ctrl_c() -> None:
    """Ignore Ctrl-C until the process ends: the rest takes a moment, and an interruption would leave a traceback.

    Unlike SIG_IGN, no program that this one starts inherits it.
    """
    signal.signal(signal.SIGINT, _do_nothing)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Handle a signal that changes nothing."""
