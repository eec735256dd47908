"""Counts, durations, ages, times and byte sizes in words."""

import math
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.clock import is_ahead
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.safe_text import SafeText

if TYPE_CHECKING:
    from cordage_tui.domain.statistics.duration_model import RunEstimate

# Ages and durations in words, in the one form that screens and the command line use.


_MINUTE: Final = 60
_HOUR_SECONDS: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR_SECONDS
_YEAR: Final = 365 * _DAY


def counted(count: int, noun: str, plural: str = "") -> SafeText:
    """Format a count with its noun: `1 run`, `2,000 runs`; `plural` if that is not the noun with an `s`."""
    return SafeText(f"{count:,} {noun if count == 1 else plural or f'{noun}s'}")


def format_age(seconds: float) -> str:
    """Format an age in at most four cells: `12s`, `2m`, `3h`, `4d`, `2y`. A negative one (clocks disagree) is 0."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR_SECONDS:
        return f"{whole // _MINUTE}m"
    if whole < _DAY:
        return f"{whole // _HOUR_SECONDS}h"
    return f"{whole // _DAY}d" if whole < _YEAR else f"{whole // _YEAR}y"


def format_ago(at: float, now: float, age: Callable[[float], str] = format_age) -> SafeText:
    """Format how long ago a stored time was, `3m ago`. One in the future is never called new."""
    if is_ahead(at, now):
        return SafeText("at an unknown time, as the clock was set back since")
    return SafeText(f"{age(now - at)} ago")


def coarse_age(seconds: float) -> str:
    """Format an age like `format_age`, but the first minute as `<1m`: a column of these changes once a minute, not once
    a second."""
    return "<1m" if seconds < _MINUTE else format_age(seconds)


def duration(seconds: float) -> str:
    """Format a duration in at most seven cells: `0:12`, `59:59`, `1:02:33`; from ten hours `10h 05m`, from a hundred
    `4d 04h`.

    Seconds are cut, not rounded, so a shown second has passed.
    """
    whole = max(0, int(seconds))
    if whole < _HOUR_SECONDS:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02}"
    hours, minutes = whole // _HOUR_SECONDS, whole % _HOUR_SECONDS // _MINUTE
    if hours < 10:
        return f"{hours}:{minutes:02}:{whole % _MINUTE:02}"
    return f"{hours}h {minutes:02}m" if hours < 100 else f"{hours // 24}d {hours % 24:02}h"


def short_duration(seconds: float) -> str:
    """Format a duration in at most five cells: `0:12`, `59:59`, `1h02m`, `12h`, `4d02h`, `120d`; no seconds from an
    hour on."""
    minutes, hours = int(max(0.0, seconds)) // _MINUTE, int(max(0.0, seconds)) // _HOUR_SECONDS
    if not hours:
        return duration(seconds)
    if hours < 10:
        return f"{hours}h{minutes % 60:02}m"
    if hours < 24:
        return f"{hours}h"
    return f"{hours // 24}d{hours % 24:02}h" if hours < 240 else f"{hours // 24}d"


COARSE_AFTER_S: Final = _MINUTE
"""Running time from which it moves more seldom than each second."""
COARSE_STEP_S: Final = 5
"""Seconds between two moves then; all longer steps are multiples of it."""
_STEPS: Final = ((_HOUR_SECONDS, _MINUTE), (10 * _MINUTE, 10), (COARSE_AFTER_S, COARSE_STEP_S), (0, 1))


def shown_as_of(elapsed_s: float, now: float) -> float:
    """Round `now`, epoch seconds, down to the moment shown for a run of `elapsed_s` seconds.

    The shown time advances every 5 s from one minute on, every 10 s from ten minutes on, and every minute from an hour
    on. It advances for all runs at once. Fewer ticks, not cheaper ones, keep a busy screen calm.
    """
    since, step = next((step_pair for step_pair in _STEPS if elapsed_s >= step_pair[0]), _STEPS[-1])
    return now - max(0.0, min(now % step, elapsed_s - since)) if step > 1 else now


def running_time(elapsed_s: float, now: float) -> str:
    """Format the duration of a run that has not ended at `now`, as of `shown_as_of`, in at most five cells."""
    return short_duration(shown_s(elapsed_s, now))


def shown_s(elapsed_s: float, now: float) -> float:
    """Return the duration of a run that has not ended at `now`, as of `shown_as_of`."""
    return elapsed_s - (now - shown_as_of(elapsed_s, now))


def duration_below(seconds: float) -> str:
    """Format the upper bound of a duration as `duration`: `<0:42`."""
    return f"<{duration(math.floor(seconds) + 1)}"


def short_duration_below(seconds: float) -> str:
    """Format the upper bound of a duration in at most five cells: `<0:42`, from ten minutes on `<12m`, `<3h`,
    `<9d`."""
    if seconds < 10 * _MINUTE - 1:
        return duration_below(seconds)
    unit = _MINUTE if seconds < _HOUR_SECONDS - _MINUTE else _HOUR_SECONDS if seconds < _DAY - _HOUR_SECONDS else _DAY
    return f"<{math.floor(seconds) // unit + 1}{ {_MINUTE: 'm', _HOUR_SECONDS: 'h', _DAY: 'd'}[unit] }"


def round_remaining(seconds: float) -> int:
    """Round remaining seconds so coarsely that they seldom move.

    They become whole tens, from 95 s on whole minutes, from 95 min on whole hours. 0: less than ten.
    """
    for step, below in ((10, 95), (_MINUTE, 95 * _MINUTE), (_HOUR_SECONDS, 95 * _HOUR_SECONDS)):
        if seconds < below:
            return round(max(0.0, seconds) / step) * step
    return round(seconds / _DAY) * _DAY


def format_remaining(seconds: float) -> str:
    """Format `round_remaining` in at most four cells for times up to three months: `<10s`, `~40s`, `~2m`, `~3h`."""
    coarse = round_remaining(seconds)
    if coarse < 95:
        return f"~{coarse}s" if coarse else "<10s"
    if coarse <= 95 * _MINUTE:
        return f"~{coarse // _MINUTE}m"
    return f"~{coarse // _HOUR_SECONDS}h" if coarse <= 95 * _HOUR_SECONDS else f"~{coarse // _DAY}d"


def remaining_words(seconds: float) -> SafeText:
    """Format the time left for a sentence: `about 40s left`, `less than 10s left`, as coarse as `format_remaining`."""
    coarse = round_remaining(seconds)
    return SafeText(f"about {format_duration_long(coarse)} left" if coarse else "less than 10s left")


def ordinal(number: int) -> str:
    """Format a position in at most five cells: `1st`, `12th`, from a thousand on as a figure: `#1234`, `#12k`."""
    if number >= 1000:
        return f"#{number}" if number < 10_000 else f"#{number // 1000}k"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def format_estimate(seconds: float) -> str:
    """Format an estimate, rounded up: `about 50s`, `about 6m 40s`, from an hour on to the minute."""
    step = 10 if seconds <= _HOUR_SECONDS - 10 else _MINUTE
    return f"about {format_duration_long(math.ceil(seconds / step) * step)}"


def bar(progress: float, cells: int) -> str:
    """Draw a progress bar, `▰▰▱▱`: a cell is full when all of its share has passed, so less than 1 never looks
    complete."""
    full = int(progress * cells)
    return FULL * full + EMPTY * (cells - full)


# When a run was made, waited, ran and ended, in words.

STALE_S: Final = 60.0
"""An active run without news for longer than this is marked, in seconds."""

BAR: Final = 8
"""Cells of the bar."""
FULL: Final = "▰"
EMPTY: Final = "▱"

_HOUR: Final = 3600.0
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_duration_long(seconds: float) -> SafeText:
    """Format a duration for a sentence: `41s`, `2m 15s`, `1h 05m`, `2d 3h`. Never negative."""
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
    """Format a moment in local time (or `zone`): today's as `14:03:10`, this year's with day and month, others with the
    year.

    A time no calendar has is shown as `—`.
    """
    try:
        moment, today = datetime.fromtimestamp(epoch, zone), datetime.fromtimestamp(now, zone)
    except (ValueError, OverflowError, OSError):
        return SafeText("—")
    clock = f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
    if moment.date() == today.date():
        return SafeText(clock)
    date = f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"
    return SafeText(f"{date} {clock}" if moment.year == today.year else f"{date} {moment.year} {clock}")


_WORTH_SAYING_S: Final = 1.0
"""A shorter wait in our own queue is not shown."""


_NO_START: Final = SafeText("unknown: it was not seen to begin")


def format_time_with_age(epoch: float, now: float, zone: tzinfo | None = None) -> SafeText:
    """Format `clock_time`, and from an hour on also the age.

    Younger runs show only the clock time, which stays true on a screen that is not repainted.
    """
    clock, passed = clock_time(epoch, now, zone), now - epoch
    return SafeText(f"{clock} · {format_age(passed)} ago") if passed >= _HOUR and clock != "—" else clock


def format_spans(row: RunRow, now: float) -> list[tuple[SafeText, SafeText]]:
    """List how long a run waited here and at Cordage, ran, and took at Cordage in all.

    Unknown spans are left out, and so are those that clocks contradict.
    """
    if row.status is Status.UNCERTAIN:
        return []
    spans = row.spans(now)
    if row.status.is_ours:
        return [] if row.status.is_final or spans.total_s is None else [_waiting(spans.total_s, None)]
    own_queue_s = spans.own_queue_s if (spans.own_queue_s or 0.0) >= _WORTH_SAYING_S else None
    pairs = [] if own_queue_s is None and spans.queued_s is None else [_waiting(own_queue_s, spans.queued_s)]
    if row.status is Status.PENDING:
        return pairs
    spans_shown = [("running", spans.running_s), ("total", spans.total_s)]
    pairs += [(SafeText(name), format_duration_long(seconds)) for name, seconds in spans_shown if seconds is not None]
    if row.started_at is None and pairs and pairs[-1][0] == "total":
        pairs.insert(-1, (SafeText("running"), _NO_START))
    return pairs


def _waiting(here_s: float | None, at_cordage_s: float | None) -> tuple[SafeText, SafeText]:
    """Format both waits in one line: `2m 30s here, 10s at Cordage`."""
    waits = ((here_s, "here"), (at_cordage_s, "at Cordage"))
    text = ", ".join(f"{format_duration_long(seconds)} {place}" for seconds, place in waits if seconds is not None)
    return SafeText("waiting"), SafeText(text)


def time_of(row: RunRow, now: float) -> tuple[float | None, bool]:
    """Return the seconds to show next to the status of a run, and whether they are only an upper limit of its running
    time.

    They are the running time, for a pending run the wait, or both together if the start is unknown. None: unknown.
    """
    spans = row.spans(now)
    seconds = spans.queued_s if row.status is Status.PENDING else spans.running_s
    return (spans.total_s, not row.status.is_ours) if seconds is None else (seconds, False)


_AFTER: Final = {Status.COMPLETED: "in", Status.FAILED: "after", Status.CANCELLED: "after"}


def time_phrase(row: RunRow, now: float) -> SafeText:
    """Format the time of a run after its status: `for 41s`, `in 2m 15s`, `after 3s`.

    It is `for under 42s` or `within 42s` if the start is not known. Empty: no time is known, or the run neither runs
    nor ended.
    """
    word = _AFTER.get(row.status)
    seconds, is_below = time_of(row, now)
    if seconds is None or not (word or row.status.is_active):
        return SafeText("")
    if not is_below:
        return SafeText(f"{word or 'for'} {format_duration_long(seconds)}")
    return SafeText(f"{'within' if word else 'for under'} {format_duration_long(seconds + 1)}")


def time_figure(row: RunRow, now: float) -> str:
    """Format the time to show next to the status of a run as `duration`: `0:41`, or `<0:42` if its start is unknown.

    Empty: no time is known.
    """
    seconds, is_below = time_of(row, now)
    if seconds is None:
        return ""
    return duration_below(seconds) if is_below else duration(seconds)


def expectation(outlook: "RunEstimate") -> list[tuple[SafeText, SafeText]]:
    """Describe when the run will have ended, or that it takes longer than such runs do; and how long they take."""
    bar_and_time = f"{bar(outlook.progress, BAR)} {remaining_words(outlook.left_s)}"
    expected = "slower than 95 % of its past runs" if outlook.slow else bar_and_time
    return [
        (SafeText("expected"), SafeText(expected)),
        (SafeText("usually"), SafeText(f"95 % take under {format_duration_long(math.ceil(outlook.slow_s))}")),
    ]


# How much, in words.


def amount(size: int) -> str:
    """Format a byte count: `812 B`, `240 KB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1e6:.1f} MB" if size < 999_950_000 else f"{size / 1e9:.1f} GB"
