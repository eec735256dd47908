"""While a dialog asks about prompts, no window or worker sends them, and a dead window holds none."""

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.engine.outbox.open_question import OpenQuestion
from cordage_tui.simulator.faults import Call
from cordage_tui.store.outbox.open_questions import HELD_S
from tests.engine.studio import Studio, passing, until

pytestmark = pytest.mark.looptime


async def test_a_prompt_that_is_asked_about_is_sent_only_after_the_answer(studio: Studio) -> None:
    """A prompt in an open question is not sent until it is closed, and later prompts go first."""
    window = await studio.open()
    window.engine.queue.pause()
    fox = window.submit("fox")
    question = window.engine.queue.ask_about([fox])
    owl = window.submit("owl")
    window.engine.queue.resume()
    await window.shows(owl, Status.PENDING, Status.RUNNING)
    for _ in range(20):
        await passing(HELD_S / 4)
        question.renew()
    assert window.status(fox) is Status.QUEUED
    assert studio.prompts() == ["owl"]
    question.close()
    await window.shows(fox, Status.PENDING, Status.RUNNING, within_s=2.0)


async def test_another_window_does_not_send_it_either(studio: Studio) -> None:
    """The question of a window that follows binds the one that sends."""
    leader, follower = await studio.open(), await studio.open()
    leader.engine.queue.pause()
    fox = follower.submit("fox")
    question = follower.engine.queue.ask_about([fox])
    leader.engine.queue.resume()
    await passing(HELD_S / 2)
    assert studio.calls(Call.TRIGGER) == 0
    question.close()
    await until(lambda: studio.calls(Call.TRIGGER) == 1, within_s=2.0)


@pytest.mark.parametrize("shift_s", [0.0, -3_600.0, 3_600.0])
async def test_a_question_of_a_dead_window_ends_by_itself(studio: Studio, shift_s: float) -> None:
    """A question without renewal expires, and a changed clock does not prolong it."""
    window = await studio.open()
    window.engine.queue.pause()
    fox = window.submit("fox")
    window.engine.queue.ask_about([fox])
    studio.clock.set_ahead_s += shift_s
    window.engine.queue.resume()
    await window.shows(fox, Status.PENDING, Status.RUNNING, within_s=HELD_S + 3.0)


async def test_a_bulk_kill_drops_what_it_has_counted_as_unsent(studio: Studio) -> None:
    """No prompt of a bulk kill is sent between the answer and the last drop."""
    window = await studio.open()
    window.engine.queue.pause()
    rows = [window.submit(f"fox {n}") for n in range(40)]
    plan = window.engine.bulk_kill.plan(rows)
    window.engine.queue.resume()
    assert window.engine.bulk_kill.start(plan)
    await until(lambda: window.engine.bulk_kill.progress is None)
    await passing(HELD_S)
    assert studio.calls(Call.TRIGGER) == 0
    assert all(window.status(row) is None for row in rows)


async def test_a_closed_question_is_not_renewed(studio: Studio) -> None:
    """Closing twice, or renewing after it, holds nothing."""
    window = await studio.open()
    question = OpenQuestion(window.store.questions, studio.clock, window.engine.profile.stored_as, [])
    question.close()
    await passing(HELD_S)
    question.renew()
    question.close()
    assert not window.store.questions.is_any_open(window.engine.profile.stored_as)
