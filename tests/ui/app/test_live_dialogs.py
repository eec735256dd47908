"""A dialog follows what it is about, and nothing that it is about is sent while it is open."""

import asyncio

import pytest
from textual.widgets import Button, Input, Static

from cordage_tui.domain.run import OutboxState, Status
from cordage_tui.ui.dialogs.kill import BulkKillDialog, KillDialog
from cordage_tui.ui.dialogs.live import LiveDialog
from cordage_tui.ui.quit import QuitDialog

SOON_S = 0.6
"""Real seconds in which a sender that does not wait would have sent."""


def webhook(program):
    return program.world.webhooks[0].key


def queued(program, *prompts):
    program.main.engine.queue.pause()
    return [program.main.engine.queue.submit(webhook(program), {"prompt": prompt}) for prompt in prompts]


def said(program):
    screen = program.app.screen
    return "\n".join(
        [
            str(screen.query_one(".card").border_title),
            *(str(part.content) for part in screen.query(Static).results(Static)),
        ]
    )


async def asks(program, kind=LiveDialog):
    await program.until(lambda: isinstance(program.app.screen, kind))


async def test_the_question_of_a_kill_says_that_the_run_has_completed(opened):
    """It says "running" as long as the run runs; then yes has nothing left to do."""
    async with opened(120, 36) as program:
        program.main.engine.queue.submit(webhook(program), {"prompt": "fox"})
        await program.until(lambda: program.rows() == {"fox": "running"})
        await program.press("x")
        await asks(program, KillDialog)
        assert "running" in said(program)
        await program.passes(120.0)
        await program.main.engine.refresh(None)
        await program.until(lambda: "completed" in said(program))
        assert "running" not in said(program) and "nothing to kill" in said(program)
        assert program.app.screen.query_one("#yes", Button).disabled
        await program.press("y")
        assert isinstance(program.app.screen, KillDialog)


async def test_nothing_of_a_bulk_kill_is_sent_while_it_is_asked_about(opened):
    """The queue runs on, and passes over what the question counts; after "no" it is sent."""
    async with opened(120, 36) as program:
        queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        assert "Drop 12 queued prompts?" in said(program)
        program.main.engine.queue.resume()
        await asyncio.sleep(SOON_S)
        assert program.posts == []
        await program.press("escape")
        await program.until(lambda: bool(program.posts))


async def test_the_number_of_a_bulk_kill_follows_what_is_left(opened):
    """Another window drops one: title, list, and the number to type say eleven."""
    async with opened(120, 36) as program:
        rows = queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        assert "Type 12 to confirm" in said(program)
        assert program.main.engine.store.outbox.drop(rows[0]).done
        await program.until(lambda: "Drop 11 queued prompts?" in said(program))
        assert "Type 11 to confirm" in said(program) and "11 queued" in said(program)


@pytest.mark.parametrize("key", ["y", "k", "space"])
async def test_a_letter_does_not_land_in_the_field_of_a_number(opened, key):
    """`y` says what is to be typed, and Enter on another number that it is not it."""
    async with opened(120, 36) as program:
        rows = queued(program, *(f"fox {n}" for n in range(12)))
        await program.until(lambda: len(program.rows()) == 12)
        await program.press("*", "x")
        await asks(program, BulkKillDialog)
        await program.press(key)
        assert program.app.screen.query_one("#typed", Input).value == ""
        await program.press("1", "3", "enter")
        assert "13 is not it. Type 12 to confirm." in said(program)
        await program.press("backspace")
        assert "13 is not it" not in said(program)
        await program.press("2", "enter")
        await program.until(lambda: all(state(program, row) is OutboxState.DROPPED for row in rows))


def state(program, row):
    found = program.main.engine.store.outbox.expected(row)
    return found.state if found else None


async def test_a_prompt_is_not_sent_while_it_is_asked_whether_to_drop_it(opened):
    """x on a queued prompt while the queue runs: it goes only after the dialog was left."""
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
    """There is nothing left to drop, and yes does nothing."""
    async with opened(120, 36) as program:
        (row,) = queued(program, "fox")
        await program.until(lambda: program.rows() == {"fox": "queued"})
        await program.press("x")
        await asks(program)
        assert program.main.engine.store.outbox.drop(row).done
        await program.until(lambda: "already dropped" in said(program))
        assert program.app.screen.query_one("#yes", Button).disabled


async def test_nothing_is_sent_while_it_is_asked_how_to_quit(opened):
    """The prompts that the menu counts wait for the answer."""
    async with opened(120, 36) as program:
        queued(program, "fox", "owl")
        await program.press("ctrl+q")
        await asks(program, QuitDialog)
        program.main.engine.queue.resume()
        await asyncio.sleep(SOON_S)
        assert program.posts == []
        await program.press("escape")
        await program.until(lambda: len(program.posts) == 2)
