"""On a real disk that refuses, the program sends nothing that is not stored, keeps the text and says why
(docs/dev/faults.md 147-156, 167)."""

import re
import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.store.store import Store
from tests.acceptance.server import KEY
from tests.e2e.conftest import WEBHOOKS
from tests.e2e.disks import READ_ONLY, SMALL, command_with_mount, file_size_limit, folder_of_program, full_disk
from tests.e2e.person import EMPTY_PROMPT, WRITING

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces and prlimit are Linux's")


def wait_for_message(terminal, message):
    """Wait for this message in a toast, or anywhere while there is no screen."""
    terminal.wait_for(lambda text: without_spaces(message) in without_spaces(toast_text(text.splitlines()) or text))


def toast_text(lines):
    """Return the text in the boxes of toasts, whatever stands beside them."""
    boxes = {match.span() for line in lines for match in re.finditer("╭─{40,}╮", line)}
    return "".join(line[start + 1 : end - 1] for start, end in boxes for line in lines)


def without_spaces(text):
    """Return the text without spaces, because a box breaks lines at them."""
    return "".join(text.split())


def press_enter(person):
    """Press Enter after a pause, so that it does not count as a part of a paste."""
    person.terminal.read_for(0.2)
    person.terminal.type("\r")


@pytest.fixture
def store(home):
    """Yield the database of an earlier session; the test closes it before the program starts."""
    store = Store.open(home.paths.database, SystemClock())
    yield store
    store.close()


@linux_only
def test_a_full_disk_sends_nothing_and_keeps_the_text(home, judge, open_window):
    """On a full disk Enter sends nothing, shows a message and keeps the text. When there is room, the next Enter sends
    it once."""
    person = open_window(program=command_with_mount(SMALL, home.paths.data_dir))
    person.types("long fox")
    with full_disk(folder_of_program(person.terminal, home.paths.data_dir)):
        press_enter(person)
        wait_for_message(person.terminal, "is full. Nothing was written; make room and try again.")
        assert " long fox " in person.terminal.text()
        assert judge.runs == []
    press_enter(person)
    person.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@linux_only
def test_a_disk_that_fails_while_a_prompt_is_on_its_way(judge, open_window):
    """If the disk fails during a request, its answer is kept until it can be stored. The next prompt stays in the panel
    meanwhile."""
    person = open_window()
    person.types("long fox")
    with judge.lock:
        press_enter(person)
        person.waits_for(**{"long fox": "sending"})
        limit = file_size_limit(person.terminal, 4096)
        limit.__enter__()
    person.types("long owl")
    press_enter(person)
    wait_for_message(person.terminal, "reports an error (disk I/O error). Nothing was written.")
    assert " long owl " in person.terminal.text()
    assert person.rows() == {"long fox": "sending"}
    assert len(judge.runs) == 1
    limit.__exit__(None, None, None)
    person.waits_for(**{"long fox": "running"})
    press_enter(person)
    person.waits_for(**{"long owl": "running"})
    assert len(judge.runs) == 2


@linux_only
def test_a_read_only_disk_shows_the_history(home, judge, open_window, store):
    """On a read-only disk the history is shown, and a prompt is refused and stays. Without a database the program ends
    with 2."""
    store.outbox.submit("studio", next(iter(WEBHOOKS)), {"prompt": "fox"})
    store.close()
    person = open_window(program=command_with_mount(READ_ONLY, home.paths.data_dir), greeting="disk error")
    wait_for_message(person.terminal, "is read-only here: you can look, but nothing can be sent or kept.")
    person.waits_for(fox="queued")
    person.types("owl")
    press_enter(person)
    wait_for_message(person.terminal, "cannot be written (attempt to write a readonly database)")
    assert " owl " in person.terminal.text()
    assert judge.runs == []
    home.paths.database.unlink()
    with home.open(home.environ(KEY), program=command_with_mount(READ_ONLY, home.paths.data_dir)) as terminal:
        assert terminal.wait_exit() == 2
        wait_for_message(terminal, "cannot be opened: Read-only file system.")


