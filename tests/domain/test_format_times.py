"""Times in words."""

from datetime import UTC

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.formatting import (
    clock_time,
    expectation,
    format_duration_long,
    format_spans,
    format_time_with_age,
    short_duration_below,
    time_figure,
    time_phrase,
)
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.duration_model import RunEstimate

NOON = 1_700_049_600.0  # Wed 15 Nov 2023, 12:00:00 UTC


def ended(status: Status = Status.COMPLETED, started: float | None = 10.0, ended: float | None = 135.0) -> RunRow:
    """Return a run made 135 s before noon, which started and ended the given seconds later."""
    created_at = NOON - 135
    times = [None if after is None else created_at + after for after in (started, ended)]
    return RunRow(RowId(1), "wh_1", "r1", status, SafeText(status.value), SafeText("a fox"), created_at, *times)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-5, "0s"), (0, "0s"), (41.9, "41s"), (135, "2m 15s"), (3900, "1h 05m"), (86_400 * 2 + 3600 * 3, "2d 3h")],
)
def test_a_span_reads_as_a_person_says_it(seconds: float, expected: str) -> None:
    """Two units at most, and never less than nothing."""
    assert format_duration_long(seconds) == expected


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (NOON - 60, "11:59:00"),
        (NOON - 86_400, "Tue 14 Nov 12:00:00"),
        (NOON - 400 * 86_400, "Tue 11 Oct 2022 12:00:00"),
        (1e20, "—"),
        (float("nan"), "—"),
    ],
)
def test_a_moment_names_the_day_only_when_it_is_another(epoch: float, expected: str) -> None:
    """Today's is a clock time; one that no calendar has is a dash and no crash."""
    assert clock_time(epoch, NOON, UTC) == expected


@pytest.mark.parametrize(("passed", "expected"), [(30, "11:59:30"), (7200, "10:00:00 · 2h ago"), (-60, "12:01:00")])
def test_age_is_told_from_an_hour_on(passed: float, expected: str) -> None:
    """Ages are shown from an hour on; younger ones would be wrong on a screen that does not change."""
    assert format_time_with_age(NOON - passed, NOON, UTC) == expected


def test_waiting_running_and_total_add_up() -> None:
    """A run that started shows all three spans."""
    assert format_spans(ended(), NOON) == [("waiting", "10s at Cordage"), ("running", "2m 05s"), ("total", "2m 15s")]


def test_our_own_queue_is_told_apart() -> None:
    """The wait in our own queue does not count for the run; while the prompt is ours, it is the only time."""
    waited = replace(ended(), created_at=ended().created_at - 150, sent_at=ended().created_at)
    expected = [("waiting", "2m 30s here, 10s at Cordage"), ("running", "2m 05s"), ("total", "2m 15s")]
    assert format_spans(waited, NOON) == expected
    pending = replace(waited, status=Status.PENDING, started_at=None, ended_at=None)
    assert format_spans(pending, waited.begun_at + 20) == [("waiting", "2m 30s here, 20s at Cordage")]
    held = replace(pending, status=Status.HELD)
    assert format_spans(held, waited.begun_at + 20) == [("waiting", "2m 50s here")]


def test_the_time_beside_the_status_is_how_long_it_ran() -> None:
    """The time next to the status is the running time without the wait; for an unseen start only a limit is shown."""
    behind = ended(started=122.0)
    assert (time_phrase(behind, NOON), time_figure(behind, NOON)) == ("in 13s", "0:13")
    unseen = ended(started=None)
    assert (time_phrase(unseen, NOON), time_figure(unseen, NOON)) == ("within 2m 16s", "<2:16")
    assert format_spans(unseen, NOON) == [("running", "unknown: it was not seen to begin"), ("total", "2m 15s")]
    pending = replace(unseen, status=Status.PENDING, ended_at=None)
    assert time_phrase(pending, NOON) == "for 2m 15s"
    assert time_phrase(replace(behind, status=Status.FAILED), NOON) == "after 13s"
    assert time_phrase(replace(unseen, status=Status.RUNNING, ended_at=None), NOON) == "for under 2m 16s"
    assert time_phrase(replace(behind, status=Status.MISSING), NOON) == ""
    assert time_phrase(ended(started=None, ended=None), NOON) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "<0:01"), (41.5, "<0:42"), (598, "<9:59"), (600, "<11m"), (3600, "<2h"), (1e6, "<12d")]
)
def test_a_bound_is_above_what_it_bounds_and_fits_its_column(seconds: float, shown: str) -> None:
    assert short_duration_below(seconds) == shown and len(shown) <= 5


@pytest.mark.parametrize(
    "run",
    [
        ended(started=None, ended=None),
        ended(started=None, ended=-1e9),
        ended(Status.UNCERTAIN, ended=None),
    ],
)
def test_what_is_not_known_is_not_told(run: RunRow) -> None:
    """An unknown end, clocks that disagree, or a run that may not be one: no span is made up."""
    assert format_spans(run, NOON) == []


@pytest.mark.parametrize(
    ("left_s", "slow", "expected"),
    [
        (38.0, False, "▰▰▰▰▱▱▱▱ about 40s left"),
        (130.0, False, "▰▰▰▰▱▱▱▱ about 2m 00s left"),
        (3.0, False, "▰▰▰▰▱▱▱▱ less than 10s left"),
        (38.0, True, "slower than 95 % of its past runs"),
    ],
)
def test_an_expectation_is_told_with_what_it_rests_on(left_s: float, slow: bool, expected: str) -> None:
    """An estimate shows the remaining time rounded, or that the run is slow, and the usual time."""
    outlook = RunEstimate(left_s, progress=0.5, slow=slow, slow_s=129.2)
    assert expectation(outlook) == [("expected", expected), ("usually", "95 % take under 2m 10s")]
