"""What has ended since a moment, and when what waited then was sent."""

from collections.abc import Callable

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RunQuery, Status
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept, settle

Told = Callable[..., RemoteRun]


def test_what_ended_since_is_counted_by_how(store: Store, remote_run: Told) -> None:
    """Runs of whatever webhook, of this profile alone; what ended before, and what still runs, is not among them. The
    count is that of the rows the query shows."""
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=NOON - 900, completed_at=NOON - 1)])
    store.runs.merge("p", "wh", [remote_run("r2", "completed", created_at=NOON - 900, completed_at=NOON + 1)])
    store.runs.merge("p", "other", [remote_run("r3", "failed", created_at=NOON - 9, completed_at=NOON + 2)])
    store.runs.merge("p", "wh", [remote_run("r4", "running", created_at=NOON - 9)])
    store.runs.merge("q", "wh", [remote_run("r5", "completed", created_at=NOON - 9, completed_at=NOON + 1)])
    assert store.finished_since.ended("p", NOON) == {Status.COMPLETED: 1, Status.FAILED: 1}
    assert store.query.count(RunQuery("p", ended_after=NOON)) == 2


def test_members_of_a_folded_batch_count_and_its_line_does_not(
    store: Store, clock: HeldClock, remote_run: Told
) -> None:
    """A batch is told by its runs."""
    store.batches.submit("p", "wh", BatchSource("two"), [{"prompt": "fox"}, {"prompt": "owl"}])
    for run_id in ("r1", "r2"):
        outgoing = store.outbox.claim("p")
        assert outgoing is not None
        accept(store, outgoing.row, remote_run(run_id))
    clock.now += 10
    store.runs.merge("p", "wh", [remote_run(r, "completed", completed_at=NOON + 5) for r in ("r1", "r2")])
    assert store.finished_since.ended("p", NOON) == {Status.COMPLETED: 2}


def test_the_queue_is_drained_when_the_last_that_waited_is_sent(store: Store, clock: HeldClock) -> None:
    """The queue is drained once no earlier prompt waits any more; later submissions do not matter."""
    for prompt in ("fox", "owl", "elk"):
        dropped = store.outbox.submit("p", "wh", {"prompt": prompt})
    assert store.finished_since.drained("p", NOON) is None
    clock.now = NOON + 60
    store.outbox.submit("p", "wh", {"prompt": "later"})
    for _ in range(2):
        outgoing = store.outbox.claim("p")
        assert outgoing is not None
        settle(store, outgoing.row, OutboxState.REJECTED, "no")
    assert store.finished_since.drained("p", NOON) is None
    assert store.outbox.drop(dropped)
    assert store.finished_since.drained("p", NOON) == NOON + 60
    assert store.finished_since.drained("p", NOON + 61) is None
    assert store.finished_since.drained("q", NOON) is None
