"""The queue under the user's control: pause, limit, order, pace, and its messages."""

import pytest

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import BlockedBy, EditStart
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import Status
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, now, passing, until

pytestmark = pytest.mark.looptime


async def test_on_an_idle_queue_the_first_byte_leaves_at_once(studio: Studio) -> None:
    """On an idle queue the first byte leaves without any delay except the network's."""
    window = await studio.open()
    await window.lives()
    await passing(10)
    start = studio.world.clock()
    window.submit("fox")
    await until(lambda: studio.calls(Call.TRIGGER) == 1, within_s=1)
    (run,) = studio.world.list_runs(window.webhook)
    assert run.created_at - start < 0.05


async def test_a_paused_queue_sends_nothing_until_the_user_resumes_it(studio: Studio) -> None:
    """A queue paused in any window sends nothing; prompts submitted meanwhile wait too, and go when it is resumed."""
    window, other = await studio.open(), await studio.open()
    other.engine.queue.pause()
    row = window.submit("fox")
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 0 and window.status(row) is Status.QUEUED
    assert "Paused by you" in (window.engine.forecast.drain().blocked or "")
    assert window.engine.forecast.drain().seconds is None
    other.engine.queue.resume()
    await window.shows(row, Status.RUNNING, within_s=2)
    assert window.engine.forecast.drain().blocked is None


async def test_a_pause_takes_effect_while_a_prompt_waits_for_its_budget(studio: Studio) -> None:
    """If the user pauses while a prompt waits for budget, the budget is given back."""
    window = await studio.open()
    await window.lives()
    first = window.submit("fox")
    await window.shows(first, Status.RUNNING)
    window.submit("owl")
    window.engine.queue.pause()
    await passing(5)
    assert studio.prompts() == ["fox"]
    assert (
        next(view for view in window.engine.rate_limiter.views() if view.call_class is RateLimitClass.TRIGGER).ours == 1
    )


async def test_a_prompt_is_not_sent_while_it_is_edited(studio: Studio) -> None:
    """A prompt that is being edited is not sent until the edit is left, and a sent one cannot be edited."""
    window = await studio.open()
    await window.lives()
    sent = window.submit("fox")
    await window.shows(sent, Status.RUNNING)
    window.engine.queue.pause()
    row = window.submit("owl")
    assert window.engine.queue.begin_edit(sent) is EditStart.SENT
    start = window.engine.queue.begin_edit(row)
    assert start is EditStart.WAS_QUEUED
    window.engine.queue.resume()
    await passing(60)
    assert studio.prompts() == ["fox"] and window.status(row) is Status.HELD
    window.engine.queue.leave_edit(row, start)
    await until(lambda: studio.prompts() == ["fox", "owl"], within_s=5)


async def test_no_more_runs_go_on_than_the_user_allows(make_studio: MakeStudio) -> None:
    """The next prompt leaves when one of the runs has ended; without the limit all leave."""
    studio = await make_studio(seconds=30.0)
    window = await studio.open()
    window.engine.queue.limit_active(2)
    rows = [window.submit(f"prompt {n}") for n in range(5)]
    for _ in range(20):
        await passing(1)
        assert studio.calls(Call.TRIGGER) <= 2
    assert "2 runs are active" in (window.engine.forecast.drain().blocked or "")
    await until(lambda: studio.calls(Call.TRIGGER) == 4, within_s=40)
    window.engine.queue.limit_active(None)
    await until(lambda: studio.calls(Call.TRIGGER) == 5, within_s=5)
    await until(lambda: studio.ended(window, rows))


async def test_prompts_go_in_the_order_the_user_gives_them(studio: Studio) -> None:
    """Sent first, moved, dropped and edited while it is paused; then sent just so."""
    window = await studio.open()
    queue = window.engine.queue
    queue.pause()
    a, b, c, d = (window.submit(prompt) for prompt in ("a", "b", "c", "d"))
    queue.move([d], 0)
    queue.move([a], 2)
    assert queue.edit(c, {"prompt": "c anew"})
    assert window.store.outbox.drop(b)
    assert [line.row for line in queue.waiting()] == [d, a, c]
    queue.resume()
    await until(lambda: studio.ended(window, [a, c, d]))
    assert studio.prompts() == ["d", "a", "c anew"]
    assert not queue.edit(a, {"prompt": "too late"})


async def test_many_prompts_for_one_webhook_use_the_trigger_budget(make_studio: MakeStudio) -> None:
    """At 150 ms per call, one at a time, 98 % of the 60 triggers per minute are used, and none is refused."""
    studio = await make_studio(seconds=1.0)
    studio.world.options = Options(latency_s=(0.15, 0.15))
    window = await studio.open()
    await window.lives()
    start = now()
    bodies = [{"prompt": f"prompt {n}"} for n in range(150)]
    window.engine.queue.submit_batch(window.webhook, BatchSource("many prompts"), bodies)
    await passing(1)
    drain = window.engine.forecast.drain()
    await until(lambda: studio.calls(Call.TRIGGER) == 150, within_s=200)
    took = now() - start
    assert 149 / took * 60 >= 0.98 * 60
    assert 429 not in studio.statuses()
    assert drain.queued > 140 and drain.seconds is not None and abs(drain.seconds - took) < 5
    assert studio.prompts() == [body["prompt"] for body in bodies]


