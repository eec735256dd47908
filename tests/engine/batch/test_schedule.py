"""When the last run of a batch ends, behind our own queue and the server's."""

from itertools import pairwise

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.domain.statistics.duration_model import DurationSample
from cordage_tui.domain.webhook import Profile, SpendingLimits
from cordage_tui.engine.batch.schedule import ServerQueue, WaitingPrompts, slots_now, slots_of, split
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.runs.past_durations import PastRun
from tests.engine.batch.test_remaining_time import teach
from tests.engine.conftest import MakeStudio
from tests.engine.studio import EPOCH, Studio, Window, now, passing

RUN_S = 40.0
SLOTS = 3


def served(
    count: int, slots: int = SLOTS, run_s: float = RUN_S, pace_s: float = 1.0
) -> list[tuple[float, float, float]]:
    """When each of so many runs is sent, begins and ends at a server that runs some at once, first come first served."""
    free, found = [0.0] * slots, []
    for sent in (place * pace_s for place in range(count)):
        free.sort()
        began = max(sent, free[0])
        free[0] = began + run_s
        found.append((sent, began, began + run_s))
    return found


def active(row: int, begun: float, started: float | None) -> ActiveRun:
    return ActiveRun(RowId(row), "wh_a", f"r{row}", None, begun, started)


def past_of(runs: list[tuple[float, float, float]]) -> list[PastRun]:
    return [
        PastRun(RowId(n), "wh_a", ended, DurationSample(ended - sent, began - sent))
        for n, (sent, began, ended) in enumerate(runs)
    ]


@pytest.mark.parametrize(
    ("count", "slots", "pace_s"), [(1, 1, 1.0), (20, 3, 1.0), (20, 30, 1.0), (20, 2, 60.0), (700, 4, 1.0)]
)
def test_it_ends_when_such_a_server_is_done(count: int, slots: int, pace_s: float) -> None:
    """Whether the rate limit or the server is the bottleneck, and beyond the prompts that are scheduled one by one."""
    queue = ServerQueue([], slots, RUN_S)
    end = queue.end_of_all(WaitingPrompts(count, 0.0, pace_s))
    assert end == pytest.approx(served(count, slots, pace_s=pace_s)[-1][2], abs=RUN_S / slots)


def test_what_runs_and_waits_at_the_server_goes_first() -> None:
    queue = ServerQueue([10.0, 30.0], 2, RUN_S)
    assert [queue.end_of(), queue.end_of(), queue.end_of()] == [50.0, 70.0, 90.0]
    assert ServerQueue([10.0], None, RUN_S).end_of(3.0) == 43.0


@pytest.mark.parametrize("slots", [1, 3, 8])
def test_how_many_run_at_once_is_learned_from_those_that_waited(slots: int) -> None:
    """From what has ended and from what runs; nothing where none had to wait."""
    runs = served(60, slots)
    assert slots_of(past_of(runs), []) == slots
    at = runs[40][1]
    going_on = [active(n, sent, began) for n, (sent, began, ended) in enumerate(runs) if began <= at < ended]
    assert slots_of(past_of([run for run in runs if run[2] <= at]), going_on) == slots
    assert slots_of(past_of(served(60, 60)), []) is None


def test_where_some_wait_all_slots_are_taken() -> None:
    """A run that is pending for a moment may only be starting; where none runs, nobody knows how many could."""
    told = [active(1, 0.0, 1.0), active(2, 1.0, None), active(3, 9.0, 9.0)]
    assert [[run.id for run in part] for part in split(told, 10.0)] == [[1], [2, 3]], "a trigger's word is no start"
    running, waits, starts = [active(1, 0.0, 1.0), active(2, 0.0, 1.0)], active(3, 0.0, None), active(4, 99.0, None)
    assert slots_now(None, running, [waits], 100.0) == 2 and slots_now(3, running, [waits], 100.0) == 3
    assert slots_now(None, running, [starts], 100.0) is None
    assert slots_now(None, [], [waits], 100.0) == 0


@pytest.mark.looptime
@pytest.mark.parametrize("limit", ["server", "own"])
async def test_the_time_left_follows_the_queue(make_studio: MakeStudio, limit: str) -> None:
    """Of two batches at a server that runs three at once, and of one under a limit of three active runs: it is about right as
    soon as the first runs wait, and goes down. It stood at minutes while seconds were left, or was unknown."""
    studio = await make_studio(seconds=RUN_S)
    window, webhook = await studio.open(), studio.webhooks[0]
    await window.lives()
    teach(studio, window, RUN_S)
    sizes, outcomes = ([5, 6], served(11)) if limit == "server" else ([8], [(0.0, 0.0, RUN_S)] * 8)
    studio.world.fate(webhook, *(PlannedOutcome(RUN_S, queue_s=began - sent) for sent, began, _ in outcomes))
    if limit == "own":
        window.engine.queue.limit_active(SLOTS)
    lines = [
        window.engine.queue.submit_batch(webhook, BatchSource("some"), [{"prompt": f"{name} {n}"} for n in range(size)])
        for name, size in enumerate(sizes)
    ]
    told: list[list[tuple[float, float]]] = [[] for _ in lines]
    ends = [0.0] * len(lines)
    await passing(16.0)
    while not all(ends):
        for place, line in enumerate(lines):
            left = window.engine.batches.left_s(line, webhook)
            progress = window.store.batches.progress(line)
            if progress is not None and progress.ended == progress.total:
                ends[place] = ends[place] or (progress.last_end or 0.0) - EPOCH
            else:
                assert left is not None, "unknown"
                told[place].append((now(), left))
        await passing(12.0)
    for end, seen in zip(ends, told, strict=True):
        for at, left in seen:
            assert left == pytest.approx(end - at, abs=0.2 * (end - at) + 10.0), f"{at:.0f}: {seen}"
        assert all(after <= before + 5.0 for (_, before), (_, after) in pairwise(seen)), seen


def batch_of(window: Window, count: int) -> RowId:
    bodies = [{"prompt": f"fox {n}"} for n in range(count)]
    return window.engine.queue.submit_batch(window.webhook, BatchSource("foxes"), bodies)


@pytest.mark.looptime
async def test_what_is_not_sent_has_no_end_but_a_reason(studio: Studio) -> None:
    """A pause, and a run limit that all of it does not pass, as soon as that is foreseeable."""
    profile: Profile = studio.profile()
    object.__setattr__(profile, "limits", SpendingLimits(per_day=5))
    window = await studio.open(profile=profile)
    await window.lives()
    teach(studio, window)
    window.engine.queue.pause()
    line = batch_of(window, 4)
    assert window.engine.batches.outlook(line, window.webhook) == (None, BlockedBy.PAUSE)
    window.engine.queue.resume()
    assert window.engine.batches.outlook(line, window.webhook).left_s is not None
    beyond = batch_of(window, 4)
    assert window.engine.batches.outlook(beyond, window.webhook) == (None, BlockedBy.SPENDING)
