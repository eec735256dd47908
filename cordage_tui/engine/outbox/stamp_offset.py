"""Difference of the clock that stamps runs from the one of `Date`, learned from accepted runs (docs/dev/triggering.md 5.2). Pure."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.api.request import Timeouts
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.submission import AcceptedStamp

LAST: Final = 20
"""The latest accepted runs count: an older one may be from before somebody set a clock."""
_MINUTE_S: Final = 60.0
_MOST_TOOK_S: Final = Timeouts().trigger_total_s
"""An answer that came later was noticed late: its process was stopped."""


@dataclass(frozen=True, slots=True)
class StampOffset:
    """Seconds that `created_at` is later than the moment of sending: the least and the most that is known."""

    least_s: float
    most_s: float
    earlier_s: float = 0.0
    """By how much a run may be stamped earlier than `least_s`: the server may have been slow with those that are known."""
    later_s: float = 0.0
    """By how much later than `most_s`."""


NO_OFFSET: Final = StampOffset(0.0, 0.0)
"""Offset of a server with a single clock, which is assumed until stamps show another."""


def learned_offset(stamps: Sequence[AcceptedStamp], webhook_key: str, *, by_date: bool) -> StampOffset | None:
    """Return the offset that the latest accepted `stamps` show, preferring those of the same webhook; None: none
    shows it.

    `by_date`: from the time of sending by the clock of `Date`, otherwise by this machine's. The server may have
    started a run at any moment until its answer, so a late stamp may show a slow server. If all stamps are cut to the
    minute, the offset may be a minute less or more than any of them shows.
    """
    usable = [stamp for stamp in stamps if (stamp.skew_s is not None) or not by_date]
    latest = ([stamp for stamp in usable if stamp.webhook_key == webhook_key] or usable)[:LAST]
    if not latest:
        return None
    offsets = [stamp.created - stamp.sent_at - ((stamp.skew_s or 0.0) if by_date else 0.0) for stamp in latest]
    least_s, most_s = min(offsets), max(offsets)
    if all(stamp.created % _MINUTE_S == 0.0 for stamp in latest):
        least_s, most_s = min(least_s, most_s - _MINUTE_S), max(most_s, least_s + _MINUTE_S)
    within_s = [stamp.within_s if by_date else 0.0 for stamp in latest]
    pairs = list(zip(latest, offsets, within_s, strict=True))
    earliest_s = min(offset - min(stamp.took_s, _MOST_TOOK_S) - within for stamp, offset, within in pairs)
    latest_s = max(offset + within for _, offset, within in pairs)
    return StampOffset(least_s, most_s, max(least_s - earliest_s, 0.0), max(latest_s - most_s, 0.0))
