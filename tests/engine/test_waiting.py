"""A server that hangs: after three seconds without an answer nothing is called live any more."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.polling.health import WAITING_AFTER_S
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, passing, until

pytestmark = pytest.mark.looptime
NOTICED_S = WAITING_AFTER_S + 0.5
"""The look-around comes four times a second."""


@pytest.mark.parametrize("kind", [FaultKind.SILENCE, FaultKind.STALL])
async def test_without_an_answer_it_says_that_it_waits_and_since_when(studio: Studio, kind: FaultKind) -> None:
    """From the first moment of the program on; then the deadline has its own words, and an answer ends it."""
    studio.fault(Call.LIST, kind)
    begun = studio.clock.wall()
    window = await studio.open()
    await until(lambda: window.health() is HealthStatus.WAITING, within_s=NOTICED_S + 0.5)
    since = window.engine.health.of(window.webhook).next_at
    assert since is not None and begun <= since <= begun + 0.5
    await until(lambda: window.health() is HealthStatus.TIMEOUT, within_s=30)
    await window.lives()


async def test_the_age_of_what_is_known_stays(studio: Studio) -> None:
    """When a read last succeeded is told as before; it says waiting until the late answer comes, and live at once then."""
    window = await studio.open()
    await window.lives()
    ok_at = window.engine.health.of(window.webhook).ok_at
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=8.0)
    asked = studio.clock.wall()
    await until(lambda: window.health() is HealthStatus.WAITING, within_s=60)
    assert window.engine.health.of(window.webhook).ok_at == ok_at
    await until(lambda: window.health() is not HealthStatus.WAITING, within_s=6)
    assert window.health() is HealthStatus.LIVE and studio.clock.wall() - asked <= 70


async def test_a_short_delay_is_no_news(studio: Studio) -> None:
    """A slow network does that."""
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=2.5, count=None)
    window = await studio.open()
    await window.lives()
    for _ in range(400):
        await passing(0.25)
        assert window.health() is HealthStatus.LIVE


async def test_the_users_own_refresh_tells_it_too(studio: Studio) -> None:
    """Between two reads of an idle webhook the key is what asks."""
    window = await studio.open()
    await window.lives()
    await passing(1)
    studio.fault(Call.LIST, FaultKind.SILENCE)
    window.engine._context.calls.spawn(window.engine.refresh(None))
    await until(lambda: window.health() is HealthStatus.WAITING, within_s=NOTICED_S)


async def test_every_window_says_so(studio: Studio) -> None:
    """Those that follow too, with the same moment."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    studio.fault(Call.LIST, FaultKind.SILENCE)
    await until(lambda: window.health() is HealthStatus.WAITING, within_s=60)
    await until(lambda: other.health() is HealthStatus.WAITING, within_s=1)
    assert other.engine.health.of(other.webhook) == window.engine.health.of(window.webhook)
    await window.lives()
    await until(lambda: other.health() is HealthStatus.LIVE, within_s=1)


async def test_one_webhook_that_hangs_says_nothing_of_the_others(make_studio: MakeStudio) -> None:
    """Each has its own health."""
    studio = await make_studio(webhooks=3)
    window = await studio.open()
    await until(lambda: {window.health(key) for key in studio.webhooks} == {HealthStatus.LIVE}, within_s=20)
    hangs, *others = studio.webhooks
    studio.fault(Call.LIST, FaultKind.SILENCE, webhook=hangs)
    await until(lambda: window.health(hangs) is HealthStatus.WAITING, within_s=60)
    assert {window.health(key) for key in others} == {HealthStatus.LIVE}


async def test_a_trigger_that_takes_its_time_is_not_waited_for_so(studio: Studio) -> None:
    """It shows as being sent; reads are answered meanwhile."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=30.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    for _ in range(80):
        await passing(0.25)
        assert window.health() is HealthStatus.LIVE
