"""Kills happen by the user's word, and what is said of them is what a read has confirmed."""

import asyncio

import pytest

from cordage_tui.api.request import Timeouts
from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.events import KillOutcome
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime


async def runs_for_long(studio: Studio, window: Window) -> RowId:
    """A row whose run goes on for ten minutes."""
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    return row


async def test_a_kill_is_confirmed_by_a_read(studio: Studio) -> None:
    """The row shows `killing` from the first moment, and `cancelled` once a get has said so."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.DELAY, seconds=3.0)
    kill = asyncio.create_task(window.kill(running))
    await window.shows(running, Status.KILLING, within_s=0.2)
    gets = studio.calls(Call.GET)
    report = await kill
    assert report.outcome is KillOutcome.CANCELLED
    assert window.status(running) is Status.CANCELLED
    assert studio.calls(Call.KILL) == 1
    assert studio.calls(Call.GET) > gets


@pytest.mark.parametrize("status", [409, 404, 400, 410])
async def test_a_run_that_ended_meanwhile_is_reported_as_what_it_became(make_studio: MakeStudio, status: int) -> None:
    """Whatever 4xx the server answers, the run is read, and the report names its end."""
    studio = await make_studio(options=Options(kill_ended_status=status), seconds=20.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await until(lambda: studio.calls(Call.LIST) >= 2)
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=503)
    await passing(21)
    assert window.status(row) is Status.RUNNING
    report = await window.kill(row)
    assert report.outcome is KillOutcome.ENDED
    assert "completed" in report.words
    assert window.status(row) is Status.COMPLETED


async def test_a_kill_of_what_has_ended_costs_no_call(studio: Studio) -> None:
    """A row that is known to have ended is told so, without asking the server."""
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    report = await window.kill(row)
    assert report.outcome is KillOutcome.ENDED
    assert studio.calls(Call.KILL) == 0


async def test_of_a_run_that_the_server_has_forgotten_no_end_is_told(studio: Studio) -> None:
    """It may go on, for all that is known; a try again is useless."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    window.store.runs.lost(running, "The server no longer knows this run.")
    report = await window.kill(running)
    assert (report.outcome, report.hopeless) == (KillOutcome.NOT_KILLED, True)
    assert report.words == "Not killed: the server no longer knows this run."


async def test_a_kill_whose_answer_is_lost_is_settled_by_a_read(studio: Studio) -> None:
    """The kill did work although its answer never came: the read after it shows so."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.CLOSE, acts=True)
    report = await window.kill(running)
    assert report.outcome is KillOutcome.CANCELLED
    assert studio.calls(Call.KILL) == 1


async def test_a_kill_that_never_arrived_is_sent_once_more(studio: Studio) -> None:
    """When the read shows that the run goes on, the kill is repeated: a second one does no harm."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.CLOSE)
    report = await window.kill(running)
    assert report.outcome is KillOutcome.CANCELLED
    assert studio.calls(Call.KILL) == 2


async def test_a_kill_in_doubt_shows_killing_until_a_read_confirms(studio: Studio) -> None:
    """The kill times out and no read gets through: the row neither says `running` nor `cancelled`. The first good read
    settles it."""
    window = await studio.open(deadlines=Timeouts(read_s=3.0, total_s=4.0))
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    studio.fault(Call.KILL, FaultKind.SILENCE, acts=True)
    studio.fault(Call.GET, FaultKind.STATUS, count=None, status=503)
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=503)
    report = await window.kill(row)
    assert report.outcome is KillOutcome.ASKED
    assert window.status(row) is Status.KILLING
    studio.world.faults.planned.clear()
    await window.shows(row, Status.CANCELLED, within_s=60)
    assert window.finished() == [row]


async def test_a_refused_kill_leaves_the_row_running_and_says_why(studio: Studio) -> None:
    """A clear no, with the run going on: the row shows `running` again, with the server's words."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.STATUS, status=400, body='{"error": "too early"}')
    report = await window.kill(running)
    assert report.outcome is KillOutcome.NOT_KILLED
    assert "too early" in report.words
    assert window.status(running) is Status.RUNNING
    assert "too early" in window.note(running)


async def test_a_kill_while_the_server_is_away_is_not_done(studio: Studio) -> None:
    """A kill that surely was not sent is reported as such, and the row does not pretend."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    await studio.served.go_offline()
    report = await window.kill(running)
    assert report.outcome is KillOutcome.NOT_KILLED
    assert window.status(running) is Status.RUNNING


