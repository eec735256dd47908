"""Whatever is wrong with reading has its own kind, keeps the last data with its age, and mends itself."""

import asyncio
import itertools

import pytest

from cordage_tui.api.request import Timeouts
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import EPOCH, Studio, now, passing, until

pytestmark = pytest.mark.looptime

QUICK = Timeouts(read_s=3.0, total_s=5.0)
TROUBLES = [
    pytest.param(FaultKind.STATUS, {"status": 500}, HealthStatus.TROUBLE, id="500"),
    pytest.param(FaultKind.STATUS, {"status": 503}, HealthStatus.TROUBLE, id="503"),
    pytest.param(FaultKind.SILENCE, {}, HealthStatus.TIMEOUT, id="silence"),
    pytest.param(FaultKind.SLOW, {"seconds": 2.0}, HealthStatus.TIMEOUT, id="one byte at a time"),
    pytest.param(FaultKind.RESET, {}, HealthStatus.OFFLINE, id="reset"),
    pytest.param(FaultKind.GARBAGE, {}, HealthStatus.OFFLINE, id="garbage"),
    pytest.param(FaultKind.HTML, {}, HealthStatus.NOT_THE_API, id="a web page"),
    pytest.param(FaultKind.MALFORMED, {}, HealthStatus.NOT_THE_API, id="bad JSON"),
    pytest.param(FaultKind.DEEP, {}, HealthStatus.NOT_THE_API, id="deep JSON"),
    pytest.param(FaultKind.REDIRECT, {}, HealthStatus.NOT_THE_API, id="redirect"),
    pytest.param(FaultKind.PATCH, {"drop": ("run_id",)}, HealthStatus.NOT_THE_API, id="runs without id"),
    pytest.param(FaultKind.STATUS, {"status": 429}, HealthStatus.LIMITED, id="429"),
]


@pytest.mark.parametrize(("kind", "about", "health"), TROUBLES)
async def test_each_trouble_has_its_kind_keeps_the_data_and_mends_itself(
    studio: Studio, kind: FaultKind, about: dict[str, object], health: HealthStatus
) -> None:
    """The rows stay, the time of the last good read stays, the health has its kind and words; when the trouble is over
    the webhook is live again within a minute or so, without anybody's doing."""
    studio.world.fate(studio.webhooks[0], PlannedOutcome(1000.0))
    window = await studio.open(deadlines=QUICK)
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await window.lives()
    studio.fault(Call.LIST, kind, count=None, **about)
    await until(lambda: window.health() is health, within_s=40)
    seen = window.engine.health.of(window.webhook)
    assert seen.words
    assert seen.ok_at is not None and seen.ok_at < EPOCH + now()
    await passing(30)
    assert window.status(row) is Status.RUNNING
    assert window.engine.health.of(window.webhook).ok_at == seen.ok_at
    studio.world.faults.planned.clear()
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=75)


async def test_a_server_that_is_away_is_offline_and_found_again(studio: Studio) -> None:
    """No connection is its own kind, and the return of the server is noticed within a minute."""
    window = await studio.open()
    await window.lives()
    await studio.served.go_offline()
    await until(lambda: window.health() is HealthStatus.OFFLINE, within_s=40)
    await passing(600)
    await studio.served.come_back()
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=61)


