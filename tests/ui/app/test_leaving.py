"""Quitting the app while prompts wait, and starting it again."""

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.engine.processes.detached_worker import WorkerStartError
from cordage_tui.engine.workspace import Workspace
from cordage_tui.simulator.faults import Call, Fault, FaultKind


def queues(program, count):
    """Submit prompts that cannot be sent, because the server answers 429."""
    program.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=429), count=None)
    webhook = program.world.webhooks[0].key
    for n in range(count):
        program.main.engine.queue.submit(webhook, {"prompt": f"prompt {n}"})


def queued(program):
    """Return the number of queued prompts."""
    return program.main.engine.queue.counts().get(OutboxState.QUEUED, 0)


async def asks_to_quit(program, count):
    """Wait until so many prompts wait, then open the question before quitting."""
    engine = program.main.engine
    await program.until(
        lambda: engine.queue.control().paused or any(view.limited for view in engine.rate_limiter.views())
    )
    await program.until(lambda: queued(program) == count)
    await program.press("ctrl+q")
    await program.sees(f"{count} prompt{'s are' if count > 1 else ' is'} not sent yet")


async def test_dropping_a_few_needs_no_second_question(opened):
    """`x` drops a few prompts without another question, sends nothing, and ends the program."""
    async with opened() as program:
        queues(program, 2)
        await asks_to_quit(program, 2)
        queue = program.main.engine.queue
        await program.press("x")
        await program.until(lambda: program.app.return_code == 0)
        assert queue.counts() == {}


async def test_dropping_many_has_their_number_typed(opened):
    """Dropping many prompts needs their number typed, and `y` drops none."""
    async with opened() as program:
        queues(program, 11)
        await asks_to_quit(program, 11)
        queue = program.main.engine.queue
        await program.press("x")
        await program.sees("Drop 11 prompts?")
        await program.press("y", "enter")
        assert queued(program) == 11
        await program.press("backspace", "1", "1", "enter")
        await program.until(lambda: program.app.return_code == 0)
        assert queue.counts() == {}


async def test_where_no_worker_starts_the_program_stays(opened, monkeypatch):
    """If the worker does not start, the program says why and continues with all prompts waiting."""

    async def fails(workspace):
        raise WorkerStartError("The worker did not start.")

    monkeypatch.setattr(Workspace, "hand_over", fails)
    async with opened() as program:
        queues(program, 2)
        await asks_to_quit(program, 2)
        await program.press("h")
        await program.sees("The worker did not start.")
        assert program.app.return_code is None
        assert queued(program) == 2


async def test_no_worker_is_offered_for_a_paused_queue(opened):
    """For a paused queue no worker is offered, because it would wait forever."""
    async with opened() as program:
        program.main.engine.queue.pause()
        queues(program, 2)
        await asks_to_quit(program, 2)
        assert "Continue in background" not in program.text()
        assert "The queue is paused, so a worker would send nothing." in program.text()


async def comes_back(program, after_s):
    """Leave the app, and open the same store again after so many seconds."""
    away = program.main.away
    away.last_seen.save()
    away.last_seen.save = lambda: None
    program.clock.ahead_s += after_s
    await program.app._open(program.main.engine.profile, program.app.launch.key)
    await program.until(lambda: program.main.away is not away)
    await program.sees("● live")


async def test_a_line_says_what_happened_while_away(opened):
    """One line counts the runs that ended while away, `m` shows exactly these, and escape shows all runs."""
    async with opened(webhooks=1, tells_prompts=True) as program:
        webhook = program.world.webhooks[0].key
        program.world.trigger(webhook, {"prompt": "before"})
        await program.passes(61)
        program.world.trigger(webhook, {"prompt": "during"})
        await program.passes(1)
        program.world.trigger(webhook, {"prompt": "still"}, program.clock.wall() + 4290)
        await comes_back(program, 4320)
        await program.sees("while you were away (1h 12m): 1 completed · m shows them")
        assert "completed in" not in program.text()
        assert len(program.rows()) == 3
        await program.press("m")
        await program.until(lambda: list(program.rows()) == ["during"])
        assert "Runs · All · ended while you were away" in program.text()
        await program.passes(60)
        await program.until(lambda: program.main.presenter.show_state() == 0)
        assert list(program.rows()) == ["during"], "what ended since is no part of it"
        await program.press("escape")
        await program.until(lambda: len(program.rows()) == 3)
        assert "while you were away" not in program.text()


async def test_the_line_about_the_absence_includes_a_paused_queue(opened):
    """After an unclean stop one line reports both the pause and the ended runs, without a toast."""
    async with opened(webhooks=1) as program:
        program.world.trigger(program.world.webhooks[0].key, {"prompt": "during"})
        await program.passes(1)
        control = program.main.engine.store.queue_control
        await program.main.engine.stop()
        control.pause("studio", "It ended unexpectedly: press w.")
        await comes_back(program, 120)
        await program.sees("while you were away (2m): 1 completed")
        assert program.text().count("It ended unexpectedly: press w.") == 1


async def test_a_pause_that_is_over_leaves_the_line(opened):
    """When the queue is resumed, the pause disappears from the line, and the ended runs stay in it."""
    async with opened(webhooks=1) as program:
        program.world.trigger(program.world.webhooks[0].key, {"prompt": "during"})
        await program.passes(1)
        await program.main.engine.stop()
        program.main.engine.queue.pause()
        await comes_back(program, 120)
        await program.sees("Paused by you")
        await program.press("w", "p", "escape")
        await program.sees("while you were away (2m): 1 completed")
        assert "Paused by you" not in program.text() and "queue paused" not in program.text()


async def test_a_line_with_only_a_pause_disappears_with_it(opened):
    """When another window resumes the queue, a line about the pause alone is removed."""
    async with opened(webhooks=1) as program:
        await program.main.engine.stop()
        program.main.engine.queue.pause()
        await comes_back(program, 120)
        await program.sees("Paused by you")
        program.main.engine.queue.resume()
        await program.until(lambda: "Paused by you" not in program.text())
        assert not program.main.query_one("#away").display


async def test_a_short_absence_shows_no_line(opened):
    """A run that ends within the first seconds of a short absence is shown without the line."""
    async with opened(webhooks=1) as program:
        program.world.trigger(program.world.webhooks[0].key, {"prompt": "during"})
        await program.passes(30)
        await comes_back(program, 50)
        await program.until(lambda: "completed" in program.rows().values())
        assert "while you were away" not in program.text()
