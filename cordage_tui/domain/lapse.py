"""Ages and durations in words, in the one form that screens and the command line use."""

from typing import Final

_MINUTE: Final = 60
_HOUR_SECONDS: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR_SECONDS
_YEAR: Final = 365 * _DAY


def format_age(seconds: float) -> str:
    """How long ago, in at most four cells: `12s`, `2m`, `3h`, `4d`, `2y`. Negative (clocks disagree) counts as now."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR_SECONDS:
        return f"{whole // _MINUTE}m"
    if whole < _DAY:
        return f"{whole // _HOUR_SECONDS}h"
    return f"{whole // _DAY}d" if whole < _YEAR else f"{whole // _YEAR}y"


def coarse_age(seconds: float) -> str:
    """`age`, except that the first minute is `<1m`: a column of these changes once a minute, not once a second."""
    return "<1m" if seconds < _MINUTE else format_age(seconds)


def duration(seconds: float) -> str:
    """How long, in at most seven cells: `0:12`, `59:59`, `1:02:33`; from ten hours `10h 05m`, from a hundred `4d 04h`.

    Seconds are cut, not rounded, so a shown second has passed.
    """
    whole = max(0, int(seconds))
    if whole < _HOUR_SECONDS:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02}"
    hours, minutes = whole // _HOUR_SECONDS, whole % _HOUR_SECONDS // _MINUTE
    if hours < 10:
        return f"{hours}:{minutes:02}:{whole % _MINUTE:02}"
    return f"{hours}h {minutes:02}m" if hours < 100 else f"{hours // 24}d {hours % 24:02}h"


def running_time(seconds: float) -> str:
    """`duration` of what has not ended: from ten minutes it moves every 10 s, from an hour every minute.

    Fewer ticks, not cheaper ones, keep a busy screen calm (PERFORMANCE.md).
    """
    step = 1 if seconds < 10 * _MINUTE else 10 if seconds < _HOUR_SECONDS else _MINUTE
    return duration(seconds // step * step)


def round_remaining(seconds: float) -> int:
    """Seconds left, no finer than an estimate deserves, so that it seldom moves: whole tens, from 95 s on whole minutes,
    from 95 min on whole hours. 0: less than ten."""
    for step, below in ((10, 95), (_MINUTE, 95 * _MINUTE), (_HOUR_SECONDS, 95 * _HOUR_SECONDS)):
        if seconds < below:
            return round(max(0.0, seconds) / step) * step
    return round(seconds / _DAY) * _DAY


def format_remaining(seconds: float) -> str:
    """`coarse_left` in at most four cells for what ends within three months: `<10s`, `~40s`, `~2m`, `~3h`."""
    coarse = round_remaining(seconds)
    if coarse < 95:
        return f"~{coarse}s" if coarse else "<10s"
    if coarse <= 95 * _MINUTE:
        return f"~{coarse // _MINUTE}m"
    return f"~{coarse // _HOUR_SECONDS}h" if coarse <= 95 * _HOUR_SECONDS else f"~{coarse // _DAY}d"


def bar(progress: float, cells: int) -> str:
    """`▰▰▱▱`: a cell is full when all of its share has passed, so that less than 1 never looks like the end."""
    full = int(progress * cells)
    return "▰" * full + "▱" * (cells - full)
