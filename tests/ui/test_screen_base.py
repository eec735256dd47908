"""A screen over a store that cannot be read for a while, and the times at which it gets events of the engine."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.engine.events import BudgetsChanged, EventBus, RunsChanged, StateChanged
from cordage_tui.store.store import Store
from cordage_tui.ui.screen_base import BUDGETS_S, EventBatch, EventFeed, LastGoodReads

ALL = RunQuery("p")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store that never waits for a lock."""
    store = Store.open(tmp_path / "cordage.db", SystemClock(), busy_s=0.0)
    yield store
    store.close()


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def last_reads(store: Store, reports: list[str]) -> LastGoodReads:
    return LastGoodReads(store, reports.append)


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Lock the database file exclusively."""
    with closing(sqlite3.connect(store.query._database.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_what_was_asked_before_is_answered_as_before(store: Store, last_reads: LastGoodReads) -> None:
    """While the file is locked, a known question gets its last answer, a new one gets the default, and nothing
    raises."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    read, query = last_reads.last_good, store.query
    assert read(query.count, 0, ALL) == 1
    [known_row] = read(query.window, [], ALL, 0, 9)
    with locked(store):
        assert (read(query.count, 0, ALL), read(query.window, [], ALL, 0, 9)) == (1, [known_row])
        assert read(query.window, [], ALL, 5, 9) == []
        assert read(query.detail, None, row) is None
        assert read(store.prompts.draft, None, "p", "wh") is None


def test_trouble_is_reported_once_and_its_end_noticed_once(
    store: Store, last_reads: LastGoodReads, reports: list[str]
) -> None:
    """Trouble is reported once, however many reads fail; after its end the next trouble is reported again."""
    for times in (1, 2):
        with locked(store):
            for n in range(5):
                last_reads.last_good(store.query.detail, None, RowId(n))
            assert last_reads.troubled and not last_reads.recovers()
        assert len(reports) == times and "is locked by another program" in reports[-1]
        assert [last_reads.recovers(), last_reads.recovers(), last_reads.troubled] == [True, False, False]


def fed(bus: EventBus) -> tuple[EventFeed, list[EventBatch]]:
    """Return a feed of the bus, and the list of the batches that it delivers."""
    engine: Any = SimpleNamespace(events=bus)
    batches: list[EventBatch] = []
    return EventFeed(engine, asyncio.get_running_loop().call_soon, batches.append), batches


@pytest.mark.looptime
async def test_budgets_are_shown_once_a_second_and_with_whatever_else_is_shown() -> None:
    """Changes of budgets are delivered once per second, or at once together with any other event."""
    bus = EventBus()
    _, batches = fed(bus)
    for _ in range(4):
        bus.publish(BudgetsChanged())
        await asyncio.sleep(BUDGETS_S / 5)
    assert batches == []
    await asyncio.sleep(BUDGETS_S / 4)
    assert batches == [EventBatch(budgets=True)]
    for event in (BudgetsChanged(), RunsChanged(frozenset({RowId(7)})), StateChanged()):
        bus.publish(event)
    await asyncio.sleep(0)
    assert batches[1:] == [EventBatch(rows={RowId(7)}, state=True, budgets=True)]
    await asyncio.sleep(2 * BUDGETS_S)
    assert len(batches) == 2


@pytest.mark.looptime
async def test_a_screen_that_was_left_hears_of_nothing() -> None:
    """A closed feed delivers nothing, not even budgets that changed before it was closed."""
    bus = EventBus()
    feed, batches = fed(bus)
    bus.publish(BudgetsChanged())
    feed.close()
    bus.publish(StateChanged())
    await asyncio.sleep(2 * BUDGETS_S)
    assert batches == []
