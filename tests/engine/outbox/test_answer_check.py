"""After a trigger without a usable answer, nothing more is sent until a read of the server succeeds."""

import pytest

from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime

PORTALS = [
    pytest.param(FaultKind.REDIRECT, {"status": 302}, id="302"),
    pytest.param(FaultKind.REDIRECT, {"status": 303}, id="303"),
    pytest.param(FaultKind.REDIRECT, {"status": 307}, id="307"),
    pytest.param(FaultKind.HTML, {}, id="a login page"),
    pytest.param(FaultKind.EMPTY, {}, id="an empty 200"),
    pytest.param(FaultKind.STATUS, {"status": 502}, id="502"),
    pytest.param(
        FaultKind.STATUS, {"status": 503, "body": '{"error": "Rate limit exceeded.", "retry_after": 1}'}, id="503"
    ),
    pytest.param(FaultKind.STATUS, {"status": 511, "body": "<html>log in</html>"}, id="511"),
    pytest.param(FaultKind.STATUS, {"status": 401, "body": "<html>log in</html>"}, id="401 page"),
    pytest.param(FaultKind.STATUS, {"status": 403, "body": "<html>blocked</html>"}, id="403 page"),
    pytest.param(FaultKind.STATUS, {"status": 204, "body": ""}, id="204"),
    pytest.param(FaultKind.STATUS, {"status": 200, "body": '{"data": null}'}, id="200 without a list"),
    pytest.param(FaultKind.GARBAGE, {}, id="garbage"),
    pytest.param(FaultKind.CLOSE, {}, id="close"),
    pytest.param(FaultKind.RESET, {}, id="reset"),
]


def queued(window: Window, rows: list[int]) -> int:
    return sum(window.status(row) is Status.QUEUED for row in rows)


@pytest.mark.parametrize(("kind", "about"), PORTALS)
async def test_a_broken_front_makes_one_prompt_uncertain_and_never_a_whole_queue(
    make_studio: MakeStudio, kind: FaultKind, about: dict[str, object]
) -> None:
    """Every call gets the same useless answer: one prompt has met it, the others wait, and go when the server is back."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    await window.lives()
    studio.fault(Call.ANY, kind, count=None, **about)
    rows = [window.submit(f"prompt {n}", studio.webhooks[n % 2]) for n in range(6)]
    await passing(200)
    assert studio.calls(Call.TRIGGER) == 1
    assert window.status(rows[0]) is Status.UNCERTAIN
    assert queued(window, rows) == 5
    assert "run list cannot be read" in window.note(rows[1])
    studio.world.faults.planned.clear()
    await until(lambda: not queued(window, rows))
    assert sorted(studio.prompts()) == [f"prompt {n}" for n in range(1, 6)]
    assert studio.calls(Call.TRIGGER) == 6


async def test_the_forecast_says_why_nothing_is_sent(studio: Studio) -> None:
    """Screen and command line show one reason for all waiting prompts, with the server's answer."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.ANY, FaultKind.REDIRECT, count=None, status=302)
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await window.shows(rows[0], Status.UNCERTAIN)
    drain = window.engine.forecast.drain()
    assert drain.blocked_by is BlockedBy.ANSWER and drain.seconds is None
    assert drain.blocked is not None and "302" in drain.blocked
    assert "until the server's run list can be read" in drain.blocked
    studio.world.faults.planned.clear()
    await until(lambda: window.engine.forecast.drain().blocked is None)


