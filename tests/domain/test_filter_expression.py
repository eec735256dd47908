"""Figures and times of day as they are written in a filter."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cordage_tui.domain.filter.expression import moment, number

WEDNESDAY = datetime(2026, 11, 25, 15, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("12", 12),
        ("-3", -3),
        ("7.5", 7.5),
        (str(2**63), float(2**63)),
        ("1e5", None),
        ("", None),
        ("٣", None),
        ("1.", None),
    ],
)
def test_numbers(text: str, figure: float | None) -> None:
    """An integer too large for SQLite becomes the nearest that it takes."""
    parsed_number = number(text)
    assert parsed_number == figure and type(parsed_number) is type(figure)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("today", datetime(2026, 11, 25, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 24, tzinfo=UTC)),
        ("wednesday", datetime(2026, 11, 25, tzinfo=UTC)),
        ("thursday", datetime(2026, 11, 19, tzinfo=UTC)),
        ("monday", datetime(2026, 11, 23, tzinfo=UTC)),
        ("14:30", datetime(2026, 11, 25, 14, 30, tzinfo=UTC)),
        ("15:31", datetime(2026, 11, 24, 15, 31, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T09:05:30", datetime(2026, 11, 1, 9, 5, 30, tzinfo=UTC)),
        ("2h", WEDNESDAY - timedelta(hours=2)),
    ],
)
def test_times(text: str, since: datetime) -> None:
    """A weekday and a time of day are the last ones there were."""
    assert moment(text, WEDNESDAY.timestamp(), UTC) == since.timestamp()


def test_days_begin_at_the_midnight_of_the_place() -> None:
    place = timezone(timedelta(hours=-8))
    assert moment("today", WEDNESDAY.timestamp(), place) == datetime(2026, 11, 25, 8, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "2026-11", "0001-01-01x", "9" * 40])
def test_other_words_are_no_time(text: str) -> None:
    assert moment(text, WEDNESDAY.timestamp(), UTC) is None
