"""How the database file is found and created: private, migrated, repaired, or refused with an error that says why."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cordage_tui.domain.run import RunQuery
from cordage_tui.store.errors import (
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseReplaced,
    DiskFull,
    NewerSchema,
    NotWritable,
)
from cordage_tui.store.file import open
from cordage_tui.store.file.damage import repaired
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.file.open import choose, file_system_of
from cordage_tui.store.file.schema_steps import STEPS
from cordage_tui.store.store import Store

ALL = RunQuery("p")
PAGE = 4096


def prompts(store):
    return {r.prompt for r in store.query.window(ALL, 0, 10_000)}


@pytest.fixture
def filled(stores, remote_run):
    """Path of a closed database with five hundred runs, forty submissions, one of them being sent, and a draft."""
    store = stores.open()
    store.runs.seed(
        "p", [("wh_b", remote_run(f"r{n}", "completed"), {"prompt": f"seed {n} " + "x" * 200}) for n in range(500)]
    )
    for n in range(40):
        store.outbox.submit("p", "wh_a", {"prompt": f"mine {n} " + "y" * 3000})
    store.outbox.claim("p")
    store.prompts.save_draft("p", "wh_a", {"prompt": "half"})
    store.close()
    return stores.path


def asides(path):
    return sorted(p.name for p in path.parent.iterdir() if ".damaged-" in p.name and not p.name.endswith("-journal"))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_everything_is_private_whatever_the_umask(tmp_path, clock, umask):
    """The folder is 0700 and every file in it 0600, including the journal of an open transaction (docs/dev/faults.md rule 10)."""
    before = os.umask(umask)
    try:
        path = tmp_path / "a" / "b" / "cordage.db"
        store = Store.open(path, clock)
        store.outbox.submit("p", "wh_a", {"prompt": "x"})
        with store.database.write() as write:
            write.execute("INSERT INTO settings VALUES ('a', 'b')")
            modes = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert len(modes) > 1
    assert set(modes.values()) == {0o600}
    assert {p.stat().st_mode & 0o777 for p in (path.parent, path.parent.parent)} == {0o700}


def test_a_file_that_others_can_read_is_closed_to_them(stores):
    """Opening a database removes the access of group and others."""
    stores.open().close()
    stores.path.chmod(0o644)
    stores.open()
    assert stores.path.stat().st_mode & 0o777 == 0o600


def test_commits_survive_a_power_cut_as_far_as_sqlite_can_tell(synced, store):
    """`synchronous` is FULL, and the journal mode is the one chosen for this SQLite version and disk."""
    assert store.database.rows("PRAGMA synchronous") == [(2,)]
    wanted = choose(sqlite3.sqlite_version_info, file_system_of(store.database.path))
    assert store.database.rows("PRAGMA journal_mode") == [(wanted.value,)]


def test_a_file_in_wal_mode_is_taken_back(stores):
    """A database that another SQLite left in WAL mode is switched back if WAL is not safe here (docs/dev/faults.md 157)."""
    stores.open().close()
    with closing(sqlite3.connect(stores.path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
    store = stores.open()
    assert store.database.rows("PRAGMA journal_mode") == [
        (choose(sqlite3.sqlite_version_info, file_system_of(stores.path)).value,)
    ]


def test_a_newer_schema_is_refused_untouched(stores):
    """A database of a newer version is neither opened nor changed (docs/dev/faults.md 153)."""
    stores.open().close()
    with closing(sqlite3.connect(stores.path)) as other:
        other.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = stores.path.read_bytes()
    with pytest.raises(NewerSchema, match="newer version"):
        stores.open()
    assert stores.path.read_bytes() == before
    assert asides(stores.path) == []


def test_a_failed_migration_leaves_nothing(stores, monkeypatch):
    """If a migration step fails, the database is unchanged and opens again with the old steps (docs/dev/faults.md 154)."""
    stores.open().close()
    broken = (*STEPS, ("CREATE TABLE half (x)", "THIS IS NO SQL"))
    with monkeypatch.context() as patch:
        patch.setattr("cordage_tui.store.file.schema_steps.STEPS", broken)
        patch.setattr("cordage_tui.store.file.schema.VERSION", len(broken))
        with pytest.raises(sqlite3.OperationalError):
            stores.open()
    store = stores.open()
    assert store.database.rows("SELECT name FROM sqlite_master WHERE name = 'half'") == []


def test_the_transitions_follow_the_domain(stores):
    """Opening a database replaces its stored transitions with those of the program."""
    stores.open().close()
    with closing(sqlite3.connect(stores.path)) as other:
        other.execute("INSERT INTO transitions VALUES ('accepted', 'queued')")
        other.commit()
    assert stores.open().database.rows("SELECT 1 FROM transitions WHERE old = 'accepted' AND new = 'queued'") == []


@pytest.mark.parametrize("content", [b"", b"this is no database", os.urandom(3 * PAGE)])
def test_what_is_no_database_is_moved_aside_and_told(stores, clock, content):
    """An empty file or garbage is moved aside, a new database is created, and the notice names the moved file."""
    stores.path.parent.mkdir()
    stores.path.write_bytes(content)
    store = stores.open()
    (aside,) = asides(stores.path)
    assert aside in store.notice
    assert "nothing in it could be read" in store.notice
    assert (stores.path.parent / aside).read_bytes() == content
    store.outbox.submit("p", "wh_a", {"prompt": "x"})
    store.close()
    assert stores.open().notice is None


def test_damage_deep_inside_is_met_told_and_repaired(filled, stores):
    """A damaged page raises `DatabaseCorrupt` when it is read. The next start moves the file aside and saves what can be
    read."""
    raw = bytearray(filled.read_bytes())
    pages = len(raw) // PAGE
    with closing(sqlite3.connect(filled)) as other:
        root = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_by_created'").fetchone()[0]
    for page in {root - 1, pages // 2, pages - 3}:
        raw[page * PAGE : page * PAGE + 200] = os.urandom(200)
    filled.write_bytes(raw)
    store = stores.open()
    with pytest.raises(DatabaseCorrupt, match="restart to have it repaired"):
        store.query.window(ALL, 0, 10_000)
    store.close()
    repaired = stores.open()
    assert asides(filled)[0] in repaired.notice
    saved = prompts(repaired)
    assert sum(p.startswith("mine") for p in saved) >= 30
    assert sum(p.startswith("seed") for p in saved) >= 300
    assert (
        repaired.query.count(ALL)
        == len(saved)
        == repaired.query.tallies("p")["wh_a"].total + repaired.query.tallies("p")["wh_b"].total
    )


def test_every_queued_prompt_is_saved_when_only_an_index_is_bad(filled, stores):
    """If only an index is damaged, submissions keep id, state and inputs, and a prompt in state `sending` is not sent
    again."""
    raw = bytearray(filled.read_bytes())
    with closing(sqlite3.connect(filled)) as other:
        root = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox_open'").fetchone()[0]
    raw[(root - 1) * PAGE : (root - 1) * PAGE + 100] = os.urandom(100)
    filled.write_bytes(raw)
    store = stores.open()
    with pytest.raises(DatabaseCorrupt):
        store.outbox.claim("p")
    store.close()
    repaired = stores.open()
    assert repaired.query.count(ALL) == 540
    assert repaired.outbox.recover("p") == 1
    assert repaired.outbox.claim("p") is None  # before the user has said so
    repaired.queue_control.resume("p")
    claimed = [repaired.outbox.claim("p") for _ in range(39)]
    assert [c.inputs["prompt"][:7] for c in claimed] == [f"mine {n} "[:7] for n in range(1, 40)]
    assert repaired.outbox.claim("p") is None
    assert repaired.prompts.draft("p", "wh_a") == {"prompt": "half"}
    assert repaired.outbox.submit("p", "wh_a", {}) > claimed[-1].row


REPAIRING = """
import pathlib, resource, signal, sys, time
from cordage_tui.store.store import Store
class Clock:
    wall = monotonic = staticmethod(time.time)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL if sys.argv[2] == "killed" else signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
