"""The question before quitting while prompts wait."""

import asyncio
from unittest.mock import Mock

import pytest
from textual.events import Key
from textual.widgets import Button

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.quit import PendingWork, QuitChoice, QuitDialog, choices

PAUSE_S = 0.04
"""A person's: keys that come faster belong to a paste."""


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], QuitChoice.KEEP),
        (["enter"], QuitChoice.KEEP),
        (["h"], QuitChoice.HAND_OVER),
        (["x"], QuitChoice.DROP),
        (["n"], None),
        (["escape"], None),
        (["down", "enter"], QuitChoice.HAND_OVER),
        (["down", "down", "enter"], QuitChoice.DROP),
        (["up", "enter"], None),
    ],
)
async def test_each_answer_has_its_key(ask, keys, answer):
    """Each answer has its key, and keeping the prompts has the focus, so Enter loses nothing."""
    async with ask(QuitDialog(PendingWork(3, 0, None), Mock())) as (pilot, answers):
        for key in keys:
            await asyncio.sleep(PAUSE_S)
            await pilot.press(key)
        await pilot.pause()
        assert answers == [answer]


async def test_a_paste_answers_nothing(ask):
    """The letters of a paste without bracketed paste answer nothing."""
    async with ask(QuitDialog(PendingWork(3, 0, None), Mock())) as (pilot, answers):
        for key in ("f", "o", "x", "y", "h", "enter"):
            pilot.app.post_message(Key(key, None))
        await pilot.pause()
        assert answers == []


async def test_where_no_worker_can_go_on_none_is_offered(ask):
    """If no worker can continue, the reason replaces the choice, and its key does nothing."""
    reason = SafeText("The queue is paused, so a worker would send nothing.")
    async with ask(QuitDialog(PendingWork(3, 0, reason), Mock())) as (pilot, answers):
        await asyncio.sleep(PAUSE_S)
        await pilot.press("h")
        await pilot.pause()
        assert answers == []
        labels = [str(button.label) for button in pilot.app.screen.query(Button)]
        assert [label.split()[0] for label in labels] == ["y", "x", "esc"]
        assert str(pilot.app.screen.query_one(".ask").render()) == reason


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 5), (1, 1)])
async def test_the_question_can_be_answered_at_any_size(ask, size):
    """The question opens and accepts its keys at any size."""
    async with ask(QuitDialog(PendingWork(1, 1, None), Mock()), size) as (pilot, answers):
        await asyncio.sleep(PAUSE_S)
        await pilot.press("y")
        await pilot.pause()
        assert answers == [QuitChoice.KEEP]


@pytest.mark.parametrize(
    ("paused", "is_demo", "note"),
    [
        (False, False, "sent at the next start"),
        (True, False, "sent once you resume the queue"),
        (False, True, "the demo forgets them"),
        (True, True, "the demo forgets them"),
    ],
)
def test_the_choice_to_quit_says_what_becomes_of_the_prompts(paused, is_demo, note):
    """A paused queue stays paused at the next start. The demo leaves no files, so its prompts are gone."""
    keep, *_ = choices(PendingWork(3, 0, None, paused, is_demo))
    assert keep.note == note
