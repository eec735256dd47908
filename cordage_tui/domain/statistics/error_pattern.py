"""Pattern of an error text: the text without the parts that differ between failures."""

import re
from typing import Final

from cordage_tui.domain.filter.expression import quoted
from cordage_tui.domain.safe_text import SafeText, folded, one_line

GAP: Final = "…"
"""Replaces a number, an id or a URL."""
_LONGEST: Final = 10_000
_UUID: Final = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
_VARYING: Final = re.compile(rf"https?://[^\s\"'<>]+|{_UUID}|\w*\d\w*(?:[.,:-]\w*\d\w*)*", re.ASCII | re.IGNORECASE)
_GAPS: Final = re.compile(rf"{GAP}(?:\s*{GAP})+")


def error_text(error: str) -> SafeText:
    """Return an error as one line, without the id of the action that may follow it."""
    return one_line(error.partition("\x1f")[0], _LONGEST)


def error_pattern(error: str) -> SafeText:
    """Return the text with `…` for each URL, id and number: `Node … timed out after …`."""
    return one_line(_GAPS.sub(GAP, _VARYING.sub(GAP, error_text(error))), _LONGEST)


def pattern_parts(pattern: str) -> tuple[str, ...]:
    """Return the text between the gaps of a pattern, if it has a letter."""
    parts = (part.strip() for part in pattern.split(GAP))
    return tuple(dict.fromkeys(part for part in parts if any(char.isalpha() for char in part)))


def has_parts(error: str, parts: tuple[str, ...]) -> bool:
    """Return whether a filter by `pattern_filter` finds a run that failed with this error."""
    text = folded(error_text(error))
    return all(folded(part) in text for part in parts)


def pattern_filter(parts: tuple[str, ...]) -> str:
    """Return the filter that finds the errors with these parts."""
    return " ".join(f"error:{quoted(part)}" for part in parts)
