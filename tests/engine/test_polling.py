"""Where the background's reads go, against the simulated server."""

import asyncio
from collections import Counter

import pytest

from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.nonblocking_waits import WakeEvent
from cordage_tui.simulator.faults import Call, FaultBoard, FaultKind
from cordage_tui.simulator.rate_limits import Budget
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import EPOCH, Studio, now, passing, until

pytestmark = pytest.mark.looptime


def started(studio: Studio, webhook: str, count: int, seconds: float = 10_000.0) -> None:
    """So many runs, started elsewhere, that take so long."""
    studio.world.fate(webhook, *[PlannedOutcome(seconds)] * count)
    for number in range(count):
        studio.world.trigger(webhook, {"prompt": f"elsewhere {number}"})


def reads(studio: Studio, since: float) -> Counter[str]:
    """Lists by webhook."""
    lists = [e.path.split("/")[-2] for e in studio.served.log if e.call is Call.LIST and e.at >= EPOCH + since]
    return Counter(lists)


async def test_reads_are_shared_by_the_square_root_law(make_studio: MakeStudio) -> None:
    """Eight webhooks, one with 25 runs and seven with one: it is read at the polite bound of what has no history, the others
    share the rest evenly, and all of the budget is spent."""
    studio = await make_studio(webhooks=8)
    for number, webhook in enumerate(studio.webhooks):
        started(studio, webhook, 25 if number == 0 else 1)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 32)
    begin = now()
    await passing(120)
    counts = reads(studio, begin)
    busy, *others = (counts[webhook] for webhook in studio.webhooks)
    assert busy / 120 == pytest.approx(0.5, rel=0.08)
    assert max(others) <= min(others) + 4
    assert sum(others) / 120 == pytest.approx(106 / 60 - 0.5, rel=0.08)


async def test_one_webhook_alone_is_read_as_often_as_the_vendor_does(studio: Studio) -> None:
    """Once in 2 s from one sending to the next, however long answers take."""
    started(studio, studio.webhooks[0], 3)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 3)
    begin = now()
    await passing(200)
    assert reads(studio, begin)[window.webhook] == pytest.approx(100, abs=3)


