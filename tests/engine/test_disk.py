"""A disk that refuses: nothing is sent that is not written down, and no outcome is forgotten."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.errors import DiskFull, StoreError
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime


class FullDisk:
    """SQLite's connection on a disk without room: reads go on, and no transaction is committed while `full`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.full = False

    def execute(self, sql: str, *params: object) -> sqlite3.Cursor:
        if self.full and sql.startswith("BEGIN IMMEDIATE"):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self._connection.execute(sql, *params)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def disk_of(window: Window) -> FullDisk:
    """Puts a switch on the window's disk."""
    database = window.store.outbox._database
    disk = FullDisk(database._connection)
    database._connection = disk  # type: ignore[assignment]
    return disk


@contextmanager
def full(disk: FullDisk) -> Iterator[None]:
    disk.full = True
    yield
    disk.full = False


async def test_what_cannot_be_written_down_is_not_sent(studio: Studio) -> None:
    """A full disk refuses the prompt in words, and no trigger leaves, then or later."""
    window = await studio.open()
    await window.lives()
    disk = disk_of(window)
    with full(disk), pytest.raises(DiskFull):
        window.submit("fox")
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 0
    assert window.rows() == []


async def test_no_trigger_leaves_while_the_intent_cannot_be_committed(studio: Studio) -> None:
    """The disk fills up behind a queued prompt: it stays queued, and goes once when there is room again."""
    window = await studio.open()
    await window.lives()
    disk = disk_of(window)
    row = window.submit("fox")
    with full(disk):
        await passing(60)
        assert studio.calls(Call.TRIGGER) == 0
        assert window.status(row) is Status.QUEUED
        assert "is full" in (window.engine.forecast.drain().blocked or "")
    await window.shows(row, Status.COMPLETED)
    assert window.engine.forecast.drain().blocked is None
    assert studio.calls(Call.TRIGGER) == 1


async def test_an_outcome_is_kept_in_memory_until_the_disk_takes_it(studio: Studio) -> None:
    """The answer comes while the disk is full: the row turns once there is room, and nothing else is sent before."""
    window = await studio.open()
    await window.lives()
    disk = disk_of(window)
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=2.0)
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    with full(disk):
        await passing(30)
        assert window.status(row) is Status.SENDING
    await window.shows(row, Status.RUNNING, within_s=2)
    assert studio.calls(Call.TRIGGER) == 1


async def test_nothing_else_is_sent_before_an_outcome_is_on_disk(studio: Studio) -> None:
    """Of two webhooks the second one's prompt waits while the first one's answer cannot be written."""
    window = await studio.open()
    await window.lives()
    accept, failing = window.store.outcomes.accept, [True]

    def refuse(*args: object) -> bool:
        if failing:
            raise StoreError("no room")
        return accept(*args)  # type: ignore[arg-type]

    window.store.outcomes.accept = refuse  # type: ignore[method-assign]
    first = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    second = window.engine.queue.submit("wh_elsewhere00", {"prompt": "owl"})
    await passing(20)
    assert window.status(second) is Status.QUEUED
    assert studio.calls(Call.TRIGGER) == 1
    failing.clear()
    await window.shows(first, Status.RUNNING)
    await until(lambda: studio.calls(Call.TRIGGER) == 2)


async def test_reading_goes_on_when_the_disk_has_room_again(studio: Studio) -> None:
    """What a list says cannot be kept: the health says so, polling neither dies nor hurries, and then it is live."""
    window = await studio.open()
    await window.lives()
    disk = disk_of(window)
    studio.world.trigger(studio.webhooks[0], {"prompt": "elsewhere"})
    with full(disk):
        await until(lambda: window.health() is HealthStatus.DISK, within_s=40)
        assert "full" in (window.engine.health.of(window.webhook).words or "")
        before = studio.calls()
        await passing(120)
        assert studio.calls() <= before + 8
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=75)
    assert len(window.rows()) == 1


async def test_a_kill_is_sent_even_if_the_disk_cannot_say_so(studio: Studio) -> None:
    """A kill saves money, so a full disk does not stand in its way."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    disk = disk_of(window)
    with full(disk):
        await window.kill(row)
    assert studio.calls(Call.KILL) == 1
    await window.shows(row, Status.CANCELLED, within_s=75)


async def test_a_committed_submission_never_looks_refused(studio: Studio) -> None:
    """The disk fails right after the commit, while listeners look at the row: `submit` still says that it is written,
    or the user would submit it twice."""
    window = await studio.open()
    await window.lives()
    table = window.store.rows

    def fails(*_: object) -> None:
        raise StoreError("cannot read now")

    table.get, get_row = fails, table.get  # type: ignore[method-assign,assignment]
    row = window.submit("fox")
    table.get = get_row  # type: ignore[method-assign]
    await window.shows(row, Status.COMPLETED)


async def test_a_lock_that_cannot_be_made_is_tried_again(studio: Studio) -> None:
    """Something lies where the locks should: the health says so, and polling begins by itself once it is gone."""
    window = studio.build()
    folder = studio.paths.lock("any").parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    await window.engine.start()
    assert window.health() is HealthStatus.DISK
    assert window.engine.health.of(window.webhook).words
    folder.unlink()
    await window.lives()


async def test_a_recovery_that_fails_is_tried_again(studio: Studio) -> None:
    """The sending duty is not kept by a process that could not begin it."""
    window = studio.build()
    recover, failing = window.store.outbox.recover, [True]

    def refuse(profile: str) -> int:
        if failing:
            raise StoreError("no room")
        return recover(profile)

    window.store.outbox.recover = refuse  # type: ignore[method-assign]
    await window.engine.start()
    row = window.submit("fox")
    await passing(5)
    assert studio.calls(Call.TRIGGER) == 0
    failing.clear()
    await window.shows(row, Status.COMPLETED)
