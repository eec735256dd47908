"""Drawing between two layouts: a widget is asked for lines that it does not have, or no longer."""

import pytest
from textual.screen import Screen
from textual.widget import Widget

from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_table.render import DiffWidget
from cordage_tui.ui.widgets.line_view import LineDiffWidget


def drawn_lines(screen: Screen) -> int:
    """Draw the whole screen by its last layout, and return how many lines that gives."""
    return len(screen._compositor.render_strips())


@pytest.mark.parametrize("height", [3, 20])
async def test_a_frame_is_drawn_while_another_layout_is_due(opened, height) -> None:
    """Textual draws by the last layout, but tells a widget its size in the next one once a hidden widget has changed."""
    async with opened() as program:
        await program.runs("fox")
        screen, size = program.main, program.app.size
        body = program.table.query_one(DiffWidget)
        before, panel = body.size, screen.query_one(PromptPanel)
        panel.styles.height = height
        panel._check_refresh()
        screen._compositor.update_widgets({Widget()})
        assert drawn_lines(screen) == size.height
        assert body.size.height != before.height
        await program.until(lambda: body.outer_size == body.size)
        await program.sees("fox")


async def test_widgets_that_are_gone_can_still_be_drawn(opened) -> None:
    """Until the next layout Textual asks them for their lines."""
    async with opened() as program:
        await program.runs("fox")
        drawing = [widget for widget in program.main.walk_children() if isinstance(widget, LineDiffWidget)]
        assert len(drawing) >= 4
        for widget in drawing:
            widget.on_unmount()
        assert drawn_lines(program.main) == program.app.size.height
