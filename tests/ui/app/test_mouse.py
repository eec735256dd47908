"""The mouse: clicks that open, leave and select, and buttons without an effect."""

from typing import Any

from textual.events import MouseDown, MouseUp

from cordage_tui.ui.rate_limits.screen import LimitsScreen


async def click(program: Any, x: int, y: int, button: int = 1) -> None:
    """Press and release a mouse button at a cell of the screen, as a terminal reports it."""
    for kind in (MouseDown, MouseUp):
        program.app.post_message(kind(None, x, y, 0, 0, button, False, False, False, x, y))
        await program.pilot.pause()


async def test_a_click_on_the_header_opens_the_rate_limits(opened) -> None:
    """A click on the header opens the page that explains its figures."""
    async with opened() as program:
        await click(program, 30, 0)
        await program.until(lambda: isinstance(program.app.screen, LimitsScreen))


async def test_a_click_beside_a_dialog_leaves_it(opened) -> None:
    """A click outside a dialog closes it without an action, except if typed text would be lost."""
    async with opened() as program:
        await program.runs("fox")
        await program.press("escape", "x")
        await program.sees("Kill this run?")
        card = program.app.screen.query_one(".card").region
        await click(program, card.x + 2, card.y + 1)
        assert program.app.screen is not program.main
        await click(program, 2, 2)
        await program.until(lambda: program.app.screen is program.main)
        assert not any("kill" in path for path in program.posts)
        await program.press("1", "a", *"wh")
        await click(program, 2, 2)
        assert program.app.screen is not program.main


async def test_only_the_left_button_selects(opened) -> None:
    """Only a click with the left button selects a run."""
    async with opened() as program:
        await program.runs("fox")
        await program.runs("owl")
        await program.press("escape", "g")
        first, table = program.selected.id, program.table.region
        for button in (2, 3):
            await click(program, table.x + 5, table.y + 3, button)
            assert program.selected.id == first
        await click(program, table.x + 5, table.y + 3)
        assert program.selected.id != first
