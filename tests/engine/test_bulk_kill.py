"""Many runs at once: killed in the order that saves most, never faster than the budget, and stopped at a word."""

from collections.abc import Iterable

import pytest

from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import BulkEnded, BulkKillReport, KillOutcome
from cordage_tui.engine.kill.bulk_kill import kills_take_s
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.rate_limits import Budget
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, now, passing, until

pytestmark = pytest.mark.looptime
LONG = PlannedOutcome(7_200.0)


async def theirs(studio: Studio, window: Window, count: int, fate: PlannedOutcome = LONG) -> list[RowId]:
    """Rows of so many runs that somebody else has started just now, in the order in which they were created."""
    before = {row.id for row in window.rows()}
    key = studio.webhooks[0]
    studio.world.fate(key, *[fate] * count)
    for n in range(count):
        studio.world.trigger(key, {"prompt": f"{n}"}, studio.world.clock() - (count - n) / 1_000)
    await window.engine.refresh(None)
    await until(lambda: len(window.rows()) >= len(before) + count)
    return [row.id for row in reversed(window.rows()) if row.id not in before]


def begin(window: Window, rows: Iterable[RowId]) -> float:
    """Starts to kill them; returns the seconds that it is said to take."""
    plan = window.engine.bulk_kill.plan(list(rows))
    said = kills_take_s(len(plan.kills), window.engine.bulk_kill.budget)
    assert window.engine.bulk_kill.start(plan)
    return said


async def report_of(window: Window, within_s: float = 1_000.0) -> BulkKillReport:
    await until(lambda: any(isinstance(event, BulkEnded) for event in window.events), within_s)
    (report,) = (event.report for event in window.events if isinstance(event, BulkEnded))
    return report


def killed(studio: Studio) -> list[str]:
    """Ids of the runs that the server was asked to kill, in that order."""
    return [exchange.path.split("/")[-2] for exchange in studio.served.log if exchange.call is Call.KILL]


@pytest.mark.parametrize("count", [30, 70])
async def test_it_takes_as_long_as_was_said(studio: Studio, count: int) -> None:
    """Within a tenth, or a few seconds; the server never has to refuse one."""
    window = await studio.open()
    rows = await theirs(studio, window, count)
    start = now()
    said = begin(window, rows)
    report = await report_of(window)
    assert now() - start == pytest.approx(said, rel=0.1, abs=3.0)
    assert report.outcomes == {KillOutcome.CANCELLED: count}
    assert studio.calls(Call.KILL) == count
    assert 429 not in studio.statuses()


async def test_what_is_queued_is_dropped_first_and_young_runs_are_killed_before_old_ones(
    make_studio: MakeStudio,
) -> None:
    """Dropped ones cost no call; then pending ones, the next to start first; then running ones, the youngest first."""
    studio = await make_studio()
    window = await studio.open()
    old = await theirs(studio, window, 2)
    await passing(30)
    young = await theirs(studio, window, 2)
    pending = await theirs(studio, window, 2, PlannedOutcome(7_200.0, queue_s=3_600.0))
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=120.0)
    sending, queued = window.submit("fox"), window.submit("owl")
    await window.shows(sending, Status.SENDING)
    ids = {row: window.row(row).run_id for row in (*old, *young, *pending)}
    picked = [*old, queued, *young, *pending]
    plan = window.engine.bulk_kill.plan(picked)
    assert (plan.drops, plan.kills) == ((queued,), (*pending, *reversed(young), *reversed(old)))
    begin(window, picked)
    report = await report_of(window)
    assert report.outcomes == {KillOutcome.DROPPED: 1, KillOutcome.CANCELLED: 6}
    # Four are under way together, so among these the order of arrival is nobody's.
    assert set(killed(studio)[4:]) == {ids[row] for row in old}
    assert window.status(queued) is None


async def test_runs_that_end_while_they_wait_are_not_killed(studio: Studio) -> None:
    """Each row is looked at again once there is budget for it; those that have ended are counted as such, and what they would
    have cost goes to the next: one window is enough for the rest."""
    window = await studio.open()
    old = await theirs(studio, window, 28)
    await passing(3)
    short = await theirs(studio, window, 8, PlannedOutcome(40.0))
    await passing(3)
    young = await theirs(studio, window, 30)
    start = now()
    begin(window, [*old, *short, *young])
    report = await report_of(window)
    assert report.outcomes == {KillOutcome.CANCELLED: 58, KillOutcome.ENDED: 8}
    assert studio.calls(Call.KILL) == 58
    assert now() - start < 75
    assert "8 had ended" in report.words


async def test_no_row_shows_killing_before_its_kill_is_sent(studio: Studio) -> None:
    """While the budget is spent the rest show what they are, and the progress tells how many are done."""
    window = await studio.open()
    rows = await theirs(studio, window, 40)
    begin(window, rows)
    await passing(10)
    standing = [window.status(row) for row in rows]
    assert standing.count(Status.CANCELLED) == 30
    assert standing.count(Status.RUNNING) == 10
    progress = window.engine.bulk_kill.progress
    assert progress is not None
    assert (progress.done, progress.total) == (30, 40)
    assert progress.left_s == pytest.approx(50, abs=3)


async def test_it_stops_half_way_at_a_word(studio: Studio) -> None:
    """At once: no further kill is sent, the rest go on, and the report says how many."""
    window = await studio.open()
    rows = await theirs(studio, window, 40)
    begin(window, rows)
    await passing(10)
    window.engine.bulk_kill.stop()
    report = await report_of(window, within_s=1.0)
    assert window.engine.bulk_kill.progress is None
    assert report.left == 10
    assert "30 cancelled, 10 not affected" in report.words
    await passing(120)
    assert studio.calls(Call.KILL) == 30
    assert sum(window.status(row) is Status.RUNNING for row in rows) == 10


