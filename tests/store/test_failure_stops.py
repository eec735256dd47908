"""Stops of batches: the failures that stop one, and how it is resumed."""

import pytest

from cordage_tui.domain.batch import BatchSource, StopRule
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.store.outbox.failure_stops import FailuresInARow
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.outbox.queue_spans import QueueSpans
from cordage_tui.store.store import Store
from tests.tries import accept

NOTE = "Not sent: 3 runs in a row failed."


@pytest.fixture
def batch(store: Store) -> RowId:
    """Eight prompts that are stopped after three failures in a row."""
    source = BatchSource("rerun", stop=StopRule(3))
    return store.batches.submit("p", "wh_a", source, [{"prompt": f"fox {n}"} for n in range(8)])


@pytest.fixture
def ends(store: Store, clock, remote_run):
    """Runs the next prompt, which ends so; returns the next one that waits."""

    def run(word: str, error: str = "no memory") -> RowId:
        claimed = store.outbox.claim("p")
        assert claimed is not None
        accept(store, claimed.row, remote_run(f"r{claimed.row}", "running"))
        clock.now += 5
        failed = {"error": error} if word == "failed" else {}
        store.runs.merge("p", "wh_a", [remote_run(f"r{claimed.row}", word, **failed)])
        return store.queue.queued("p")[0]

    return run


def failures(store: Store, row: RowId) -> FailuresInARow | None:
    """The failures after which the batch of this prompt is to be stopped; None: it is not."""
    rule = store.failure_stops.rule(row)
    return None if rule is None else store.failure_stops.failures(rule)


def test_only_failures_in_a_row_stop_a_batch(store: Store, batch: RowId, ends) -> None:
    for word in ("failed", "failed", "completed", "failed", "cancelled", "failed"):
        row = ends(word)
        assert failures(store, row) is None
    row = ends("failed", "out of memory")
    assert failures(store, row) == FailuresInARow(batch, 3, "out of memory")


def test_a_batch_without_a_rule_is_sent_whatever_fails(store: Store, ends) -> None:
    store.batches.submit("p", "wh_a", BatchSource("foxes"), [{"prompt": f"fox {n}"} for n in range(5)])
    rows = [ends("failed") for _ in range(4)]
    assert [failures(store, row) for row in rows] == [None] * 4


def test_what_is_stopped_waits_for_the_user(store: Store, batch: RowId, ends, clock) -> None:
    """Held with the reason, in the queue's file too; a new key lets nothing go, dropping and resuming are the user's. After
    that only further failures count."""
    row = [ends("failed") for _ in range(3)][-1]
    assert store.failure_stops.stop(batch, NOTE) == 5
    stopped = store.batches.progress(batch)
    assert stopped is not None and stopped.source.stop == StopRule(3, clock.now)
    assert store.outbox.claim("p") is None and not store.queue.has_held("p") and store.outbox.release_held("p") == 0
    assert {item.note for item in store.queue.waiting("p")} == {NOTE}
    (span,) = QueueSpans(store.database, "p").all()
    assert QueueSpans(store.database, "p").lines([span])[0].note == NOTE
    assert len(QueueEdits(store.database, store.outbox, "p").unsent()) == 5
    assert failures(store, row) is None, "it is stopped already"
    assert store.failure_stops.resume("p", [row]) == 5 and store.failure_stops.resume("p") == 0
    assert failures(store, row) is None
    assert store.outbox.state(row) is OutboxState.QUEUED and store.queue.queued("p")[0] == row
    last = [ends("failed") for _ in range(3)][-1]
    assert failures(store, last) is not None
    resumed = store.batches.progress(batch)
    assert resumed is not None and resumed.source.stop == StopRule(3)
