"""Order of the tests among parallel workers: those that hold the program to a second of real time run beside few others, at
the end, and those that take long begin early."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest

AT_ONCE = min(3, (os.cpu_count() or 1) + 1)
"""Quiet tests that run beside each other: they wait for real programs most of the time."""
MARK = "quiet"
LONG = "long"


@contextmanager
def turn(item: pytest.Item) -> Iterator[None]:
    """Holds while `item` may run: a quiet test beside few of its kind, the others side by side. One process alone needs no
    lock."""
    if not hasattr(item.config, "workerinput"):
        yield
        return
    with ExitStack() as stack:
        locks = [stack.enter_context(path.open("w")) for path in locks_of_the_session(item.config)]
        if item.get_closest_marker(MARK):
            while not any(map(_taken, locks)):
                time.sleep(0.05)
        else:
            for lock in locks:
                fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _taken(lock: TextIO) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def locks_of_the_session(config: pytest.Config) -> list[Path]:
    """A quiet test has one of them for itself, each other test a share in all. pytest-xdist gives each worker a folder
    below the session's own."""
    return [Path(config.getoption("basetemp")).parent / f"quiet{number}.lock" for number in range(AT_ONCE)]


def arrange(items: list[pytest.Item], workers: int) -> None:
    """Deal long tests evenly to the workers, in the first half of what each gets, and put quiet tests after all others.

    A worker begins with an even part of the list, and those that have ended take from the end of what others still have.
    A long test begins neither beside all others nor as the last one; every worker has to find the same order.
    """
    long = [item for item in items if item.get_closest_marker(LONG)]
    others = [item for item in items if not item.get_closest_marker(LONG)]
    others.sort(key=lambda item: item.get_closest_marker(MARK) is not None)
    for number, item in enumerate(long):
        place = number * len(items) // len(long)
        worker = number * workers // len(long)
        begin = -(-worker * len(items) // workers)  # rounded up
        others.insert(begin + max(0, place - begin) // 2, item)
    items[:] = others
