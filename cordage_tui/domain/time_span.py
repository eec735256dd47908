"""Spans of time as people type them: `90s`, `2h`, `180d`."""

import re

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Unit → seconds."""
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw]?)", re.ASCII)
_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,3})?[smhdw])+|\d{1,9}(?:\.\d{1,3})?", re.ASCII)


def span_s(text: str) -> float | None:
    """Parse `90`, `90s`, `1h30m` or `1.5d` to seconds; None: it is not a duration."""
    if _SPAN.fullmatch(text) is None:
        return None
    return sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(text))


def whole_span_s(text: str, units: str = "smhdw") -> float | None:
    """Parse a whole number and one of these units to seconds; None: it is none."""
    return span_s(text) if text[-1:] in units and text[:-1].isdigit() else None
