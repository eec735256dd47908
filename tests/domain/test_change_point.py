"""When durations have changed for good."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.statistics import change_point
from cordage_tui.domain.statistics.duration_model import DurationModel
from tests.duration_worlds import Batch, log_normal, samples


def after_change_point(durations: list[float]) -> int:
    return change_point.after_change_point([(span, True) for span in durations])


def drawn(rng: random.Random, count: int, typical_s: float = 40.0) -> list[float]:
    return [typical_s * math.exp(rng.gauss(0.0, 0.3)) for _ in range(count)]


@pytest.mark.parametrize("factor", [2.0, 0.5])
@pytest.mark.parametrize("before", [20, 190])
def test_a_doubled_or_halved_duration_is_noticed_within_twelve_runs(factor: float, before: int) -> None:
    """After at most twelve runs of another duration nearly all of what was before is forgotten, nine times in ten."""
    rng = random.Random(5)
    kept = [after_change_point([*drawn(rng, before), *drawn(rng, 12, 40.0 * factor)]) for _ in range(40)]
    assert sum(count <= 15 for count in kept) >= 36


def test_chance_is_no_change() -> None:
    """At most two of two hundred equal histories look changed, even with heavy tails or many early failures."""
    rng = random.Random(6)
    failing = [[run * (rng.random() if rng.random() < 0.15 else 1.0) for run in drawn(rng, 100)] for _ in range(100)]
    heavy = [[math.exp(rng.gauss(0.0, 1.5)) for _ in range(100)] for _ in range(100)]
    assert sum(after_change_point(history) < 100 for history in (*failing, *heavy)) <= 2


def test_a_change_back_is_a_change_too() -> None:
    """If a workflow was changed twice, only the runs of its last state count."""
    rng = random.Random(7)
    history = [*drawn(rng, 60), *drawn(rng, 60, 90.0), *drawn(rng, 30)]
    assert 25 <= after_change_point(history) <= 35


@given(st.lists(st.one_of(st.sampled_from([0.0, 40.0, 1e9]), st.floats(0.0, 1e9)), min_size=1, max_size=60))
def test_something_is_always_kept(durations: list[float]) -> None:
    """Some of the last runs are always alike, whatever the durations; equal durations are all alike."""
    assert 1 <= after_change_point(durations) <= len(durations)
    assert after_change_point([durations[0]] * len(durations)) == len(durations)


@pytest.mark.parametrize("count", [50, 100, 200])
@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.8])
def test_a_batch_is_no_change(count: int, sigma: float) -> None:
    """A partly ended batch of equal runs is called a change in at most 2 % of cases. In order of their ends, it was nearly
    always one."""
    called = 0
    for seed in range(40):
        batch = Batch(seed, count, log_normal(120.0, sigma))
        runs = samples(*batch.at(batch.time_of((0.2, 0.5, 0.8, 1.0)[seed % 4])))
        before = [(span, True) for span in drawn(random.Random(seed), 60 * (seed % 2), 120.0)]
        spans = [*(before if sigma == 0.3 else ()), *(run.total for run in runs)]
        called += change_point.after_change_point(spans) < len(spans)
    assert called <= 1


@pytest.mark.parametrize("factor", [2.0, 0.5])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_true_change_is_found_while_a_batch_is_under_way(factor: float, share: float) -> None:
    """If a workflow is edited between two batches, the runs before the edit are forgotten once half of the second batch has
    ended."""
    found_count = 0
    for seed in range(20):
        batch = Batch(seed, 60, log_normal(120.0 * factor), gap_s=1.0)
        spans = [(span, True) for span in drawn(random.Random(seed), 60, 120.0)]
        spans += [run.total for run in samples(*batch.at(batch.time_of(share)))]
        found_count += change_point.after_change_point(spans) <= 66
    assert found_count >= 18


def test_the_queue_of_the_server_is_no_change() -> None:
    """A hundred runs sent at once, of which ten run at a time, wait ever longer: that is no change of the workflow."""
    from cordage_tui.domain.statistics.duration_model import DurationSample

    rng = random.Random(9)
    free = [0.0] * 10
    runs = []
    for _ in range(100):
        begun = min(free)
        free[free.index(begun)] = end = begun + drawn(rng, 1, 60.0)[0]
        runs.append(DurationSample(end, begun))
    model = DurationModel.fit(runs)
    assert model.runs == 100 and model.running is not None