try:
    Store.open(pathlib.Path(sys.argv[1]), Clock())
except Exception as error:
    print(error.what)
"""


@pytest.mark.parametrize(("way", "message"), [("killed", ""), ("refused", "reports an error")])
def test_a_repair_that_does_not_get_through_loses_nothing(filled, stores, way, message):
    """A repair that is killed or runs out of space leaves the damaged file to the next start, which saves everything."""
    filled.with_name("cordage.db.check").touch()
    with closing(sqlite3.connect(filled)) as other:
        root = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'history_by_row'").fetchone()[0]
    raw = bytearray(filled.read_bytes())
    raw[(root - 1) * PAGE : (root - 1) * PAGE + 100] = os.urandom(100)
    filled.write_bytes(raw)
    command = [sys.executable, "-c", REPAIRING, str(filled), way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGXFSZ if way == "killed" else 0, "")
    assert message in done.stdout
    assert (filled.read_bytes(), asides(filled)) == (raw, [])
    repaired = stores.open()
    assert "40 submissions and 540 runs could be saved" in repaired.notice
    assert repaired.query.count(ALL) == 540
    assert not [name for name in filled.parent.iterdir() if name.suffix == ".new"]


def test_nobody_writes_into_a_file_that_has_been_repaired(filled, stores):
    """A window that still has the damaged file open cannot claim after the repair, so no prompt is sent by two windows."""
    other = stores.open()
    other.database.rows("SELECT 1")
    filled.with_name("cordage.db.check").touch()
    with closing(sqlite3.connect(filled, isolation_level=None)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("DELETE FROM sqlite_master WHERE name = 'history_by_row'")
    assert "moved aside" in stores.open().notice
    with pytest.raises(DatabaseReplaced):
        other.outbox.claim("p")


def without_its_index(path, index, *statements):
    """Change rows without updating an index, so that each page is valid but the two contradict each other."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        entry = raw.execute("SELECT * FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        raw.execute("DELETE FROM sqlite_master WHERE name = ?", (index,))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", entry)


