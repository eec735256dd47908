"""Drafts, and outcomes of prompts, while another program locks the database: they are saved later, or printed."""

import sqlite3
from contextlib import closing

import pytest

from cordage_tui.domain.inputs import PROMPT
from cordage_tui.engine.outbox import sender
from cordage_tui.store.outbox.outcomes import TryOutcomes
from cordage_tui.ui import last_save


@pytest.fixture
def locking():
    """`locking(program)` is another program that holds a lock until its `close`."""
    with closing(Lock()) as lock:
        yield lock


class Lock:
    """Lock of another program."""

    def __init__(self) -> None:
        self._other: sqlite3.Connection | None = None

    def begin(self, program, kind="EXCLUSIVE"):
        """Lock the database of the program, whose own waits for locks are short from now on."""
        program.main.store.outbox._database._connection.execute("PRAGMA busy_timeout = 20")
        self._other = sqlite3.connect(program.paths.database, isolation_level=None)
        self._other.execute(f"BEGIN {kind}")

    def close(self) -> None:
        """Unlock it."""
        if self._other is not None:
            self._other.close()
            self._other = None


def draft(program):
    """Return the stored draft of the first webhook."""
    engine = program.main.engine
    return engine.store.prompts.draft(engine.profile.stored_as, program.world.webhooks[0].key)


async def locked_draft(program, locking):
    """Write a draft that meets a lock."""
    await program.press("t")
    locking.begin(program)
    await program.pastes("a red fox")
    await program.sees("is locked by another program")


async def test_a_draft_is_saved_when_the_lock_ends(opened, locking):
    """A draft that met a lock is saved after the lock ends, without another key. A toast said so once."""
    async with opened() as program:
        await locked_draft(program, locking)
        locking.close()
        await program.until(lambda: draft(program) is not None)
        assert draft(program)[PROMPT] == "a red fox"


async def test_a_draft_of_another_webhook_survives_the_lock(opened, locking):
    """A draft that could not be stored is there when its webhook is shown again."""
    async with opened() as program:
        await program.press("t")
        locking.begin(program, "IMMEDIATE")  # what is stored can be read
        await program.pastes("a red fox")
        await program.sees("is locked by another program")
        keys = [webhook.key for webhook in program.world.webhooks]
        for key in (keys[1], keys[0]):
            program.main.presenter.show_webhook(key)
        await program.pilot.pause()
        assert program.main.prompts._prompt.inputs()[PROMPT] == "a red fox"


async def test_quitting_waits_until_the_draft_is_saved(opened, locking):
    """Quitting during a lock waits and says why. When the lock ends, the draft is saved and the program ends with 0."""
    async with opened() as program:
        await locked_draft(program, locking)
        store, key = program.main.store, program.world.webhooks[0].key
        await program.press("ctrl+q")
        await program.sees("Saving your draft")
        assert program.app.return_code is None
        locking.close()
        await program.until(lambda: program.app.return_code == 0)
        assert (store.prompts.draft("studio", key)[PROMPT], program.app.lost) == ("a red fox", [])


@pytest.mark.parametrize("key", ["ctrl+q", "escape"])
async def test_a_second_key_ends_and_leaves_the_text_for_the_terminal(opened, locking, key):
    """A second ctrl+q, or escape, ends the wait at once. The text of the draft is left for the terminal, with the reason."""
    async with opened() as program:
        await locked_draft(program, locking)
        await program.press("ctrl+q")
        await program.sees("Saving your draft")
        await program.press(key)
        await program.until(lambda: program.app.return_code == 0)
        reason, text = program.app.lost
        assert "is locked by another program" in reason and text.endswith("\na red fox")


async def test_a_signal_does_not_wait_for_long(opened, locking):
    """A signal ends the program soon with its code. The text of the draft is left for the terminal."""
    async with opened() as program:
        await locked_draft(program, locking)
        program.app.quitting.last_save.end_soon(143)
        await program.until(lambda: program.app.return_code == 143)
        assert program.app.lost[-1].endswith("\na red fox")


async def test_a_lasting_lock_ends_the_wait(opened, locking, monkeypatch):
    """If the lock lasts, quitting ends after some seconds. The text of the draft is left for the terminal."""
    monkeypatch.setattr(last_save, "DRAFT_S", 0.5)
    async with opened() as program:
        await locked_draft(program, locking)
        await program.press("ctrl+q")
        await program.until(lambda: program.app.return_code == 0)
        assert program.app.lost[-1].endswith("\na red fox")


async def test_another_profile_does_not_open_over_an_unsaved_draft(opened, locking):
    """If a draft cannot be saved, the profile stays open with its draft, and a toast says why."""
    async with opened() as program:
        await locked_draft(program, locking)
        main, launch = program.main, program.app.launch
        program.app.run_worker(program.app._open(launch.profile, launch.key))
        await program.sees("Saving your draft")
        await program.press("escape")
        await program.sees("The profile was not opened")
        assert program.main is main
        assert main.prompts._prompt.inputs()[PROMPT] == "a red fox"


@pytest.fixture
def unstored(locking, monkeypatch):
    """`unstored(program)` submits a prompt whose run is accepted during a lock."""
    monkeypatch.setattr(sender, "REWRITE_EVERY_S", 0.02)
    accept = TryOutcomes.accept

    async def submit(program):
        def locked_accept(self, *outcome):
            if locking._other is None and not program.app.quitting.last_save.is_waiting:
                locking.begin(program)
            return accept(self, *outcome)

        monkeypatch.setattr(TryOutcomes, "accept", locked_accept)
        engine = program.main.engine
        engine.queue.submit(program.world.webhooks[0].key, {PROMPT: "a red fox"})
        await program.until(lambda: bool(engine.leadership.unstored()))
        (run,) = engine.leadership.unstored().values()
        return run.run_id

    return submit


async def test_quitting_waits_until_an_accepted_run_is_stored(opened, locking, unstored):
    """Quitting waits until the id of a run that the server has accepted is stored. It sends nothing meanwhile."""
    async with opened() as program:
        run_id = await unstored(program)
        store = program.main.store
        await program.press("ctrl+q")
        await program.sees("Saving the answer to a prompt")
        locking.close()
        await program.until(lambda: program.app.return_code == 0)
        assert store.listing.beginning_with("studio", run_id, 2)
        assert len(program.posts) == 1


async def test_a_second_key_leaves_the_run_id_for_the_terminal(opened, unstored):
    """A second ctrl+q ends the wait. The id of the run is left for the terminal."""
    async with opened() as program:
        run_id = await unstored(program)
        await program.press("ctrl+q")
        await program.sees("Saving the answer to a prompt")
        await program.press("ctrl+q")
        await program.until(lambda: program.app.return_code == 0)
        workspace = program.app._workspace
    assert [run.run_id for run in workspace.unstored] == [run_id]
