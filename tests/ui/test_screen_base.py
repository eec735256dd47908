"""A screen over a store that cannot be read for a while, and what of the engine's events it hears when."""

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
    store = Store.open(tmp_path / "cordage.db", SystemClock(), busy_s=0.0)
    yield store
    store.close()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def kept(store: Store, told: list[str]) -> LastGoodReads:
    return LastGoodReads(store, told.append)


@contextmanager
def locked(store: Store) -> Iterator[None]:
    with closing(sqlite3.connect(store.query._database.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_what_was_asked_before_is_answered_as_before(store: Store, kept: LastGoodReads) -> None:
    """While the file is locked the same question has the same answer, another one has none, and nothing raises."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    read, query = kept.last_good, store.query
    assert read(query.count, 0, ALL) == 1
    [shown] = read(query.window, [], ALL, 0, 9)
    with locked(store):
        assert (read(query.count, 0, ALL), read(query.window, [], ALL, 0, 9)) == (1, [shown])
        assert read(query.window, [], ALL, 5, 9) == []
        assert read(query.detail, None, row) is None
        assert read(store.prompts.draft, None, "p", "wh") is None


def test_trouble_is_told_once_and_its_end_noticed_once(store: Store, kept: LastGoodReads, told: list[str]) -> None:
    """However many reads fail; afterwards everything is to be asked anew, and the next trouble is told again."""
    for times in (1, 2):
        with locked(store):
            for n in range(5):
                kept.last_good(store.query.detail, None, RowId(n))
            assert kept.troubled and not kept.recovers()
        assert len(told) == times and "is locked by another program" in told[-1]
        assert [kept.recovers(), kept.recovers(), kept.troubled] == [True, False, False]


def fed(bus: EventBus) -> tuple[EventFeed, list[EventBatch]]:
    engine: Any = SimpleNamespace(events=bus)
    batches: list[EventBatch] = []
    return EventFeed(engine, asyncio.get_running_loop().call_soon, batches.append), batches


@pytest.mark.looptime
async def test_budgets_are_shown_once_a_second_and_with_whatever_else_is_shown() -> None:
    """A read tells of its budget several times: one batch. What else happens waits for nothing, and takes them along."""
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
    """Nor of budgets that changed before."""
    bus = EventBus()
    feed, batches = fed(bus)
    bus.publish(BudgetsChanged())
    feed.close()
    bus.publish(StateChanged())
    await asyncio.sleep(2 * BUDGETS_S)
    assert batches == []
