"""Counts of views are what their filters find, also after changes, at another time, and while they are searched for."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cordage_tui.domain.run import RemoteRun, RowId, RunQuery
from cordage_tui.store.runs import filtered_rows
from cordage_tui.store.runs.view_counts import RECOUNTED_S, ViewCount, ViewCounts
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.store.test_filter import NAMES, fill

VIEWS = (
    "status:failed",
    "fox",
    "is:kept",
    "is:unrated",
    "is:uncertain",
    "status:active is:slow",
    "-fox | webhook:=portrait",
)


@pytest.fixture
def filled(
    store: Store, clock: HeldClock, remote_run: Callable[..., RemoteRun], monkeypatch: pytest.MonkeyPatch
) -> Store:
    """A history drawn by lot, searched in slices of seven rows."""
    monkeypatch.setattr(filtered_rows, "SLICE", 7)
    fill(store, clock, random.Random(1), remote_run)
    store.query.name_webhooks(NAMES)
    return store


def counted(store: Store, *texts: str) -> ViewCounts:
    """Views that have been counted."""
    counts = ViewCounts(store.database, store.clock, store.query.filters, "p", store.reader)
    asyncio.run(counts.count(texts, NAMES))
    return counts


def listed(store: Store, text: str) -> ViewCount:
    """What the table shows of it."""
    return ViewCount(len(store.query.ids(RunQuery("p", text=text))), True)


def test_a_count_is_what_choosing_the_view_lists(filled: Store) -> None:
    counts = counted(filled, *VIEWS)
    assert [counts.of(text) for text in VIEWS] == [listed(filled, text) for text in VIEWS]
    assert len({counts.of(text).rows for text in VIEWS}) > 3


def test_changes_are_in_the_next_count(filled: Store, remote_run: Callable[..., RemoteRun]) -> None:
    """Runs that come, end, are judged or removed are counted as the table lists them."""
    counts = counted(filled, *VIEWS)
    before = [counts.of(text) for text in VIEWS]
    shown = filled.query.window(RunQuery("p"), 0, 1_000)
    rated = [row.id for row in shown if row.output_count][:9]
    filled.ratings.decide([(row, 1) for row in rated], True)
    filled.runs.merge(
        "p", "wh_a", [remote_run("new", "failed", inputs={"prompt": "a fox"}), remote_run("0001beef", "failed")]
    )
    with filled.database.write() as write:
        write.execute("DELETE FROM runs WHERE id = ?", (shown[3].id,))
        write.touch(RowId(shown[3].id))
    asyncio.run(counts.count(VIEWS, NAMES))
    assert [counts.of(text) for text in VIEWS] == [listed(filled, text) for text in VIEWS] != before


def test_nothing_is_said_before_it_is_counted(filled: Store) -> None:
    """A view that has just been made has no count."""
    assert (
        ViewCounts(filled.database, filled.clock, filled.query.filters, "p", filled.reader).of("fox")
        == counted(filled, "owl").of("fox")
        == ViewCount()
    )


def test_today_is_another_day_from_midnight_on(
    store: Store, clock: HeldClock, remote_run: Callable[..., RemoteRun]
) -> None:
    """The count is known to be out of date by then, and not before: nothing is searched again in between."""
    clock.now = datetime(2026, 11, 25, 23, 50).timestamp()
    store.runs.merge("p", "wh_a", [remote_run("r1", "failed", created_at=clock.now - 60, completed_at=clock.now - 30)])
    counts = counted(store, "status:failed ended:today")
    assert counts.of("status:failed ended:today") == ViewCount(1, True)
    assert counts.due_at == datetime(2026, 11, 26).timestamp()
    clock.now += timedelta(minutes=9).total_seconds()
    assert counts.of("status:failed ended:today").is_fresh
    clock.now += 60
    assert counts.of("status:failed ended:today") == ViewCount(1, False)
    asyncio.run(counts.count(["status:failed ended:today"], NAMES))
    assert counts.of("status:failed ended:today") == ViewCount(0, True)


def test_what_changes_all_the_time_is_counted_each_minute(
    store: Store, clock: HeldClock, remote_run: Callable[..., RemoteRun]
) -> None:
    store.runs.merge("p", "wh_a", [remote_run("r1", "running", created_at=clock.now)])
    counts = counted(store, "took:>30s")
    assert counts.of("took:>30s") == ViewCount(0, True) and counts.due_at == clock.now + RECOUNTED_S
    clock.now += RECOUNTED_S
    asyncio.run(counts.count(["took:>30s"], NAMES))
    assert counts.of("took:>30s") == ViewCount(1, True)


def test_a_word_that_is_not_known_is_told_until_it_is(store: Store) -> None:
    """An input that nothing was sent with yet is text; once it was, the same view asks for the input."""
    counts = counted(store, "seed:12", "fox")
    assert counts.of("seed:12") == ViewCount(0, True, False) and counts.of("fox").is_understood
    store.outbox.submit("p", "wh_a", {"prompt": "an owl", "seed": 12})
    asyncio.run(counts.count(["seed:12"], NAMES))
    assert counts.of("seed:12") == ViewCount(1, True)


def test_a_run_is_counted_as_slow_from_the_moment_on_at_which_it_is(
    store: Store, clock: HeldClock, remote_run: Callable[..., RemoteRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row says `slow` then; the sidebar said none until a minute had passed. Runs that begin later are known too."""
    for n in range(30):
        store.runs.merge("p", "wh_a", [remote_run(f"r{n}", "running", created_at=clock.now)])
        clock.now += 10
        store.runs.merge("p", "wh_a", [remote_run(f"r{n}", "completed", completed_at=clock.now)])
    text = "status:active is:slow"
    store.query.name_webhooks(NAMES)
    counts = counted(store, text)
    began = clock.now
    store.runs.merge("p", "wh_a", [remote_run("late", "running", created_at=clock.now)])
    asyncio.run(counts.count([text], NAMES))
    assert counts.of(text) == ViewCount(0, True)
    assert began + 10 <= counts.due_at < began + 12
    clock.now = counts.due_at
    assert not counts.of(text).is_fresh
    asyncio.run(counts.count([text], NAMES))
    assert counts.of(text) == listed(store, text) == ViewCount(1, True)
    assert counts.due_at == clock.now + RECOUNTED_S
