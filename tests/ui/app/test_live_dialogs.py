"""Dialogs follow the state of their subject, and none of it is sent while a dialog is open."""

import asyncio

from textual.widgets import Button, Input, Static

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.ui.dialogs.kill import BulkKillDialog, KillDialog
from cordage_tui.ui.dialogs.live_dialog import LiveDialog
from cordage_tui.ui.quit import QuitDialog

SOON_S = 0.6
"""Real seconds in which a sender that does not wait would have sent."""


def webhook(program):
    """Return the key of the first webhook."""
    return program.world.webhooks[0].key


def queued(program, *prompts):
    """Pause the queue and submit the prompts; return their rows."""
    program.main.engine.queue.pause()
    return [program.main.engine.queue.submit(webhook(program), {"prompt": prompt}) for prompt in prompts]


def dialog_text(program):
    """Return the title and all text of the dialog."""
    screen = program.app.screen
    return "\n".join(
        [
            str(screen.query_one(".card").border_title),
            *(str(part.content) for part in screen.query(Static).results(Static)),
        ]
    )


async def asks(program, kind=LiveDialog):
    """Wait for a dialog of that class."""
    await program.until(lambda: isinstance(program.app.screen, kind))


async def test_the_question_of_a_kill_says_that_the_run_has_completed(opened):
    """The dialog of a kill shows when its run completes, and its yes is then disabled."""
    async with opened(120, 36) as program:
        program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "running"})
        await program.press("x")
        await asks(program, KillDialog)
        assert "running" in dialog_text(program)
        await program.passes(120.0)
        await program.main.engine.refresh(None)
        await program.until(lambda: "completed" in dialog_text(program))
        assert "running" not in dialog_text(program) and "nothing to kill" in dialog_text(program)
        assert program.app.screen.query_one("#yes", Button).disabled
        await program.press("y")
        assert isinstance(program.app.screen, KillDialog)


async def test_nothing_of_a_bulk_kill_is_sent_while_it_is_asked_about(opened):
    """The queue sends no prompt that an open bulk kill counts, and sends them after no."""
    async with opened(120, 36) as program:
        queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        assert "Drop 12 queued prompts?" in dialog_text(program)
        program.main.engine.queue.resume()
        await asyncio.sleep(SOON_S)
        assert program.posts == []
        await program.press("escape")
        await program.until(lambda: bool(program.posts))


async def test_the_number_of_a_bulk_kill_follows_what_is_left(opened):
    """If another window drops a prompt, title, list and the number to type of the dialog follow."""
    async with opened(120, 36) as program:
        rows = queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        assert "Type 12 to confirm" in dialog_text(program)
        assert program.main.engine.store.outbox.drop(rows[0]).done
        await program.until(lambda: "Drop 11 queued prompts?" in dialog_text(program))
        assert "Type 11 to confirm" in dialog_text(program) and "11 queued" in dialog_text(program)


async def test_a_letter_does_not_land_in_the_field_of_a_number(opened):
    """The field accepts only digits, and Enter on a wrong number names the right one."""
    async with opened(120, 36) as program:
        rows = queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        for key in ("y", "k", "space"):
            await program.press(key)
            assert program.app.screen.query_one("#typed", Input).value == "", key
        await program.press("1", "3", "enter")
        assert "13 is not it. Type 12 to confirm." in dialog_text(program)
        await program.press("backspace")
        assert "13 is not it" not in dialog_text(program)
        await program.press("2", "enter")
        await program.until(lambda: all(state(program, row) is OutboxState.DROPPED for row in rows))


def state(program, row):
    """Return the state of the prompt in the outbox, or None if it is not there."""
    prompt = program.main.engine.store.outbox.expected(row)
    return prompt.state if prompt else None


async def test_a_prompt_is_not_sent_while_it_is_asked_whether_to_drop_it(opened):
    """A queued prompt is not sent while its dialog is open, also in a running queue."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.until(lambda: program.rows() == {"fox": "queued"})
        await program.press("x")
        await asks(program)
        program.main.engine.queue.resume()
        await asyncio.sleep(SOON_S)
        assert state(program, row) is OutboxState.QUEUED
        await program.press("escape")
        await program.until(lambda: program.rows() == {"fox": "running"})
        assert program.main.engine.store.rows.get(row).status is Status.RUNNING


async def test_a_question_about_a_prompt_that_another_window_dropped_says_so(opened):
    """If another window drops the prompt, the dialog says so and its yes is disabled."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.until(lambda: program.rows() == {"fox": "queued"})
        await program.press("x")
        await asks(program)
        assert program.main.engine.store.outbox.drop(row).done
        await program.until(lambda: "already dropped" in dialog_text(program))
        assert program.app.screen.query_one("#yes", Button).disabled


async def test_nothing_is_sent_while_it_is_asked_how_to_quit(opened):
    """No prompt is sent while the menu for quitting is open."""
    async with opened(120, 36) as program:
        queued(program, "fox", "owl")
        await program.press("ctrl+q")
        await asks(program, QuitDialog)
        program.main.engine.queue.resume()
        await asyncio.sleep(SOON_S)
        assert program.posts == []
        await program.press("escape")
        await program.until(lambda: len(program.posts) == 2)