async def test_an_idle_poller_sleeps_from_read_to_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paces are computed each second only while runs are active: with none, it wakes up to read, and for what a read brings."""
    window = await studio.open()
    await passing(60)
    woken: list[float | None] = []
    sleep = WakeEvent.sleep

    async def noted(event: WakeEvent, seconds: float | None) -> None:
        woken.extend([seconds] if event is window.engine.poller._wake else [])
        await sleep(event, seconds)

    monkeypatch.setattr(WakeEvent, "sleep", noted)
    begin = now()
    await passing(300)
    assert reads(studio, begin)[window.webhook] >= 10
    assert len(woken) <= 4 * reads(studio, begin)[window.webhook]


async def test_no_webhook_has_two_lists_of_ours_under_way(make_studio: MakeStudio) -> None:
    """A slow server is not asked again before it has answered; the other webhook is read meanwhile."""
    studio = await make_studio(webhooks=2)
    for webhook in studio.webhooks:
        started(studio, webhook, 1)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 2)
    slow, quick = studio.webhooks
    studio.fault(Call.LIST, FaultKind.DELAY, count=None, webhook=slow, seconds=8.0)
    begin = now()
    await passing(80)
    counts = reads(studio, begin)
    assert counts[slow] <= 80 / 8 + 1
    assert counts[quick] >= 80 / 2 * 0.9


async def test_what_is_read_is_chosen_when_there_is_budget(make_studio: MakeStudio) -> None:
    """While others leave us no reads at most one waits, and a run that begins meanwhile is not behind a queue."""
    studio = await make_studio(webhooks=5)
    for webhook in studio.webhooks:
        started(studio, webhook, 2)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 10)
    studio.world.limiter.spend(studio.served.api_key, Budget.READ, 100, EPOCH + now())
    for _ in range(200):
        await passing(0.2)
        (view,) = [v for v in window.engine.rate_limiter.views() if v.call_class is RateLimitClass.READ]
        assert view.waiting <= 1
    assert studio.statuses()[429] == 0


async def test_runs_that_fell_off_the_page_are_got_by_their_ids(make_studio: MakeStudio) -> None:
    """A list that shows only the newest three of eight runs: the end of each of the others is seen too."""
    studio = await make_studio(options=Options(page_size=3), seconds=60.0)
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(8)]
    await until(lambda: studio.ended(window, rows), within_s=150)
    assert {window.status(row) for row in rows} == {Status.COMPLETED}
    assert studio.calls(Call.GET) < 60 * 8


async def test_outputs_that_lists_lack_are_fetched_first_for_the_rows_on_screen(make_studio: MakeStudio) -> None:
    """Each end costs one get where a list does not tell the outputs; those that somebody looks at come before the rest,
    and the rest comes too."""
    studio = await make_studio(options=Options(rows_have_outputs=False), seconds=20.0)
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(12)]
    window.engine.fetcher.pending_results.preferred = set(rows[-3:])
    await until(lambda: studio.ended(window, rows))
    await until(lambda: any(window.detail(row).outputs for row in rows))
    for _ in range(400):
        await passing(0.05)
        seen = [row for row in rows if window.detail(row).outputs]
        if len(seen) == 3:
            assert seen == rows[-3:]
    await until(lambda: all(window.detail(row).outputs for row in rows), within_s=60)
    assert studio.calls(Call.GET) <= 12 + 3


async def test_a_jump_of_the_wall_clock_changes_no_age(studio: Studio) -> None:
    """Ages that the schedule goes by are counted on the monotonic clock from when a run was first met."""
    started(studio, studio.webhooks[0], 1)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 1)
    begin = now()
    window.engine._context.clock.wall = lambda: 0.0  # type: ignore[method-assign]
    await passing(100)
    assert reads(studio, begin)[window.webhook] == pytest.approx(50, abs=3)


async def test_the_plan_tells_what_is_intended(make_studio: MakeStudio) -> None:
    """The process that polls and the one that follows tell the same runs and periods, and when each is read next."""
    studio = await make_studio(webhooks=3)
    started(studio, studio.webhooks[0], 4)
    leader = await studio.open()
    await until(lambda: len(leader.rows()) == 4)
    follower = await studio.open()
    await passing(40)
    assert leader.engine.leadership.polls and not follower.engine.leadership.polls
    busy, idle, _ = leader.engine.poller.plan(leader.engine.profile.webhook_keys)
    assert (busy.active, busy.period_s, busy.reads, busy.learned) == (4, pytest.approx(2.0), 1, None)
    assert idle.active == 0 and idle.period_s == pytest.approx(30.0)
    assert idle.next_at is not None and 0 <= idle.next_at - EPOCH - now() <= 33
    told = follower.engine.poller.plan(follower.engine.profile.webhook_keys)
    assert [(p.active, p.period_s) for p in told] == [
        (p.active, p.period_s) for p in leader.engine.poller.plan(leader.engine.profile.webhook_keys)
    ]
    assert told[1].next_at == pytest.approx(idle.next_at, abs=35)


async def test_the_plan_of_a_gone_webhook_is_none(studio: Studio) -> None:
    """It is not read, so it has no period and no next time."""
    window = await studio.open()
    await window.lives()
    studio.world.remove_webhook(studio.webhooks[0])
    await window.engine.refresh(None)
    (plan,) = window.engine.poller.plan(window.engine.profile.webhook_keys)
    assert plan.period_s is None and plan.next_at is None


async def test_a_refresh_of_a_gone_webhook_that_fails_promises_no_next_try(studio: Studio) -> None:
    """It stays gone: nothing will read it again by itself, so there is no time to tell, neither a wrong nor an infinite one."""
    window = await studio.open()
    await window.lives()
    studio.world.remove_webhook(studio.webhooks[0])
    await window.engine.refresh(None)
    studio.fault(Call.LIST, FaultKind.STATUS, status=500, count=1)
    assert await window.engine.refresh(None) is not None
    health = window.engine.health.of(window.webhook)
    assert health.health is HealthStatus.GONE and health.next_at is None
    (plan,) = window.engine.poller.plan(window.engine.profile.webhook_keys)
    assert plan.period_s is None and plan.next_at is None


async def test_cancelled_refreshes_leave_the_schedule_going(studio: Studio) -> None:
    """Whoever gives up a refresh does not take the webhook out of its turn."""
    started(studio, studio.webhooks[0], 1)
    window = await studio.open()
    await until(lambda: len(window.rows()) == 1)
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=3.0)
    waiting = asyncio.create_task(window.engine.refresh(None))
    await passing(0.5)
    waiting.cancel()
    begin = now()
    await passing(60)
    assert reads(studio, begin)[window.webhook] >= 25


async def test_a_run_that_no_list_names_and_no_read_shows_is_silent_until_it_is_read(studio: Studio) -> None:
    """The store, and so every window, has since when and why; a read that succeeds ends it."""
    window = await studio.open()
    await window.lives()
    started(studio, studio.webhooks[0], 1)
    await until(lambda: len(window.rows()) == 1)
    (row,) = window.rows()
    studio.world.options = Options(page_size=1)
    studio.fault(Call.GET, FaultKind.STATUS, status=500, count=None)
    started(studio, studio.webhooks[0], 1)
    unlisted = window.store.unlisted
    await until(lambda: row.id in unlisted.all("studio") and unlisted.all("studio")[row.id].trouble)
    heard_at = unlisted.all("studio")[row.id].heard_at
    await passing(60)
    assert window.health() is HealthStatus.LIVE
    assert unlisted.all("studio")[row.id].heard_at == heard_at
    assert window.detail(row.id).seen_at == heard_at
    studio.world.faults = FaultBoard(1)
    await until(lambda: unlisted.all("studio")[row.id].trouble is None)
    await passing(120)
    seen_at = window.detail(row.id).seen_at
    assert seen_at is not None and window.session.clock.wall() - seen_at < 60
