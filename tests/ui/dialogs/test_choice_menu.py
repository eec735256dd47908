"""Menus of choices with letters."""

import asyncio

import pytest
from textual.events import Key

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice

PAUSE_S = 0.04
"""A person's: keys that come faster belong to a paste."""


def menu() -> ChoiceMenu[int]:
    """Return a menu of three choices: the second is current, the third is disabled."""
    first = MenuChoice("a", SafeText("first [/x]"), 1)
    second = MenuChoice("k", SafeText("second"), 2, current=True)
    third = MenuChoice("F", SafeText("third"), 3, SafeText("not here"), enabled=False)
    return ChoiceMenu(SafeText("Choose"), [first, second, third], leave_key="f")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["a"], 1),
        (["k"], 2),
        (["enter"], 2),
        (["up", "enter"], 1),
        (["down", "enter"], 1),
        (["escape"], None),
        (["q"], None),
        (["f"], None),
    ],
)
async def test_a_letter_or_enter_chooses(ask, keys: list[str], answer: int | None) -> None:
    """A letter or Enter chooses, the current choice has the focus, and the key that opened the menu cancels."""
    async with ask(menu()) as (pilot, answers):
        for key in keys:
            await asyncio.sleep(PAUSE_S)
            await pilot.press(key)
        await pilot.pause()
        assert answers == [answer]


async def test_a_choice_that_is_not_there_says_why(ask) -> None:
    """A disabled choice shows its reason, and the menu stays open."""
    async with ask(menu()) as (pilot, answers):
        await asyncio.sleep(PAUSE_S)
        await pilot.press("F")
        await pilot.pause()
        assert answers == []
        assert [toast.message for toast in pilot.app._notifications] == ["third: not here."]


async def test_a_key_right_after_the_menu_opens_chooses_nothing(ask) -> None:
    """A key right after opening chooses nothing, because it may belong to a paste."""
    async with ask(dialog := menu()) as (pilot, answers):
        assert dialog._pastes._last is not None
        dialog._pastes.record(Key("a", "a"))
        pilot.app.post_message(Key("a", "a"))
        await pilot.pause()
        assert answers == []


async def test_a_paste_chooses_nothing(ask) -> None:
    """The letters and the newline of a paste choose nothing."""
    async with ask(menu()) as (pilot, answers):
        for key in ("c", "a", "k", "enter"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert answers == []


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 5), (1, 1)])
async def test_the_menu_can_be_answered_at_any_size(ask, size: tuple[int, int]) -> None:
    """The menu opens and accepts its keys at any size."""
    async with ask(menu(), size) as (pilot, answers):
        await asyncio.sleep(PAUSE_S)
        await pilot.press("a")
        await pilot.pause()
        assert answers == [1]


async def test_a_letter_with_alt_chooses_nothing(ask) -> None:
    """A letter with alt chooses nothing, because tmux sends escape and a letter that way."""
    async with ask(menu()) as (pilot, answers):
        await asyncio.sleep(PAUSE_S)
        pilot.app.post_message(Key("alt+a", "a"))
        await pilot.pause()
        await pilot.pause()
        assert answers == []