async def test_a_server_that_is_read_at_once_delays_the_next_prompt_by_that_read_only(studio: Studio) -> None:
    """One lost answer on a sound server costs the next prompt one read and no wait."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=502)
    first, second = window.submit("fox"), window.submit("owl")
    await window.shows(first, Status.UNCERTAIN)
    await window.shows(second, Status.RUNNING, within_s=3)


async def test_a_list_that_was_asked_for_before_the_bad_answer_proves_nothing(studio: Studio) -> None:
    """Only a read sent after the bad answer lets prompts go, because an earlier one shows the old network."""
    window = await studio.open()
    await window.lives()
    await passing(5)
    studio.fault(Call.LIST, FaultKind.DELAY, seconds=8.0)
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=2.0, status=302)
    studio.fault(Call.LIST, FaultKind.HTML, count=None)
    read = window.session.calls.spawn(window.engine.refresh(None))
    await passing(0.5)
    studio.world.faults.planned[:] = [f for f in studio.world.faults.planned if f.call is not Call.TRIGGER]
    studio.fault(Call.TRIGGER, FaultKind.REDIRECT, count=None, status=302)
    rows = [window.submit("fox"), window.submit("owl")]
    await window.shows(rows[0], Status.UNCERTAIN, within_s=5)
    assert await read is None
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 1


async def test_a_process_that_takes_over_reads_before_it_sends(studio: Studio) -> None:
    """A process that takes over also waits for a read: otherwise each command of a script would meet the portal
    again."""
    window = await studio.open()
    await window.lives()
    await passing(10)
    studio.fault(Call.ANY, FaultKind.REDIRECT, count=None, status=302)
    first = window.submit("fox")
    await window.shows(first, Status.UNCERTAIN)
    await window.engine.stop()
    heir = await studio.open()
    second = heir.submit("owl")
    await passing(100)
    assert heir.status(second) is Status.QUEUED
    assert studio.calls(Call.TRIGGER) == 1
    studio.world.faults.planned.clear()
    await heir.shows(second, Status.RUNNING, Status.COMPLETED)


async def test_triggers_that_alone_are_broken_pause_the_queue_after_three(studio: Studio) -> None:
    """Lists are read well and each trigger is lost: three prompts are uncertain, and the user decides about the rest."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, count=None, status=502, acts=True)
    rows = [window.submit(f"prompt {n}") for n in range(9)]
    await passing(100)
    assert studio.calls(Call.TRIGGER) == 3
    assert queued(window, rows) == 6
    paused = window.engine.queue.control().paused
    assert paused is not None and "502" in paused and "until you resume" in paused
    studio.world.faults.planned.clear()
    window.engine.queue.resume()
    await until(lambda: not queued(window, rows))
    assert studio.calls(Call.TRIGGER) == 9


async def test_a_refusal_by_something_in_between_holds_the_rest(studio: Studio) -> None:
    """A 404 that is a web page holds the next prompt until a list was read."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.ANY, FaultKind.STATUS, count=None, status=405, body="<html>not here</html>")
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await passing(100)
    assert [window.status(row) for row in rows] == [Status.REJECTED, Status.QUEUED, Status.QUEUED]
    studio.world.faults.planned.clear()
    await until(lambda: not queued(window, rows))


async def test_a_webhook_that_is_gone_does_not_hold_the_others(make_studio: MakeStudio) -> None:
    """If the list of the webhook cannot be read, the list of another webhook proves that the server answers."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    await window.lives()
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=404, webhook=studio.webhooks[0])
    studio.fault(Call.TRIGGER, FaultKind.REDIRECT, webhook=studio.webhooks[0], status=302)
    first, second = window.submit("fox"), window.submit("owl", studio.webhooks[1])
    await window.shows(first, Status.UNCERTAIN)
    await window.shows(second, Status.RUNNING, within_s=10)


async def test_a_front_that_repeats_an_old_answer_does_not_get_the_whole_queue(studio: Studio) -> None:
    """Each trigger is answered with the run of an earlier one: three prompts are uncertain, and the rest waits for the user."""
    window = await studio.open()
    first = window.submit("fox")
    await window.shows(first, Status.RUNNING)
    studio.fault(Call.TRIGGER, FaultKind.PATCH, count=None, patch={"run_id": window.row(first).run_id})
    rows = [window.submit(f"prompt {n}") for n in range(8)]
    await passing(100)
    assert studio.calls(Call.TRIGGER) == 4
    assert queued(window, rows) == 5
    assert "names a run of another prompt" in (window.engine.queue.control().paused or "")
