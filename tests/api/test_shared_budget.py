"""The ledger that processes share: each knows the calls of all, and no damage to the file stops a process."""

import fcntl
import itertools
import os
import random
import stat
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api import rate_limiter as ledger_module
from cordage_tui.api.budget_state import HeaderState, RateBudget, RateBudgetState, from_bytes, to_bytes
from cordage_tui.api.rate_limiter import BudgetStore, boot
from cordage_tui.domain.rate_limit import Priority, RateLimitHeaders

USER, BACKGROUND = Priority.USER, Priority.BACKGROUND


class Process:
    """One process with its budget."""

    def __init__(self, path: Path) -> None:
        self.budget = RateBudget(120, share=0.9, even=False, rng=random.Random(1))
        self.ledger = BudgetStore(path)

    def take(self, now: float, priority: Priority = USER) -> None:
        with self.ledger.open(self.budget, now):
            assert self.budget.wait_s(priority, now) == 0
            self.budget.grant(priority, now)

    def wait_s(self, now: float, priority: Priority = USER) -> float:
        with self.ledger.open(self.budget, now):
            return self.budget.wait_s(priority, now)

    def learn(self, reading: RateLimitHeaders, now: float) -> None:
        with self.ledger.open(self.budget, now):
            self.budget.update_from_headers(reading, now)

    def remaining(self, now: float) -> int:
        with self.ledger.open(self.budget, now):
            return self.budget.remaining(now)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pacing"


def test_what_one_spends_and_learns_all_know(path: Path) -> None:
    """Grants, background pace, headers and a 429 are of the machine, not of the process."""
    first, other = Process(path), Process(path)
    first.take(0.0, BACKGROUND)
    assert other.wait_s(0.0, BACKGROUND) == pytest.approx(61 / 108)
    other.take(0.1)
    assert first.remaining(0.2) == 118
    first.learn(RateLimitHeaders(100, 40, 30.0), 0.3)
    assert other.remaining(0.4) == 39  # one is still under way
    other.learn(RateLimitHeaders(100, 0, 30.0, 30.0), 0.5)
    assert first.wait_s(0.6) >= 29.9


def test_together_they_spend_what_one_would(path: Path) -> None:
    """Ten processes that all want everything at once get one budget between them."""
    crowd = [Process(path) for _ in range(10)]
    for turn in range(120):
        crowd[turn % 10].take(turn / 100)
    assert all(process.wait_s(1.2) > 50.0 for process in crowd)


def test_a_process_that_starts_later_finds_the_book(path: Path) -> None:
    """A process that starts later continues with the counts in the file."""
    Process(path).take(5.0)
    assert Process(path).remaining(6.0) == 119


def test_the_file_is_private(path: Path) -> None:
    """Mode 0600, and a link in its place is not followed."""
    Process(path).take(0.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    link = path.with_name("link")
    link.symlink_to(path.with_name("elsewhere"))
    process = Process(link)
    process.take(0.0)
    assert process.remaining(0.1) == 119
    assert not path.with_name("elsewhere").exists()


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, b"cordpac1", os.urandom(500), b"x" * (2 << 20)])
def test_a_damaged_file_is_started_anew(path: Path, damage: bytes) -> None:
    """A damaged file is replaced, and shared again afterwards."""
    path.write_bytes(damage)
    first, other = Process(path), Process(path)
    first.take(0.0)
    assert other.remaining(0.1) == 119


def test_a_file_damaged_meanwhile_costs_no_knowledge(path: Path) -> None:
    """If the file is damaged while processes run, the next one writes its own state."""
    first, other = Process(path), Process(path)
    first.take(0.0)
    path.write_bytes(path.read_bytes()[:-3])
    assert first.remaining(0.1) == 119
    first.take(0.2)
    assert other.remaining(0.3) == 118


def test_a_book_of_another_boot_is_started_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another boot, or of an unknown one, is replaced, because monotonic time restarts with each boot."""
    Process(path).take(90_000.0)
    assert Process(path).remaining(10.0) == 120
    Process(path).take(90_000.0)
    monkeypatch.setattr(ledger_module, "boot", lambda: b"another")
    assert Process(path).remaining(90_000.1) == 120


def test_a_file_that_is_removed_is_made_again(path: Path) -> None:
    """A file removed while processes run is created again with the state of the next process."""
    first, other = Process(path), Process(path)
    first.take(0.0)
    path.unlink()
    first.take(0.1)
    assert other.remaining(0.2) == 118


def test_without_a_file_a_process_goes_by_its_own_book(tmp_path: Path) -> None:
    """Without a usable file a process follows its own count, and raises nothing."""
    for path in (tmp_path / "missing" / "pacing", tmp_path):
        process = Process(path)
        for _ in range(120):
            process.take(0.0)
        assert process.wait_s(1.0) == pytest.approx(60.0)


def test_a_disk_that_takes_nothing_costs_no_knowledge(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed write a process follows its own state."""
    process = Process(path)
    process.take(0.0)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    for moment in (0.1, 0.2, 0.3):
        process.take(moment)
    assert process.remaining(0.4) == 116


def test_a_holder_that_was_stopped_holds_nobody_up(path: Path) -> None:
    """Ctrl+z in the wrong microsecond: others go by their own state, and share again once the lock is free."""
    first, other = Process(path), Process(path)
    other.take(0.0)
    with path.open() as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        first.take(0.1)
        assert first.remaining(0.2) == 119
    other.take(0.3)
    assert first.remaining(2.0) == 117
    assert other.remaining(2.1) == 117


moments = st.floats(0.0, 100.0)
books = st.builds(
    RateBudgetState,
    limit=st.integers(1, 999_999),
    granted=st.lists(moments, max_size=130).map(sorted).map(deque),
    header_state=st.none() | st.builds(HeaderState, st.integers(0, 999), moments, moments, moments, moments),
    floor=st.none() | st.integers(0, 999),
    pace=st.floats(0.2, 1.0),
    paced_at=moments,
    foreign=moments,
    foreign_before=moments,
)


@given(books)
def test_a_book_comes_back_as_it_was(state: RateBudgetState) -> None:
    """Every field, through bytes."""
    assert from_bytes(to_bytes(state, boot()), boot(), 100.0) == state


@given(books, st.data())
def test_any_flipped_byte_is_noticed(state: RateBudgetState, data: st.DataObject) -> None:
    """A torn write never becomes a header_state."""
    raw = bytearray(to_bytes(state, boot()))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert from_bytes(bytes(raw), boot(), 100.0) is None


def test_real_processes_poll_as_one(path: Path) -> None:
    """Three real processes together keep the gaps, record every grant, and use their share."""
    command = (sys.executable, str(Path(__file__).with_name("greedy_process.py")), str(path), "2.0")
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    calls = sum(int(process.communicate(timeout=60)[0]) for process in processes)
    state = from_bytes(path.read_bytes(), boot(), time.monotonic())
    assert state is not None
    assert 4 <= calls <= len(state.granted) <= calls + 3  # one each may have been granted in the moment it gave up
    assert min(b - a for a, b in itertools.pairwise(state.granted)) > 0.56


def test_a_file_that_cannot_be_locked_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the file system has no locks, the file is not written, and each process follows its own count."""
    path = tmp_path / "ledger"
    first = Process(path)
    first.take(1.0)
    before = path.read_bytes()

    def no_locks(fd: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    second = Process(path)
    second.take(2.0)
    assert second.remaining(3.0) == 119
    assert path.read_bytes() == before
