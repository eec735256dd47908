"""Toasts cover nothing that is in use, close on escape, and do not repeat actions of the user."""

from typing import Any

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.notifications import toast


def boxes(program: Any) -> list[Any]:
    """Return the regions of the toasts on the screen."""
    return [widget.region for widget in program.app.screen.query("Toast") if widget.region]


async def show_toast(program: Any, message: str = "A toast of some length, about something that ended") -> Any:
    """Show a toast, and return its region."""
    toast(program.app, SafeText(message))
    await program.until(lambda: boxes(program))
    return boxes(program)[-1]


async def test_a_toast_covers_no_field_and_no_picture(opened) -> None:
    """A toast covers only the last rows of the table, also while the prompt grows."""
    async with opened(80, 24) as program:
        await show_toast(program)
        await program.press("t", *"fox", "ctrl+j", "ctrl+j")
        for size in ((80, 24), (120, 36), (200, 50)):
            await program.resizes(*size)
            await show_toast(program)
            await program.until(lambda: program.widget("prompt").region.height >= 5)
            await program.until(lambda: program.widget("runs").region.contains_region(boxes(program)[-1]))
            box = boxes(program)[-1]
            assert not box.overlaps(program.widget("prompt").region)
            assert not box.overlaps(program.widget("run").region)


async def test_a_toast_over_a_dialog_or_on_a_low_screen_is_its_last_line(opened) -> None:
    """Over a dialog or on a low screen a toast is one line at the bottom, and covers no button."""
    async with opened(120, 36) as program:
        await program.runs("fox")
        await program.press("escape", "x")
        await program.sees("Kill")
        box = await show_toast(program)
        assert (box.height, box.y) == (1, 35)
        assert not any(button.region.overlaps(box) for button in program.app.screen.query("Button"))
        await program.press("escape")
        await program.until(lambda: not boxes(program) and program.app.screen is program.main)
    async with opened(40, 12) as program:
        box = await show_toast(program)
        assert (box.height, box.y) == (1, 11)


async def test_no_toast_covers_price_or_buttons_of_a_batch(opened) -> None:
    """A toast covers neither the price, the buttons nor the field for the number of a batch."""
    async with opened(80, 24) as program:
        await program.press("t")
        await program.pastes("{a|b|c|d|e|f|g} {1|2|3|4} fox")
        await program.press("enter")
        await program.sees("28 runs")
        for size in ((80, 24), (120, 36), (40, 12)):
            await program.resizes(*size)
            box = await show_toast(program)
            needed_widgets = [*program.app.screen.query(".summary"), *program.app.screen.query("Button, Input")]
            assert len(needed_widgets) > 2 and not any(widget.region.overlaps(box) for widget in needed_widgets), size


async def test_escape_closes_toasts(opened) -> None:
    """Escape closes the toasts and also does its usual action."""
    async with opened() as program:
        await show_toast(program)
        await program.press("escape")
        await program.until(lambda: not boxes(program))
        await program.press("t")
        await show_toast(program)
        await program.press("escape")
        await program.until(lambda: not boxes(program))
        assert program.at() == "runs"


async def test_a_kill_by_the_user_is_reported_once(opened) -> None:
    """A kill by the user is reported by its answer alone, and a kill by somebody else as an ended run."""
    async with opened() as program:
        await program.runs("fox")
        await program.runs("owl")
        await program.press("escape", "g", "x", "y")
        await program.until(lambda: "cancelled" in program.rows().values())
        await program.until(lambda: boxes(program))
        await program.passes(1)
        assert [text for text in toast_texts(program) if "Second" in text or "First" in text] == []
        await program.press("j" if program.selected.status_name == "cancelled" else "g")
        program.world.kill(program.selected.webhook_key, program.selected.run_id)
        await program.passes(1)
        await program.until(lambda: any("cancelled" in text and "First" in text for text in toast_texts(program)))


async def test_ctrl_c_quits_at_the_second_time(opened) -> None:
    """The first ctrl+c only shows a hint, because it may be meant as copy, and the second quits."""
    async with opened() as program:
        await program.press("ctrl+c")
        await program.sees("ctrl+c  Press it again to quit.")
        assert not boxes(program) and program.app._exit is False
        await program.press("ctrl+c")
        assert program.app._exit is True


def toast_texts(program: Any) -> list[str]:
    """Return the texts of all toasts."""
    return [notice.message for notice in program.app._notifications]