def test_what_only_an_index_calls_queued_is_not_sent(stores):
    """If an index lists a dropped row as queued, claiming raises `DatabaseCorrupt`, and the next start repairs the index."""
    store = stores.open()
    dropped, queued = (store.outbox.submit("p", "wh_a", {"prompt": prompt}) for prompt in ("dropped", "queued"))
    store.close()
    without_its_index(stores.path, "outbox_open", f"UPDATE outbox SET state = 'dropped' WHERE id = {dropped}")
    store = stores.open()
    with pytest.raises(DatabaseCorrupt, match="what it lists as queued is not"):
        store.outbox.claim("p")
    store.close()
    repaired = stores.open()
    assert repaired.outbox.claim("p").row == queued
    assert repaired.outbox.claim("p") is None


def test_a_false_alarm_is_forgotten(filled, stores):
    """If the complete check finds nothing, the file stays in its place and the damage mark is removed."""
    mark = filled.with_name("cordage.db.check")
    mark.touch()
    store = stores.open()
    assert (store.notice, asides(filled), mark.exists()) == (None, [], False)
    assert store.query.count(ALL) == 540


def test_a_lock_held_elsewhere_is_waited_for_then_told(stores):
    """While another program keeps the file locked, nothing is claimed, and the error says that nothing was written."""
    store = stores.open(busy_s=0.05)
    row = store.outbox.submit("p", "wh_a", {"prompt": "x"})
    with closing(sqlite3.connect(stores.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked, match="Nothing was written"):
            store.outbox.claim("p")
        other.execute("ROLLBACK")
    assert store.outbox.claim("p").row == row


def test_a_full_disk_refuses_the_prompt_and_keeps_the_rest(store):
    """On a full disk, a submission raises `DiskFull` and stores nothing. It works again once there is space (docs/dev/faults.md
    147)."""
    kept = store.outbox.submit("p", "wh_a", {"prompt": "kept"})
    ((pages,),) = store.database.rows("PRAGMA page_count")
    store.database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="make room"):
        store.outbox.submit("p", "wh_a", {"prompt": "x" * 100_000})
    store.database.rows("PRAGMA max_page_count = 1000000")
    assert prompts(store) == {"kept"}
    assert store.outbox.claim("p").row == kept


@pytest.mark.parametrize("replace", [True, False])
def test_a_replaced_file_is_not_written_to(stores, replace):
    """If the file is deleted or replaced, nothing is claimed or submitted any more (docs/dev/faults.md 156)."""
    store = stores.open()
    store.outbox.submit("p", "wh_a", {"prompt": "x"})
    stores.path.rename(stores.path.with_name("gone.db"))
    if replace:
        stores.open()
    for refused in (lambda: store.outbox.claim("p"), lambda: store.outbox.submit("p", "wh_a", {})):
        with pytest.raises(DatabaseReplaced, match="deleted or replaced"):
            refused()
    assert prompts(store) == {"x"}


READ_ONLY = """
import hashlib, os, sys, pathlib, time  # hashlib: imported late, and not everybody may read root's Python
from cordage_tui.domain.run import RunQuery
from cordage_tui.store.errors import NotWritable
from cordage_tui.store.store import Store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
class Clock:
    wall = monotonic = staticmethod(time.time)
store = Store.open(pathlib.Path(sys.argv[1]), Clock())
assert "read-only" in store.notice, store.notice
assert store.query.count(RunQuery("p")) == 540
try:
    store.outbox.claim("p")
except NotWritable as error:
    print(error.what)
"""


def test_a_repair_by_another_window_is_not_repeated(stores, clock):
    """If two processes find the same damage, only one moves the file aside; the other opens the new database."""
    stores.path.parent.mkdir()
    stores.path.write_bytes(b"garbage")
    stores.open().outbox.submit("p", "wh_a", {"prompt": "x"})
    notices = []
    with closing(repaired(stores.path, clock, 1.0, notices, lambda: open._checked(stores.path, 1.0, ""))):
        assert (notices, len(asides(stores.path))) == ([], 1)


