"""What the poll schedule intends for one webhook, for people who want to see where their reads go."""

from cordage_tui.domain.health import WebhookHealth
from cordage_tui.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class DurationStats:
    """What finished runs of a webhook have taught about its durations, in seconds."""

    runs: int
    """How many finished runs it rests on."""
    queued_s: float | None
    """Median from creation to running; None: not known."""
    running_s: float
    """Median from running to the end."""
    slow_s: float
    """95 % of past runs had ended this long after they began to run."""


@dataclass(frozen=True, slots=True)
class PollPlan:
    """How one webhook is read from here on."""

    webhook_key: str
    active: int
    """Runs the server may still change."""
    next_at: float | None
    """When it is read next, epoch seconds; None: not at all, or another process decides and has not told."""
    period_s: float | None
    """Seconds between two reads as things stand now; None: not read."""
    reads: int
    """Reads that one look costs."""
    learned: DurationStats | None
    """None: too little history."""
    health: WebhookHealth
    """How the last read went, and when the last good one was."""
