"""`queue resend|wait|move|limit`: the same actions as in the queue of the app."""

from contextlib import closing

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.store.store import Store
from tests.cli.test_queue import PROFILE, submit, uncertain


@pytest.fixture
def store(cordage):
    """Return the store of the machine, open next to the commands."""
    cordage.config(PROFILE.format(""))
    with closing(Store.open(cordage.paths.database, SystemClock())) as store:
        yield store


def order(store):
    """Return the queued prompts in their order."""
    return [str(item.row) for item in store.queue.waiting("studio", 0, 100) if item.state is OutboxState.QUEUED]


def state(store, number):
    """Return the state of the prompt."""
    return store.outbox.expected(RowId(int(number))).state


def test_resend_asks_and_queues_each_once(cordage, store):
    """`resend` asks, accepts only uncertain prompts, and queues each once."""
    first, second = uncertain(store, "owl"), uncertain(store, "elk")
    (queued,) = submit(store, "fox")
    refused = cordage("queue", "resend", first, second)
    assert refused.returncode == 2 and "both are charged" in refused.stderr and "--yes" in refused.stderr
    mixed = cordage("queue", "resend", first, queued, "--yes")
    assert mixed.returncode == 2 and f"Prompt {queued} is queued, not uncertain." in mixed.stderr
    assert state(store, first) is OutboxState.UNCERTAIN
    done = cordage("queue", "resend", first, f"@{second}", "--yes")
    assert (done.returncode, done.stderr) == (0, "2 queued again.\n")
    assert {state(store, first), state(store, second)} == {OutboxState.QUEUED}
    assert cordage("queue", "resend", first, "--yes").returncode == 2


def test_resend_in_a_paused_queue_says_that_it_waits_and_how_it_goes_on(cordage, store):
    """In a paused queue a resent prompt waits, and the message names the command that resumes."""
    number = uncertain(store, "owl")
    store.queue_control.pause("studio", "The last 3 prompts got no usable answer")
    done = cordage("queue", "resend", number, "--yes")
    assert done.returncode == 0 and state(store, number) is OutboxState.QUEUED
    assert "The queue is paused, so nothing is sent until you resume it. Resume it: cordage-tui queue resume" in (
        done.stderr
    )


def test_a_read_only_profile_resends_nothing(cordage, store):
    """A read-only profile resends nothing."""
    number = uncertain(store, "owl")
    cordage.config(PROFILE.format("read_only = true\n"))
    assert cordage("queue", "resend", number, "--yes").returncode == 2
    assert state(store, number) is OutboxState.UNCERTAIN


def test_wait_looks_again_and_sends_nothing(cordage, store):
    """`wait` keeps the prompt uncertain and plans another check."""
    number = uncertain(store, "owl")
    assert cordage("queue", "wait", number).returncode == 0
    (item,) = store.queue.waiting("studio", 0, 10)
    assert (item.state, item.next_check is not None) == (OutboxState.UNCERTAIN, True)
    assert "ou keep waiting" in (item.note or "")


def test_move_goes_first_or_beside_another(cordage, store):
    """`move` moves prompts to the front or next to another, in the given order and into its lane."""
    lost = uncertain(store, "owl")
    a, b, c, d = submit(store, *"abcd")
    assert cordage("queue", "move", d, c).returncode == 0 and order(store) == [d, c, a, b]
    assert cordage("queue", "move", d, "--after", b).returncode == 0 and order(store) == [c, a, b, d]
    assert cordage("queue", "move", b, d, "--before", c).returncode == 0 and order(store) == [b, d, c, a]
    assert "before or after itself" in cordage("queue", "move", b, "--before", b).stderr
    batch = str(store.outbox.submit("studio", "wh_1", {"prompt": "e"}, lane=Lane.BATCH))
    assert cordage("queue", "move", a, "--after", batch).returncode == 0 and order(store) == [b, d, c, batch, a]
    assert store.queue.lanes("studio")[Lane.BATCH] == 2
    assert cordage("queue", "move", lost).returncode == 2


@pytest.mark.parametrize(("argument", "limit"), [("4", 4), ("none", None)])
def test_limit_sets_or_removes_the_limit_of_active_runs(cordage, store, argument, limit):
    """A number sets the limit of active runs, and `none` removes it."""
    store.queue_control.limit_active("studio", 9)
    assert cordage("queue", "limit", argument).returncode == 0
    assert store.queue_control.read("studio").max_active == limit


@pytest.mark.parametrize("argument", ["0", "-1", "x", "100001"])
def test_what_is_no_limit_changes_none(cordage, store, argument):
    """An invalid limit ends with 2 and changes nothing."""
    store.queue_control.limit_active("studio", 9)
    assert cordage("queue", "limit", argument).returncode == 2
    assert store.queue_control.read("studio").max_active == 9
