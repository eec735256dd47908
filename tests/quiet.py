"""Order of the tests among parallel workers: those that hold the program to a second of real time have the machine to
themselves, at the end, and those that take long begin early."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MARK = "quiet"
LONG = "long"


@contextmanager
def turn(item: pytest.Item) -> Iterator[None]:
    """Holds while `item` may run: a quiet test alone, the others side by side. One process alone needs no lock."""
    if not hasattr(item.config, "workerinput"):
        yield
        return
    kind = fcntl.LOCK_EX if item.get_closest_marker(MARK) else fcntl.LOCK_SH
    with _lock_of_the_session(item.config).open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def _lock_of_the_session(config: pytest.Config) -> Path:
    """pytest-xdist gives each worker a folder below the session's own."""
    return Path(config.getoption("basetemp")).parent / "quiet.lock"


def arrange(items: list[pytest.Item]) -> None:
    """Spread long tests evenly, so that no worker ends with several, and put quiet tests after all others, so that few
    workers wait for them; every worker has to find the same order."""
    long = [item for item in items if item.get_closest_marker(LONG)]
    others = [item for item in items if not item.get_closest_marker(LONG)]
    others.sort(key=lambda item: item.get_closest_marker(MARK) is not None)
    for number, item in enumerate(long):
        others.insert(number * len(items) // len(long), item)
    items[:] = others
