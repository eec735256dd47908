"""Runs that have ended, each once for ever."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.store.store import Store
from tests.tries import accept


@pytest.fixture
def seen(store: Store, remote_run):
    """Has the server tell of one run: `seen("r1", "running")`; returns what is due afterwards, as run ids."""

    def see(run_id: str, word: str, profile: str = "p") -> list[str]:
        store.runs.merge(profile, "wh_a", [remote_run(run_id, word)])
        return [store.rows.get(row).run_id for row in store.finished_runs.due("p")]

    return see


@pytest.mark.parametrize("word", ["completed", "failed", "cancelled"])
def test_a_run_that_ends_before_our_eyes_is_due_and_only_then(seen, word):
    """Not while it goes on, not when it was first seen after its end, not for another profile."""
    assert seen("r1", "running") == []
    assert seen("old", word) == []
    assert seen("other", "running", "q") == seen("other", word, "q") == []
    assert seen("r1", word) == ["r1"]


def test_it_is_had_by_one_alone(seen, store, stores):
    """Of two processes that take it one gets it, and nothing is due any more."""
    seen("r1", "running")
    seen("r1", "completed")
    other = stores.open()
    (row,) = other.finished_runs.due("p")
    assert [other.finished_runs.claim(row), store.finished_runs.claim(row)] == [True, False]
    assert store.finished_runs.due("p") == []


def test_an_end_that_is_taken_back_and_comes_again_is_no_second_end(seen, store):
    """A server may say completed, twice running, and completed again (docs/dev/faults.md 87)."""
    seen("r1", "running")
    seen("r1", "completed")
    store.finished_runs.claim(store.finished_runs.due("p")[0])
    for word in ("running", "running", "completed"):
        assert seen("r1", word) == []


def test_a_prompt_that_takes_over_a_strangers_row_ends_no_second_time(seen, store, remote_run):
    """A list showed the run, and its end, before the trigger was answered: the run is the same."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.outbox.claim("p")
    seen("r1", "running")
    seen("r1", "completed")
    assert store.finished_runs.claim(store.finished_runs.due("p")[0])
    accept(store, row, remote_run("r1", "running"))
    assert store.rows.get(row).status is Status.COMPLETED
    assert store.finished_runs.due("p") == []


def test_what_is_old_can_be_passed_over(seen, store, clock):
    """A hook that is new is not run for all of the past."""
    seen("r1", "running")
    seen("r1", "completed")
    clock.now += 700
    seen("r2", "running")
    assert seen("r2", "failed") == ["r1", "r2"]
    store.finished_runs.pass_over("p", clock.now - 600)
    assert seen("r3", "running") == ["r2"]
