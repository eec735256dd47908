"""Rate-limit headers: believed only if they are sane."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api.responses import limited_reading, reading
from cordage_tui.domain.rate_limit import RateLimitHeaders

DATE = "Mon, 15 Jan 2024 12:00:00 GMT"
NOON = 1705320000


def read(**headers: str) -> RateLimitHeaders:
    return reading({f"x-ratelimit-{name}": value for name, value in headers.items()} | {"date": DATE})


def test_the_documented_headers_are_read() -> None:
    """docs/dev/wire-contract.md's example: 60, 59, 45 seconds."""
    assert read(limit="60", remaining="59", reset="45") == RateLimitHeaders(60, 59, 45.0)


@pytest.mark.parametrize(
    "junk", ["nan", "inf", "1e9", "1_0", "١٢", "0x10", "", " ", "60, 60", "+5", "5.0", "1234567", "-", "²", "6\n0"]
)
def test_what_is_not_plain_digits_is_not_there(junk: str) -> None:
    """Python's own number parsers take much of this (docs/dev/polling.md 4, docs/dev/faults.md 61)."""
    assert read(limit=junk, remaining=junk, reset=junk) == RateLimitHeaders()


def test_missing_headers_say_nothing() -> None:
    """Missing headers give an empty reading."""
    assert reading({}) == RateLimitHeaders()


def test_absurd_counts_are_clamped_or_ignored() -> None:
    """A negative `remaining` is 0, one above the limit is the limit, and a limit of 0 is ignored (C 56–59)."""
    assert read(limit="60", remaining="-3").remaining == 0
    assert read(limit="60", remaining="90").remaining == 60
    assert read(limit="0", remaining="5") == RateLimitHeaders(None, 5, None)
    assert read(reset="-1").reset_s is None


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("0", 0.0),
        ("301", 300.0),
        ("3600", 300.0),
        ("3601", None),
        (str(NOON + 45), 45.0),
        (str(NOON + 1000), 300.0),
        (str(NOON - 5), None),
        (str(NOON + 7200), None),
        (str(NOON * 1000), None),
    ],
)
def test_a_reset_beyond_an_hour_is_an_epoch_against_date(reset: str, expected: float | None) -> None:
    """Seconds as they are, epoch seconds by the server's own clock, milliseconds not at all; at most 300 s."""
    assert read(reset=reset).reset_s == expected


def test_an_epoch_reset_without_date_is_not_believed() -> None:
    """Our own clock may be anywhere."""
    assert reading({"x-ratelimit-reset": str(NOON + 45)}).reset_s is None


@pytest.mark.parametrize(
    ("body", "header", "reset", "expected"),
    [
        (30, None, None, 30.0),
        (30.5, None, None, 30.5),
        ("30", None, None, 30.0),
        (None, "20", None, 20.0),
        (30, "20", None, 30.0),
        (10, "20", None, 20.0),
        (10, "20", "40", 40.0),
        (None, None, "40", 40.0),
        (None, None, None, 60.0),
        (-5, "soon", None, 60.0),
        (True, None, None, 60.0),
        ([], None, None, 60.0),
        (0, None, None, 1.0),
        (3600, None, None, 3600.0),
        ("3600", None, None, 3600.0),
        (None, "7200", None, 7200.0),
        (None, None, "1800", 1800.0),
        (86_400, None, None, 86_400.0),
        (86_401, None, None, 3600.0),
        (2_000_000_000, None, None, 3600.0),
        (None, "Mon, 15 Jan 2024 12:00:25 GMT", None, 25.0),
        (None, "Sun, 14 Jan 2024 12:00:00 GMT", None, 1.0),
        (None, "Sun, 14 Jan 2034 12:00:00 GMT", None, 3600.0),
    ],
)
def test_a_429_waits_for_the_largest_wish_within_bounds(
    body: object, header: str | None, reset: str | None, expected: float
) -> None:
    """A 429 waits for the longest time named in body, `Retry-After` or reset, up to a day; without one, a minute
    (docs/dev/polling.md 5)."""
    headers = (
        {"date": DATE} | ({"retry-after": header} if header else {}) | ({"x-ratelimit-reset": reset} if reset else {})
    )
    assert limited_reading(headers, body, now=0.0).retry_after_s == expected


@given(st.text(max_size=30), st.text(max_size=30), st.none() | st.integers() | st.floats() | st.text(max_size=20))
def test_no_header_is_a_crash(text: str, date: str, body: object) -> None:
    """Any text in any header gives a reading within its bounds."""
    headers = {f"x-ratelimit-{name}": text for name in ("limit", "remaining", "reset")} | {
        "retry-after": text,
        "date": date,
    }
    read_headers = limited_reading(headers, body, now=0.0)
    assert read_headers.retry_after_s is not None
    assert 1 <= read_headers.retry_after_s <= 86_400
