"""Times as servers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api.json_values import epoch, http_date

NOON = 1705320000.0  # 2024-01-15T12:00:00Z


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-15T12:00:00Z", NOON),
        ("2024-01-15t12:00:00z", NOON),
        ("2024-01-15 12:00:00", NOON),
        ("2024-01-15T17:30:00+05:30", NOON),
        ("2024-01-15T17:30:00+0530", NOON),
        ("2024-01-15T12:00:00.123456789Z", NOON + 0.123456789),
        ("2024-01-15T11:59:60Z", NOON),
        (NOON, NOON),
        (int(NOON), NOON),
        (NOON * 1e3, NOON),
        (NOON * 1e6, NOON),
        (NOON * 1e9, NOON),
        ("1705320000", NOON),
        ("1705320000000", NOON),
        ("2026-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+05:30", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("2024-01-15T12:00:61Z", None),
        ("٢٠٢٤-01-15T12:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (-1, None),
        (float("nan"), None),
        (1e308, None),
        ([], None),
    ],
)
def test_a_time_is_read_or_unknown(value: object, expected: float | None) -> None:
    """Each form of a time in docs/dev/faults.md 93 is read in its unit; anything else is None."""
    time_found = epoch(value)
    assert time_found == (pytest.approx(expected, abs=1e-5) if expected is not None else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 15 Jan 2024 12:00:00 GMT", NOON),
        ("Monday, 15-Jan-24 12:00:00 GMT", NOON),
        ("Mon, 99 Jan 2024 12:00:00 GMT", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_header_is_read_or_unknown(value: str | None, expected: float | None) -> None:
    """HTTP dates, new and old form."""
    assert http_date(value) == expected


@given(st.text(max_size=70) | st.floats() | st.integers())
def test_no_value_is_a_crash(value: object) -> None:
    """Any value gives None or a time within the calendar."""
    time_found = epoch(value)
    assert time_found is None or 0 <= time_found <= 32_503_680_000
    if isinstance(value, str):
        http_date(value)
