"""State of one target between its last read and its next."""

import itertools
import random
from typing import cast

import pytest

from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, backoff_s
from cordage_tui.engine.polling.active_runs import ActiveRuns
from cordage_tui.engine.polling.allocation import LifetimeForecasts, ReadRate
from cordage_tui.engine.polling.schedule import (
    FIRSTS_IN_A_ROW,
    JITTER,
    OVERDUE_S,
    SPREAD_S,
    PollSchedule,
    ReadSchedule,
    ReadTarget,
    first_turn,
    spread_s,
)

RATE = 1.8


def share(pace: float) -> ReadRate:
    return ReadRate(pace, pace)


def test_a_constant_pace_is_a_fixed_period_with_a_small_jitter() -> None:
    """±10 %, never random gaps, which double the delay (docs/dev/polling.md 1)."""
    rng = random.Random(1)
    periods = [
        first_turn(0.0, rng).with_pace(share(0.25), 0.0, active=True).sent(100.0, rng).due_at - 100.0
        for _ in range(300)
    ]
    assert min(periods) >= 4 * (1 - JITTER) and max(periods) <= 4 * (1 + JITTER)
    assert sum(periods) / len(periods) == pytest.approx(4.0, rel=0.02)


def test_a_pace_counts_as_long_as_it_held() -> None:
    """Half a read at one pace and half at another is one read."""
    turn = ReadSchedule(0.0, 1.0, pace=0.1).with_pace(share(0.5), 5.0, active=True)
    assert turn.due_at == pytest.approx(6.0)
    assert turn.with_pace(share(0.0), 5.5, active=False).due_at == float("inf")


def test_what_is_wanted_soon_is_due_then_and_not_later_than_by_itself() -> None:
    """Something may have begun there."""
    turn = ReadSchedule(0.0, 1.0, pace=0.1)
    assert turn.due_by(3.0).due_at == 3.0
    assert turn.due_by(30.0).due_at == 10.0


def test_the_furthest_beyond_its_goal_is_the_most_urgent() -> None:
    """With equal paces that is the one that waits longest; with equal waits the one that expects more."""
    old, young, keen = (
        ReadSchedule(0.0, 1.0, claim=0.1),
        ReadSchedule(5.0, 1.0, claim=0.1, since=5.0),
        ReadSchedule(0.0, 1.0, claim=0.3),
    )
    assert keen.urgency(20.0) > old.urgency(20.0) > young.urgency(20.0)


def test_active_runs_that_were_long_out_of_sight_go_before_all_others() -> None:
    """However slowly others let us read; an idle webhook has no such claim."""
    keen = ReadSchedule(OVERDUE_S - 1, 1.0, claim=9.0, since=OVERDUE_S - 1, active=True)
    overdue, idle = ReadSchedule(0.0, 1.0, claim=0.02, active=True), ReadSchedule(0.0, 1.0, claim=0.02)
    assert overdue.urgency(OVERDUE_S) > keen.urgency(OVERDUE_S) > idle.urgency(OVERDUE_S)


def test_first_reads_go_before_urgent_runs_which_have_every_fourth_read() -> None:
    """Runs that are about to end would else take read after read while other webhooks say nothing since the start."""
    rng = random.Random(1)
    schedule = PollSchedule(cast(ActiveRuns, None), cast(LifetimeForecasts, None), rng)
    urgent, unread = [ReadTarget(f"urgent {n}") for n in range(3)], [ReadTarget(f"unread {n}") for n in range(9)]
    for target in urgent:
        schedule.schedules[target] = first_turn(0.0, rng).with_pace(share(50.0), 0.0, active=True).succeeded()
    for target in unread:
        schedule.schedules[target] = first_turn(0.0, rng)
    order = []
    for step in range(12):
        target = schedule.best(step / RATE, (), RATE)
        assert target is not None
        schedule.mark_sent(target, step / RATE)
        schedule.mark_answered(target, step / RATE)
        order.append(target)
    assert set(order) == {*urgent, *unread}
    assert [target in urgent for target in order] == [*[False] * FIRSTS_IN_A_ROW, True] * 3


def test_a_first_read_that_fails_is_repeated_in_its_turn() -> None:
    """Webhooks that answer with errors alone take no read from runs that go on."""
    broken = first_turn(0.0, random.Random(1)).failed(0.0, random.Random(1))
    assert first_turn(0.0, random.Random(1)).is_first and not broken.is_first
    assert broken.succeeded().is_urgent is False


@pytest.mark.parametrize("failures", [0, 1, 2, 5, 60, 5_000])
@pytest.mark.parametrize("pace", [0.5, 1 / 45, 1 / 60])
def test_what_fails_waits_its_period_and_a_random_part_a_minute_at_most(failures: int, pace: float) -> None:
    """Also after a day of failures."""
    rng = random.Random(failures)
    turns = [
        first_turn(0.0, rng).succeeded().with_pace(share(pace), 0.0, active=False).sent(100.0, rng) for _ in range(300)
    ]
    waits = []
    for turn in turns:
        for _ in range(min(failures, 20)):
            turn = turn.failed(100.0, rng)
        waits.append(turn.failed(100.0, rng).due_at - 100.0)
    assert max(waits) <= BACKOFF_CAP_S
    assert min(waits) >= min(1 / pace * (1 - JITTER), BACKOFF_CAP_S)


@pytest.mark.parametrize("pace", [0.5, 1 / 60])
@pytest.mark.parametrize(("answered", "active"), [(False, False), (False, True), (True, True)])
def test_what_somebody_waits_for_is_tried_again_within_seconds(pace: float, answered: bool, active: bool) -> None:
    """Whatever its period: up to 2, 4, 8 … seconds while there is nothing to show or runs go on."""
    rng = random.Random(1)
    turn = first_turn(0.0, rng)
    for n in range(1, 5):
        start = turn.succeeded() if answered else turn
        turns = [start.with_pace(share(pace), 0.0, active=active).sent(100.0, rng) for _ in range(200)]
        for _ in range(n):
            turns = [one.failed(100.0, rng) for one in turns]
        waits = [one.due_at - 100.0 for one in turns]
        assert 2.0**n * 0.9 < max(waits) <= 2.0**n


def test_a_good_answer_ends_all_failures() -> None:
    """The next one begins at one again."""
    rng = random.Random(1)
    turn = first_turn(0.0, rng).failed(0.0, rng).failed(0.0, rng).sent(10.0, rng)
    assert turn.failures == 2
    assert turn.succeeded().failures == 0


def test_back_off_is_full_jitter_and_none_without_failures() -> None:
    """Anything between nothing and the doubled bound, so that clients do not come back in step."""
    rng = random.Random(1)
    third = [backoff_s(3, 60.0, rng) for _ in range(500)]
    assert backoff_s(0, 60.0, rng) == 0.0
    assert max(third) <= 8.0
    assert min(third) < 1.0 and max(third) > 7.0


@pytest.mark.parametrize("count", [1, 8, 50, 200])
def test_the_first_looks_are_spread(count: int) -> None:
    """The first is at once, no two at one time, and all within half a minute where the budget has room for that."""
    dues = [first_turn(10.0, random.Random(1), 10.0 + i * spread_s(count, RATE)).due_at for i in range(count)]
    assert dues[0] == 10.0
    assert all(later - sooner >= 0.1 for sooner, later in itertools.pairwise(dues))
    assert dues[-1] <= 10.0 + SPREAD_S
