"""A process that is about to be stopped gives its locks up first, and takes them again when it goes on."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.processes.watchdog import JobControl
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, passing, until

pytestmark = pytest.mark.looptime


async def test_another_window_takes_over_before_the_process_stops(studio: Studio) -> None:
    """At the moment of the stop nothing is held: not polling, sending or downloading; and the queue is not paused for it."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    held: list[bool] = []

    def stops() -> None:
        held.extend(lock.held for lock in (window.locks.polling, window.locks.sending, window.locks.downloading))

    await JobControl(lambda: window.engine).stop(stops)
    assert held == [False] * 3
    assert window.engine.leadership.polls or other.engine.leadership.polls


async def test_the_others_go_on_while_it_is_stopped(studio: Studio) -> None:
    """Its prompts are sent by whoever took over, once; afterwards it follows, and shows the same."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    await window.engine.suspend()
    row = window.submit("fox")
    await until(lambda: other.engine.leadership.polls, within_s=1)
    await other.shows(row, Status.COMPLETED)
    window.engine.resume()
    await passing(2)
    assert window.engine.is_follower() and window.health() is HealthStatus.LIVE
    assert studio.prompts() == ["fox"]
    assert window.store.queue_control.read("studio").paused is None


async def test_alone_it_goes_on_where_it_was(studio: Studio) -> None:
    """What was submitted elsewhere meanwhile is sent; nothing asks whether it may."""
    window = await studio.open()
    await window.lives()
    await window.engine.suspend()
    assert not window.engine.leadership.polls
    row = window.store.outbox.submit("studio", window.webhook, {"prompt": "fox"})
    await passing(20)
    assert studio.prompts() == []
    window.engine.resume()
    assert window.engine.leadership.polls
    await window.shows(row, Status.COMPLETED)


async def test_after_a_short_stop_it_reads_at_once(studio: Studio) -> None:
    """A stop of a few seconds is no sleep of the machine; what is shown is live again with the first read, not with the next
    one that was planned."""
    window = await studio.open()
    await window.lives()
    await window.engine.suspend()
    await passing(2)
    window.engine.resume()
    await until(lambda: window.health() is HealthStatus.LIVE, within_s=2)


async def test_an_answer_that_is_just_coming_is_waited_for(studio: Studio) -> None:
    """A moment, so that no prompt becomes uncertain for a stop."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=0.3)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    await window.engine.suspend()
    assert window.status(row) in (Status.PENDING, Status.RUNNING)


async def test_what_is_on_the_wire_is_not_given_up_by_the_process_that_sent_it(studio: Studio) -> None:
    """Its answer comes after it goes on: the prompt is accepted, never called uncertain, and sent once."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=20.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    await window.engine.suspend()
    window.engine.resume()
    seen = set()
    for _ in range(120):
        await passing(0.25)
        seen.add(window.status(row))
    assert Status.UNCERTAIN not in seen and Status.COMPLETED in seen | {window.status(row)}
    assert studio.calls(Call.TRIGGER) == 1


async def test_whoever_takes_over_looks_for_what_was_on_the_wire(make_studio: MakeStudio) -> None:
    """It is uncertain there until a list shows it, or the answer is taken in by the process that goes on; sent once."""
    studio = await make_studio()
    window, other = await studio.open(), await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=20.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    await window.engine.suspend()
    await other.shows(row, Status.UNCERTAIN, within_s=1)
    window.engine.resume()
    await other.shows(row, Status.COMPLETED, within_s=60)
    assert studio.calls(Call.TRIGGER) == 1
