"""Ends the app when the system says so. Textual handles none of these, and spins when its terminal is gone (TRAPS.md T9)."""

import asyncio
import select
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from textual.app import App

ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
LOOK_S: Final = 1.0
"""How often it is asked whether the terminal is still there: one system call, nothing written."""


def end_on_signals(app: App[Any], end: Callable[[int], None]) -> None:
    """Calls `end` with 128 + the signal's number, as shells count, on SIGTERM, SIGHUP and when the terminal is gone."""
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, end, 128 + number)
    app.set_interval(LOOK_S, lambda: end(128 + signal.SIGHUP) if terminal_gone() else None, name="terminal")


def terminal_gone() -> bool:
    """Whether the other side of stdin has hung up; SIGHUP may have been ignored for us (nohup)."""
    try:
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ else -1
        poll = select.poll()
        poll.register(descriptor, select.POLLHUP)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except (OSError, ValueError):
        return True
