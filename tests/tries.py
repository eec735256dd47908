"""Outcomes of a prompt's last try, for tests in which there is no other one."""

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.domain.submission import ClaimedSubmission
from cordage_tui.store.store import Store


def last_try(store: Store, row: RowId) -> ClaimedSubmission:
    """The one whose request was sent last. No run counts as known before it."""
    sent = store.outbox._outgoing(row)
    assert sent is not None
    return replace(sent, known_until=RowId(0))


def accept(store: Store, row: RowId, run: RemoteRun) -> None:
    """The server takes it, as that run."""
    store.outcomes.accept(last_try(store, row), run)


def settle(store: Store, row: RowId, state: OutboxState, note: str) -> None:
    """It ends so. What is queued is held without being sent."""
    if state is OutboxState.HELD and store.outbox.state(row) is OutboxState.QUEUED:
        profile = store.outbox._database.row("SELECT profile FROM outbox WHERE id = ?", (row,))[0]  # type: ignore[index]
        store.queue.hold(profile, note, row)
    else:
        store.outcomes.end(last_try(store, row), state, note)


def requeue(store: Store, row: RowId, note: str = "") -> None:
    """It surely was not taken, and waits again."""
    store.outcomes.end(last_try(store, row), OutboxState.QUEUED, note)
