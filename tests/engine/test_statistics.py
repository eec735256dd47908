"""Statistics in numbers and words."""

import math
import random

import pytest

from cordage_tui.domain.filter.expression import moment
from cordage_tui.domain.formatting import duration
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.statistics.duration_model import DurationSample
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.engine.history.statistics import (
    SpanStatistics,
    figures,
    read_words,
    share_words,
    span_words,
    statistics_of,
    strip,
    success_words,
)
from cordage_tui.store.runs.past_durations import PastRun
from cordage_tui.store.statistics import WebhookHistory
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


def words(**fields: object) -> dict[str, str]:
    stats = statistics_of(WebhookHistory("wh_a", **fields), NOW)  # type: ignore[arg-type]
    return {figure.name: figure.text for figure in figures(stats)}


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
    assert share_words(Proportion(0, 0), "rated", "none is rated") == "unknown: none is rated"


def test_small_samples_are_told_as_counts() -> None:
    """Nine are no percentage and have no p90; ten are."""
    assert success_words(Proportion(4, 5)) == "4 of 5 that completed or failed"
    assert success_words(Proportion(9, 10)).startswith("90 % of 10 that completed or failed; 95 % interval 60 to 98 %")
    assert SpanStatistics.of([(1.0, True)] * 9).p90_s is None and SpanStatistics.of([(1.0, True)] * 10).p90_s == 1.0


def test_one_failure_in_a_thousand_is_not_a_hundred_percent() -> None:
    assert success_words(Proportion(999, 1000)).startswith("99 %")
    assert success_words(Proportion(1000, 1000)).startswith("100 %")
    assert success_words(Proportion(1, 1000)).startswith("1 %")


def test_cancelled_runs_are_no_failures() -> None:
    history = WebhookHistory("wh_a")
    history.statuses.update({Status.COMPLETED: 3, Status.FAILED: 1, Status.CANCELLED: 5, Status.LOST: 1})
    stats = statistics_of(history, NOW)
    assert stats.success == Proportion(3, 4) and stats.runs_week == 10


@pytest.mark.parametrize(("factor", "told"), [(3.0, "3 times as long"), (0.5, "% as long")])
def test_a_lasting_change_is_told_in_words(factor: float, told: str) -> None:
    """With the moment at which the first run like it began; figures are of the runs since."""
    rng = random.Random(4)
    before, after = ([rng.uniform(38, 42) * by for _ in range(40)] for by in (1.0, factor))
    stats = statistics_of(WebhookHistory("wh_a", past=past(before + after)), NOW)
    assert stats.change is not None and stats.change.quantile == "p90"
    assert stats.change.factor == pytest.approx(factor, rel=0.1)
    first = past(before + after)[40]
    assert stats.change.since == pytest.approx(first.begun_at, abs=0.01)
    assert stats.running.runs == 40 and stats.queued.runs == 80
    assert (
        told in words(past=past(before + after))["running"] and "since" in words(past=past(before + after))["running"]
    )


@pytest.mark.parametrize("count", [50, 100, 200])
def test_a_batch_is_told_whole(count: int) -> None:
    """Of a batch of equal runs no change is told, and its figures are of all of them, whatever the order of their ends."""
    wrong = 0
    for seed in range(20):
        stats = statistics_of(WebhookHistory("wh_a", past=Batch(seed, count).at(math.inf, NOW - 600.0)[0]), NOW)
        wrong += stats.change is not None or stats.total.runs < count
        assert 100.0 < (stats.total.p50_s or 0.0) < 145.0
    assert wrong == 0


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
    over = f"over {duration(longest)}"
    assert span_words(told[0], "none") == f"p50 {over} · p90 {over} · of 40 runs and 160 active"
    assert told[1].p50_s == pytest.approx(60.0, rel=0.1) and told[1].p90_s is None and told[1].lasting == 60


def test_prompts_that_wait_count_in_our_own_queue() -> None:
    """A batch is sent at the pace of the rate limit: those that were sent first waited least, and the others wait on."""
    runs = [PastRun(RowId(n), "wh_a", NOW - 20.0 + n, DurationSample(20.0, 1.0, None, 1.0 + n)) for n in range(20)]
    waiting = [NOW - 41.0] * 80
    stats = statistics_of(WebhookHistory("wh_a", past=runs, waiting=waiting), NOW)
    assert stats.own_queue.runs == 20 and stats.own_queue.lasting == 80 and stats.own_queue.p50_s is None


