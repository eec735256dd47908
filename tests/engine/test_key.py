"""A refused key stops every call of it, loses no prompt, and a new key goes on where the old one stopped."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.events import StateChanged
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, now, passing, until

pytestmark = pytest.mark.looptime


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_one_refusal_stops_every_call(make_studio: MakeStudio, status: int) -> None:
    """After the first refused read nothing more reaches the server: no poll, no refresh, no kill, no open detail, no
    trigger. The health of all webhooks says so, and it is told in one event."""
    studio = await make_studio(webhooks=3, seconds=600.0)
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await until(lambda: all(window.health(key) is HealthStatus.LIVE for key in studio.webhooks))
    studio.fault(Call.ANY, FaultKind.STATUS, count=None, status=status)
    window.engine.selected_run.select(row)
    before = len(window.events)
    await until(lambda: window.engine.leadership.refused)
    told = [event for event in window.events[before:] if isinstance(event, StateChanged)]
    calls = studio.calls()
    assert (await window.kill(row)).outcome.value == "not killed"
    assert await window.engine.refresh(None) is not None
    held = window.submit("owl")
    await passing(300)
    assert studio.calls() == calls
    assert studio.statuses()[status] <= 2
    assert {window.health(key) for key in studio.webhooks} == {HealthStatus.REFUSED}
    assert window.status(held) is Status.HELD
    assert len(told) <= 4


async def test_reads_that_wait_for_budget_are_not_sent_after_a_refusal(make_studio: MakeStudio) -> None:
    """Eight webhooks are due at the start; the refusal of the first is the only one there is."""
    studio = await make_studio(webhooks=8)
    studio.world.api_keys.clear()
    window = await studio.open()
    await until(lambda: window.engine.leadership.refused)
    await passing(120)
    assert studio.calls() == 1


async def test_a_refused_trigger_is_held_with_all_behind_it(studio: Studio) -> None:
    """None of them is lost or sent; each row says what it waits for."""
    window = await studio.open()
    await window.lives()
    studio.world.api_keys.clear()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await until(lambda: all(window.status(row) is Status.HELD for row in rows), within_s=5)
    assert all("waiting for a working API key" in window.note(row) for row in rows)
    assert studio.calls(Call.TRIGGER) == 1


async def test_prompts_of_an_account_that_cannot_pay_wait_for_that(studio: Studio) -> None:
    """402: neither the row nor the queue calls the API key rejected, for another key of the account would not help."""
    window = await studio.open()
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, count=None, status=402)
    row = window.submit("fox")
    await window.shows(row, Status.HELD, within_s=5)
    assert "waiting for the account to be paid for" in window.note(row)
    assert "API key rejected" not in window.note(row)
    later = window.submit("owl")
    await window.shows(later, Status.HELD, within_s=5)
    assert "waiting for the account to be paid for" in window.note(later)


async def test_a_new_key_sends_what_was_held(studio: Studio) -> None:
    """A new engine on the same store, with a key that works: the held prompts go, each once, in the old order."""
    window = await studio.open()
    await window.lives()
    studio.world.api_keys.clear()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await until(lambda: all(window.status(row) is Status.HELD for row in rows))
    await window.engine.stop()
    studio.world.api_keys.add("cordage_new")
    window.store.outbox.release_held(window.engine.profile.name)
    heir = await studio.open(key="cordage_new", store=window.store)
    await until(lambda: studio.ended(heir, rows))
    assert studio.prompts() == ["prompt 0", "prompt 1", "prompt 2"]
    assert heir.health() is HealthStatus.LIVE


async def test_a_start_with_a_key_that_works_sends_what_an_earlier_one_held(studio: Studio) -> None:
    """The key was put right outside the program: the first good read releases what was held, once."""
    window = await studio.open()
    await window.lives()
    studio.world.api_keys.clear()
    row = window.submit("fox")
    await window.shows(row, Status.HELD)
    await window.engine.stop()
    studio.world.api_keys.add(studio.served.api_key)
    heir = await studio.open()
    await heir.shows(row, Status.COMPLETED, within_s=20)
    assert studio.calls(Call.TRIGGER) == 2


async def test_a_key_that_may_read_and_not_trigger_is_no_loop(studio: Studio) -> None:
    """403 on triggers alone: the prompt is tried once a start, not once a read."""
    studio.fault(Call.TRIGGER, FaultKind.STATUS, count=None, status=403)
    window = await studio.open()
    await window.lives()
    row = window.submit("fox")
    await window.shows(row, Status.HELD)
    await passing(120)
    assert studio.calls(Call.TRIGGER) == 1


async def test_a_window_with_a_good_key_works_beside_one_whose_key_is_refused(studio: Studio) -> None:
    """The refused window keeps nothing from the other: that one polls, and sends its own prompts, once each."""
    window = await studio.open()
    await window.lives()
    studio.world.api_keys = {"cordage_new"}
    await window.engine.refresh(None)
    assert window.engine.leadership.refused
    other = await studio.open(key="cordage_new")
    row = other.submit("fox")
    await other.shows(row, Status.COMPLETED, within_s=20)
    assert other.engine.leadership.refused is None
    assert studio.prompts() == ["fox"]


async def test_a_second_window_with_the_refused_key_asks_nothing(studio: Studio) -> None:
    """It sees that the key is refused from what the first wrote down, and holds its prompts without a call."""
    window = await studio.open()
    await window.lives()
    studio.world.api_keys.clear()
    await window.engine.refresh(None)
    other = await studio.open()
    await until(lambda: other.engine.leadership.refused, within_s=2)
    calls = studio.calls()
    row = other.submit("fox")
    await passing(60)
    assert other.status(row) is Status.HELD
    assert studio.calls() == calls


async def test_a_key_that_cannot_be_sent_is_refused_here(studio: Studio) -> None:
    """White space in a key never reaches the wire: it counts as refused, and prompts are held."""
    window = await studio.open(key="cordage with blanks")
    await until(lambda: window.engine.leadership.refused, within_s=5)
    row = window.submit("fox")
    assert window.status(row) is Status.HELD
    assert studio.calls() == 0


async def test_a_kill_cut_short_by_a_refusal_is_no_success(studio: Studio) -> None:
    """A kill under way when the key is refused elsewhere ends with words, not with an exception."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(600.0))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    studio.fault(Call.KILL, FaultKind.STATUS, status=401)
    report = await window.kill(row)
    assert report.outcome.value == "not killed"
    assert window.status(row) is Status.RUNNING
    assert now() < 60