def test_only_one_repairs_at_a_time(stores):
    """While another process repairs the file, opening raises `DatabaseLocked` instead of waiting."""
    stores.path.parent.mkdir()
    stores.path.write_bytes(b"garbage")
    lock = FileLock(stores.path.with_name("cordage.db.repair.lock"))
    lock.acquire()
    with pytest.raises(DatabaseLocked, match="repairing"):
        stores.open()
    lock.release()
    assert stores.open().notice


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become somebody else")
def test_a_read_only_file_can_be_looked_at(filled, tmp_path):
    """A database that cannot be written is readable with a notice, and claiming raises `NotWritable` (docs/dev/faults.md 148)."""
    with tempfile.TemporaryDirectory() as public:  # pytest closes its own folders to others whenever it is started
        data = filled.parent.rename(Path(public) / "data")
        for path in (Path(public), data):
            path.chmod(0o755)
        (data / filled.name).chmod(0o644)
        command = [sys.executable, "-c", READ_ONLY, str(data / filled.name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "You can look, but nothing can be sent" in done.stdout


SENDS: Final = """
import hashlib, os, sys  # hashlib: as above
from pathlib import Path
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.store.errors import NotWritable
from cordage_tui.store.store import Store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
store = Store.open(Path(sys.argv[1]), SystemClock())
print(store.notice)
try:
    store.outbox.submit("p", "wh_new", {"prompt": "a"})
    print("kept")
except NotWritable as error:
    print("refused")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become somebody else")
@pytest.mark.parametrize("has_journal", [True, False])
def test_a_folder_that_cannot_be_written_says_what_holds(filled, tmp_path, rollback_journal, has_journal):
    """In a read-only folder, prompts are kept and sent if the journal exists already; otherwise they are refused."""
    with tempfile.TemporaryDirectory() as public:
        data = filled.parent.rename(Path(public) / "data")
        Path(public).chmod(0o755)
        journal = data / f"{filled.name}-journal"
        journal.touch()
        for path in (data, data / filled.name, journal):
            os.chown(path, 65534, 65534)
        data.chmod(0o500)
        if not has_journal:
            journal.unlink()
        command = [sys.executable, "-c", SENDS, str(data / filled.name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.endswith("kept\n" if has_journal else "refused\n")
    assert ("nothing can be sent or kept" in done.stdout) is not has_journal
    assert ("Prompts are sent and kept" in done.stdout) is has_journal


def test_where_no_file_can_be_made_it_says_so(tmp_path, clock):
    """A folder that cannot be created raises `NotWritable` with the path and the reason."""
    (tmp_path / "data").write_text("")
    with pytest.raises(NotWritable, match="cannot be opened"):
        Store.open(tmp_path / "data" / "cordage.db", clock)


def test_a_network_disk_is_used_with_a_warning(stores, monkeypatch):
    """On a network file system, the notice says to use one window, and the journal is a rollback journal (docs/dev/faults.md
    150)."""
    monkeypatch.setattr(open, "file_system_of", lambda path: "nfs4")
    store = stores.open()
    assert "network file system (nfs4)" in store.notice
    assert "use one window at a time" in store.notice
    assert store.database.rows("PRAGMA journal_mode") == [("truncate",)]


def test_names_with_odd_characters_are_just_names(tmp_path, clock):
    """A folder with `?`, `#`, `%` and spaces in its name can contain the database like any other."""
    path = tmp_path / "a ?mode=memory#100%é" / "cordage.db"
    store = Store.open(path, clock)
    store.outbox.submit("p", "wh_a", {"prompt": "x"})
    store.close()
    assert path.stat().st_size > 0


def test_a_transaction_of_another_window_is_not_one_that_was_left_half_way(
    stores, rollback_journal, monkeypatch: pytest.MonkeyPatch
):
    """A window that starts during a transaction of another one does not check the whole database and leaves no damage mark."""
    stores.open().close()

    def looked_through(*_: object) -> None:
        raise AssertionError("the whole database was looked through")

    monkeypatch.setattr(open, "_look_through", looked_through)
    with closing(sqlite3.connect(stores.path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO settings VALUES ('a', 'b')")
        assert stores.path.with_name(stores.path.name + "-journal").stat().st_size > 0
        timer = threading.Timer(0.03, lambda: writer.execute("COMMIT"))
        timer.start()
        assert stores.open().settings.get("a") == "b"
        timer.join()
    assert not open.damage_mark(stores.path).exists()


def test_a_window_that_starts_waits_longer_for_others_than_one_that_is_open(stores, clock, rollback_journal):
    """A starting window waits longer for a lock than an open one, so that several windows can start at once."""
    stores.open().close()
    with closing(sqlite3.connect(stores.path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.3, lambda: writer.execute("ROLLBACK"))
        timer.start()
        store = Store.open(stores.path, clock, busy_s=0.05, opening_s=20.0)
        stores.opened.append(store)
        timer.join()
        writer.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        with pytest.raises(DatabaseLocked):
            store.outbox.submit("p", "wh", {})
        assert time.monotonic() - before < 10.0
        writer.execute("ROLLBACK")
