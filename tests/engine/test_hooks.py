"""Hooks besides `on_finish`: each event is told once, to one process alone, whatever dies in between."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.config.settings import Settings
from cordage_tui.config.user_programs import Hook
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Author, Expected
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.hooks.hook_events import STALE_S
from cordage_tui.engine.hooks.hook_runner import HookRunner
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime

ALL = Settings(hooks={name: Hook(("true",)) for name in ("on_batch", "on_idle", "on_hold")})
Told = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """`told("on_batch")`: what that hook was given so far, by any window; no program is started."""
    heard: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(HookRunner, "_start", lambda _, name, given: heard.append((name, given)))

    def of(name: str) -> list[dict[str, Any]]:
        found = [given for said, given in heard if said == name]
        assert [wrong_with(given) for given in found] == [[]] * len(found)
        return found

    return of


def batch(window: Window, *prompts: str) -> RowId:
    return window.engine.queue.submit_batch(
        window.webhook, BatchSource("a <!channel> of @all"), [{"prompt": prompt} for prompt in prompts]
    )


async def test_the_end_of_a_batch_is_told_once(studio: Studio, told: Told) -> None:
    """When its last run has ended, with counts and ids; by one of two windows, and not again by a third."""
    studio.world.fate(studio.webhooks[0], PlannedOutcome(5.0), PlannedOutcome(20.0, failure="no such model"))
    first, _ = [await studio.open(settings=ALL) for _ in range(2)]
    line = batch(first, "fox", "owl")
    rows = first.store.batches.members(line)
    await until(lambda: first.status(rows[0]) is Status.COMPLETED)
    await passing(3.0)
    assert told("on_batch") == []
    await until(lambda: told("on_batch"))
    (given,) = told("on_batch")
    assert given["batch"]["counts"] == {"completed": 1, "failed": 1}
    assert given["batch"]["runs"] == [
        {"id": first.row(row).run_id, "row": row, "status": str(first.status(row))} for row in rows
    ]
    await (await studio.open(settings=ALL)).lives()
    await passing(30.0)
    assert len(told("on_batch")) == 1


async def test_a_message_addresses_nobody(studio: Studio, told: Told) -> None:
    """What a chat would take for a command is in the text as something that looks like it, and whole elsewhere."""
    window = await studio.open(settings=ALL)
    batch(window, "fox")
    await until(lambda: told("on_batch"))
    (given,) = told("on_batch")
    name = window.engine.profile.webhooks[0].name
    assert given["text"] == f'Cordage: batch "a ‹!channel› of ＠all" of {name} has ended: 1 completed.'
    assert given["batch"]["title"] == "a <!channel> of @all"


@pytest.mark.parametrize(("late_s", "times"), [(0.0, 1), (STALE_S + 60, 0)])
async def test_an_end_that_nobody_told_is_told_by_the_next(
    studio: Studio, told: Told, late_s: float, times: int
) -> None:
    """The window that saw the batch was killed, and one without hooks saw its end; what ended long ago is no news."""
    window = await studio.open(settings=ALL)
    rows = window.store.batches.members(batch(window, "fox", "owl"))
    await until(lambda: window.status(rows[1]) is not Status.QUEUED)
    await window.dies()
    silent = await studio.open()
    silent.engine.queue.resume()
    await until(lambda: studio.ended(silent, rows))
    await silent.engine.stop()
    assert told("on_batch") == []
    await passing(late_s)
    for _ in range(2):
        last = await studio.open(settings=ALL)
        await last.lives()
        await passing(2.0)
        await last.engine.stop()
    assert len(told("on_batch")) == len(told("on_idle")) == times


async def test_a_batch_that_was_dropped_whole_is_no_end(studio: Studio, told: Told) -> None:
    """Nothing of it has run."""
    window = await studio.open(settings=ALL)
    window.engine.queue.pause()
    rows = window.store.batches.members(batch(window, "fox", "owl"))
    await passing(1.0)
    assert window.engine.queue.drop_queued(rows) == 2
    await passing(5.0)
    assert told("on_batch") == []


async def test_idle_is_an_edge(studio: Studio, told: Told) -> None:
    """Not at the start; once when queue and runs are empty after they were not, and once more the next time."""
    windows = [await studio.open(settings=ALL) for _ in range(2)]
    await windows[0].lives()
    await passing(60.0)
    assert told("on_idle") == []
    for times in (1, 2):
        rows = [windows[0].submit(f"{word} {times}") for word in ("fox", "owl")]
        await until(lambda rows=rows: windows[0].status(rows[0]) is Status.COMPLETED)
        await until(lambda times=times: len(told("on_idle")) == times)
        assert studio.ended(windows[0], rows)
        await passing(60.0)
        assert len(told("on_idle")) == times
    assert told("on_idle")[0]["text"] == "Cordage: nothing is queued or running any more."


async def test_what_the_queue_holds_is_not_idle(studio: Studio, told: Told) -> None:
    """A prompt that is paused, or uncertain, is still there."""
    window = await studio.open(settings=ALL)
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.RESET, acts=True)
    studio.fault(Call.LIST, FaultKind.STATUS, count=None, status=500)
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN)
    await passing(300.0)
    assert told("on_idle") == []
    studio.world.faults.planned.clear()
    await window.shows(row, Status.COMPLETED)
    await until(lambda: told("on_idle"))


async def test_what_waits_for_approval_is_told_once(studio: Studio, told: Told) -> None:
    """However many an author submits, until the user has decided about all."""
    window = await studio.open(settings=ALL)
    author = Author(SafeText("claude"), is_held=True)
    rows = [window.store.outbox.submit("studio", window.webhook, {"prompt": "owl"}, author=author)]
    await until(lambda: told("on_hold"))
    rows.append(window.store.outbox.submit("studio", window.webhook, {"prompt": "elk"}, author=author))
    await passing(60.0)
    ((hold,),) = [each["holds"] for each in told("on_hold")]
    assert (hold["reason"], hold["words"]) == ("approval", "1 prompt of an author waits for your approval.")
    for row in rows:
        window.store.outbox.drop(row, Expected(OutboxState.HELD))
    await passing(60.0)
    window.store.outbox.submit("studio", window.webhook, {"prompt": "fox"}, author=author)
    await until(lambda: len(told("on_hold")) == 2)


async def test_a_refused_key_is_told_once(studio: Studio, told: Told) -> None:
    """However many prompts are held by it, and not by the next window with the same key; after a good one it is news again."""
    window = await studio.open(settings=ALL, key="cordage_wrong")
    await until(lambda: told("on_hold"))
    (hold,) = told("on_hold")[0]["holds"]
    assert hold["reason"] == "key" and hold["words"]
    window.submit("fox")
    await passing(60.0)
    await window.engine.stop()
    again = await studio.open(settings=ALL, key="cordage_wrong")
    await until(lambda: again.health() is HealthStatus.REFUSED)
    await passing(60.0)
    await again.engine.stop()
    assert len(told("on_hold")) == 1
    good = await studio.open(settings=ALL)
    await good.lives()
    await passing(2.0)
    await good.engine.stop()
    await studio.open(settings=ALL, key="cordage_wrong")
    await until(lambda: len(told("on_hold")) == 2)


async def test_two_keys_of_which_one_is_refused_do_not_tell_in_turns(studio: Studio, told: Told) -> None:
    """Each window says what it has seen change, once."""
    await studio.open(settings=ALL)
    await studio.open(settings=ALL, key="cordage_wrong")
    await until(lambda: told("on_hold"))
    await passing(300.0)
    assert len(told("on_hold")) == 1


async def test_a_pause_by_a_fault_is_told_and_yours_is_not(studio: Studio, told: Told) -> None:
    """Once for each pause, however long it lasts and whichever window comes after."""
    window = await studio.open(settings=ALL)
    await window.lives()
    window.engine.queue.pause()
    await passing(2.0)
    assert told("on_hold") == []
    for times in (1, 2):
        window.engine.queue.resume()
        await passing(2.0)
        window.store.queue_control.pause("studio", SafeText("The database is older than what was sent"))
        await until(lambda times=times: len(told("on_hold")) == times)
        await passing(60.0)
    await window.engine.stop()
    await (await studio.open(settings=ALL)).lives()
    await passing(60.0)
    assert [[hold["reason"] for hold in given["holds"]] for given in told("on_hold")] == [["paused"], ["paused"]]
    assert told("on_hold")[0]["text"] == "Cordage: The database is older than what was sent"


async def test_an_uncertain_prompt_is_told_when_it_asks(studio: Studio, told: Told) -> None:
    """Not while it is looked for; once each time that the user is to decide."""
    window = await studio.open(settings=ALL)
    await window.lives()
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    row = window.submit('a "fox"')
    await window.shows(row, Status.UNCERTAIN)
    await passing(5.0)
    assert told("on_hold") == []
    await until(lambda: told("on_hold"), 2_000.0)
    (hold,) = told("on_hold")[0]["holds"]
    assert (hold["reason"], hold["row"], hold["prompt"]) == ("uncertain", row, 'a "fox"')
    await passing(600.0)
    assert len(told("on_hold")) == 1
    assert window.engine.queue.keep_waiting(row)
    await until(lambda: len(told("on_hold")) == 2, 2_000.0)
    assert window.store.queue.counts("studio") == {OutboxState.UNCERTAIN: 1}
