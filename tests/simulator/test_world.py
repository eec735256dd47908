"""Events of a world follow only from its seed, its clock and the calls made."""

from dataclasses import replace

import pytest

from cordage_tui.simulator.webhooks import Durations, SimWebhook
from cordage_tui.simulator.world import (
    AlreadyFinished,
    PlannedOutcome,
    RunStatus,
    SimulatedWorkspace,
    UnknownResource,
    plain_world,
)

WEBHOOK = SimWebhook(
    "wh_a", "A", Durations(2.0, 10.0, 0.5, 3.0), failure_rate=0.3, reasons=("one", "two"), max_outputs=3
)


def lives(world, key, count):
    return [world.trigger(key, {"n": number}) for number in range(count)]


def test_the_same_seed_gives_the_same_runs_whatever_other_webhooks_do(clock):
    """Ids, durations, ends, reasons and outputs are equal, in any order of calls to other webhooks."""
    world = SimulatedWorkspace([WEBHOOK, replace(WEBHOOK, key="wh_b")], clock, seed=3)
    other = SimulatedWorkspace([WEBHOOK], clock, seed=3)
    lives(world, "wh_b", 5)
    assert lives(world, "wh_a", 20) == lives(other, "wh_a", 20)
    assert lives(SimulatedWorkspace([WEBHOOK], clock, seed=4), "wh_a", 20) != lives(
        SimulatedWorkspace([WEBHOOK], clock, seed=3), "wh_a", 20
    )


def test_runs_keep_to_their_model(clock):
    """Durations respect the minimum and centre on the median; failures come at their rate and with its reasons."""
    runs = lives(SimulatedWorkspace([WEBHOOK], clock), "wh_a", 600)
    good = sorted(run.ends_at - run.starts_at for run in runs if run.failure is None)
    assert good[0] >= 2.0
    assert 8.5 < good[len(good) // 2] < 11.5
    assert all(0.0 <= run.starts_at - run.created_at <= 3.0 for run in runs)
    assert 0.24 < 1 - len(good) / len(runs) < 0.36
    assert {run.failure for run in runs} == {None, "one", "two"}
    assert {len(run.files) for run in runs} == {1, 2, 3}


def test_a_fate_decides_the_next_run_only(clock):
    """Set fates are used up in order, then the model decides again."""
    world = plain_world(clock, seconds=10.0)
    key = world.webhooks[0].key
    world.fate(key, PlannedOutcome(1.0, "no"), PlannedOutcome(2.0))
    assert [(run.ends_at - clock.now, run.failure) for run in lives(world, key, 3)] == [
        (1.0, "no"),
        (2.0, None),
        (10.0, None),
    ]


def test_status_is_a_function_of_the_time(clock):
    """A run can be asked about any time, forwards or backwards, and says the same for the same time."""
    world = plain_world(clock)
    key = world.webhooks[0].key
    world.fate(key, PlannedOutcome(10.0, queue_s=2.0))
    run = world.trigger(key, {})
    at = {seconds: run.status(clock.now + seconds) for seconds in (12.0, 0.0, 11.9, 2.0, 1.9)}
    assert at == {
        0.0: RunStatus.PENDING,
        1.9: RunStatus.PENDING,
        2.0: RunStatus.RUNNING,
        11.9: RunStatus.RUNNING,
        12.0: RunStatus.COMPLETED,
    }
    killed = world.kill(key, run.run_id, at=clock.now + 5.0)
    assert killed.ended_at(clock.now + 4.0) is None
    assert killed.ended_at(clock.now + 100.0) == clock.now + 5.0


def test_what_is_not_there_cannot_be_touched(clock):
    """Unknown webhooks and runs, and kills of ended runs, are refused."""
    world = plain_world(clock, webhooks=2, seconds=1.0)
    key, other = (webhook.key for webhook in world.webhooks)
    run = world.trigger(key, {})
    clock.now += 5
    for call in (
        lambda: world.run(other, run.run_id),
        lambda: world.kill("wh_no", run.run_id),
        lambda: world.trigger("wh_no", {}),
        lambda: world.find("no"),
    ):
        with pytest.raises(UnknownResource):
            call()
    with pytest.raises(AlreadyFinished):
        world.kill(key, run.run_id)
    world.forget_run(key, run.run_id)
    with pytest.raises(UnknownResource):
        world.run(key, run.run_id)
