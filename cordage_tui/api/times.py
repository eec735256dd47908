"""Times as servers write them → epoch seconds or None, never a crash (FAULTS.md C 93)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

LATEST: Final = 32_503_680_000.0
"""The year 3000. Later, or before 1970, is not a time of a run: local time could not even show it."""

_RFC3339: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:[.,](\d{1,12}))?\s?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_EPOCH: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)


def epoch(value: object) -> float | None:
    """RFC 3339 with or without zone (then UTC) and with any fraction, or an epoch number in s, ms, µs or ns."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    if _EPOCH.fullmatch(text):
        return _from_number(float(text))
    match = _RFC3339.fullmatch(text)
    return _from_parts(*match.groups()) if match else None


def http_date(value: str | None) -> float | None:
    """The `Date` header (RFC 9110) → epoch seconds; None when missing or unreadable."""
    if value is None or len(value) > 64:
        return None
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _bounded((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _from_number(value: float) -> float | None:
    for unit in (1.0, 1e3, 1e6, 1e9):
        if value / unit < 1e11:  # the year 5138 in seconds, 1973 in milliseconds
            return _bounded(value / unit)
    return None


def _from_parts(day: str, minute: str, second: str, fraction: str | None, zone: str | None) -> float | None:
    leap = second == "60"
    offset = "+00:00" if zone is None or zone in "Zz" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{offset}")
    except ValueError:
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1 if leap else 0)
    return _bounded(since.total_seconds() + float(f"0.{fraction or 0}"))


def _bounded(value: float) -> float | None:
    return value if 0.0 <= value <= LATEST else None