async def test_long_trouble_costs_little_and_ends_nothing(studio: Studio) -> None:
    """Failing reads back off, yet never further than a minute apart."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=500)
    await passing(900)
    times = [exchange.at for exchange in studio.served.log]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert max(gaps) < 62
    assert len(times) < 40


async def test_a_webhook_that_is_gone_stops_alone(make_studio: MakeStudio) -> None:
    """A 404 on one webhook ends the reading of that one; the others go on, and its words are for a user."""
    studio = await make_studio(webhooks=2)
    gone, there = studio.webhooks
    window = await studio.open()
    await until(lambda: window.health(gone) is HealthStatus.LIVE and window.health(there) is HealthStatus.LIVE)
    spare = studio.world.webhook(gone)
    studio.world.remove_webhook(gone)
    await until(lambda: window.health(gone) is HealthStatus.GONE, within_s=40)
    assert "no longer knows this webhook key" in (window.engine.health.of(gone).words or "")
    before = len(studio.served.log)
    await passing(200)
    later = [exchange.path for exchange in list(studio.served.log)[before:]]
    assert not any(gone in path for path in later)
    assert any(there in path for path in later)
    assert window.health(there) is HealthStatus.LIVE
    studio.world.add_webhook(spare)
    assert await window.engine.refresh(gone) is None
    assert window.health(gone) is HealthStatus.LIVE
    before = len(studio.served.log)
    await passing(70)
    assert any(gone in exchange.path for exchange in list(studio.served.log)[before:])


async def test_a_refresh_of_a_gone_webhook_says_so_and_it_stays_stopped(studio: Studio) -> None:
    """The user's own try is one call and one answer; polling does not begin again by it."""
    window = await studio.open()
    await window.lives()
    studio.world.remove_webhook(studio.webhooks[0])
    key = window.webhook
    assert await window.engine.refresh(key) is not None
    before = studio.calls()
    await passing(120)
    assert studio.calls() == before


async def test_a_refresh_reads_now_and_once_for_all_who_ask(studio: Studio) -> None:
    """`r` pressed five times while the first is under way costs one call, and all get its answer."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=2.0)
    before = studio.calls(Call.LIST)
    answers = await asyncio.gather(*(window.engine.refresh(None) for _ in range(5)))
    assert answers == [None] * 5
    assert studio.calls(Call.LIST) == before + 1


async def test_a_refresh_that_fails_returns_what_went_wrong(studio: Studio) -> None:
    """Whoever asked hears it, besides the health that everybody sees."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.LIST, FaultKind.STATUS, status=500)
    error = await window.engine.refresh(None)
    assert error is not None and "500" in error.what


async def test_a_caller_that_gives_up_does_not_cancel_the_refresh(studio: Studio) -> None:
    """Many cancelled refreshes leave every connection usable, and their answers reach the store (docs/dev/library-traps.md T1)."""
    window = await studio.open()
    await window.lives()
    for _ in range(30):
        studio.fault(Call.LIST, FaultKind.DELAY, seconds=0.5)
        waiting = asyncio.create_task(window.engine.refresh(None))
        await passing(0.2)
        waiting.cancel()
        await passing(0.8)
    studio.world.trigger(studio.webhooks[0], {"prompt": "elsewhere"})
    assert await window.engine.refresh(None) is None
    assert len(window.rows()) == 1


async def test_a_removed_webhook_is_followed_until_its_runs_have_ended(make_studio: MakeStudio) -> None:
    """Its rows stay in the list, so they do not claim to be running for ever; after that it costs no more calls."""
    studio = await make_studio(webhooks=2, seconds=30.0)
    window = await studio.open()
    kept, removed = window.engine.profile.webhooks
    row = window.submit("fox", removed.key)
    await window.shows(row, Status.RUNNING)
    window.engine.change_profile(studio.profile().__class__("studio", studio.served.base_url, (kept,)))
    await window.shows(row, Status.COMPLETED, within_s=40)
    await passing(5)
    before = len(studio.served.log)
    await passing(120)
    assert not any(removed.key in exchange.path for exchange in list(studio.served.log)[before:])


async def test_a_webhook_that_is_added_is_read_at_once(make_studio: MakeStudio) -> None:
    """Adding one in the app does not take a restart."""
    studio = await make_studio(webhooks=2)
    full = studio.profile()
    window = await studio.open(profile=full.__class__("studio", full.base_url, full.webhooks[:1]))
    await window.lives()
    window.engine.change_profile(full)
    await until(lambda: window.health(full.webhooks[1].key) is HealthStatus.LIVE, within_s=3)
