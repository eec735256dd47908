"""When a run was made, waited, ran and ended, in words."""

import math
from datetime import datetime, tzinfo
from typing import Final

from cordage_tui.domain.durations import RunEstimate
from cordage_tui.domain.lapse import bar, format_age, round_remaining
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.status import Status
from cordage_tui.domain.text import SafeText

STALE_S: Final = 60.0
"""An active run not heard of for longer than this says so."""

BAR: Final = 8
"""Cells of the bar."""

_HOUR: Final = 3600.0
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_duration_long(seconds: float) -> SafeText:
    """A span of time as a sentence has it: `41s`, `2m 15s`, `1h 05m`, `2d 3h`. Never negative."""
    whole = max(0, int(seconds))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return SafeText(f"{days}d {h}h")
    if hours:
        return SafeText(f"{h}h {m:02d}m")
    return SafeText(f"{m}m {s:02d}s" if minutes else f"{s}s")


def clock_time(epoch: float, now: float, zone: tzinfo | None = None) -> SafeText:
    """A moment in local time (or `zone`): today's as `14:03:10`, this year's with day and month, others with the year.

    A time no calendar has is shown as `—`.
    """
    try:
        then, today = datetime.fromtimestamp(epoch, zone), datetime.fromtimestamp(now, zone)
    except (ValueError, OverflowError, OSError):
        return SafeText("—")
    clock = f"{then.hour:02d}:{then.minute:02d}:{then.second:02d}"
    if then.date() == today.date():
        return SafeText(clock)
    date = f"{_DAYS[then.weekday()]} {then.day} {_MONTHS[then.month - 1]}"
    return SafeText(f"{date} {clock}" if then.year == today.year else f"{date} {then.year} {clock}")


_WORTH_SAYING_S: Final = 1.0
"""What waited less in our own queue did not wait."""


def format_time_with_age(epoch: float, now: float, zone: tzinfo | None = None) -> SafeText:
    """`clock_time`, and from an hour on how long ago that is.

    Younger ages are left to the clock time, which stays true on a screen that nobody repaints.
    """
    clock, passed = clock_time(epoch, now, zone), now - epoch
    return SafeText(f"{clock} · {format_age(passed)} ago") if passed >= _HOUR and clock != "—" else clock


def format_spans(row: RunRow, now: float) -> list[tuple[SafeText, SafeText]]:
    """How long it waited in our queue and at the server, ran, and took from then on, as far as that is known; what clocks
    contradict is left out."""
    if row.status is Status.UNCERTAIN:
        return []
    end = row.ended_at if row.ended_at is not None else None if row.status.is_final else now
    pairs: list[tuple[SafeText, SafeText]] = []
    if not row.status.is_ours and row.begun_at - row.created_at >= _WORTH_SAYING_S:
        pairs += _span("our queue", row.created_at, row.begun_at)
    if row.started_at is not None:
        pairs += _span("queued", row.begun_at, row.started_at)
        if end is not None:
            pairs += _span("running", row.started_at, end)
    elif not row.status.is_final:
        pairs += _span("waiting", row.created_at if row.status.is_ours else row.begun_at, now)
    total = row.elapsed_s(now)
    return (
        [*pairs, (SafeText("total"), format_duration_long(total))]
        if total is not None and row.started_at is not None
        else pairs
    )


def expectation(outlook: RunEstimate) -> list[tuple[SafeText, SafeText]]:
    """When the run will have ended, or that it takes longer than such runs do; and how long they take."""
    coarse = round_remaining(outlook.left_s)
    ends = f"about {format_duration_long(coarse)} left" if coarse else "less than 10s left"
    expected = "slower than 95 % of its past runs" if outlook.slow else f"{bar(outlook.progress, BAR)} {ends}"
    return [
        (SafeText("expected"), SafeText(expected)),
        (SafeText("usually"), SafeText(f"95 % take under {format_duration_long(math.ceil(outlook.slow_s))}")),
    ]


def _span(label: str, start: float, end: float) -> list[tuple[SafeText, SafeText]]:
    return [(SafeText(label), format_duration_long(end - start))] if end >= start else []
