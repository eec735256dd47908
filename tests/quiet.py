"""Tests that hold the program to a second of real time have the machine to themselves, also among parallel workers."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MARK = "quiet"


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


def put_last(items: list[pytest.Item]) -> None:
    """Quiet tests after all others, so that few workers wait for them; every worker has to find the same order."""
    items.sort(key=lambda item: item.get_closest_marker(MARK) is not None)
