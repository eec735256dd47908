"""A database that SQLite cannot open at all: what stands in its pages is found, told, and never sent by itself."""

from pathlib import Path

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.domain.submission import Expected
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.store import Store
from tests.tries import accept, settle

PAGE = 4_096


def zeroed(begin, end):
    return lambda good: good[:begin] + bytes(end - begin) + good[end:]


HEADS = {"magic": zeroed(0, 8), "schema page": zeroed(100, 108), "head": zeroed(0, 100)}
ROOTS = 81
"""Pages with which a new database begins, before those with the text of its schema."""
LOST = {"first page": zeroed(0, PAGE), "pages with the schema": lambda good: good[: ROOTS * PAGE]}
SPOILS = HEADS | LOST
spoilt = pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)


@pytest.fixture
def filled(stores, remote_run):
    """The path of a closed database: a run, an uncertain prompt, four queued ones (one of them long), one dropped."""
    store = stores.open()
    run, doubt = (store.outbox.submit("p", "wh_a", {"prompt": word}) for word in ("a run", "a doubt"))
    store.outbox.claim("p")
    accept(store, run, remote_run("r1"))
    store.outbox.claim("p")
    settle(store, doubt, OutboxState.UNCERTAIN, "no answer")
    for word in ("one", "two", "three " + "y" * 9_000):
        store.outbox.submit("p", "wh_a", {"prompt": word})
    dropped = store.outbox.submit("p", "wh_a", {"prompt": "dropped"})
    store.outbox.drop(dropped)
    store.settings.save("sort", "by time")
    store.close()
    return stores.path


@pytest.fixture
def repaired(filled: Path, stores):
    def run(spoil) -> Store:
        filled.write_bytes(spoil(filled.read_bytes()))
        return stores.open()

    return run


def states(store):
    return {item.prompt[:5]: item.state for item in store.queue.waiting("p")}


@spoilt
def test_every_prompt_in_the_file_is_found_and_none_is_sent(repaired, spoil):
    """What is in the pages is in the queue again, in doubt what was in doubt; nothing of it goes before the user has looked."""
    store = repaired(spoil)
    found = states(store)
    assert found.pop("a dou") is OutboxState.UNCERTAIN
    assert set(found) == {"one", "two", "three"}
    assert set(found.values()) <= {OutboxState.QUEUED, OutboxState.HELD}
    assert store.outbox.claim("p") is None
    assert {row.prompt for row in store.query.window(RunQuery("p"), 0, 20) if row.run_id} == {"a run"}


@pytest.mark.parametrize("spoil", HEADS.values(), ids=HEADS)
def test_a_damaged_head_costs_nothing(repaired, spoil):
    """The head of the file is known to the program, so all else is read as in a whole file: settings too, and the order."""
    store = repaired(spoil)
    assert store.settings.get("sort") == "by time"
    assert set(states(store).values()) == {OutboxState.UNCERTAIN, OutboxState.QUEUED}


@pytest.mark.parametrize("spoil", LOST.values(), ids=LOST)
def test_what_was_found_in_the_pages_waits_for_a_word_for_each(repaired, spoil):
    """A page may be of an earlier day: to resume the queue, or a new key, sends nothing of it; to approve it does."""
    store = repaired(spoil)
    store.queue_control.resume("p")
    assert store.outbox.release_held("p") == 0 and store.failure_stops.resume("p") == 0
    assert store.outbox.claim("p") is None
    edits = QueueEdits(store.database, store.outbox, "p")
    shown = [prompt for prompt in edits.unsent(unapproved=True) if "one" in prompt.body]
    assert "Found in a damaged database" in shown[0].note
    assert edits.approve(shown) == {}
    assert store.outbox.claim("p").inputs == {"prompt": "one"}


@spoilt
def test_a_twin_of_a_prompt_in_doubt_waits_for_it(repaired, spoil):
    """Typed once more after the repair, what may be running already is not sent beside it."""
    store = repaired(spoil)
    store.queue_control.resume("p")
    twin = store.outbox.submit("p", "wh_a", {"prompt": "a doubt"})
    claimed = store.outbox.claim("p")
    assert claimed is None or claimed.row != twin


@pytest.mark.parametrize("spoil", [lambda good: b"", lambda good: b"no database", *LOST.values()])
def test_a_replaced_database_is_paused_for_every_profile(repaired, stores, spoil):
    """The file may have known any profile, so each one waits for the user's word, also after a restart."""
    notice = repaired(spoil).notice
    for profile in ("p", "another"):
        store = stores.open()
        assert store.notice is None
        control = store.queue_control.read(profile)
        assert control.repaired == control.paused and str(control.paused) in notice
        store.outbox.submit(profile, "wh_b", {"prompt": "new"})
        assert store.outbox.claim(profile) is None
        store.queue_control.resume(profile)
        assert stores.open().queue_control.read(profile).repaired is None
        assert store.outbox.claim(profile).inputs == {"prompt": "new"}


def test_the_count_of_sent_prompts_is_taken_from_the_state_folder_once(repaired):
    """After a repair fewer sent prompts are known, which is no older copy; later it would be."""
    store = repaired(lambda good: b"no database")
    assert not store.queue_control.is_older_than("p", 7)
    assert store.queue_control.copy_check.generation("p") == 7
    assert store.queue_control.is_older_than("p", 8)


def test_without_its_inputs_an_uncertain_prompt_is_not_sent_again(store):
    """An empty body would be sent instead of it."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    with store.database.write() as write:
        write.execute("UPDATE details SET inputs = NULL")
    assert not store.queue.resend(row, Expected(OutboxState.UNCERTAIN))
    assert store.rows.get(row).status is Status.UNCERTAIN
