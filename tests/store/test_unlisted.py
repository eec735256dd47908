"""Runs that their webhook's list does not name, and when a run was last heard of."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.store.runs.run_records import RunRecords
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock, Stores

Told = Callable[..., RemoteRun]


@pytest.fixture
def run(store: Store, remote_run: Told) -> RowId:
    """A running run, seen at noon."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1")])
    return row


def listed(store: Store, clock: HeldClock, seconds: float) -> None:
    """The list of the webhook is read so long after noon."""
    clock.now = NOON + seconds
    store.health.record("p", WebhookHealth("wh_a", HealthStatus.LIVE, ok_at=clock.now))


def heard_s(store: Store, row: RowId) -> float:
    """Seconds from noon to when the run was last heard of."""
    detail = store.query.detail(row)
    assert detail is not None and detail.seen_at is not None
    return detail.seen_at - NOON


def test_a_list_that_names_a_run_and_changes_nothing_is_heard_of(
    store: Store, clock: HeldClock, run: RowId, remote_run: Told
) -> None:
    """The time of the last read is told, not that of the last change, and nothing is written for it."""
    listed(store, clock, 40.0)
    before = store.database._commits
    assert store.runs.merge("p", "wh_a", [remote_run("r1")]) == frozenset()
    store.unlisted.record("p", "wh_a", [])
    assert store.database._commits == before
    assert heard_s(store, run) == 40.0
    assert RunRecords(store.database, store.clock).of_rows([run])[0].detail.seen_at == NOON + 40.0


def test_a_list_that_does_not_name_a_run_is_no_news_of_it(store: Store, clock: HeldClock, run: RowId) -> None:
    """It was last heard of when a list last named it, however often the list is read after that."""
    listed(store, clock, 10.0)
    store.unlisted.record("p", "wh_a", [run])
    listed(store, clock, 40.0)
    assert heard_s(store, run) == 10.0
    before = store.database._commits
    store.unlisted.record("p", "wh_a", [run])
    assert store.database._commits == before
    store.unlisted.record("p", "wh_a", [])
    assert heard_s(store, run) == 40.0


def test_a_read_of_the_run_alone_is_heard_of_by_every_window(
    store: Store, stores: Stores, clock: HeldClock, run: RowId
) -> None:
    """Reads in quick succession are written down once in five seconds; this process knows each."""
    store.unlisted.record("p", "wh_a", [run])
    other = stores.open()
    for seconds in (20.0, 22.0):
        clock.now = NOON + seconds
        store.unlisted.record_answer(run)
    assert (heard_s(store, run), heard_s(other, run)) == (22.0, 20.0)


def test_a_read_that_fails_is_told_until_one_succeeds(
    store: Store, stores: Stores, clock: HeldClock, run: RowId
) -> None:
    """Each window knows since when a run is silent, and why; the same failure again writes nothing."""
    other = stores.open()
    store.unlisted.record_failure(run, "a list names it, so this is nothing")
    store.unlisted.record("p", "wh_a", [run])
    clock.now += 30.0
    store.unlisted.record_failure(run, "the server is in trouble (500)")
    before = store.database._commits
    store.unlisted.record_failure(run, "the server is in trouble (500)")
    assert store.database._commits == before
    silent = other.unlisted.all("p")[run]
    assert (silent.run_id, silent.heard_at, silent.trouble) == ("r1", NOON, "the server is in trouble (500)")
    store.unlisted.record_answer(run)
    assert other.unlisted.all("p")[run].trouble is None


def test_a_run_that_has_ended_is_not_listened_for(store: Store, remote_run: Told, run: RowId) -> None:
    """Nor one that is lost; and what was last heard of it stays."""
    store.unlisted.record("p", "wh_a", [run])
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed")])
    assert store.unlisted.all("p") == {}
    assert store.database.rows("SELECT * FROM unlisted") == []
    (lost,) = store.runs.merge("p", "wh_a", [remote_run("r2")])
    store.unlisted.record("p", "wh_a", [lost])
    store.runs.lost(lost, "gone")
    assert store.database.rows("SELECT * FROM unlisted") == []
    assert heard_s(store, run) == 0.0
