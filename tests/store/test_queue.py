"""What is held, sent again or passed over, and what the rows say of it."""

from cordage_tui.domain.outbox import WAITS_FOR_TWIN, OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.status import Status
from cordage_tui.store import Store


def uncertain(store: Store, prompt: str) -> RowId:
    row = store.outbox.submit("p", "wh", {"prompt": prompt})
    assert store.outbox.claim("p") is not None
    store.outbox.settle(row, OutboxState.UNCERTAIN, "no answer")
    return row


def status(store: Store, row: RowId) -> Status:
    found = store.query.row(row)
    assert found is not None
    return found.status


def note(store: Store, row: RowId) -> str | None:
    found = store.query.detail(row)
    assert found is not None
    return found.note


def test_only_what_is_queued_is_held(store: Store) -> None:
    """What is on the wire has its own fate: to hold it would be to send it twice when it is released."""
    sending = store.outbox.submit("p", "wh", {"prompt": "fox"})
    assert store.outbox.claim("p") is not None
    queued = [store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(2)]
    other = store.outbox.submit("q", "wh", {"prompt": "of another profile"})
    assert store.queue.hold("p", "the key", sending) == 0
    assert store.queue.hold("p", "the key") == 2
    assert status(store, sending) is Status.SENDING
    assert [status(store, row) for row in queued] == [Status.HELD] * 2
    assert note(store, queued[0]) == "the key"
    assert status(store, other) is Status.QUEUED
    assert store.queue.has_held("p") and not store.queue.has_held("q")
    assert store.outbox.release_held("p") == 2
    assert not store.queue.has_held("p")


def test_one_row_can_be_held_alone(store: Store) -> None:
    """The others go on."""
    first, second = (store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(2))
    assert store.queue.hold("p", "the key", first) == 1
    assert status(store, second) is Status.QUEUED


def test_only_an_uncertain_prompt_is_sent_again_and_only_once(store: Store) -> None:
    """Two presses, or two windows, make one more trigger and not two."""
    row = uncertain(store, "fox")
    assert store.queue.resend(row)
    assert note(store, row) is None
    assert not store.queue.resend(row)
    assert store.outbox.claim("p") is not None
    assert not store.queue.resend(row)
    assert not store.queue.resend(RowId(99))


def test_a_twin_says_why_it_waits_and_only_while_it_does(store: Store) -> None:
    """The explanation comes with the doubt or with the twin, whichever is later, and goes with the doubt."""
    first = uncertain(store, "fox")
    twin, other = (store.outbox.submit("p", "wh", {"prompt": prompt}) for prompt in ("fox", "owl"))
    store.runs.note(other, "another note")
    told: list[frozenset[RowId]] = []
    store.changes.subscribe(told.append)
    assert (note(store, twin), note(store, other)) == (WAITS_FOR_TWIN, "another note")
    store.outbox.drop(first)
    assert told == [frozenset({first, twin})]
    assert (note(store, twin), note(store, other)) == (None, "another note")
