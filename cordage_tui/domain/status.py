"""The states a run can be in, as the screen names them."""

from enum import StrEnum


class Status(StrEnum):
    """Shown status of a row: our own states before a run exists, then Cordage's, then `killing` and `lost`."""

    QUEUED = "queued"
    """Ours: written down, not sent."""
    SENDING = "sending"
    """Ours: intent is on disk, no answer yet."""
    UNCERTAIN = "uncertain"
    """Ours: sent, no usable answer; it may be running and may be charged."""
    HELD = "held"
    """Ours: not sent, the key or the account stands in the way."""
    REJECTED = "rejected"
    """Ours: the server refused this input; nothing runs."""
    SENT = "sent"
    """Ours: it ran as one of several runs in the list; which of them is its own is not told."""
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLING = "killing"
    """A kill was asked for and no read has confirmed it yet."""
    OTHER = "other"
    """A word of the server's that we do not know; shown by that word, treated as not final."""
    LOST = "lost"
    """The server no longer shows this run, and it had not ended when last seen."""
    BATCH = "batch"
    """Ours: not a run but the line that stands for all prompts of a batch."""

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to this row by itself."""
        return self in _FINAL

    @property
    def is_active(self) -> bool:
        """The server may still change it, so it is worth polling."""
        return self in _ACTIVE

    @property
    def is_ours(self) -> bool:
        """No run of the server's is known for this row (yet)."""
        return self in _OURS


_FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.REJECTED, Status.LOST, Status.SENT})
_ACTIVE = frozenset({Status.PENDING, Status.RUNNING, Status.KILLING, Status.OTHER})
_OURS = frozenset({Status.QUEUED, Status.SENDING, Status.UNCERTAIN, Status.HELD, Status.REJECTED, Status.SENT})

SERVER_STATUS = {
    s.value: s for s in (Status.PENDING, Status.RUNNING, Status.COMPLETED, Status.FAILED, Status.CANCELLED)
}
"""The words of API.md; any other word is `Status.OTHER`."""
