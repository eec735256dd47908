"""The machine slept, or the program was stopped and goes on: nothing known before holds (docs/dev/polling.md 5, docs/dev/faults.md 167, 177)."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.events import Event
from cordage_tui.engine.processes.leadership import GAP_S, SleepDetector
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.http_messages import LogEntry
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import LoopClock, Studio, Window, passing, until

pytestmark = pytest.mark.looptime

NIGHT_S = 8 * 3_600.0
READS_A_SECOND = 1.8


async def test_sleep_is_noticed_and_a_busy_machine_is_not() -> None:
    """A look may come late by some seconds; what passes beyond that was sleep or a stop, once."""
    clock = LoopClock()
    watch = SleepDetector(clock)
    assert not watch.slept(0.25)
    await passing(GAP_S)
    assert not watch.slept(0.25)
    clock.suspended_s += NIGHT_S
    await passing(0.25)
    assert watch.slept(0.25)
    await passing(0.25)
    assert not watch.slept(0.25)
    await passing(600)  # SIGSTOP: the monotonic clock went on, the loop did not
    assert watch.slept(0.25)


async def settled(window: Window) -> None:
    """It has read, and has looked at the clocks."""
    await window.lives()
    await passing(1)


def webhooks_of(exchanges: Iterable[LogEntry]) -> list[str]:
    return [exchange.path.split("/")[3] for exchange in exchanges]


async def test_eight_hours_of_sleep_with_fifty_runs_end_in_one_probe_and_a_spread_sweep(
    make_studio: MakeStudio,
) -> None:
    """One read first, alone; then each other webhook once within W / R seconds, those on screen first; no 429, and all of
    the runs' ends are known."""
    studio = await make_studio(webhooks=10, seconds=1_000.0)
    window = await studio.open()
    rows = {key: [window.submit(f"prompt {n}", key) for n in range(5)] for key in studio.webhooks}
    every = [row for mine in rows.values() for row in mine]
    await until(lambda: all(window.status(row) is Status.RUNNING for row in every))
    seen = set(studio.webhooks[7:9])
    window.engine.fetcher.pending_results.preferred = {rows[key][0] for key in seen}
    await until(lambda: all(window.health(key) is HealthStatus.LIVE for key in studio.webhooks))
    noticed: list[float] = []

    def told(event: Event) -> None:
        if not noticed and window.health() is HealthStatus.LOADING:
            noticed.append(studio.clock.true())
            studio.world.options = Options(latency_s=(1.0, 1.0))

    window.engine.events.subscribe(told)
    studio.clock.suspended_s += NIGHT_S
    await until(lambda: all(window.status(row) is Status.COMPLETED for row in every), within_s=15)
    lists = [e for e in studio.served.log if e.call is Call.LIST and e.at >= noticed[0]]
    probe, sweep = lists[0], lists[1 : len(studio.webhooks)]
    assert sweep[0].at - probe.at >= 1.0
    assert sweep[-1].at - probe.at <= 1.0 + 10 / READS_A_SECOND + 1.0
    assert set(webhooks_of(lists[: len(studio.webhooks)])) == set(studio.webhooks)
    order = webhooks_of(sweep)
    assert set(order[: len(seen - {webhooks_of([probe])[0]})]) <= seen
    assert all(after.at - earlier.at > 0.2 for earlier, after in pairwise(sweep))
    await until(lambda: None not in studio.statuses(), within_s=2)  # the last one may still be under way
    assert studio.statuses().keys() == {200}


async def test_after_sleep_nothing_is_shown_as_fresh_before_it_is_read(studio: Studio) -> None:
    """The webhook says that it is connecting, with the age of its data, until the probe is answered."""
    window = await studio.open()
    await settled(window)
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=5.0)
    studio.clock.suspended_s += NIGHT_S
    await until(lambda: window.health() is HealthStatus.LOADING, within_s=1)
    ok_at = window.engine.health.of(window.webhook).ok_at
    assert ok_at is not None and studio.clock.wall() - ok_at > NIGHT_S
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=6)


async def test_after_sleep_no_old_connection_is_used(studio: Studio) -> None:
    """Those that were kept are dead, whatever they seem; a read that hangs on one is not waited for."""
    window = await studio.open()
    await settled(window)
    studio.fault(Call.LIST, FaultKind.SILENCE)
    reading = asyncio.create_task(window.engine.refresh(None))
    await passing(1)
    studio.clock.suspended_s += NIGHT_S
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=2)
    assert await reading is not None
    assert window.health() is HealthStatus.LIVE
    assert window.engine.health.of(window.webhook).words is None


async def test_after_sleep_the_wait_of_a_429_and_every_back_off_are_over(studio: Studio) -> None:
    """What the server said eight hours ago is not waited for."""
    window = await studio.open()
    await settled(window)
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=429, headers={"Retry-After": "300"})
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    await passing(5)
    studio.clock.suspended_s += NIGHT_S
    await window.shows(row, Status.RUNNING, within_s=5)


async def test_a_network_that_comes_back_late_after_sleep_is_found_soon(studio: Studio) -> None:
    """The first probes fail; what waits is sent as soon as one succeeds, and costs one trigger."""
    window = await studio.open()
    await settled(window)
    await studio.served.go_offline()
    studio.clock.suspended_s += NIGHT_S
    await until(lambda: window.health() is HealthStatus.OFFLINE, within_s=3)
    row = window.submit("fox")
    await passing(8)
    await studio.served.come_back()
    await window.shows(row, Status.RUNNING, within_s=20)
    assert studio.calls(Call.TRIGGER) == 1


async def test_after_sleep_prompts_and_the_open_run_wait_for_the_first_answer(studio: Studio) -> None:
    """What is sent into a network that is not up yet may end up uncertain: the probe goes first, all else at its end."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(100_000.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await settled(window)
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=3.0)
    studio.clock.suspended_s += NIGHT_S
    await until(lambda: window.health() is HealthStatus.LOADING, within_s=1)
    before = len(studio.served.log)
    later = window.submit("owl")
    window.engine.selected_run.select(row)
    await passing(2)
    assert [e.call for e in list(studio.served.log)[before:] if e.call is not Call.LIST] == []
    await window.shows(later, Status.RUNNING, within_s=3)
    await until(lambda: studio.calls(Call.GET) > 0, within_s=3)
    assert studio.calls(Call.TRIGGER) == 2


@pytest.mark.parametrize(("acts", "becomes"), [(False, Status.UNCERTAIN), (True, Status.COMPLETED)])
async def test_a_trigger_that_was_on_the_wire_when_the_machine_slept_is_not_sent_again(
    studio: Studio, acts: bool, becomes: Status
) -> None:
    """Its socket is dead, which its own deadline tells: it is uncertain, until the run list shows its run."""
    window = await studio.open()
    await settled(window)
    studio.fault(Call.TRIGGER, FaultKind.SILENCE, acts=acts)
    row = window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    studio.clock.suspended_s += NIGHT_S
    await window.shows(row, becomes, within_s=200)
    assert studio.calls(Call.TRIGGER) == 1
