"""Statistics in numbers and cells."""

import math

import pytest

from cordage_tui.domain.formatting import duration
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.statistics.duration_model import DurationSample
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.engine.history.webhook_statistics import (
    COLUMNS,
    UNKNOWN,
    SpanStatistics,
    p50_cell,
    p90_cell,
    share_cell,
    share_words,
    span_cells,
    statistics_of,
    strip,
)
from cordage_tui.store.runs.past_durations import PastRun
from cordage_tui.store.webhook_history import WebhookHistory
from tests.duration_worlds import Batch, log_normal

NOW = 1_700_000_000.0


def past(spans: list[float], queued_s: float | None = 5.0) -> list[PastRun]:
    """Runs that began one after the other, and none before the one before it had ended; the last of them ended now."""
    gap_s = 60.0 + max(spans, default=0.0)
    found = []
    for n, span in enumerate(spans):
        total_s = span + (queued_s or 0.0)
        begun_at = NOW - spans[-1] - (queued_s or 0.0) - gap_s * (len(spans) - 1 - n)
        found.append(PastRun(RowId(n), "wh_a", begun_at + total_s, DurationSample(total_s, queued_s)))
    return found


def cells(**fields: object) -> dict[str, str]:
    stats = statistics_of(WebhookHistory("wh_a", **fields), NOW)  # type: ignore[arg-type]
    return {column.title: column.cell(stats) for column in COLUMNS}


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [  # Newcombe 1998, table I, method 3 (Wilson's score without continuity correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilson_s(count: int, of: int, low: float, high: float) -> None:
    """As in Newcombe (1998), table I; the other side is its mirror."""
    found, mirrored = Proportion(count, of).interval, Proportion(of - count, of).interval
    assert found == pytest.approx((low, high), abs=6e-5)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=6e-5)


def test_of_nothing_there_is_no_share() -> None:
    assert Proportion(0, 0).share is None and Proportion(0, 0).interval is None
    assert share_words(Proportion(0, 0)) == share_cell(Proportion(0, 0)) == UNKNOWN


def test_small_samples_are_told_as_counts() -> None:
    """Nine are no percentage and have no p90; ten are."""
    assert (share_words(Proportion(4, 5)), share_cell(Proportion(4, 5))) == ("4 of 5", "4/5")
    assert (share_words(Proportion(9, 10)), share_cell(Proportion(9, 10))) == ("90 % of 10 (60–98 %)", "90 %")
    assert SpanStatistics.of([(1.0, True)] * 9).p90_s is None and SpanStatistics.of([(1.0, True)] * 10).p90_s == 1.0


def test_one_failure_in_a_thousand_is_not_a_hundred_percent() -> None:
    assert [share_cell(Proportion(count, 1000)) for count in (999, 1000, 1)] == ["99 %", "100 %", "1 %"]


def test_cancelled_runs_are_no_failures() -> None:
    history = WebhookHistory("wh_a")
    history.statuses.update({Status.COMPLETED: 3, Status.FAILED: 1, Status.CANCELLED: 5, Status.MISSING: 1})
    stats = statistics_of(history, NOW)
    assert stats.success == Proportion(3, 4) and stats.runs_week == 10


@pytest.mark.parametrize("count", [50, 100, 200])
def test_a_batch_is_told_whole(count: int) -> None:
    """The figures of a batch of equal runs are of all of them, whatever the order of their ends."""
    for seed in range(20):
        stats = statistics_of(WebhookHistory("wh_a", past=Batch(seed, count).at(math.inf, NOW - 600.0)[0]), NOW)
        assert stats.total.runs == count and 100.0 < (stats.total.p50_s or 0.0) < 145.0


def test_what_goes_on_counts_as_lasting_at_least_so_long() -> None:
    """With a fifth of a batch ended no median is told but that it is longer than any so far; with more of it ended the median is the
    true one, though the ended runs alone are shorter."""
    told = []
    for share in (0.2, 0.7):
        batch = Batch("told", 200, log_normal(60.0), gap_s=0.1)
        past, under_way = batch.at(batch.time_of(share), NOW - 100.0)
        told.append(statistics_of(WebhookHistory("wh_a", past=past, under_way=under_way), NOW).total)
    longest = told[0].longest_s
    assert told[0].p50_s is None and longest is not None and 40.0 < longest < 55.0
    over = f">{duration(longest)}"
    assert span_cells(told[0]) == (over, over, "40", "160")
    assert told[1].p50_s == pytest.approx(60.0, rel=0.1) and told[1].p90_s is None and told[1].lasting == 60


def test_prompts_that_wait_count_in_our_own_queue() -> None:
    """A batch is sent at the pace of the rate limit: those that were sent first waited least, and the others wait on."""
    runs = [PastRun(RowId(n), "wh_a", NOW - 20.0 + n, DurationSample(20.0, 1.0, None, 1.0 + n)) for n in range(20)]
    waiting = [NOW - 41.0] * 80
    stats = statistics_of(WebhookHistory("wh_a", past=runs, waiting=waiting), NOW)
    assert stats.own_queue.runs == 20 and stats.own_queue.lasting == 80 and stats.own_queue.p50_s is None


def test_what_is_unknown_is_a_dash() -> None:
    """A share or duration of nothing, and a throughput that was not read, are no zero."""
    found = cells()
    assert [found[title] for title in ("SUCCESS", "KEPT", "P50", "P90", "/MIN", "SPENT")] == [UNKNOWN] * 6
    assert (found["24H"], found["READ"]) == ("0", "never")
    assert cells(read_at=NOW - 30, ended=4)["/MIN"] == "0.4" and cells(read_at=NOW - 700, ended=4)["/MIN"] == UNKNOWN


def test_our_own_queue_is_a_figure_of_its_own() -> None:
    """The wait in our own queue is of what was sent from here, and no part of the other durations."""
    runs = [PastRun(RowId(n), "wh_a", NOW, DurationSample(20.0, 5.0, None, 90.0 if n % 2 else None)) for n in range(20)]
    stats = statistics_of(WebhookHistory("wh_a", past=runs), NOW)
    assert span_cells(stats.own_queue) == ("1:30", "1:30", "10", "0")
    assert (p50_cell(stats.queued), p50_cell(stats.total)) == ("0:05", "0:20")
    few = statistics_of(WebhookHistory("wh_a", past=past([10.0] * 3)), NOW)
    assert (p50_cell(few.own_queue), p50_cell(few.total), p90_cell(few.total)) == (UNKNOWN, "0:15", UNKNOWN)


def test_the_age_of_it_is_shown_unless_it_is_new() -> None:
    """The column of the last read has its age from two minutes on."""
    assert [cells(read_at=at)["READ"] for at in (None, NOW - 400, NOW - 5)] == ["never", "6m ago", "now"]


def test_hours_are_eighths_of_the_highest() -> None:
    """A single run of many is seen, and none is no block."""
    assert strip((0, 1, 100, 50, 13), 100) == "·▁█▄▂"
    assert strip((0, 0), 0) == "··"


def test_the_most_frequent_error_is_counted_with_those_that_have_its_parts() -> None:
    """An error that contains the parts of the most frequent one is counted with it."""
    errors = ["Node 1 timed out", "Node 2 timed out", "Late: node 3 timed out at last", "No memory"]
    error = statistics_of(WebhookHistory("wh_a", errors=errors), NOW).error
    assert error is not None and (error.pattern, error.runs) == ("Node … timed out", Proportion(3, 4))
