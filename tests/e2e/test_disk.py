"""The real program on real disks that refuse: nothing is sent that is not written down, and the user keeps the text and is told
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
from tests.e2e.disks import READ_ONLY, SMALL, filled, mounted, quota, seen_by
from tests.e2e.person import EMPTY_PROMPT, WRITING

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces and prlimit are Linux's")


def says(terminal, words):
    """Waits for words in a toast; or anywhere, before there is a screen."""
    terminal.wait_for(lambda text: squeezed(words) in squeezed(toasts(text.splitlines()) or text))


def toasts(lines):
    """What stands in toasts, whose boxes have no title, whatever stands beside them."""
    boxes = {match.span() for line in lines for match in re.finditer("╭─{40,}╮", line)}
    return "".join(line[start + 1 : end - 1] for start, end in boxes for line in lines)


def squeezed(text):
    """Without the spaces, which a box puts where a line is broken."""
    return "".join(text.split())


def presses_enter(person):
    person.terminal.read_for(0.2)
    person.terminal.type("\r")


@pytest.fixture
def store(home):
    """What an earlier session left; closed before the program starts."""
    store = Store.open(home.paths.database, SystemClock())
    yield store
    store.close()


@linux_only
def test_a_full_disk_sends_nothing_and_keeps_the_text(home, judge, opens):
    """Enter on a disk without a free byte: told, not sent, still in the prompt panel; with room the next Enter sends it once."""
    person = opens(program=mounted(SMALL, home.paths.data_dir))
    person.types("long fox")
    with filled(seen_by(person.terminal, home.paths.data_dir)):
        presses_enter(person)
        says(person.terminal, "is full. Nothing was written; make room and try again.")
        assert " long fox " in person.terminal.text()
        assert judge.runs == []
    presses_enter(person)
    person.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@linux_only
def test_a_disk_that_fails_while_a_prompt_is_on_its_way(judge, opens):
    """Its answer is kept until it can be written, and meanwhile nothing else is sent: the next prompt stays in the panel."""
    person = opens()
    person.types("long fox")
    with judge.lock:
        presses_enter(person)
        person.waits_for(**{"long fox": "sending"})
        spoiled = quota(person.terminal, 4096)
        spoiled.__enter__()
    person.types("long owl")
    presses_enter(person)
    says(person.terminal, "reports an error (disk I/O error). Nothing was written.")
    assert " long owl " in person.terminal.text()
    assert person.rows() == {"long fox": "sending"}
    assert len(judge.runs) == 1
    spoiled.__exit__(None, None, None)
    person.waits_for(**{"long fox": "running"})
    presses_enter(person)
    person.waits_for(**{"long owl": "running"})
    assert len(judge.runs) == 2


@linux_only
def test_on_a_read_only_disk_one_can_look(home, judge, opens, store):
    """The history shows; a prompt is refused with words and stays in the panel; without any database there is nothing to show,
    and the program says why and ends with 2."""
    store.outbox.submit("studio", next(iter(WEBHOOKS)), {"prompt": "fox"})
    store.close()
    person = opens(program=mounted(READ_ONLY, home.paths.data_dir), greeting="disk error")
    says(person.terminal, "is read-only here: you can look, but nothing can be sent or kept.")
    person.waits_for(fox="queued")
    person.types("owl")
    presses_enter(person)
    says(person.terminal, "cannot be written (attempt to write a readonly database)")
    assert " owl " in person.terminal.text()
    assert judge.runs == []
    home.paths.database.unlink()
    with home.open(home.environ(KEY), program=mounted(READ_ONLY, home.paths.data_dir)) as terminal:
        assert terminal.wait_exit() == 2
        says(terminal, "cannot be opened: Read-only file system.")


def test_a_locked_and_then_a_deleted_database(home, judge, opens):
    """Locked for longer than anybody waits: the screen goes on and says so, a prompt stays in the panel, and later goes once.
    Deleted: nothing goes any more, and a restart is asked for."""
    person = opens()
    person.runs("long one")
    person.waits_for(**{"long one": "running"})
    with closing(sqlite3.connect(home.paths.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        says(person.terminal, "is locked by another program. Nothing was written; try again in a moment.")
        person.types("long fox")
        presses_enter(person)
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
    presses_enter(person)
    person.terminal.wait_for(EMPTY_PROMPT)
    person.waits_for(**{"long fox": "running", "long one": "running"})
    assert len(judge.runs) == 2
    home.paths.database.unlink()
    person.types("owl")
    presses_enter(person)
    says(person.terminal, "was deleted or replaced while the program ran.")
    assert " owl " in person.terminal.text()
    assert len(judge.runs) == 2


def test_a_damaged_database_is_moved_aside_and_its_queue_waits(home, judge, opens, store):
    """A bad page at the start: the user is told where the file went and that the queue is paused; nothing is sent."""
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
    person = opens()
    says(person.terminal, "3 submissions and 3 runs could be saved from it.")
    says(person.terminal, "may have been sent already")
    person.waits_for(**{f"fox {n}": "queued" for n in range(3)})
    person.terminal.read_for(2.0)
    assert person.rows() == {f"fox {n}": "queued" for n in range(3)}
    assert judge.runs == []
    [aside] = home.paths.data_dir.glob("cordage.db.damaged-*[0-9]")
    says(person.terminal, aside.name)


def test_stopped_for_a_while_it_goes_on_and_sends_nothing_twice(judge, opens):
    """Ctrl-Z with a prompt on its way, answered while nobody listened: it is found running, started once (docs/dev/faults.md 167)."""
    person = opens()
    person.types("long fox")
    with judge.lock:
        presses_enter(person)
        person.waits_for(**{"long fox": "sending"})
        person.terminal.signal(signal.SIGSTOP)
    person.terminal.read_for(6.0)
    person.terminal.signal(signal.SIGCONT)
    person.waits_for(**{"long fox": "running"})
    person.terminal.wait_for("● live")
    assert len(judge.runs) == 1


@pytest.mark.parametrize(
    ("environ", "words"),
    [({"XDG_DATA_HOME": "relative"}, "not an absolute path"), ({"HOME": "", "XDG_STATE_HOME": ""}, "home folder")],
)
def test_where_there_is_no_place_for_files_none_is_made_up(home, environ, words):
    """A relative XDG folder, or no home: refused in words with 2, and nothing is written where it was started (C 149)."""
    before = set(home.root.rglob("*"))
    with home.open(home.environ(KEY, **environ)) as terminal:
        assert terminal.wait_exit() == 2
        says(terminal, words)
    assert set(home.root.rglob("*")) == before
