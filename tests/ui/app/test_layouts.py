"""Drawing between two layouts, in which Textual asks a widget for lines that it does not have."""

import pytest
from textual.screen import Screen
from textual.widget import Widget

from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_table.row_strips import DiffWidget
from cordage_tui.ui.widgets.line_view import PaintedLines


def drawn_lines(screen: Screen) -> int:
    """Draw the whole screen by its last layout, and return the number of lines."""
    return len(screen._compositor.render_strips())


@pytest.mark.parametrize("height", [3, 20])
async def test_a_frame_is_drawn_while_another_layout_is_due(opened, height) -> None:
    """A frame is drawn whole by the last layout, although a widget already has the size of the next."""
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
    """An unmounted widget still gives its lines, because Textual asks for them until the next layout."""
    async with opened() as program:
        await program.runs("fox")
        drawing = [
            widget
            for widget in program.main.walk_children()
            if isinstance(getattr(widget, "painted", None), PaintedLines)
        ]
        assert len(drawing) >= 4
        for widget in drawing:
            widget.on_unmount()
        assert drawn_lines(program.main) == program.app.size.height
