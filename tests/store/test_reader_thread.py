"""Long reads are made in a thread of their own: nobody waits for them, and nothing is written there."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from time import perf_counter

import pytest

from cordage_tui.store.errors import DatabaseReplaced, StoreError
from cordage_tui.store.file.database import Database
from cordage_tui.store.store import Store
from tests.store.conftest import Stores

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
SOON_S = 20.0


def counting(database: Database) -> Iterator[int]:
    """Read three numbers, a step each."""
    for number in (1, 2, 3):
        yield next(iter(database.column(f"SELECT {number}")))


def ended(read: object) -> None:
    """Wait for the end of a read without an event loop."""

    async def wait() -> None:
        while not read.is_done:  # type: ignore[attr-defined]
            await read.more()  # type: ignore[attr-defined]

    asyncio.run(asyncio.wait_for(wait(), SOON_S))


def test_steps_follow_each_other_to_the_end(store: Store) -> None:
    """The latest result is there when the read has ended, and nothing more comes."""
    read = store.reader.begin_read(counting)
    ended(read)
    read.check()
    assert read.latest == 3
    ended(read)


def test_nobody_waits_for_longer_than_asked(store: Store) -> None:
    """The event loop waits for the first result as long as half a frame, not for the whole read."""
    release = threading.Event()

    def held(database: Database) -> Iterator[int]:
        release.wait(SOON_S)
        yield 1

    read = store.reader.begin_read(held)
    start = perf_counter()
    read.wait(0.001)
    assert perf_counter() - start < SOON_S / 2 and read.latest is None
    release.set()
    read.wait(SOON_S)
    assert read.latest == 1


def test_a_cancelled_read_is_interrupted_and_the_next_one_begins(store: Store) -> None:
    """A statement that would never end makes room for the next read at once."""
    begun = threading.Event()

    def endless(database: Database) -> Iterator[int]:
        begun.set()
        yield next(iter(database.column(ENDLESS)))

    first = store.reader.begin_read(endless)
    assert begun.wait(SOON_S)
    second = store.reader.begin_read(counting)
    while not second.is_done:
        store.reader.cancel(first)
        second.wait(0.01)
    assert second.latest == 3 and first.latest is None


def test_a_later_read_comes_first_and_the_background_last(store: Store) -> None:
    """A key is answered before what was under way, step by step."""
    order, begun, release = list[str](), threading.Event(), threading.Event()

    def named(name: str, *, waits: bool = False) -> object:
        def steps(database: Database) -> Iterator[None]:
            for _ in range(2):
                if waits and not begun.is_set():
                    begun.set()
                    release.wait(SOON_S)
                order.append(name)
                yield None

        return steps

    reads = [store.reader.begin_read(named("first", waits=True))]  # type: ignore[arg-type]
    assert begun.wait(SOON_S)
    reads += [store.reader.begin_read(named("behind"), in_background=True), store.reader.begin_read(named("key"))]  # type: ignore[arg-type]
    release.set()
    for read in reads:
        ended(read)
    assert order == ["first", "key", "key", "first", "behind", "behind"]


def test_nothing_can_be_written(store: Store) -> None:
    """The connection refuses every change, whatever a statement says; the error comes out where the result is read."""

    def writing(database: Database) -> Iterator[None]:
        database.rows("DELETE FROM settings")
        yield None

    read = store.reader.begin_read(writing)
    ended(read)
    with pytest.raises(StoreError):
        read.check()


def test_a_commit_between_two_steps_waits_for_nobody(store: Store) -> None:
    """No statement stays open between steps, so a prompt is stored while a search is under way."""
    stepped, release = threading.Event(), threading.Event()

    def pausing(database: Database) -> Iterator[int]:
        yield len(database.rows("SELECT * FROM settings"))
        stepped.set()
        release.wait(SOON_S)
        yield len(database.rows("SELECT * FROM settings"))

    read = store.reader.begin_read(pausing)
    assert stepped.wait(SOON_S)
    store.settings.save("theme", "x")
    release.set()
    ended(read)
    assert read.latest == 1, "what was committed meanwhile is read"


def test_a_bug_stays_loud(store: Store) -> None:
    """A statement that makes no sense raises where its result is read, and the reader goes on."""

    def wrong(database: Database) -> Iterator[None]:
        database.rows("SELECT nothing")
        yield None

    read = store.reader.begin_read(wrong)
    ended(read)
    with pytest.raises(sqlite3.OperationalError):
        read.check()
    again = store.reader.begin_read(counting)
    ended(again)
    assert again.latest == 3


def test_a_replaced_file_is_not_read(stores: Stores) -> None:
    """Another file in the place of the database is not shown as its rows."""
    store = stores.open()
    stores.path.unlink()
    stores.open()
    read = store.reader.begin_read(counting)
    ended(read)
    with pytest.raises(DatabaseReplaced):
        read.check()


def test_closing_ends_the_thread_whatever_it_reads(stores: Stores) -> None:
    """An endless statement does not keep the program open."""
    store = stores.open()
    begun = threading.Event()

    def endless(database: Database) -> Iterator[int]:
        while True:
            begun.set()
            yield next(iter(database.column(ENDLESS)))

    store.reader.begin_read(endless)
    assert begun.wait(SOON_S)
    store.close()
    assert "reader" not in {thread.name for thread in threading.enumerate()}