async def test_the_queue_says_why_it_stands_still(studio: Studio) -> None:
    """A refused key, an unreachable server, a missing sender and an uncertain twin each have their own message."""
    window = studio.build()
    studio.windows.append(window)
    window.store.outbox.submit("studio", window.webhook, {"prompt": "fox"})
    assert "No window or worker" in (window.engine.forecast.drain().blocked or "")
    await window.engine.start()
    await until(lambda: window.engine.forecast.drain().queued == 0)
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    row = window.submit("owl")
    await window.shows(row, Status.UNCERTAIN)
    window.submit("owl")
    assert "is identical" in (window.engine.forecast.drain().blocked or "")
    assert window.engine.queue.counts() == {OutboxState.UNCERTAIN: 1, OutboxState.QUEUED: 1}
    studio.world.api_keys.clear()
    await window.engine.refresh(None)
    assert window.engine.queue.counts() == {OutboxState.UNCERTAIN: 1, OutboxState.HELD: 1}


async def test_a_read_only_profile_lets_nothing_go(studio: Studio) -> None:
    """Resuming, sending again, editing and batches lead to a POST, so they are refused in words; pausing is not."""
    window = await studio.open(profile=studio.profile(read_only=True))
    queue = window.engine.queue
    row = window.store.outbox.submit("studio", window.webhook, {"prompt": "fox"})
    queue.pause()
    for deed in (
        queue.resume,
        lambda: queue.resend(row),
        lambda: queue.edit(row, {}),
        lambda: window.engine.queue.submit_batch(
            window.webhook, BatchSource("two"), [{"prompt": "a"}, {"prompt": "b"}]
        ),
    ):
        with pytest.raises(ReadOnlyProfile):
            deed()
    assert window.store.outbox.drop(row)


async def test_a_batch_is_sent_like_prompts_and_held_like_them(studio: Studio) -> None:
    """Each body of a batch is sent once, in order, under one line, and all are held while the key is refused."""
    window = await studio.open()
    bodies = [{"prompt": f"prompt {n}"} for n in range(3)]
    batch = window.engine.queue.submit_batch(window.webhook, BatchSource("three"), bodies)
    rows = window.store.batches.members(batch)
    await until(lambda: studio.ended(window, rows))
    assert studio.prompts() == [body["prompt"] for body in bodies]
    studio.world.api_keys.clear()
    await window.engine.refresh(None)
    window.engine.queue.submit_batch(window.webhook, BatchSource("three more"), bodies)
    assert window.engine.queue.counts() == {OutboxState.HELD: 3}


async def test_after_a_kill_the_queue_starts_paused_and_says_why(studio: Studio) -> None:
    """After a crash the queue starts paused, because queued prompts may have been sent, and waits for the user."""
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await window.shows(rows[0], Status.RUNNING)
    await window.dies()
    heir = await studio.open()
    await passing(30)
    assert studio.calls(Call.TRIGGER) == 1
    why = heir.engine.queue.control().paused or ""
    assert "ended unexpectedly with 2 prompts queued" in why and action_of(why) == "queue.resume"
    heir.engine.queue.resume()
    await until(lambda: studio.ended(heir, rows))
    assert studio.prompts() == ["prompt 0", "prompt 1", "prompt 2"]


async def test_after_a_good_end_and_for_an_empty_queue_nothing_is_asked(studio: Studio) -> None:
    """Quit with something queued, it goes at the next start; killed with nothing queued, there is nothing to ask."""
    window = await studio.open()
    window.engine.queue.pause()
    row = window.submit("fox")
    await window.engine.stop()
    window.store.queue_control.resume("studio")
    heir = await studio.open()
    await heir.shows(row, Status.COMPLETED)
    await heir.dies()
    third = await studio.open()
    assert third.engine.queue.control().paused is None


async def test_who_takes_over_before_the_users_eyes_goes_on(studio: Studio) -> None:
    """Another window is open when the sending one is killed: its user is there, and the queue is not stopped."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await window.dies()
    await until(lambda: studio.ended(other, rows[1:]), within_s=60)
    assert other.engine.queue.control().paused is None


async def test_a_typed_prompt_leaves_within_a_second_behind_ten_thousand(studio: Studio) -> None:
    """A typed prompt leaves within a second before ten thousand of a batch, and typed ones leave in their order."""
    window = await studio.open()
    await window.lives()
    source = BatchSource("many")
    window.engine.queue.submit_batch(window.webhook, source, [{"prompt": f"bird {n}"} for n in range(10_000)])
    await until(lambda: studio.calls(Call.TRIGGER) >= 3, within_s=10)
    await passing(0.3)
    sent, start = studio.calls(Call.TRIGGER), studio.world.clock()
    for prompt in ("fox", "owl", "elk"):
        window.submit(prompt)
    await until(lambda: studio.calls(Call.TRIGGER) == sent + 1, within_s=2)
    assert studio.world.clock() - start < 1.1
    await until(lambda: studio.calls(Call.TRIGGER) == sent + 4, within_s=10)
    assert studio.prompts()[sent : sent + 4] == ["fox", "owl", "elk", f"bird {sent}"]


async def test_where_a_prompt_stands_and_when_it_goes(studio: Studio) -> None:
    """The forecast gives each prompt's position and time at the pace of the limit, or the reason why nothing is
    sent."""
    window = await studio.open()
    await window.lives()
    window.engine.queue.pause()
    rows = [window.submit(f"fox {n}") for n in range(61)]
    waiting = window.store.rows.many(rows)
    standings = window.engine.forecast.standings(waiting)
    assert [standings[row].position for row in rows] == list(range(1, 62))
    assert standings[rows[0]].seconds is None and standings[rows[0]].blocked_by is BlockedBy.PAUSE
    window.engine.queue.resume()
    standings = window.engine.forecast.standings(waiting)
    assert standings[rows[0]].seconds == pytest.approx(0.0, abs=1.1)
    assert standings[rows[60]].seconds == pytest.approx(60.0, abs=2.0)
