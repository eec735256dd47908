"""Sizes of the panels: zoom, borders, titles, and the prompt that grows."""

from typing import Any

from textual.events import AppFocus, MouseDown, MouseMove, MouseUp
from textual.geometry import Region

from cordage_tui.ui.main.layout import PanelBody


def region(program: Any, panel: str) -> Region:
    """Return the region of the panel on the screen."""
    panel_region = program.widget(panel).region
    assert isinstance(panel_region, Region)
    return panel_region


async def drag(program: Any, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press the mouse at one cell, move it to another, and release it."""
    screen = program.app.screen
    for kind, (x, y), button in ((MouseDown, start, 1), (MouseMove, end, 1), (MouseUp, end, 1)):
        screen._forward_event(kind(screen, x, y, 0, 0, button, False, False, False, x, y))
        await program.pilot.pause()


async def test_titles_name_the_keys_of_the_panels(opened) -> None:
    """Each title begins with the key of its panel, and the border shows the place in the list."""
    async with opened(keys={"panel.run": "v"}) as program:
        titles = [program.widget(panel).border_title.split()[0] for panel in ("webhooks", "runs", "prompt", "run")]
        assert titles == ["1", "2", "3", "v"]
        await program.runs("a fox")
        await program.runs("an owl")
        await program.press("escape", "g")
        await program.sees("1 of 2")
        await program.press("j")
        await program.sees("2 of 2")


async def test_a_panel_is_zoomed_by_half_and_fully(opened) -> None:
    """A panel is zoomed in two steps and back, each panel keeps its own zoom, and esc does not end it."""
    async with opened(width=160) as program:
        await program.press("4", "plus")
        assert program.panels() == {"runs", "prompt", "run"}
        assert region(program, "run").width == 80 and "⤢" in program.text()
        await program.press("plus")
        assert program.panels() == {"run"}
        await program.press("2")
        assert program.panels() == {"webhooks", "runs", "prompt", "run"}
        await program.press("4")
        assert program.panels() == {"run"}
        await program.press("underscore", "underscore")
        assert program.panels() == {"webhooks", "runs", "prompt", "run"} and "⤢" not in program.text()


async def test_a_key_that_cannot_act_says_why(opened) -> None:
    """A key for sizes that cannot act shows its reason in one line."""
    async with opened(width=160) as program:
        await program.press("underscore")
        await program.sees("not zoomed")
        await program.resizes(60, 40)
        for key, reason in (("plus", "whole screen"), ("greater_than_sign", "no border")):
            await program.press(key)
            await program.sees(reason)


async def test_borders_move_with_keys_and_are_kept(opened) -> None:
    """Keys move the border of a panel by five columns for this class of width, and `0` restores the usual sizes."""
    async with opened(width=160) as program:
        measured: list[None] = []
        program.pilot.app.renderer.measure = lambda: measured.append(None)
        usual = {panel: region(program, panel).width for panel in ("webhooks", "run")}
        await program.press("greater_than_sign", "1", "less_than_sign")
        now = {panel: region(program, panel).width for panel in ("webhooks", "run")}
        assert now == {"webhooks": usual["webhooks"] - 5, "run": usual["run"] - 5}
        await program.pilot.resize_terminal(120, 40)
        await program.pilot.pause()
        assert region(program, "run").width == 30
        assert len(measured) == 1, "the size of a cell is read again"
        program.pilot.app.post_message(AppFocus())
        await program.pilot.pause()
        assert len(measured) == 2, "another terminal may be around tmux"
        await program.pilot.resize_terminal(170, 40)
        await program.pilot.pause()
        assert region(program, "run").width == now["run"]
        assert program.main.store.settings.get("panels-huge") is not None
        await program.press("0")
        await program.pilot.resize_terminal(160, 40)
        await program.pilot.pause()
        assert {panel: region(program, panel).width for panel in usual} == usual


async def test_borders_move_with_the_mouse(opened) -> None:
    """The mouse drags the borders between columns and the border above the prompt."""
    async with opened(width=160) as program:
        edge = region(program, "run").x
        await drag(program, (edge, 10), (edge - 8, 12))
        assert region(program, "run").x == edge - 8
        side = region(program, "webhooks").right
        await drag(program, (side, 10), (side + 3, 10))
        assert region(program, "webhooks").right == side + 4
        await program.press("t")
        top = region(program, "prompt").y
        await drag(program, (side + 20, top), (side + 20, top - 4))
        assert region(program, "prompt").y == top - 4
        assert program.app.mouse_captured is None
        await drag(program, (edge - 20, 10), (edge - 40, 10))
        assert region(program, "run").x == edge - 8, "a drag inside a panel moves nothing"
        assert program.main.query_one(PanelBody)._dragged is None


async def test_the_prompt_grows_with_what_is_written(opened) -> None:
    """An empty prompt without focus is one line with the values of its fields; otherwise it grows with its text."""
    async with opened() as program:
        assert region(program, "prompt").height == 3
        assert "style anime" in program.text()
        await program.press("t")
        await program.until(lambda: region(program, "prompt").height == 5)
        for _ in range(4):
            await program.writes("fox\n")
        await program.until(lambda: region(program, "prompt").height == 7)
        await program.press("escape")
        assert region(program, "prompt").height == 7, "what is written stays in view"
        await program.press("t", "f7", "backspace", "escape")
        await program.until(lambda: region(program, "prompt").height == 3)


async def test_text_of_the_run_is_selected_with_the_mouse(opened) -> None:
    """Releasing the mouse copies the selected text; esc first clears the selection, then leaves the panel."""
    async with opened(width=160) as program:
        await program.runs("a fox in the snow")
        await program.press("escape", "4")
        left = region(program, "run").x
        await program.until(lambda: any("a fox" in line[left:] for line in program.text().split("\n")))
        lines = program.text().split("\n")
        y, x = next((y, line.index("a fox", left)) for y, line in enumerate(lines) if "a fox" in line[left:])
        await drag(program, (x, y), (x + 4, y))
        await program.until(lambda: program.app.clipboard == "a fox")
        await program.sees("Copied selection")
        await program.press("escape")
        assert program.at() == "run"
        await program.press("escape")
        assert program.at() == "runs"


async def test_the_screen_at_four_sizes(opened) -> None:
    """At each size the prompt column gets most space, no column is empty, and no name is cut."""
    async with opened(width=80, height=24) as program:
        for prompt in ("a red fox in the snow of a long winter night", "an owl"):
            await program.runs(prompt)
        await program.press("escape")
        for width, height, cells in ((80, 24, 36), (120, 36, 44), (200, 50, 66), (300, 80, 120)):
            await program.resizes(width, height)
            await program.until(lambda: region(program, "prompt").height == 3)
            lines = program.text().split("\n")
            assert all(len(line) <= width for line in lines)
            assert all(name in program.text() for name in ("First", "Second"))
            layout = program.table._layout(program.table._body.size.width)
            place_by_title = {place.column.title: place for place in layout.positions}
            assert place_by_title["prompt"].width >= cells
            body = [program.table._body.render_line(y).text for y in (1, 2)]
            for title, place in place_by_title.items():
                assert any(line[place.x : place.x + place.width].strip() for line in body) or title == "age", title
            assert "…" not in "".join(line[: region(program, "webhooks").right] for line in lines)
            if width >= 160:
                assert 0.35 <= region(program, "run").width / width <= 0.40
