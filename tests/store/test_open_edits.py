"""Prompts that are open for changes in some process: what is saved is sent, and nothing half changed is."""

import os
import subprocess

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import EditStart
from cordage_tui.domain.run import Status
from cordage_tui.domain.submission import WAITS_FOR_TWIN
from cordage_tui.store.store import Store
from tests.store.test_queued_prompts import note, prompts, status, uncertain


def test_what_is_edited_is_what_is_sent(store: Store) -> None:
    """An edited prompt is sent with its new inputs, and its twins are found again by them."""
    doubted = uncertain(store, "fox")
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    assert note(store, row) == WAITS_FOR_TWIN
    assert store.open_edits.save_edit(row, {"prompt": "owl", "style": "noir"})
    assert note(store, row) is None and prompts(store) == ["fox", "owl"]
    sent = store.outbox.claim("p")
    assert sent is not None and sent.inputs == {"prompt": "owl", "style": "noir"}
    assert not store.open_edits.save_edit(row, {"prompt": "late"}) and not store.open_edits.save_edit(
        doubted, {"prompt": "late"}
    )


def ended_process() -> int:
    """Return the number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def test_a_new_key_does_not_send_a_prompt_that_is_being_edited(store: Store) -> None:
    """A prompt that is open in a window stays held when others, held for the key, are queued."""
    edited, held, later = (store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(3))
    store.queue.hold("p", "the key", held)
    store.queue.hold("p", "the key", later)
    assert store.open_edits.begin_edit(edited, "It is edited.", os.getpid()) is EditStart.WAS_QUEUED
    assert store.open_edits.begin_edit(later, "It is edited.", os.getpid()) is EditStart.WAS_HELD
    assert store.open_edits.begin_edit(edited, "It is edited.", os.getpid()) is EditStart.OPEN_ELSEWHERE
    assert store.outbox.release_held("p") == 1
    assert [status(store, row) for row in (edited, held, later)] == [Status.HELD, Status.QUEUED, Status.HELD]
    store.open_edits.leave_edit(later, EditStart.WAS_HELD, os.getpid())
    assert store.outbox.release_held("p") == 1 and status(store, later) is Status.QUEUED
    assert store.queue.release(edited) and status(store, edited) is Status.QUEUED


def test_a_prompt_whose_edit_was_not_saved_is_not_sent_without_its_user(store: Store) -> None:
    """If the window that edited a prompt is killed, the prompt stays held, also after a new key and after a second look."""
    row = store.outbox.submit("p", "wh", {"prompt": "wrong"})
    assert store.open_edits.begin_edit(row, "It is edited.", ended_process()) is EditStart.WAS_QUEUED
    assert not store.queue.has_held("p") and store.outbox.release_held("p") == 0
    assert store.open_edits.begin_edit(row, "It is edited.", os.getpid()) is EditStart.WAS_UNSAVED
    store.open_edits.leave_edit(row, EditStart.WAS_UNSAVED, os.getpid())
    assert store.outbox.release_held("p") == 0 and status(store, row) is Status.HELD
    assert store.open_edits.save_edit(row, {"prompt": "right"}, pid=os.getpid()).done and store.queue.release(row)
    store.queue.hold("p", "the key")
    assert store.outbox.release_held("p") == 1, "the edit is over"


def test_two_windows_do_not_edit_one_prompt(store: Store) -> None:
    """A prompt that is open in another process cannot be edited here, so its text is never sent while somebody changes it."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    with subprocess.Popen(["sleep", "60"]) as other:
        assert store.open_edits.begin_edit(row, "It is edited.", other.pid) is EditStart.WAS_QUEUED
        assert store.open_edits.begin_edit(row, "It is edited.", os.getpid()) is EditStart.OPEN_ELSEWHERE
        change = store.open_edits.save_edit(row, {"prompt": "owl"}, pid=os.getpid())
        assert (change.done, change.state) == (False, OutboxState.HELD)
        other.kill()
