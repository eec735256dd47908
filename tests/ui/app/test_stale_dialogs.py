"""A dialog is about the prompt as it was when it opened: what has become something else meanwhile is left alone, and named."""

import pytest

from cordage_tui.domain.run import OutboxState, Status
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.quit import QuitDialog


def webhook(program):
    return program.world.webhooks[0].key


def state(program, row):
    found = program.main.engine.store.outbox.expected(row)
    return found.state if found else None


def queued(program, *prompts):
    """These wait in a paused queue."""
    program.main.engine.queue.pause()
    return [program.main.engine.queue.submit(webhook(program), {"prompt": prompt}) for prompt in prompts]


async def asked(program, kind=ConfirmDialog):
    await program.until(lambda: isinstance(program.app.screen, kind))


def lets_go(program):
    """The question holds its prompts no longer, as after a sleep of the machine."""
    for question in range(1, 10):
        program.main.engine.store.questions.close(question)


@pytest.mark.parametrize("outcome", [OutboxState.UNCERTAIN, OutboxState.ACCEPTED])
async def test_a_queued_prompt_that_was_sent_while_its_dialog_was_open_stays(opened, outcome):
    """x on a queued prompt; it is sent, and its answer lost, before y: its row stays in sight, for the server runs it."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.until(lambda: program.rows() == {"fox": "queued"})
        await program.press("x")
        await asked(program)
        lets_go(program)
        if outcome is OutboxState.UNCERTAIN:
            program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE, acts=True), count=1)
        program.main.engine.queue.resume()
        await program.until(lambda: state(program, row) is outcome)
        await program.sees("It was sent in the meantime")
        await program.press("y")
        assert state(program, row) is not OutboxState.DROPPED
        assert "fox" in program.rows()


async def test_an_uncertain_prompt_that_was_found_while_its_dialog_was_open_is_not_dropped(opened):
    """The dialog said that nobody knows; by now it is known that it runs."""
    async with opened(120, 36) as program:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        row = program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "uncertain"})
        await program.press("x")
        await asked(program)
        lets_go(program)
        assert program.main.engine.queue.resend(row).done
        await program.until(lambda: state(program, row) is OutboxState.ACCEPTED)
        await program.sees("It was sent in the meantime as run")
        await program.press("y")
        assert len(program.posts) == 2 and "fox" in program.rows()


async def test_send_again_holds_for_the_try_that_was_asked_about(opened):
    """Another window has sent it again, and that answer was lost too: y sends no third one."""
    async with opened(120, 36) as program:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=2)
        row = program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "uncertain"})
        await program.press("S")
        await asked(program)
        lets_go(program)
        assert program.main.engine.queue.resend(row).done
        await program.until(lambda: len(program.posts) == 2 and state(program, row) is OutboxState.UNCERTAIN)
        await program.sees("Nothing was done")
        await program.press("y")
        assert state(program, row) is OutboxState.UNCERTAIN and len(program.posts) == 2


async def test_leaving_drops_what_was_asked_about_and_says_what_went_meanwhile(opened):
    """One of two is sent while the question is open: the other is dropped, and the program stays to tell."""
    async with opened(120, 36) as program:
        first, second = queued(program, "fox", "owl")
        await program.press("ctrl+q")
        await asked(program, QuitDialog)
        lets_go(program)
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.DELAY, seconds=0.0), count=1)
        program.main.engine.queue.limit_active(1)
        program.main.engine.queue.resume()
        await program.until(lambda: state(program, first) is OutboxState.ACCEPTED)
        await program.press("x")
        await program.sees("1 dropped; 1 was sent")
        assert state(program, second) is OutboxState.DROPPED and program.app.return_code is None


async def test_what_another_window_dropped_is_not_brought_back_twice(opened):
    """x in the queue on what has gone already: u has nothing to bring back, or it would run twice."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.press("w")
        await program.sees("queued")
        waiting = program.main.engine.queue.waiting()[0]
        drops = program.app.screen.context.drops
        assert program.main.engine.store.outbox.drop(row).done
        drops.drop(waiting)
        await program.sees("already dropped")
        assert not drops.can_undo


async def test_a_marked_prompt_that_became_uncertain_is_not_dropped(opened):
    """The dialog over marked rows counted it as queued; its answer was lost before y."""
    async with opened(120, 36) as program:
        row, _ = queued(program, "fox", "owl")
        await program.until(lambda: len(program.rows()) == 2)
        await program.press("*", "x")
        await program.until(lambda: len(program.app.screen_stack) > 2)
        lets_go(program)
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=None)
        program.main.engine.queue.resume()
        await program.until(lambda: state(program, row) is OutboxState.UNCERTAIN)
        await program.press("y")
        await program.sees("Kills")
        assert program.main.engine.store.rows.get(row).status is Status.UNCERTAIN
