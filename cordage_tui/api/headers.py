"""Rate-limit headers, believed only where they are sane (FAULTS.md A4, A5, C 55–62)."""

import re
from collections.abc import Mapping
from typing import Final

from cordage_tui.api.times import http_date
from cordage_tui.domain.rate_limit import RateLimitHeaders

RESET_MAX_S: Final = 300.0
RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 300.0
RETRY_DEFAULT_S: Final = 60.0
"""A 429 that says nothing: one whole window."""

_HOUR_S: Final = 3600
_COUNT: Final = re.compile(r"\d{1,6}", re.ASCII)
_EPOCH: Final = re.compile(r"\d{9,10}", re.ASCII)
_BELOW_ZERO: Final = re.compile(r"-\d{1,6}", re.ASCII)


def reading(headers: Mapping[str, str]) -> RateLimitHeaders:
    """What the headers (names in lower case) of any answer say of the budget it drew on."""
    limit = _count(headers.get("x-ratelimit-limit")) or None  # 0 means nothing
    text = headers.get("x-ratelimit-remaining")
    remaining = 0 if text is not None and _BELOW_ZERO.fullmatch(text.strip()) else _count(text)
    if remaining is not None and limit is not None:
        remaining = min(remaining, limit)
    return RateLimitHeaders(limit=limit, remaining=remaining, reset_s=_reset_s(headers))


def limited_reading(headers: Mapping[str, str], retry_after: object, now: float) -> RateLimitHeaders:
    """The same for a 429: `retry_after` is the body's field, whatever it is; `now` is our wall clock, for an HTTP date
    without a `Date` beside it. `retry_after_s` is never None: the largest wish, in 1–300 s, else 60 s."""
    seen = reading(headers)
    wishes = [w for w in (_seconds(retry_after), retry_after_s(headers, now), seen.reset_s) if w is not None]
    wait = min(max(max(wishes), RETRY_MIN_S), RETRY_MAX_S) if wishes else RETRY_DEFAULT_S
    return RateLimitHeaders(seen.limit, seen.remaining, seen.reset_s, wait)


def is_seconds(value: object) -> bool:
    """Whether a body's `retry_after` is one: a number that is not negative, or its digits."""
    return _seconds(value) is not None


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and _COUNT.fullmatch(text := text.strip()) else None


def _reset_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("x-ratelimit-reset", "").strip()
    if _EPOCH.fullmatch(text):
        date = http_date(headers.get("date"))
        left = None if date is None else int(text) - date
        return min(left, RESET_MAX_S) if left is not None and 0 <= left <= _HOUR_S else None
    seconds = _count(text)
    return None if seconds is None or seconds > _HOUR_S else min(float(seconds), RESET_MAX_S)


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """What `Retry-After` says, in seconds from now, not yet bounded; None: nothing, or nothing sane. `now` is our wall
    clock, for an HTTP date without a `Date` beside it."""
    text = headers.get("retry-after")
    seconds = _seconds(text)
    if seconds is not None:
        return seconds
    moment = http_date(text)
    if moment is None:
        return None
    date = http_date(headers.get("date"))
    return max(0.0, moment - (now if date is None else date))


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value := value.strip(), re.ASCII) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value >= 0 else None
