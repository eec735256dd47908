"""A prompt of a sender that died is uncertain for every command, because nobody waits for its answer."""

import json

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.engine.processes.process_locks import sending_lock


@pytest.fixture
def cut_off(studio):
    """Return the row of a prompt whose process was killed while sending."""
    assert studio("runs").code == 0  # which makes the database
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "fox"})
        assert store.outbox.claim("studio") is not None
    return row


def state(studio, row):
    """Return the state of the prompt."""
    with studio.store() as store:
        return store.outbox.state(row)


@pytest.mark.parametrize(
    "argv", [("queue",), ("runs",), ("runs", "--offline"), ("doctor",), ("show", "@{}", "--offline")]
)
def test_a_prompt_of_a_dead_sender_is_uncertain(studio, cut_off, argv):
    """If no process holds the sending lock, a prompt that was being sent is shown as uncertain by any command."""
    ended = studio(*(word.format(cut_off) for word in argv))
    assert "uncertain" in ended.out + ended.err and "sending" not in ended.out
    assert state(studio, cut_off) is OutboxState.UNCERTAIN


def test_watch_ends_with_5_if_a_prompt_is_uncertain(studio, cut_off):
    """`watch` names an uncertain prompt, ends with 5, and does not say that nothing is active."""
    ended = studio("watch")
    assert ended.code == 5 and "uncertain" in ended.out and "Nothing is active" not in ended.err


def test_a_prompt_of_a_living_sender_is_left_alone(studio, cut_off):
    """While a process holds the sending lock, its prompt is shown as sending."""
    lock = sending_lock(studio.profile, studio.home.paths)
    assert lock.acquire()
    try:
        queue = json.loads(studio("queue", "--json").out)
        assert [item["state"] for item in queue["waiting"]] == ["sending"]
    finally:
        lock.release()
    assert state(studio, cut_off) is OutboxState.SENDING


def test_watch_without_a_read_does_not_say_that_nothing_is_active(studio):
    """If the runs could not be read, `watch` says that the active runs are unknown."""
    assert studio("runs").code == 0
    studio.read_long_ago()
    studio.server.close()
    ended = studio("watch")
    assert ended.code == 3 and "Nothing is active" not in ended.err and "unknown" in ended.err
