"""A dialog applies to the prompt as it was when it opened; a prompt that has changed is left alone and named."""

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.quit import QuitDialog


def webhook(program):
    """Return the key of the first webhook."""
    return program.world.webhooks[0].key


def state(program, row):
    """Return the state of the prompt in the outbox, or None if it is not there."""
    prompt = program.main.engine.store.outbox.expected(row)
    return prompt.state if prompt else None


def queued(program, *prompts):
    """Pause the queue and submit the prompts; return their rows."""
    program.main.engine.queue.pause()
    return [program.main.engine.queue.submit(webhook(program), {"prompt": prompt}) for prompt in prompts]


async def dialog_opens(program, kind=ConfirmDialog):
    """Wait for a dialog of that class."""
    await program.until(lambda: isinstance(program.app.screen, kind))


def lets_go(program):
    """Release the prompts that the dialog holds, as after a sleep of the machine."""
    for question in range(1, 10):
        program.main.engine.store.questions.close(question)


@pytest.mark.parametrize("outcome", [OutboxState.UNCERTAIN, OutboxState.ACCEPTED])
async def test_a_queued_prompt_that_was_sent_while_its_dialog_was_open_stays(opened, outcome):
    """A prompt that was sent while its dialog was open is not dropped, because the server may run it."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.until(lambda: program.rows() == {"fox": "queued"})
        await program.press("x")
        await dialog_opens(program)
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
    """An uncertain prompt whose run was found while its dialog was open is not dropped."""
    async with opened(120, 36) as program:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        row = program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "uncertain"})
        await program.press("x")
        await dialog_opens(program)
        lets_go(program)
        assert program.main.engine.queue.resend(row).done
        await program.until(lambda: state(program, row) is OutboxState.ACCEPTED)
        await program.sees("It was sent in the meantime as run")
        await program.press("y")
        assert len(program.posts) == 2 and "fox" in program.rows()


async def test_send_again_holds_for_the_try_that_was_asked_about(opened):
    """The dialog of an uncertain prompt does not send it again if another window already did."""
    async with opened(120, 36) as program:
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=2)
        row = program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "uncertain"})
        await program.press("S")
        await dialog_opens(program)
        lets_go(program)
        assert program.main.engine.queue.resend(row).done
        await program.until(lambda: len(program.posts) == 2 and state(program, row) is OutboxState.UNCERTAIN)
        await program.sees("Nothing was done")
        await program.press("y")
        assert state(program, row) is OutboxState.UNCERTAIN and len(program.posts) == 2


async def test_leaving_drops_what_was_asked_about_and_says_what_went_meanwhile(opened):
    """When quitting, a prompt that was sent during the question is named, the others are dropped, and the program
    stays."""
    async with opened(120, 36) as program:
        first, second = queued(program, "fox", "owl")
        await program.press("ctrl+q")
        await dialog_opens(program, QuitDialog)
        lets_go(program)
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.DELAY, seconds=0.0), count=1)
        program.main.engine.queue.limit_active(1)
        program.main.engine.queue.resume()
        await program.until(lambda: state(program, first) is OutboxState.ACCEPTED)
        await program.press("x")
        await program.sees("1 dropped; 1 was sent")
        assert state(program, second) is OutboxState.DROPPED and program.app.return_code is None


async def test_what_another_window_dropped_is_not_brought_back_twice(opened):
    """A prompt that another window dropped cannot be undone here, because it would run twice."""
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
    """A marked prompt that became uncertain while the dialog was open is not dropped."""
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
