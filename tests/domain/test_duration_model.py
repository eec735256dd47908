"""Expectations about a run, from the durations of past runs."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.statistics.duration_model import ENOUGH, PRIOR_S, DurationModel, DurationSample, RunEstimate

seconds = st.one_of(st.sampled_from([0.0, 1e-9, 1e9]), st.floats(0.0, 1e9))
runs = st.builds(
    lambda total, share: DurationSample(total, None if share is None else total * share),
    seconds,
    st.none() | st.floats(0.0, 1.0),
)
histories = st.lists(runs, max_size=60)
RUNNING = [DurationSample(50.0 + n % 10, 10.0) for n in range(40)]
"""10 s in the queue, then 40 to 49 s."""


@given(histories, st.none() | seconds, st.none() | seconds)
def test_every_history_answers_every_question(
    history: list[DurationSample], waited: float | None, ran: float | None
) -> None:
    """For every history the hazard is positive and finite, progress is below 1, and the remaining time is not
    negative."""
    durations = DurationModel.fit(history)
    assert 0 < durations.hazard(waited, ran) < float("inf")
    assert 0 <= (durations.progress(waited, ran) or 0.0) < 1
    assert 0 <= (durations.left_s(waited, ran) or 0.0) < float("inf")


@given(histories, st.lists(seconds, min_size=2, max_size=20))
def test_progress_never_goes_back(history: list[DurationSample], moments: list[float]) -> None:
    """The progress bar of an active run only grows."""
    durations = DurationModel.fit(history)
    shares = [durations.progress(moment, moment) for moment in sorted(moments)]
    assert all(a is None or b is None or a <= b for a, b in pairwise(shares))


def test_with_little_history_nothing_is_said() -> None:
    """Before 20 runs there is no estimate, only a pace: 120 s at first, and ever more that of the runs seen."""
    few = DurationModel.fit([DurationSample(20.0)] * (ENOUGH - 1))
    assert few.learned() is few.left_s(1.0, None) is few.progress(1.0, 1.0) is RunEstimate.of(few, 1.0, 1.0) is None
    assert few.slow_s is None
    assert DurationModel.fit([]).hazard(0.0, None) == pytest.approx(1 / PRIOR_S)
    assert 1 / 20.0 > few.hazard(5.0, None) > 1 / 40.0
    assert DurationModel.fit([DurationSample(20.0)] * ENOUGH).learned() is not None


def test_before_anything_is_learned_a_long_run_tells_of_itself() -> None:
    """A run that has lasted a thousand seconds is not expected to end within two minutes.

    With more known runs, a single one that hangs counts less.
    """
    assert DurationModel.fit([]).hazard(1_000.0, None) == pytest.approx(1 / (PRIOR_S + 1_000.0))
    few = DurationModel.fit([DurationSample(120.0)] * 9)
    assert few.hazard(None, 1_000.0) == pytest.approx(10 / (10 * 120.0 + 1_000.0))
    assert few.hazard(None, None) == pytest.approx(1 / 120.0)


def test_a_run_from_elsewhere_teaches_its_whole_time() -> None:
    """If the start of a run was not seen, its time from creation is learned."""
    durations = DurationModel.fit([DurationSample(30.0 + n % 10) for n in range(40)])
    assert durations.hazard(34.0, None) > 10 * durations.hazard(10.0, None)
    assert durations.left_s(0.0, None) == pytest.approx(34.0, abs=3.0)


def test_queued_and_running_are_learned_apart() -> None:
    """Waiting and running times are learned separately, and a slow run is measured from its start."""
    learned = DurationModel.fit(RUNNING).learned()
    assert learned is not None
    assert (learned.runs, learned.queued_s) == (40, 10.0)
    assert learned.running_s == pytest.approx(44.5)
    assert 48.0 <= learned.slow_s <= 49.0


def test_the_clock_that_scatters_less_is_believed() -> None:
    """With a varying queue the end is predicted from the start; with a start blurred by polling, from creation."""
    rng = random.Random(8)
    waits = [rng.uniform(0.0, 300.0) for _ in range(60)]
    queue = DurationModel.fit([DurationSample(wait + 40.0 + rng.uniform(0.0, 4.0), wait) for wait in waits])
    assert queue.left_s(200.0, 5.0) == pytest.approx(37.0, abs=3.0)
    assert queue.left_s(20.0, 5.0) == queue.left_s(200.0, 5.0)
    blurred = DurationModel.fit(
        [DurationSample(40.0 + rng.uniform(0.0, 4.0), rng.uniform(0.0, 30.0)) for _ in range(60)]
    )
    assert blurred.left_s(30.0, 1.0) == pytest.approx(12.0, abs=3.0)
    assert blurred.left_s(30.0, 1.0) == blurred.left_s(30.0, 29.0)


def test_what_hangs_in_the_queue_is_still_ahead_of_all_its_running() -> None:
    """If the end is predicted from the start, a waiting run has all of its running time left, and no progress."""
    rng = random.Random(9)
    waits = [rng.uniform(0.0, 300.0) for _ in range(60)]
    queue = DurationModel.fit([DurationSample(wait + 40.0, wait) for wait in waits])
    assert (queue.left_s(100.0, None) or 0.0) > 60.0
    assert queue.progress(100.0, None) == 0.0


def test_slow_is_slower_than_95_of_100() -> None:
    """A run becomes slow at the 95th percentile, not before, in seconds since its start."""
    durations = DurationModel.fit([DurationSample(10.0 + n * 37 % 101, 10.0) for n in range(1, 101)])
    assert durations.slow_s == pytest.approx(95.0, abs=0.5)
    outlooks = [RunEstimate.of(durations, 110.0, running_s) for running_s in (94.0, 97.0)]
    assert [outlook and (outlook.slow, outlook.slow_s) for outlook in outlooks] == [
        (False, durations.slow_s),
        (True, durations.slow_s),
    ]


def test_failures_are_ends_too() -> None:
    """If some runs fail early, early reads are worth more than without such failures."""
    steady = DurationModel.fit([DurationSample(40.0 + n % 5) for n in range(100)])
    failing = DurationModel.fit([DurationSample(3.0 + n % 3 if n % 5 == 0 else 40.0 + n % 5) for n in range(100)])
    assert failing.hazard(4.0, None) > 3 * steady.hazard(4.0, None)


def test_a_changed_workflow_is_learned_within_a_few_runs() -> None:
    """Ten runs after the duration has doubled, the estimate is the new duration, although a hundred runs had the old
    one."""
    rng = random.Random(10)
    runs = [DurationSample(typical * rng.uniform(0.9, 1.1)) for typical in [40.0] * 100 + [80.0] * 10]
    durations = DurationModel.fit(runs)
    assert durations.left_s(0.0, None) == pytest.approx(80.0, rel=0.1)
    assert durations.runs <= 12
