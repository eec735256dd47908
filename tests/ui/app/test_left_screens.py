"""A screen that is left is removed with all its widgets and subscriptions."""

import pytest

from cordage_tui.ui.run_detail.pane import RunDetailPane
from tests.ui.app.test_sheet import opens, with_outputs


def subscribers(*signals):
    """Return the names of the classes that the signals would still call."""
    return {type(node).__name__ for signal in signals for node in signal._subscriptions}


@pytest.mark.parametrize("viewer", [False, True])
async def test_screens_with_pictures_do_not_stay_subscribed(opened, viewer):
    """The contact sheet and the viewer opened from it end their subscriptions when they close."""
    async with opened() as program:
        await with_outputs(program, "a fox")
        signals = (program.app.renderer.changed, program.app.theme_changed_signal)
        before = subscribers(*signals)
        await opens(program)
        if viewer:
            await program.press("enter")
        assert subscribers(*signals) > before
        while len(program.app.screen_stack) > 2:
            await program.press("escape")
        await program.until(lambda: subscribers(*signals) == before)


async def test_a_detail_pane_that_is_removed_does_not_stay_subscribed(opened):
    """A removed detail pane no longer follows the theme."""
    async with opened() as program:
        signal = program.app.theme_changed_signal
        assert "RunDetailPane" in subscribers(signal)
        await program.app.screen.query_one(RunDetailPane).remove()
        assert "RunDetailPane" not in subscribers(signal)