def test_success_names_what_is_still_active() -> None:
    """Of a batch under way those that fail at once have ended first."""
    history = WebhookHistory("wh_a")
    history.statuses.update({Status.FAILED: 12, Status.RUNNING: 80})
    told = {figure.name: figure.text for figure in figures(statistics_of(history, NOW))}
    assert told["success"].startswith("0 % of 12 that completed or failed; 80 active; 95 % interval")


def test_without_a_change_none_is_told() -> None:
    rng = random.Random(5)
    assert "since" not in words(past=past([rng.uniform(30, 50) for _ in range(80)]))["running"]
    assert "since" not in words(past=past([10.0] * 5 + [90.0] * 5))["running"]


def test_where_no_start_was_seen_the_total_is_told() -> None:
    """Of runs that had ended when they were first seen; a change is one of the total."""
    rng = random.Random(6)
    found = words(past=past([rng.uniform(38, 42) for _ in range(40)] + [rng.uniform(120, 130)] * 12, queued_s=None))
    assert found["running"].startswith("unknown")
    assert found["total"].startswith("p50 2:0") and "of 12 runs · p90 3 times as long since" in found["total"]


def test_what_is_unknown_says_so() -> None:
    found = words()
    assert found["queued"].startswith("unknown") and found["running"].startswith("unknown")
    assert found["success"].startswith("unknown") and found["throughput"].startswith("unknown")
    assert "top error" not in found and "spent" not in found
    assert words(read_at=NOW - 30, ended=4)["throughput"].startswith("0.4 a minute; 4 runs ended")
    assert words(read_at=NOW - 700, ended=4)["throughput"].startswith("unknown")


def test_our_own_queue_is_a_figure_of_its_own() -> None:
    """Of what was sent from here; the wait there is no part of the others."""
    runs = [PastRun(RowId(n), "wh_a", NOW, DurationSample(20.0, 5.0, None, 90.0 if n % 2 else None)) for n in range(20)]
    found = words(past=runs)
    assert found["our queue"].startswith("p50 1:30 · p90 1:30 · of 10 runs")
    assert found["queued"].startswith("p50 0:05") and found["total"].startswith("p50 0:20")
    assert words(past=past([10.0] * 3))["our queue"] == "unknown: none was sent from here"


def test_durations_lead_to_the_runs_that_they_rest_on() -> None:
    """To those that ended since the first of them, where no other ended between them."""
    rng = random.Random(4)
    runs = past([rng.uniform(38, 42) for _ in range(40)] + [rng.uniform(118, 122) for _ in range(40)])
    stats = statistics_of(WebhookHistory("wh_a", past=runs), NOW)
    found = {figure.name: figure.counted or "" for figure in figures(stats)}
    since = {name: moment(text.rpartition("ended:")[2], NOW) for name, text in found.items() if "ended:20" in text}
    first, changed = (math.floor(runs[n].ended_at) for n in (0, 40))
    assert since == {"queued": first, "running": changed, "total": changed}
    mixed = statistics_of(WebhookHistory("wh_a", past=past([10.0] * 3) + past([10.0] * 3, queued_s=None)), NOW)
    assert mixed.running.found is None and mixed.total.found is not None


def test_the_age_of_it_is_told_unless_it_is_new() -> None:
    ages = [read_words(statistics_of(WebhookHistory("wh_a", read_at), NOW)) for read_at in (None, NOW - 400, NOW - 5)]
    assert (
        ages[0] is not None and ages[0].startswith("never read") and ages[1] == "last read 6m ago" and ages[2] is None
    )


def test_hours_are_eighths_of_the_highest() -> None:
    """A single run of many is seen, and none is no block."""
    assert strip((0, 1, 100, 50, 13), 100) == "·▁█▄▂"
    assert strip((0, 0), 0) == "··"


def test_the_most_frequent_error_is_counted_as_its_filter_counts() -> None:
    """One that contains its parts too is among them."""
    errors = ["Node 1 timed out", "Node 2 timed out", "Late: node 3 timed out at last", "No memory"]
    assert words(errors=errors)["top error"] == "3 of 4 with an error: Node … timed out"
