"""What a batch costs in time."""

from math import ceil

from cordage_tui.domain.duration_model import DurationModel
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.outbox import QueueEstimate
from cordage_tui.domain.text import SafeText


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """What is known of it before it is sent."""

    count: int
    """Runs that it starts."""
    ahead: int
    """Prompts that are queued before it."""
    send_s: float | None
    """Seconds until the last of it is sent; None: nothing is sent as things stand."""
    finish_s: float | None
    """Seconds until the last of it will probably have ended; None: too little history to say, or nothing is sent."""
    blocked: SafeText | None
    """Why nothing is sent now."""


def price(count: int, drain: QueueEstimate, durations: DurationModel, max_active: int | None) -> BatchEstimate:
    """The price of `count` more runs behind what `drain` tells of the queue; `max_active` is the queue's limit."""
    if drain.blocked is not None or drain.seconds is None:
        return BatchEstimate(count, drain.queued, None, None, drain.blocked)
    send_s = drain.seconds + count * 60.0 / drain.a_minute
    return BatchEstimate(count, drain.queued, send_s, finish_s(count, send_s, durations, max_active), None)


def finish_s(count: int, send_s: float, durations: DurationModel, max_active: int | None) -> float | None:
    """Seconds until `count` runs have ended of which the last is sent in `send_s`; None: too little history to say.

    The end is that of the slowest: of n runs about one is slower than the quantile n/(n + 1) of what past ones took. Where
    only `max_active` may run at once, they go in so many rounds of the typical length instead, if that is longer.
    """
    if durations.total is None:
        return None
    rounds_s = 0.0 if max_active is None else ceil(count / max_active) * durations.total.quantile(0.5)
    return max(send_s + durations.total.quantile(count / (count + 1)), rounds_s)
