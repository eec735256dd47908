"""Signs of life of the process that holds a lock."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cordage_tui.engine.processes.process_locks import (
    SILENT_AFTER_S,
    HolderWatch,
    SilentHolder,
    holder_of,
    is_stopped,
    signature_of,
)
from cordage_tui.store.file.file_lock import FileLock


class Time:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.ahead = 1_700_000_000.0

    def wall(self) -> float:
        return self.now + self.ahead

    def monotonic(self) -> float:
        return self.now

    def boot(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def held(tmp_path: Path, clock: Time) -> FileLock:
    """A lock that was just taken by a process 4242."""
    lock = FileLock(tmp_path / "x.lock")
    assert lock.acquire()
    lock.sign(signature_of(4242, clock.wall()))
    lock.beat(clock.wall())
    return lock


def test_a_holder_is_told_with_its_last_sign(held: FileLock, clock: Time, tmp_path: Path) -> None:
    """In any process; nobody once it has let go."""
    other = FileLock(tmp_path / "x.lock")
    found = holder_of(other)
    assert found is not None and (found.pid, found.since) == (4242, clock.wall())
    assert found.beat_at == pytest.approx(clock.wall(), abs=0.01)
    assert found.silent(clock.wall() + SILENT_AFTER_S - 1) is None
    late = found.silent(clock.wall() + SILENT_AFTER_S + 1)
    assert late is not None and late.pid == 4242
    held.release()
    assert holder_of(other) is None


def watched(watch: HolderWatch, clock: Time, seconds: float, *, slept: bool = False) -> SilentHolder | None:
    for _ in range(round(seconds * 4)):
        clock.now += 0.25
        watch.check(ours=False, slept=slept)
    return watch.silent


def test_it_is_silent_when_the_signs_have_stopped_for_seconds(held: FileLock, clock: Time, tmp_path: Path) -> None:
    """And not any more with the next one; each turn is news once."""
    watch = HolderWatch(FileLock(tmp_path / "x.lock"), clock)
    assert watched(watch, clock, SILENT_AFTER_S - 0.5) is None
    silent = watched(watch, clock, 1.0)
    assert silent is not None and silent.pid == 4242 and "4242" in silent.words and "4242" in silent.advice
    assert not watch.check(ours=False, slept=False)
    held.beat(clock.wall())
    assert watch.check(ours=False, slept=False) and watch.silent is None


def test_one_that_was_silent_before_the_first_look_is_so_at_once(held: FileLock, clock: Time, tmp_path: Path) -> None:
    """Whoever opens a window need not wait to be told."""
    clock.now += 100
    watch = HolderWatch(FileLock(tmp_path / "x.lock"), clock)
    assert watch.check(ours=False, slept=False) and watch.silent is not None


@pytest.mark.parametrize("step", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_makes_nobody_silent(held: FileLock, clock: Time, tmp_path: Path, step: float) -> None:
    """Only time that passes does."""
    watch = HolderWatch(FileLock(tmp_path / "x.lock"), clock)
    watch.check(ours=False, slept=False)
    clock.ahead += step
    assert watched(watch, clock, SILENT_AFTER_S - 1) is None


def test_time_that_was_slept_does_not_count(held: FileLock, clock: Time, tmp_path: Path) -> None:
    """From the wake on there is time again for a sign."""
    watch = HolderWatch(FileLock(tmp_path / "x.lock"), clock)
    assert watched(watch, clock, SILENT_AFTER_S - 1) is None
    assert watched(watch, clock, 3, slept=True) is None
    assert watched(watch, clock, SILENT_AFTER_S - 1) is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells the state of a process so")
def test_a_stopped_process_is_known_as_such() -> None:
    """And not once it goes on, or is gone."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert not is_stopped(child.pid)
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        assert is_stopped(child.pid)
        assert "stopped" in SilentHolder(child.pid, 0.0, is_stopped(child.pid)).words
        child.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + 10
        while is_stopped(child.pid):
            assert time.monotonic() < deadline
    finally:
        child.kill()
        child.wait()
    assert not is_stopped(child.pid)