async def test_stopping_lets_a_kill_under_way_come_to_its_end(studio: Studio) -> None:
    """What was sent is confirmed by a read as ever, and only then is the report given."""
    window = await studio.open()
    rows = await theirs(studio, window, 10)
    studio.fault(Call.KILL, FaultKind.DELAY, count=None, seconds=3.0)
    begin(window, rows)
    await passing(1)
    window.engine.bulk_kill.stop()
    report = await report_of(window, within_s=10.0)
    assert report.outcomes == {KillOutcome.CANCELLED: 4}
    assert report.left == 6


async def test_it_gives_up_where_nothing_gets_through(studio: Studio) -> None:
    """A server that is away is not asked hundreds of times: the rest is left, with the reason."""
    window = await studio.open()
    rows = await theirs(studio, window, 25)
    await studio.served.go_offline()
    begin(window, rows)
    report = await report_of(window)
    assert report.is_bad
    assert report.left >= 25 - 5 - 3
    assert "Not killed" in report.words
    assert all(window.status(row) is Status.RUNNING for row in rows)


async def test_a_refusal_by_the_limit_is_tried_again(studio: Studio) -> None:
    """Others spend the same budget: what a 429 refused is killed when the window turns."""
    window = await studio.open()
    rows = await theirs(studio, window, 10)
    studio.world.limiter.spend(studio.served.api_key, Budget.KILL, 25, studio.world.clock())
    begin(window, rows)
    report = await report_of(window)
    assert report.outcomes == {KillOutcome.CANCELLED: 10}


async def test_a_refused_key_ends_it(studio: Studio) -> None:
    """What waits for budget is not sent, and the report says why."""
    window = await studio.open()
    rows = await theirs(studio, window, 40)
    begin(window, rows)
    await passing(10)
    studio.world.api_keys.clear()
    await window.engine.refresh(None)
    report = await report_of(window, within_s=5.0)
    assert report.left == 10
    assert studio.calls(Call.KILL) == 30


async def test_only_one_at_a_time(studio: Studio) -> None:
    """A second one is refused while the first is under way, and nothing of it is done."""
    window = await studio.open()
    rows = await theirs(studio, window, 42)
    begin(window, rows[:40])
    bulk = window.engine.bulk_kill
    assert not bulk.start(bulk.plan(rows[40:]))
    await report_of(window)
    assert [window.status(row) for row in rows[40:]] == [Status.RUNNING] * 2


async def test_a_read_only_profile_kills_nothing(studio: Studio) -> None:
    """It is refused before the first call."""
    window = await studio.open(profile=studio.profile(read_only=True))
    rows = await theirs(studio, window, 3)
    bulk = window.engine.bulk_kill
    with pytest.raises(ReadOnlyProfile):
        bulk.start(bulk.plan(rows))
    await passing(2)
    assert studio.calls(Call.KILL) == 0


async def test_a_plan_leaves_out_what_a_kill_cannot_help(studio: Studio) -> None:
    """Ended runs, and uncertain prompts, for which only the user can decide; both are counted."""
    window = await studio.open()
    ended = await theirs(studio, window, 2, PlannedOutcome(1.0))
    await until(lambda: studio.ended(window, ended))
    going_on = await theirs(studio, window, 1)
    await passing(5)  # or it would be taken for the run of the uncertain prompt
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    doubtful = window.submit("fox")
    await window.shows(doubtful, Status.UNCERTAIN)
    plan = window.engine.bulk_kill.plan([*ended, doubtful, *going_on])
    assert plan.kills == tuple(going_on)
    assert plan.drops == ()
    assert plan.left_out == {Status.COMPLETED: 2, Status.UNCERTAIN: 1}


async def test_a_refresh_of_many_costs_a_list_for_each_webhook(make_studio: MakeStudio) -> None:
    """However many are picked: active ones of one webhook share a list, few are read one by one, and ended ones whose outcome
    is known cost nothing."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    ended = await theirs(studio, window, 30, PlannedOutcome(1.0))
    await until(lambda: studio.ended(window, ended))
    many = await theirs(studio, window, 20)
    studio.world.fate(studio.webhooks[1], LONG, LONG)
    few = [window.submit(name, studio.webhooks[1]) for name in ("fox", "owl")]
    for row in few:
        await window.shows(row, Status.RUNNING)
    refresh = window.engine.bulk_refresh
    assert window.store.run_lookup.untold(ended) == []
    before = len(studio.served.log)
    assert await refresh.read(window.store.run_lookup.untold([*ended, *many, *few])) is None
    calls = [(exchange.call, studio.webhooks[1] in exchange.path) for exchange in list(studio.served.log)[before:]]
    assert calls.count((Call.GET, True)) == 2
    assert (Call.LIST, False) in calls
    assert (Call.GET, False) not in calls


async def test_a_refresh_learns_what_has_happened(studio: Studio) -> None:
    """What the polling has not seen yet is known when the refresh returns."""
    window = await studio.open()
    rows = await theirs(studio, window, 5)
    await passing(30)
    for run in studio.world.list_runs(studio.webhooks[0]):
        studio.world.kill(studio.webhooks[0], run.run_id)
    await window.engine.bulk_refresh.read(window.engine.store.run_lookup.untold(rows))
    assert {window.status(row) for row in rows} == {Status.CANCELLED}
