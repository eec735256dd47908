"""The database under a running program: locked, replaced, restored. Nothing is sent that is not written down, nothing twice."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, DatabaseReplaced
from cordage_tui.store.file import database
from cordage_tui.store.store import Store
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a lock takes real time, of which simulated seconds have none."""
    monkeypatch.setattr(database, "BRIEFLY_MS", 0)


async def opened(studio: Studio) -> Window:
    """A window that does not wait for locks, and has read its webhook."""
    window = await studio.open()
    connection = window.store.outbox._database
    connection._busy_ms = 0
    connection._connection.execute("PRAGMA busy_timeout = 0")
    await window.lives()
    return window


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program, such as a backup tool, keeps everybody from reading and writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.usefixtures("hasty")
async def test_while_the_file_is_locked_nothing_is_sent_and_then_all_once(studio: Studio) -> None:
    """For a minute: a new prompt is refused in words, a queued one stays, and the health says why; then everything goes on
    by itself (docs/dev/faults.md 155)."""
    window = await opened(studio)
    window.engine.queue.pause()
    row = window.submit("fox")
    window.engine.queue.resume()
    with locked(studio.paths.database):
        with pytest.raises(DatabaseLocked, match="Nothing was written"):
            window.submit("owl")
        await passing(60)
        assert studio.calls(Call.TRIGGER) == 0
        assert window.health() is HealthStatus.DISK
        assert "is locked by another program" in (window.engine.health.of(window.webhook).words or "")
    await window.shows(row, Status.COMPLETED)
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=75)
    assert studio.prompts() == ["fox"]


@pytest.mark.usefixtures("hasty")
async def test_an_answer_that_comes_while_the_file_is_locked_is_kept(studio: Studio) -> None:
    """The run's id is written down when it can be, and the prompt is neither in doubt nor sent again."""
    window = await opened(studio)
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=2.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    with locked(studio.paths.database):
        await passing(30)
    assert window.status(row) is Status.SENDING
    await window.shows(row, Status.RUNNING, within_s=5)
    assert studio.calls(Call.TRIGGER) == 1


@pytest.mark.parametrize("another", [True, False], ids=["another in its place", "deleted"])
async def test_what_lies_in_a_file_that_is_gone_is_not_sent(studio: Studio, another: bool) -> None:
    """The database is deleted or replaced under a queued prompt: it could not be told from one that was sent, so nothing goes
    any more, and whoever submits is told to restart (docs/dev/faults.md 156)."""
    window = await studio.open()
    await window.lives()
    window.engine.queue.pause()
    window.submit("fox")
    window.engine.queue.resume()
    studio.paths.database.rename(studio.paths.database.with_suffix(".gone"))
    if another:
        Store.open(studio.paths.database, studio.clock).close()
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 0
    with pytest.raises(DatabaseReplaced, match="restart to use the file that is there now"):
        window.submit("owl")


async def test_a_bad_page_stops_the_sending_until_it_is_repaired(studio: Studio) -> None:
    """What the damaged queue holds is not sent, not now and not by the next start: that keeps the queue, pauses it, and says
    what happened (docs/dev/faults.md 151)."""
    window = await studio.open()
    await window.lives()
    window.engine.queue.pause()
    row = window.submit("fox")
    with closing(sqlite3.connect(studio.paths.database)) as raw:
        [root] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox_open'").fetchone()
        [size] = raw.execute("PRAGMA page_size").fetchone()
    with studio.paths.database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)
    with closing(Store.open(studio.paths.database, studio.clock)) as other:
        other.settings.save("theme", "x")  # so that the window reads the file anew
    with pytest.raises(DatabaseCorrupt, match="restart to have it repaired"):
        window.engine.queue.waiting()
    await window.engine.stop()
    window.store.close()
    heir = await studio.open()
    await passing(60)
    assert "moved aside" in (heir.store.notice or "")
    assert [waiting.prompt for waiting in heir.engine.queue.waiting()] == ["fox"]
    assert "may have been sent already" in (heir.engine.forecast.drain().blocked or "")
    assert studio.calls(Call.TRIGGER) == 0
    heir.engine.queue.resume()
    await heir.shows(row, Status.COMPLETED)
    assert studio.prompts() == ["fox"]


async def test_a_copy_made_while_a_prompt_was_on_its_way_sends_it_no_second_time(studio: Studio) -> None:
    """A backup taken between intent and answer is restored: the prompt is in doubt, is looked for in the list and found there
    (docs/dev/faults.md 158)."""
    window = await studio.open()
    await window.lives()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=5.0)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    assert window.status(row) is Status.SENDING
    backup = shutil.copy(studio.paths.database, studio.paths.database.with_suffix(".backup"))
    await window.shows(row, Status.RUNNING)
    await window.engine.stop()
    window.store.close()
    shutil.move(backup, studio.paths.database)
    heir = await studio.open()
    assert heir.status(row) is Status.UNCERTAIN
    assert "the program ended before it stored an answer. It may be running and may be charged" in heir.note(row)
    await heir.shows(row, Status.RUNNING)
    await passing(60)
    assert studio.prompts() == ["fox"]
    assert studio.calls(Call.TRIGGER) == 1
