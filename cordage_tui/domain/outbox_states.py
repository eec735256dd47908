"""States of a submission, and the only changes from one state to another."""

from enum import StrEnum

from cordage_tui.domain.run import Status

# The states of a submission and the only ways between them (docs/dev/triggering.md 2).


class OutboxState(StrEnum):
    """State of a submission."""

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
        (OutboxState.DROPPED, OutboxState.QUEUED),  # the user's decision: the drop of an unsent prompt is undone
        (OutboxState.DROPPED, OutboxState.HELD),  # the same, for a prompt that waits for approval
        (OutboxState.UNCERTAIN, OutboxState.ACCEPTED),  # found in the run list
        (OutboxState.UNCERTAIN, OutboxState.QUEUED),  # the user's word: send again
        (OutboxState.UNCERTAIN, OutboxState.REJECTED),
        (OutboxState.UNCERTAIN, OutboxState.HELD),  # a late 401, 402 or 403
        (OutboxState.UNCERTAIN, OutboxState.DROPPED),  # the user's word
        (OutboxState.QUEUED, OutboxState.ACCEPTED),  # the run of an earlier try is known late, here and in the next two
        (OutboxState.HELD, OutboxState.ACCEPTED),
        (OutboxState.REJECTED, OutboxState.ACCEPTED),
        (OutboxState.REJECTED, OutboxState.DROPPED),
        (
            OutboxState.ACCEPTED,
            OutboxState.UNCERTAIN,
        ),  # the user's word: the run that it was given by a guess is not its own
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
"""The row's status while it has no run of the server's. An accepted submission shows its run's own status, and
a dropped one shows nothing: its row is gone from the table."""
