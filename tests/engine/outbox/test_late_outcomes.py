"""Late outcomes: a process was stopped with a request on the wire, and reports it after another one took over.

The outcome counts for its own try, and for no other.
"""

import asyncio
from collections.abc import Mapping

import pytest

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime

LIMITED = '{"error": "Rate limit exceeded.", "retry_after": 2}'
DID_NOTHING: Mapping[str, Mapping[str, object]] = {
    "429": {"status": 429, "body": LIMITED},
    "401": {"status": 401},
    "422": {"status": 422},
}


class Stopped:
    """A window whose triggers go out, and which handles their answers once it continues."""

    def __init__(self, window: Window) -> None:
        self.goes_on = asyncio.Event()
        self.arrived = asyncio.Event()
        self._trigger = window.session.client.trigger
        window.session.client.trigger = self._answered_late  # type: ignore[method-assign]

    async def _answered_late(self, webhook_key: str, inputs: Inputs) -> RemoteRun:
        try:
            return await self._trigger(webhook_key, inputs)
        finally:
            self.arrived.set()
            await self.goes_on.wait()


async def taken_over(studio: Studio) -> tuple[Window, Window, RowId, Stopped]:
    """A window that sends a prompt and is stopped before the answer, and another one that takes over."""
    first, other = await studio.open(), await studio.open()
    await first.lives()
    stopped = Stopped(first)
    row = first.submit("fox")
    await stopped.arrived.wait()
    await first.engine.suspend()
    await other.shows(row, Status.UNCERTAIN, within_s=5)
    return first, other, row, stopped


@pytest.mark.parametrize("answer", DID_NOTHING)
async def test_a_refusal_of_the_first_try_does_not_touch_the_second(studio: Studio, answer: str) -> None:
    """A late refusal of the first try, a 429, 401 or 422, does not change the second try, whose run becomes the
    prompt's.

    Nothing is sent a third time.
    """
    studio.fault(Call.TRIGGER, FaultKind.STATUS, **DID_NOTHING[answer])
    first, other, row, stopped = await taken_over(studio)
    second = Stopped(other)
    assert other.engine.queue.resend(row).done
    await second.arrived.wait()
    first.engine.resume()
    stopped.goes_on.set()
    await passing(5)
    assert other.status(row) is Status.SENDING
    second.goes_on.set()
    await other.shows(row, Status.COMPLETED)
    await passing(30)
    assert studio.calls(Call.TRIGGER) == 2 and studio.prompts() == ["fox"]


async def test_a_run_of_the_first_try_stands_beside_that_of_the_second(studio: Studio) -> None:
    """If both tries have started a run, both runs are shown, and nothing is sent a third time."""
    first, other, row, stopped = await taken_over(studio)
    second = Stopped(other)
    assert other.engine.queue.resend(row).done
    await second.arrived.wait()
    first.engine.resume()
    stopped.goes_on.set()
    await passing(5)
    assert other.status(row) is Status.SENDING
    second.goes_on.set()
    await other.shows(row, Status.COMPLETED)
    await until(lambda: studio.ended(other, [line.id for line in other.rows()]))
    assert [line.prompt for line in other.rows()] == ["fox", "fox"]
    assert studio.calls(Call.TRIGGER) == 2 and studio.prompts() == ["fox", "fox"]


async def test_a_prompt_that_is_queued_again_is_not_sent_once_its_run_is_known(studio: Studio) -> None:
    """The user has it sent again while the queue is paused; the answer to the first try names its run, which it becomes."""
    studio.world.fate(studio.webhooks[0], PlannedOutcome(300.0))
    first, other, row, stopped = await taken_over(studio)
    other.engine.queue.pause()
    assert other.engine.queue.resend(row).done
    first.engine.resume()
    stopped.goes_on.set()
    await other.shows(row, Status.PENDING, Status.RUNNING, within_s=5)
    other.engine.queue.resume()
    await passing(30)
    assert studio.calls(Call.TRIGGER) == 1 and len(other.rows()) == 1


async def test_a_run_that_was_guessed_gives_way_to_the_one_that_the_answer_names(studio: Studio) -> None:
    """A run given by a guess is released when the answer names the true run, and the true id is kept."""
    listed, webhook, is_hidden = studio.world.list_runs, studio.webhooks[0], True
    studio.world.list_runs = lambda key: [  # type: ignore[method-assign]
        run for run in listed(key) if not is_hidden or run.inputs["prompt"] != "fox"
    ]
    first, other, row, stopped = await taken_over(studio)
    (own,) = (run.run_id for run in listed(webhook))
    foreign = studio.world.trigger(webhook, {"prompt": "somebody else's"}).run_id
    await until(lambda: other.row(row).run_id == foreign)
    assert other.row(row).matched is not None
    is_hidden = False
    first.engine.resume()
    stopped.goes_on.set()
    await until(lambda: other.row(row).run_id == own, within_s=5)
    assert other.row(row).matched is None
    await until(lambda: {line.run_id for line in other.rows()} == {own, foreign})
    assert studio.calls(Call.TRIGGER) == 1


async def test_an_answer_with_the_id_of_an_earlier_run_is_uncertain(studio: Studio) -> None:
    """An answer with the id of an earlier run is uncertain, with the reason, because the started run is unknown."""
    window = await studio.open()
    before = window.submit("owl")
    await window.shows(before, Status.COMPLETED)
    foreign = studio.world.trigger(studio.webhooks[0], {"prompt": "somebody else's"}).run_id
    await until(lambda: any(line.run_id == foreign for line in window.rows()))
    studio.fault(Call.TRIGGER, FaultKind.PATCH, patch={"run_id": foreign})
    listed = studio.world.list_runs  # its own run would settle it before anybody looks
    studio.world.list_runs = lambda key: [  # type: ignore[method-assign]
        run for run in listed(key) if run.inputs["prompt"] != "fox"
    ]
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN, within_s=2)
    assert "known before it was sent" in window.note(row)
    assert studio.calls(Call.TRIGGER) == 2
