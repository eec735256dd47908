"""A database knows where it is stored. A copy of it, or an older one in its place, sends nothing until the user confirms
it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.store.file.copy_check import Identity
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock, Stores
from tests.tries import settle

HERE = Identity("machine", "boot", "1", "2", "3")


def other(**changed: str) -> Identity:
    values = {"machine": "machine", "boot": "boot", "device": "1", "inode": "2", "file_system": "3"}
    return Identity(**(values | changed))


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"boot": "next"}, True),
        ({"inode": "9"}, False),
        ({"device": "9"}, False),  # a snapshot, or a clone of the disk, mounted beside it
        ({"device": "9", "boot": "next"}, True),  # devices are numbered anew at each boot
        ({"device": "9", "boot": "next", "file_system": "9"}, False),
        ({"device": "9", "boot": ""}, False),
    ],
)
def test_a_file_is_the_same_while_nothing_speaks_against_it(changed: dict[str, str], same: bool) -> None:
    """The device number identifies a file system within one boot; across boots its own id does."""
    assert HERE.is_same_file(other(**changed)) is same
    assert other(**changed).is_same_file(HERE) is same


def test_a_file_system_without_an_id_proves_nothing() -> None:
    """Two file systems without an id are not regarded as the same one."""
    assert not other(file_system="0").is_same_file(other(file_system="0", device="9", boot="next"))


def test_a_machine_without_an_id_is_believed() -> None:
    """A machine without an id, such as a container, is regarded as the same machine."""
    assert HERE.is_same_machine(other(machine="")) and other(machine="").is_same_machine(HERE)
    assert not HERE.is_same_machine(other(machine="another"))


def prepared(stores: Stores, count: int = 3) -> Store:
    store = stores.open()
    for number in range(count):
        store.outbox.submit("p", "wh", {"prompt": f"fox {number}"})
    return store


def sends(store: Store) -> bool:
    outgoing = store.outbox.claim("p")
    if outgoing is not None:
        settle(store, outgoing.row, OutboxState.REJECTED, "no")
    return outgoing is not None


@pytest.mark.parametrize("copied_open", [True, False])
def test_a_copy_gives_nothing_out_until_the_user_says_that_it_goes_on(
    stores: Stores, clock: HeldClock, tmp_path: Path, copied_open: bool
) -> None:
    """A copy sends nothing until the user resumes it, whether or not the original was open; the original continues to send."""
    store = prepared(stores)
    if not copied_open:
        store.close()
    copy = tmp_path / "elsewhere" / "cordage.db"
    shutil.copytree(stores.path.parent, copy.parent)
    with closing(Store.open(copy, clock)) as strange, closing(Store.open(stores.path, clock)) as original:
        why = strange.queue_control.read("p").paused
        assert why is not None and "copied" in why and action_of(why) == "queue.resume"
        assert strange.outbox.claim("p") is None
        strange.queue_control.start_sending("p")
        assert strange.outbox.claim("p") is None and strange.queue_control.read("p").paused == why
        assert original.queue_control.read("p").paused is None and sends(original)
        strange.queue_control.resume("p")
        assert strange.queue_control.read("p").paused is None and sends(strange)
    with closing(Store.open(copy, clock)) as strange:
        assert sends(strange)


def test_a_moved_file_is_the_same_file(stores: Stores, clock: HeldClock, tmp_path: Path) -> None:
    """A database whose folder was renamed on the same disk continues to send without a question."""
    prepared(stores).close()
    moved = tmp_path / "moved"
    stores.path.parent.rename(moved)
    with closing(Store.open(moved / stores.path.name, clock)) as store:
        assert store.queue_control.read("p").paused is None and sends(store)


def test_another_machine_is_told_as_such(
    stores: Stores, clock: HeldClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that another machine used last, for example on a shared or cloned disk, sends nothing until it is resumed."""
    machine = tmp_path / "machine-id"
    machine.write_text("this one")
    monkeypatch.setattr("cordage_tui.store.file.copy_check._MACHINE", (machine,))
    prepared(stores).close()
    with closing(sqlite3.connect(stores.path)) as raw:
        raw.execute("UPDATE home SET machine = 'another'")
        raw.commit()
    with closing(Store.open(stores.path, clock)) as store:
        assert "another machine" in (store.queue_control.read("p").paused or "") and not sends(store)
        store.queue_control.resume("p")
        assert sends(store)


def put_over(backup: bytes, path: Path) -> None:
    """Overwrite a file as `cp backup cordage.db` does: the same file with other content."""
    with path.open("wb") as file:
        file.write(backup)


@pytest.mark.usefixtures("rollback_journal")  # a write-ahead log holds the newer pages, whatever the file is
def test_an_older_copy_put_over_the_open_file_gives_nothing_out(stores: Stores) -> None:
    """The next intent detects the older copy in its own transaction and pauses the queue with the reason, so nothing is sent
    twice."""
    store = prepared(stores, 5)
    backup = stores.path.read_bytes()
    assert sends(store) and sends(store)
    put_over(backup, stores.path)
    assert store.outbox.claim("p") is None
    why = store.queue_control.read("p").paused
    assert why is not None and "older copy" in why and action_of(why) == "queue.resume"
    assert not sends(store)
    store.queue_control.resume("p")
    assert sends(store)


@pytest.mark.usefixtures("rollback_journal")
def test_an_older_copy_is_noticed_however_often_it_is_put_back(stores: Stores) -> None:
    """An older copy is detected each time it is put back, also after the user has resumed once."""
    store = prepared(stores, 5)
    backup = stores.path.read_bytes()
    for _ in range(3):
        assert sends(store)
        put_over(backup, stores.path)
        assert not sends(store)
        store.queue_control.resume("p")


def test_resuming_is_the_word_that_the_last_sender_does_not_matter(stores: Stores) -> None:
    """Resuming settles the question about the last sender until the queue has sent something again."""
    store = prepared(stores)
    store.queue_control.start_sending("p")
    assert store.queue_control.unclean_since("p") is not None
    store.queue_control.resume("p")
    assert store.queue_control.unclean_since("p") is None
    assert store.queue_control.start_sending("p") is None
    assert store.queue_control.unclean_since("p") is not None
    store.queue_control.resume("p")
    assert sends(store)
    assert store.queue_control.unclean_since("p") is not None
