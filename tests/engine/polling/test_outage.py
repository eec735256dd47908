"""While nothing is reached: one probe in place of everybody's back-off, all webhooks say so, and nothing is spent (docs/dev/polling.md 5)."""

from itertools import pairwise

import pytest

from cordage_tui.api.errors import ConnectFailed, Delivery
from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.http_messages import LogEntry
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime

SWEEP_S = 8 / 1.8
"""W / R for eight webhooks."""


async def all_are(window: Window, studio: Studio, health: HealthStatus, within_s: float) -> None:
    await until(lambda: {window.health(key) for key in studio.webhooks} == {health}, within_s)


def lists(studio: Studio) -> list[LogEntry]:
    return [exchange for exchange in studio.served.log if exchange.call is Call.LIST]


def webhook_of(exchange: LogEntry) -> str:
    return exchange.path.split("/")[3]


async def test_while_nothing_is_reached_one_probe_is_sent_now_and_then(make_studio: MakeStudio) -> None:
    """Every 15 to 45 s, each time for another webhook; all say the same and when the next try is; then all are read again."""
    studio = await make_studio(webhooks=8)
    window = await studio.open()
    await all_are(window, studio, HealthStatus.LIVE, 40)
    studio.fault(Call.LIST, FaultKind.RESET, count=None)
    await all_are(window, studio, HealthStatus.OFFLINE, 60)
    before = len(lists(studio))
    await passing(900)
    probes = lists(studio)[before:]
    assert all(14.9 <= later.at - earlier.at <= 46.0 for earlier, later in pairwise(probes))
    assert {webhook_of(probe) for probe in probes} == set(studio.webhooks)
    healths = [window.engine.health.of(key) for key in studio.webhooks]
    assert len({(health.words, health.next_at) for health in healths}) == 1
    assert healths[0].next_at is not None and 0 <= healths[0].next_at - studio.clock.wall() <= 45
    assert action_of(healths[0].words) == "runs.refresh"
    studio.world.faults.planned.clear()
    await all_are(window, studio, HealthStatus.LIVE, 46 + SWEEP_S)


async def test_the_users_refresh_is_a_probe_of_its_own(make_studio: MakeStudio) -> None:
    """Nobody waits for the next one: an answer to `r` brings all webhooks back within W / R seconds."""
    studio = await make_studio(webhooks=8)
    window = await studio.open()
    await all_are(window, studio, HealthStatus.LIVE, 40)
    await studio.served.go_offline()
    assert await window.engine.refresh(None) is not None
    await all_are(window, studio, HealthStatus.OFFLINE, 1)
    await studio.served.come_back()
    assert await window.engine.refresh(studio.webhooks[3]) is None
    assert window.health(studio.webhooks[3]) is HealthStatus.LIVE
    assert window.health(studio.webhooks[0]) is HealthStatus.LOADING
    await all_are(window, studio, HealthStatus.LIVE, SWEEP_S + 1)


async def test_the_trouble_of_one_webhook_is_its_own(make_studio: MakeStudio) -> None:
    """Long trouble of one is no outage: the others are read as ever."""
    studio = await make_studio(webhooks=3)
    window = await studio.open()
    bad, *good = studio.webhooks
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, webhook=bad, status=500)
    await passing(600)
    assert window.health(bad) is HealthStatus.TROUBLE
    assert [window.health(key) for key in good] == [HealthStatus.LIVE, HealthStatus.LIVE]
    studio.world.faults.planned.clear()
    await all_are(window, studio, HealthStatus.LIVE, 61)


async def test_what_is_queued_while_offline_spends_no_budget_and_goes_at_once_on_return(studio: Studio) -> None:
    """Ten minutes of outage with prompts waiting: afterwards each has cost one trigger, by our own count too."""
    window = await studio.open()
    await window.lives()
    await studio.served.go_offline()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await passing(20)
    triggers = next(view for view in window.engine.rate_limiter.views() if view.call_class is RateLimitClass.TRIGGER)
    assert (triggers.ours, triggers.remaining) == (0, triggers.limit)
    await passing(600)
    assert [window.status(row) for row in rows] == [Status.QUEUED] * 3
    assert window.health() is HealthStatus.OFFLINE
    await studio.served.come_back()
    assert await window.engine.refresh(None) is None
    await window.shows(rows[0], Status.RUNNING, within_s=2)
    await until(lambda: studio.ended(window, rows))
    assert studio.calls(Call.TRIGGER) == 3


@pytest.mark.parametrize(
    ("kind", "about"), [(FaultKind.STATUS, {"status": 500}), (FaultKind.HTML, {}), (FaultKind.RESET, {})]
)
async def test_lists_that_do_not_work_keep_no_prompt_from_being_sent(
    make_studio: MakeStudio, kind: FaultKind, about: dict[str, object]
) -> None:
    """They may be all that does not work; and a run on screen is still read by itself."""
    studio = await make_studio(webhooks=2, seconds=5_000.0)
    studio.fault(Call.LIST, kind, count=None, **about)
    window = await studio.open()
    await passing(120)
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING, within_s=5)
    window.engine.selected_run.select(row)
    await until(lambda: studio.calls(Call.GET) > 1, within_s=10)


async def test_a_follower_shows_the_outage_and_does_not_look_for_its_end(make_studio: MakeStudio) -> None:
    """One process probes; the others show what it finds."""
    studio = await make_studio(webhooks=8)
    window, other = await studio.open(), await studio.open()
    await all_are(window, studio, HealthStatus.LIVE, 40)
    studio.fault(Call.LIST, FaultKind.RESET, count=None)
    await all_are(other, studio, HealthStatus.OFFLINE, 60)
    assert await other.engine.refresh(studio.webhooks[0]) is not None
    before = len(lists(studio))
    await passing(300)
    assert len(lists(studio)) - before <= 21
    studio.world.faults.planned.clear()
    await all_are(other, studio, HealthStatus.LIVE, 46 + SWEEP_S + 1)


@pytest.mark.parametrize(("webhooks", "expected"), [(1, HealthStatus.OFFLINE), (2, HealthStatus.LIVE)])
async def test_one_failing_webhook_means_an_outage_only_where_it_is_the_only_one(
    make_studio: MakeStudio, webhooks: int, expected: HealthStatus
) -> None:
    """Five failed reads of one webhook beside a sound one stop nothing but its own reading; alone they open the breaker."""
    studio = await make_studio(webhooks=webhooks)
    window = await studio.open()
    await all_are(window, studio, HealthStatus.LIVE, 40)
    studio.fault(Call.LIST, FaultKind.RESET, count=None, webhook=studio.webhooks[0])
    await until(lambda: len([one for one in lists(studio) if webhook_of(one) == studio.webhooks[0]]) > 12, 900)
    assert window.session.breaker.is_open is (webhooks == 1)
    assert window.health(studio.webhooks[-1]) is expected


@pytest.mark.parametrize("webhooks", [1, 2])
async def test_failures_in_a_row_of_one_webhook_open_the_breaker_only_where_there_is_no_other(
    make_studio: MakeStudio, webhooks: int
) -> None:
    """Twelve in a row, with no answer in between: beside another webhook they say nothing of the server."""
    studio = await make_studio(webhooks=webhooks)
    window = await studio.open()
    await all_are(window, studio, HealthStatus.LIVE, 40)
    error = ConnectFailed("list runs", SafeText("no connection"), delivery=Delivery.NOT_SENT)
    outage = window.engine.poller._outage
    assert any(outage.record_failure(studio.webhooks[0], error) for _ in range(12)) is (webhooks == 1)
