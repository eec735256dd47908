"""Toasts: over nothing that is being used, closed by escape, and none about what the user did himself."""

from typing import Any

import pytest

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.notifications import toast


def boxes(program: Any) -> list[Any]:
    """Regions of the toasts on the screen."""
    return [found.region for found in program.app.screen.query("Toast") if found.region]


async def told(program: Any, words: str = "A toast of some length, about something that ended") -> Any:
    toast(program.app, SafeText(words))
    await program.until(lambda: boxes(program))
    return boxes(program)[-1]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 36), (200, 50)])
async def test_a_toast_covers_no_field_and_no_picture(opened, width: int, height: int) -> None:
    """It lies over the last rows of the table, also while a prompt is written and the panel grows."""
    async with opened(width, height) as program:
        await told(program)
        await program.press("t", *"fox", "ctrl+j", "ctrl+j")
        await program.until(lambda: program.widget("prompt").region.height >= 5)
        await program.until(lambda: program.widget("runs").region.contains_region(boxes(program)[-1]))
        box = boxes(program)[-1]
        assert not box.overlaps(program.widget("prompt").region)
        assert not box.overlaps(program.widget("run").region)


async def test_a_toast_over_a_dialog_or_on_a_low_screen_is_its_last_line(opened) -> None:
    """So that neither buttons nor rows are under it."""
    async with opened(120, 36) as program:
        await program.runs("fox")
        await program.press("escape", "x")
        await program.sees("Kill")
        box = await told(program)
        assert (box.height, box.y) == (1, 35)
        assert not any(button.region.overlaps(box) for button in program.app.screen.query("Button"))
        await program.press("escape")
        await program.until(lambda: not boxes(program) and program.app.screen is program.main)
    async with opened(40, 12) as program:
        box = await told(program)
        assert (box.height, box.y) == (1, 11)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 36), (40, 12)])
async def test_no_toast_covers_price_or_buttons_of_a_batch(opened, width: int, height: int) -> None:
    """Nor the place where its number is typed."""
    async with opened(width, height) as program:
        await program.press("t")
        await program.pastes("{a|b|c|d|e|f|g} {1|2|3|4} fox")
        await program.press("enter")
        await program.sees("28 runs")
        box = await told(program)
        shown = [*program.app.screen.query(".summary"), *program.app.screen.query("Button, Input")]
        assert len(shown) > 2 and not any(one.region.overlaps(box) for one in shown)


async def test_escape_closes_toasts(opened) -> None:
    """Besides what it does: nobody presses it twice because something was told at that moment."""
    async with opened() as program:
        await told(program)
        await program.press("escape")
        await program.until(lambda: not boxes(program))
        await program.press("t")
        await told(program)
        await program.press("escape")
        await program.until(lambda: not boxes(program))
        assert program.at() == "runs"


async def test_what_the_user_killed_is_told_once(opened) -> None:
    """By the answer to the kill, and not again as a run that has ended; one that somebody else kills is told."""
    async with opened() as program:
        await program.runs("fox")
        await program.runs("owl")
        await program.press("escape", "g", "x", "y")
        await program.until(lambda: "cancelled" in program.rows().values())
        await program.until(lambda: boxes(program))
        await program.passes(1)
        assert [words for words in said(program) if "Second" in words or "First" in words] == []
        await program.press("j" if program.selected.status_name == "cancelled" else "g")
        program.world.kill(program.selected.webhook_key, program.selected.run_id)
        await program.passes(1)
        await program.until(lambda: any("cancelled" in words and "First" in words for words in said(program)))


async def test_ctrl_c_quits_at_the_second_time(opened) -> None:
    """The first says so: it may have been meant to copy what the mouse has selected."""
    async with opened() as program:
        await program.press("ctrl+c")
        await program.sees("ctrl+c  Press it again to quit.")
        assert not boxes(program) and program.app._exit is False
        await program.press("ctrl+c")
        assert program.app._exit is True


def said(program: Any) -> list[str]:
    return [notice.message for notice in program.app._notifications]
