"""Durations of finished runs."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.formatting import time_of
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, RunSpans, SortKey
from cordage_tui.domain.statistics.duration_model import DurationSample
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.store.runs.past_durations import PastRun
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept, requeue

Told = Callable[..., RemoteRun]


def finished(store: Store) -> list[DurationSample]:
    return [run.finished for run in store.past_durations.latest("p", "wh_a", 10)]


@pytest.mark.parametrize(("word", "count"), [("completed", 1), ("failed", 1), ("cancelled", 0), ("running", 0)])
def test_only_what_ended_by_itself_tells_how_long_it_took(
    store: Store, remote_run: Told, word: str, count: int
) -> None:
    """Only completed and failed runs give durations, not killed and active ones."""
    store.runs.merge("p", "wh_a", [remote_run("r1", word, created_at=NOON - 90, completed_at=NOON - 50, node_count=5)])
    assert finished(store) == [DurationSample(40.0, None, 5)] * count


def test_queue_and_running_are_told_apart_where_the_start_was_seen(
    store: Store, remote_run: Told, clock: HeldClock
) -> None:
    """The start is when it was first seen running."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "pending", created_at=NOON)])
    clock.now += 12
    store.runs.merge("p", "wh_a", [remote_run("r1", "running", created_at=NOON)])
    clock.now += 30
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed", created_at=NOON, completed_at=NOON + 40)])
    (sample,) = finished(store)
    assert (sample.total_s, sample.queued_s, sample.running_s) == (40.0, 12.0, 28.0)


def test_a_run_of_which_nobody_knows_the_beginning_is_left_out(
    store: Store, remote_run: Told, clock: HeldClock
) -> None:
    """First seen running, and the server does not say since when: its time is not known."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "running")])
    clock.now += 30
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed", completed_at=NOON + 30)])
    assert finished(store) == []


def test_our_own_run_counts_from_its_submission(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """Our own run counts from its submission, even if the server never gives its creation time."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.outbox.claim("p")
    accept(store, row, remote_run("r1", "running"))
    clock.now += 25
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed")])
    assert [run.total_s for run in finished(store)] == [25.0]


def test_the_latest_come_in_the_order_in_which_they_began(store: Store, remote_run: Told) -> None:
    """The latest runs come in the order of their starts, without those of other webhooks and profiles.

    In the order of their ends the short runs of a batch would come first.
    """
    ended = {
        f"r{n}": remote_run(f"r{n}", "completed", created_at=NOON + n, completed_at=NOON + 100 - n) for n in range(5)
    }
    store.runs.merge("p", "wh_a", list(ended.values()))
    store.runs.merge("p", "wh_b", [remote_run("b", "completed", created_at=NOON, completed_at=NOON + 1)])
    store.runs.merge("q", "wh_a", [remote_run("q", "completed", created_at=NOON, completed_at=NOON + 1)])
    assert [run.finished.total_s for run in store.past_durations.latest("p", "wh_a", 3)] == [96.0, 94.0, 92.0]


def test_runs_that_began_together_are_not_ordered_by_their_length(store: Store, remote_run: Told) -> None:
    """Runs that started together come in the order they were seen, not by their length."""
    lengths = [40.1, 10.3, 30.7, 20.9, 50.2]
    runs = [remote_run(f"r{n}", "completed", created_at=NOON, completed_at=NOON + s) for n, s in enumerate(lengths)]
    store.runs.merge("p", "wh_a", runs)
    assert [round(run.finished.total_s, 1) for run in store.past_durations.latest("p", "wh_a", 9)] == lengths


def test_of_changed_rows_those_that_have_finished(store: Store, remote_run: Told) -> None:
    """The durations of any number of changed rows are those of the finished runs of this profile, for all webhooks."""
    for webhook in ("wh_a", "wh_b"):
        runs = [remote_run(f"{webhook}{n}", "completed", created_at=NOON, completed_at=NOON + n) for n in range(400)]
        store.runs.merge("p", webhook, [*runs, remote_run(f"{webhook}-on", "running", created_at=NOON)])
    store.runs.merge("q", "wh_a", [remote_run("q", "completed", created_at=NOON, completed_at=NOON + 1)])
    durations = store.past_durations.among("p", store.changes.since(0))
    assert len(durations) == 800
    assert {run.webhook_key for run in durations} == {"wh_a", "wh_b"}
    assert store.past_durations.among("p", [RowId(999_999)]) == []


def lasting(store: Store, *past: float) -> list[float]:
    runs = [PastRun(RowId(n), "wh_a", begun + 1.0, DurationSample(1.0)) for n, begun in enumerate(past)]
    return [run.duration.total_s for run in store.past_durations.under_way("p", "wh_a", runs, 2)]


