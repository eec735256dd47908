"""The sentence for the terminal when a window has been left: what goes on without it, who sends the rest, what is uncertain."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth
from cordage_tui.engine.processes.process_locks import sending_lock, signature_of, working_lock
from cordage_tui.engine.processes.unfinished_work import unfinished_words
from cordage_tui.store.store import Store
from tests.tries import settle

PROFILE = Profile("studio", "https://cordage.example")
AT = PROFILE.stored_as


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path)


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    store = Store.open(paths.database, SystemClock())
    health(store, HealthStatus.LIVE)
    yield store
    store.close()


def health(store: Store, status: HealthStatus) -> None:
    store.health.record(AT, WebhookHealth("wh", status, None, 1.0, None))


def submit(store: Store, count: int = 1) -> list[RowId]:
    return [store.outbox.submit(AT, "wh", {"prompt": f"fox {n}"}) for n in range(count)]


def started(store: Store, *names: str) -> None:
    told = [RemoteRun(name, Status.RUNNING, SafeText("running")) for name in names]
    store.runs.merge(AT, "wh", told)


def test_where_nothing_goes_on_nothing_is_said(store: Store, paths: Paths) -> None:
    store.runs.merge(AT, "wh", [RemoteRun("r1", Status.COMPLETED, SafeText("completed"))])
    store.outbox.drop_all({row: store.outbox.expected(row) for row in submit(store)})
    assert unfinished_words(store, PROFILE, paths) is None and unfinished_words(store, None, paths) is None


def test_runs_go_on_as_far_as_they_were_just_read(store: Store, paths: Paths) -> None:
    started(store, "r1")
    assert unfinished_words(store, PROFILE, paths) == "1 run continues at Cordage."
    started(store, "r2", "r3")
    assert unfinished_words(store, PROFILE, paths) == "3 runs continue at Cordage."
    health(store, HealthStatus.OFFLINE)
    assert unfinished_words(store, PROFILE, paths) == "3 runs were going on at Cordage when it was last read."


def test_what_is_queued_is_told_with_who_sends_it(store: Store, paths: Paths) -> None:
    """Nobody, until the program runs; another program; nobody at all while the queue is paused or the key is rejected."""
    submit(store)
    assert unfinished_words(store, PROFILE, paths) == "1 prompt is queued and is sent while cordage-tui runs."
    submit(store)
    assert unfinished_words(store, replace(PROFILE, read_only=True), paths) == "2 prompts are queued."
    for make in (sending_lock, working_lock):
        lock = make(PROFILE, paths)
        lock.acquire()
        lock.sign(signature_of(os.getpid(), 1.0))
        told = f"2 prompts are queued, and the process with pid {os.getpid()} sends them."
        assert unfinished_words(store, PROFILE, paths) == told
        lock.release()
    health(store, HealthStatus.REFUSED)
    assert unfinished_words(store, PROFILE, paths) == "2 prompts are queued, and the API key is rejected."
    store.queue_control.pause(AT, "Paused by you")
    assert unfinished_words(store, PROFILE, paths) == "2 prompts are queued, and the queue is paused."


def test_what_was_cut_off_is_uncertain_and_all_stands_in_one_line(store: Store, paths: Paths) -> None:
    """What another program sends is not."""
    started(store, "r1", "r2", "r3")
    first, *_ = submit(store, 3)
    assert store.outbox.claim(AT)
    words = "3 runs continue at Cordage; 2 prompts are queued and are sent while cordage-tui runs;"
    assert unfinished_words(store, PROFILE, paths) == f"{words} 1 prompt is uncertain: it may be running."
    lock = sending_lock(PROFILE, paths)
    lock.acquire()
    lock.sign(signature_of(os.getpid(), 1.0))
    assert "uncertain" not in (unfinished_words(store, PROFILE, paths) or "")
    lock.release()
    settle(store, first, OutboxState.UNCERTAIN, "no answer")
    assert store.outbox.claim(AT)
    assert (unfinished_words(store, PROFILE, paths) or "").endswith("2 prompts are uncertain: they may be running.")
