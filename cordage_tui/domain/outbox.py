"""The states of a submission and the only ways between them (FAULTS.md B 2)."""

from dataclasses import dataclass, field
from enum import StrEnum

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RowId
from cordage_tui.domain.status import Status


class OutboxState(StrEnum):
    """Where one submission stands."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HELD = "held"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


TRANSITIONS: frozenset[tuple[OutboxState, OutboxState]] = frozenset(
    {
        (OutboxState.QUEUED, OutboxState.SENDING),  # intent committed, before the first byte
        (OutboxState.QUEUED, OutboxState.HELD),  # key or account in the way
        (OutboxState.QUEUED, OutboxState.DROPPED),  # the user's word
        (OutboxState.SENDING, OutboxState.QUEUED),  # surely not sent, or a 429
        (OutboxState.SENDING, OutboxState.ACCEPTED),
        (OutboxState.SENDING, OutboxState.REJECTED),
        (OutboxState.SENDING, OutboxState.HELD),  # 401, 402, 403
        (OutboxState.SENDING, OutboxState.UNCERTAIN),
        (OutboxState.HELD, OutboxState.QUEUED),
        (OutboxState.HELD, OutboxState.DROPPED),
        (OutboxState.UNCERTAIN, OutboxState.ACCEPTED),  # found in the run list
        (OutboxState.UNCERTAIN, OutboxState.QUEUED),  # the user's word: send again
        (OutboxState.UNCERTAIN, OutboxState.REJECTED),
        (OutboxState.UNCERTAIN, OutboxState.DROPPED),  # the user's word
        (OutboxState.REJECTED, OutboxState.DROPPED),
    }
)
"""Every permitted change; the database refuses any other."""

SHOWN_AS = {
    OutboxState.QUEUED: Status.QUEUED,
    OutboxState.SENDING: Status.SENDING,
    OutboxState.REJECTED: Status.REJECTED,
    OutboxState.HELD: Status.HELD,
    OutboxState.UNCERTAIN: Status.UNCERTAIN,
}
"""The row's status while no run of the server's stands behind it. An accepted submission shows its run's own status, and
a dropped one shows nothing: its row is gone from the table."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One submission whose intent is on disk and which the sender may now put on the wire."""

    row: RowId
    webhook_key: str
    inputs: Inputs = field(repr=False)
    attempt: int
    """1 for the first time; a try that surely did not reach the server, or met a 429, does not count."""