async def test_a_row_stays_killing_for_a_minute_at_most(studio: Studio) -> None:
    """When the server took the kill and still shows the run going on a minute later, the row says that instead."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    run_id = window.row(running).run_id
    studio.fault(Call.KILL, FaultKind.STATUS, status=200, body=f'{{"run_id": "{run_id}", "status": "cancelled"}}')
    assert (await window.kill(running)).outcome is KillOutcome.ASKED
    await passing(45)
    assert window.status(running) is Status.KILLING
    await window.shows(running, Status.RUNNING, within_s=25)
    assert "had no effect" in window.note(running)


async def test_a_kill_flag_left_by_a_dead_process_is_settled(studio: Studio) -> None:
    """A window that died while killing leaves `killing` behind; the next one reads the run and does not repeat the kill."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    window.store.runs.ask_kill(running)
    await window.engine.stop()
    heir = await studio.open()
    assert heir.status(running) is Status.KILLING
    await heir.shows(running, Status.RUNNING, within_s=75)
    assert studio.calls(Call.KILL) == 0


async def test_dropping_what_is_queued_costs_nothing(make_studio: MakeStudio) -> None:
    """A kill of a queued row takes it off the list, and no call is made for it."""
    studio = await make_studio()
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=5.0)
    first, queued = window.submit("owl"), window.submit("fox")
    await window.shows(first, Status.SENDING)
    report = await window.kill(queued)
    assert report.outcome is KillOutcome.DROPPED
    assert "not charged" in report.words
    await window.shows(first, Status.COMPLETED)
    assert window.status(queued) is None
    assert studio.prompts() == ["owl"]
    assert studio.calls(Call.KILL) == 0


async def test_what_is_being_sent_cannot_be_dropped(studio: Studio) -> None:
    """Between the first byte and the answer there is no id to kill and no way to take it back; the report says so."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=5.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    report = await window.kill(row)
    assert report.outcome is KillOutcome.NOT_KILLED
    await window.shows(row, Status.COMPLETED)


async def test_dropping_an_uncertain_row_promises_nothing(studio: Studio) -> None:
    """It may be running: the words do not say that it is not charged."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN)
    report = await window.kill(row)
    assert report.outcome is KillOutcome.DROPPED
    assert "may be charged" in report.words
    assert "not charged" not in report.words


async def test_a_caller_that_gives_up_does_not_cancel_the_kill(studio: Studio) -> None:
    """A screen task that is cancelled while it waits stops listening; kill and read go on to their end (docs/dev/library-traps.md T1)."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.DELAY, seconds=2.0)
    kill = asyncio.create_task(window.kill(running))
    await until(lambda: studio.calls(Call.KILL) == 1)
    kill.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kill
    await window.shows(running, Status.CANCELLED, within_s=5)


IN_DOUBT = [
    pytest.param(FaultKind.STATUS, {"status": 502, "body": "<html>Bad Gateway</html>"}, id="502"),
    pytest.param(FaultKind.REDIRECT, {"status": 302}, id="302"),
    pytest.param(FaultKind.MALFORMED, {}, id="malformed"),
    pytest.param(FaultKind.STATUS, {"status": 403, "body": "<html>Blocked</html>"}, id="403 page"),
    pytest.param(
        FaultKind.STATUS, {"status": 200, "body": '{"run_id": "another", "status": "cancelled"}'}, id="another"
    ),
    pytest.param(
        FaultKind.STATUS, {"status": 503, "body": '{"error": "Rate limit exceeded.", "retry_after": 1}'}, id="503"
    ),
]


@pytest.mark.parametrize(("kind", "about"), IN_DOUBT)
async def test_a_kill_with_a_useless_answer_and_no_read_is_in_doubt(
    studio: Studio, kind: FaultKind, about: dict[str, object]
) -> None:
    """The run may have been killed: neither "not killed" is said nor "cancelled", and the row shows `killing`."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, kind, count=None, **about)
    studio.fault(Call.GET, FaultKind.STATUS, count=None, status=503)
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=503)
    report = await window.kill(running)
    assert (report.outcome, report.answered) == (KillOutcome.ASKED, False)
    assert "may have been killed" in report.words and "Not killed" not in report.words
    assert window.status(running) is Status.KILLING


async def test_a_kill_that_is_answered_with_another_run_changes_no_other_row(studio: Studio) -> None:
    """Neither the answer to the kill nor that to the read after it is believed of the other run."""
    window = await studio.open()
    running, other = await runs_for_long(studio, window), await runs_for_long(studio, window)
    body = f'{{"run_id": "{window.row(other).run_id}", "status": "cancelled"}}'
    studio.fault(Call.KILL, FaultKind.STATUS, count=None, status=200, body=body)
    studio.fault(Call.GET, FaultKind.STATUS, count=None, status=200, body=body)
    report = await window.kill(running)
    assert (report.outcome, report.answered) == (KillOutcome.ASKED, False)
    assert window.status(other) is Status.RUNNING


async def test_a_kill_that_a_broken_front_answers_while_the_run_goes_on_is_not_done(studio: Studio) -> None:
    """The read has shown the run active after the answer: the row says so, with the server's words."""
    window = await studio.open()
    running = await runs_for_long(studio, window)
    studio.fault(Call.KILL, FaultKind.STATUS, count=None, status=502, body='{"error": "bad gateway"}')
    report = await window.kill(running)
    assert report.outcome is KillOutcome.NOT_KILLED
    assert "Still running" in report.words
    assert window.status(running) is Status.RUNNING