def test_a_locked_and_then_a_deleted_database(home, judge, open_window):
    """While the database is locked, the screen works and the prompt stays; it is sent once later. After a deletion
    nothing is sent, and a restart is asked for."""
    person = open_window()
    person.runs("long one")
    person.waits_for(**{"long one": "running"})
    with closing(sqlite3.connect(home.paths.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        wait_for_message(person.terminal, "is locked by another program. Nothing was written; try again in a moment.")
        person.types("long fox")
        press_enter(person)
        person.terminal.read_for(1.0)
        person.leaves_prompt()
        person.terminal.type_slowly("2jkw")
        person.terminal.wait_for("Queue")
        person.terminal.read_for(1.5)
        person.terminal.type("\x1b")
        person.terminal.wait_for(" long fox ")
        assert len(judge.runs) == 1
        other.execute("ROLLBACK")
    person.terminal.type("t")
    person.terminal.wait_for(WRITING)
    press_enter(person)
    person.terminal.wait_for(EMPTY_PROMPT)
    person.waits_for(**{"long fox": "running", "long one": "running"})
    assert len(judge.runs) == 2
    home.paths.database.unlink()
    person.types("owl")
    press_enter(person)
    wait_for_message(person.terminal, "was deleted or replaced while the program ran.")
    assert " owl " in person.terminal.text()
    assert len(judge.runs) == 2


def test_a_damaged_database_is_moved_aside_and_its_queue_waits(home, judge, open_window, store):
    """At the start a damaged database is moved aside. The program says where it is and that the queue is paused, and
    sends nothing."""
    for n in range(3):
        store.outbox.submit("studio", next(iter(WEBHOOKS)), {"prompt": f"fox {n}"})
    store.close()
    with closing(sqlite3.connect(home.paths.database)) as raw:
        [root] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_by_created'").fetchone()
        [size] = raw.execute("PRAGMA page_size").fetchone()
    with home.paths.database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)
    home.paths.database.with_name("cordage.db.check").touch()
    person = open_window()
    wait_for_message(person.terminal, "3 submissions and 3 runs could be saved from it.")
    wait_for_message(person.terminal, "may have been sent already")
    person.waits_for(**{f"fox {n}": "queued" for n in range(3)})
    person.terminal.read_for(2.0)
    assert person.rows() == {f"fox {n}": "queued" for n in range(3)}
    assert judge.runs == []
    [aside] = home.paths.data_dir.glob("cordage.db.damaged-*[0-9]")
    wait_for_message(person.terminal, aside.name)


def test_a_stopped_program_continues_and_sends_nothing_twice(judge, open_window):
    """If the answer comes while the program is stopped, the run is found later and not started twice (docs/dev/faults.md
    167)."""
    person = open_window()
    person.types("long fox")
    with judge.lock:
        press_enter(person)
        person.waits_for(**{"long fox": "sending"})
        person.terminal.signal(signal.SIGSTOP)
    person.terminal.read_for(6.0)
    person.terminal.signal(signal.SIGCONT)
    person.waits_for(**{"long fox": "running"})
    person.terminal.wait_for("● live")
    assert len(judge.runs) == 1


@pytest.mark.parametrize(
    ("environ", "message"),
    [({"XDG_DATA_HOME": "relative"}, "not an absolute path"), ({"HOME": "", "XDG_STATE_HOME": ""}, "home folder")],
)
def test_without_a_place_for_files_the_program_refuses(home, environ, message):
    """A relative XDG folder or a missing home ends the program with 2 and a message. No file is written (C 149)."""
    before = set(home.root.rglob("*"))
    with home.open(home.environ(KEY, **environ)) as terminal:
        assert terminal.wait_exit() == 2
        wait_for_message(terminal, message)
    assert set(home.root.rglob("*")) == before
