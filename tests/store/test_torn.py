"""Files that do not belong together: copied in the middle of a write, or with a journal that is gone or another's
(docs/dev/faults.md 152, 158). What had been sent is never queued again, and what is lost is told."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.store.errors import DatabaseCorrupt
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock, Stores

pytestmark = pytest.mark.usefixtures("rollback_journal")
ALL = RunQuery("p")
QUEUED = 60


def fill(store: Store) -> None:
    """Sixty prompts queued, behind one that is being sent."""
    store.outbox.submit("p", "wh_a", {"prompt": "sent"})
    for n in range(QUEUED):
        store.outbox.submit("p", "wh_a", {"prompt": f"fox {n} " + "x" * 2_000})
    assert store.outbox.claim("p") is not None


def copied_in_mid_write(store: Store, to: Path, *, journal: bool) -> Path:
    """The files as a backup tool finds them while a big transaction is half in the database and not committed."""
    source = store.database.path
    to.mkdir(mode=0o700)
    store.database.rows("PRAGMA cache_size = 5")  # so that SQLite must write before the end of the transaction
    with pytest.raises(InterruptedError), store.database.write() as write:
        write.execute("UPDATE details SET inputs = replace(inputs, 'x', 'y')")
        write.execute(
            "UPDATE runs SET prompt = replace(prompt, 'fox', 'wolf'), search = replace(search, 'fox', 'wolf')"
        )
        for name in (source.name, f"{source.name}-journal")[: 1 + journal]:
            shutil.copy(source.with_name(name), to / name)
        raise InterruptedError
    return to / source.name


@pytest.fixture
def copy(stores: Stores, tmp_path: Path) -> Path:
    """Database and journal of a store, copied in mid-write; the store itself is closed."""
    store = stores.open()
    fill(store)
    path = copied_in_mid_write(store, tmp_path / "copy", journal=True)
    store.close()
    assert path.with_name("cordage.db-journal").stat().st_size > 0
    return path


def reopened(path: Path, clock: HeldClock) -> Store:
    """As a user does it: when reading shows damage the program is started once more."""
    store = Store.open(path, clock)
    try:
        store.query.window(ALL, 0, 1_000)
        store.queue.waiting("p")
    except DatabaseCorrupt as damage:
        assert "restart to have it repaired" in damage.what
        store.close()
        return Store.open(path, clock)
    return store


def test_a_copy_made_in_mid_write_is_the_state_before_it(copy: Path, clock: HeldClock) -> None:
    """Restored, it shows nothing of the half transaction; what was being sent is in doubt and not sent again."""
    with closing(Store.open(copy, clock)) as store:
        assert store.notice is None
        assert store.outbox.recover("p") == 1
        assert store.queue.counts("p") == {OutboxState.UNCERTAIN: 1, OutboxState.QUEUED: QUEUED}
        assert not [row for row in store.query.window(ALL, 0, 100) if row.prompt.startswith("wolf")]
        [doubt] = store.uncertain.all("p")
        assert "It may be running and may be charged" in (store.query.detail(doubt.row).note or "")


def test_after_an_interrupted_write_the_whole_file_is_looked_through(copy: Path, clock: HeldClock) -> None:
    """Damage beside the half transaction is met at once, told and repaired, before anything is shown or sent."""
    with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as other:
        root = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'history_by_row'").fetchone()[0]
    raw = bytearray(copy.read_bytes())
    raw[(root - 1) * 4096 : (root - 1) * 4096 + 100] = b"\xa5" * 100
    copy.write_bytes(raw)
    with closing(Store.open(copy, clock)) as store:
        assert store.notice is not None
        assert f"{QUEUED + 1} submissions" in store.notice


def test_without_its_journal_nothing_sent_is_queued_again(copy: Path, clock: HeldClock) -> None:
    """The journal of a half transaction is deleted: every prompt is there, or the user is told that the file was damaged."""
    copy.with_name("cordage.db-journal").unlink()
    with closing(reopened(copy, clock)) as store:
        shown = {row.prompt.split(" x")[0].split(" y")[0]: row.status for row in store.query.window(ALL, 0, 100)}
        assert shown.get("sent") is Status.SENDING
        assert store.notice is not None or len(shown) == QUEUED + 1
        assert store.queue.counts("p").get(OutboxState.SENDING) == 1


def test_the_journal_of_another_database_is_found_out(copy: Path, stores: Stores, clock: HeldClock) -> None:
    """It lies beside ours after a careless restore, and SQLite plays it back: whatever that spoils is met at the start, the
    file is kept aside and the user told where."""
    stores.path.unlink()
    with closing(stores.open()) as other:
        for n in range(30):
            other.outbox.submit("p", "wh_b", {"prompt": f"other {n}"})
    shutil.copy(copy.with_name("cordage.db-journal"), stores.path.with_name("cordage.db-journal"))
    with closing(reopened(stores.path, clock)) as store:
        prompts = {row.prompt for row in store.query.window(ALL, 0, 100)}
        if store.notice is None:
            assert prompts == {f"other {n}" for n in range(30)}
        else:
            assert "moved aside" in store.notice
            assert (store.queue_control.read("p").paused is not None) == bool(prompts)
