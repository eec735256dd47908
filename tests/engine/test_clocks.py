"""Whatever the wall clocks of this machine and the server do, nothing is read or sent early, late or in a storm (C 70, 95, 176)."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import EPOCH, Studio, now, passing, until

pytestmark = pytest.mark.looptime

HOUR = 3_600.0


@pytest.mark.parametrize("step_s", [HOUR, -HOUR, -EPOCH], ids=["an hour ahead", "an hour back", "1970"])
async def test_a_step_of_the_wall_clock_changes_no_pace(make_studio: MakeStudio, step_s: float) -> None:
    """Reads go on as before, a submission is sent once and at once, and no age or duration is negative."""
    studio = await make_studio(webhooks=3, seconds=1_000.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await passing(20)
    before = studio.calls()
    await passing(60)
    steady = studio.calls() - before
    studio.clock.set_ahead_s = step_s
    await passing(60)
    assert studio.calls() - before - steady == pytest.approx(steady, abs=0.2 * steady)
    later = window.submit("owl")
    await window.shows(later, Status.RUNNING, within_s=10)
    assert studio.calls(Call.TRIGGER) == 2
    wall = studio.clock.wall()
    for shown in window.rows():
        assert (shown.elapsed_s(wall) or 0.0) >= 0.0
    assert studio.statuses().keys() == {200}


@pytest.mark.parametrize("step_s", [HOUR, -HOUR])
async def test_a_step_of_the_wall_clock_brings_no_early_retry(studio: Studio, step_s: float) -> None:
    """The time a 429 asks for is waited for by the monotonic clock, and so is the back-off of a failing webhook."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=429, headers={"Retry-After": "50"})
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    refused_at = now()
    studio.clock.set_ahead_s = step_s
    await window.shows(row, Status.RUNNING, within_s=70)
    assert now() - refused_at >= 50.0
    assert studio.calls(Call.TRIGGER) == 2


@pytest.mark.parametrize("ahead_s", [3 * HOUR, -3 * HOUR])
async def test_a_server_whose_clock_is_off_is_seen_through(make_studio: MakeStudio, ahead_s: float) -> None:
    """Runs started elsewhere have their true age, and the skew itself is known."""
    studio = await make_studio()
    studio.world.clock = lambda: studio.clock.true() + ahead_s
    studio.world.fate(studio.webhooks[0], PlannedOutcome(1_000.0))
    studio.world.trigger(studio.webhooks[0], {"prompt": "elsewhere"})
    await passing(30)
    window = await studio.open()
    await until(window.rows)
    [row] = window.rows()
    assert row.elapsed_s(studio.clock.wall()) == pytest.approx(30.0, abs=2.0)
    skew = window.engine.client.skew.estimate()
    assert skew is not None and skew.ahead_s == pytest.approx(ahead_s, abs=1.0)


@pytest.mark.parametrize("step_s", [HOUR, -HOUR, -EPOCH], ids=["an hour ahead", "an hour back", "1970"])
async def test_a_step_of_the_wall_clock_keeps_the_queues_order(studio: Studio, step_s: float) -> None:
    """What was submitted first is sent first, whatever time was written beside it, and nothing is sent twice."""
    window = await studio.open()
    window.engine.queue.pause()
    first = window.submit("first")
    studio.clock.set_ahead_s = step_s
    second = window.submit("second")
    studio.clock.set_ahead_s = 0.0
    third = window.submit("third")
    assert [waiting.row for waiting in window.engine.queue.waiting()] == [first, second, third]
    window.engine.queue.resume()
    await until(lambda: studio.ended(window, [first, second, third]))
    assert studio.prompts() == ["first", "second", "third"]
    assert all(0.0 <= (window.row(row).elapsed_s(studio.clock.wall()) or 0.0) < 60.0 for row in (first, third))


@pytest.mark.parametrize("step_s", [HOUR, -HOUR, -EPOCH], ids=["an hour ahead", "an hour back", "1970"])
async def test_what_was_written_at_sending_finds_the_run_after_a_step_of_the_clock(
    studio: Studio, step_s: float
) -> None:
    """The answer is lost, the program ends, somebody sets the clock, and the next start finds the run by the server's time:
    the prompt is neither sent again nor asked about."""
    window = await studio.open()
    await window.lives()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=60.0)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    await window.engine.stop()
    studio.clock.set_ahead_s = step_s
    heir = await studio.open()
    await heir.shows(row, Status.RUNNING, within_s=200)
    await passing(60)
    assert studio.prompts() == ["fox"]
    assert studio.calls(Call.TRIGGER) == 1
    assert (heir.row(row).elapsed_s(studio.clock.wall()) or 0.0) >= 0.0