def test_what_goes_on_has_lasted_until_it_was_last_seen(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """An active run has lasted until the last good read of its webhook."""
    statuses = ("running", "pending", "completed", "cancelled")
    store.runs.merge("p", "wh_a", [remote_run(f"{w}{n}", w, created_at=NOON - n) for w in statuses for n in (10, 1000)])
    assert lasting(store) == [1000.0, 1000.0, 10.0, 10.0]
    clock.now += 60
    store.health.record("p", WebhookHealth("wh_a", HealthStatus.LIVE, None, clock.now, None))
    clock.now += 7_200
    assert lasting(store) == [1060.0, 1060.0, 70.0, 70.0]
    store.health.record("p", WebhookHealth("wh_a", HealthStatus.OFFLINE, None, NOON + 60, None))
    assert lasting(store) == [1060.0, 1060.0, 70.0, 70.0]
    assert store.past_durations.under_way("p", "wh_b", [], 2) == []


def test_only_what_began_with_the_runs_that_are_learned_from_goes_on(store: Store, remote_run: Told) -> None:
    """Older active runs do not count if enough later runs are learned from, because they are only those that hang."""
    store.runs.merge("p", "wh_a", [remote_run(f"r{n}", "running", created_at=NOON - n) for n in (10, 1000)])
    assert lasting(store, NOON - 100) == [1000.0, 10.0]
    assert lasting(store, NOON - 100, NOON - 50) == [10.0]


def test_of_what_waits_at_the_server_the_wait_goes_on(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """A pending run has waited so long, a running one is known to have waited until it began."""
    for word in ("pending", "running"):
        store.runs.merge(
            "p", "wh_a", [remote_run("on", word, created_at=NOON), remote_run("waits", "pending", created_at=NOON)]
        )
        clock.now += 5
    durations = store.past_durations.under_way("p", "wh_a", [], 2)
    assert sorted((run.duration.queued_s or 0.0, run.duration.waits) for run in durations) == [
        (0.0, True),
        (5.0, False),
    ]


def test_nodes_are_told_where_they_are_known(store: Store, remote_run: Told) -> None:
    """Node counts are returned for runs with a known count, and other rows are missing."""
    rows = store.runs.merge("p", "wh_a", [remote_run("r1", node_count=7), remote_run("r2")])
    assert list(store.past_durations.node_counts(sorted(rows)).values()) == [7]


def test_what_waited_in_our_own_queue_is_no_part_of_the_run(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """The wait in our own queue does not count: not in learned durations, not in the row, not in its order."""
    rows = {}
    for name, waits_s, runs_s in (("long wait", 300, 8), ("long run", 0, 60)):
        rows[name] = row = store.outbox.submit("p", "wh_a", {"prompt": name})
        clock.now += waits_s
        store.outbox.claim("p")
        requeue(store, row)
        clock.now += 2
        store.outbox.claim("p")
        accept(store, row, remote_run(name, "pending"))
        clock.now += 1
        store.runs.merge("p", "wh_a", [remote_run(name, "running")])
        clock.now += runs_s
        store.runs.merge("p", "wh_a", [remote_run(name, "completed", completed_at=clock.now)])
    assert finished(store) == [
        DurationSample(9.0, 1.0, own_queue_s=302.0),
        DurationSample(61.0, 1.0, own_queue_s=2.0),
    ]
    window = store.query.window(RunQuery("p", sort=SortKey.DURATION, descending=True), 0, 10)
    assert [(row.prompt, row.elapsed_s(clock.now)) for row in window] == [("long run", 61.0), ("long wait", 9.0)]
    assert window[1].created_at == NOON and window[1].begun_at == NOON + 302


def test_what_waited_in_the_servers_queue_is_no_part_of_its_running_time(
    store: Store, remote_run: Told, clock: HeldClock
) -> None:
    """The wait in the server's queue does not count for the running time, in the row, its order and a filter.

    A run that was not seen to start counts with all its time at the server.
    """
    for name, pending_s, runs_s in (("behind a batch", 221, 13), ("long run", 1, 60)):
        row = store.outbox.submit("p", "wh_a", {"prompt": name})
        store.outbox.claim("p")
        accept(store, row, remote_run(name, "running"))  # as a trigger is answered, whatever it does
        for _ in range(2):
            clock.now += pending_s / 2
            store.runs.merge("p", "wh_a", [remote_run(name, "pending")])
        store.runs.merge("p", "wh_a", [remote_run(name, "running")])
        clock.now += runs_s
        store.runs.merge("p", "wh_a", [remote_run(name, "completed", completed_at=clock.now)])
    store.runs.merge(
        "p", "wh_a", [remote_run("elsewhere", "completed", created_at=clock.now - 30, completed_at=clock.now)]
    )
    query = RunQuery("p", sort=SortKey.DURATION, descending=True)
    window = store.query.window(query, 0, 10)
    assert [row.run_id for row in window] == ["long run", "elsewhere", "behind a batch"]
    assert [time_of(row, clock.now) for row in window] == [(60.0, False), (30.0, True), (13.0, False)]
    assert window[2].spans(clock.now) == RunSpans(0.0, 221.0, 13.0, 234.0)
    assert [store.query.index_of(query, row.id) for row in window] == [0, 1, 2]


def test_a_run_under_way_begins_when_it_was_sent(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """The poll schedule foretells its end from there."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    clock.now += 300
    store.outbox.claim("p")
    accept(store, row, remote_run("r1", "running"))
    (run,) = store.active_runs.all("p")
    assert run.begun_at == NOON + 300


def test_the_demos_history_was_watched(store: Store, remote_run: Told) -> None:
    """Runs of the demo have a wait and a running time, as if watched; one shorter than the wait did not run."""
    past = {"r1": NOON - 50, "r2": NOON - 89}
    runs = [
        ("wh_a", remote_run(name, "completed", created_at=NOON - 90, completed_at=end), {"prompt": name})
        for name, end in past.items()
    ]
    store.runs.seed("p", runs, queued_s=2.0)
    assert sorted((sample.queued_s, sample.running_s) for sample in finished(store)) == [(1.0, 0.0), (2.0, 38.0)]
