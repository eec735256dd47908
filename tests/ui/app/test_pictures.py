"""Outputs as pictures, from storage through the picture process to the screen."""

from dataclasses import replace

from cordage_tui.config.settings import ImageSettings
from cordage_tui.simulator.webhooks import OutputKind
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.viewer.screen import ViewerScreen

HALF = "▀"


async def ended(program, prompt="a fox", outputs=1):
    """Start a run with so many pictures, and let it complete."""
    program.world.fate(program.world.webhooks[0].key, PlannedOutcome(60.0, outputs=outputs))
    await program.starts_elsewhere(prompt)
    await program.passes(61)
    await program.until(lambda: list(program.rows().values()).count("completed") >= 1)


async def test_the_pictures_of_a_run_hang_on_the_pane(opened):
    """The pane shows all pictures of a run; keys choose the large one, and none is fetched twice."""
    async with opened() as program:
        await ended(program, outputs=3)
        await program.sees("1/3 · PNG · 768 × 512")
        await program.until(lambda: program.text().count(HALF) > 250)
        await program.until(lambda: len(program.served.storage_log) == 3)
        await program.press("right_square_bracket")
        await program.sees("2/3 · PNG")
        assert program.main.selection.output.number == 2
        await program.press("left_square_bracket", "left_square_bracket")
        await program.sees("3/3 · PNG")
        assert program.main.selection.output.number == 3
        await program.until(lambda: program.text().count(HALF) > 250)
        assert len(program.served.storage_log) == 3


async def test_the_pane_keeps_its_lines_when_pictures_come(opened):
    """The headings of the pane do not move when pictures arrive."""
    async with opened() as program:
        all_lines = []

        def heading(program=program):
            lines = program.text().splitlines()
            heading_lines = [y for y, line in enumerate(lines) if "Outputs ─" in line]
            all_lines.extend(heading_lines)
            return heading_lines and program.text().count(HALF) > 250

        await ended(program, outputs=2)
        await program.until(heading)
        assert len(set(all_lines)) == 1


async def test_i_switches_pictures_off_and_that_is_kept(opened):
    """Without pictures outputs are described, nothing of the next run is fetched, and the choice is stored."""
    async with opened() as program:
        await ended(program)
        await program.until(lambda: HALF in program.text())
        await program.press("i")
        await program.until(lambda: HALF not in program.text())
        await program.sees("PNG · 768 × 512")
        fetched = len(program.served.storage_log)
        await ended(program, "an owl")
        await program.press("g")
        pane = program.main.query_one(RunDetailPane)
        await program.until(lambda: pane.shown.prompt != "a fox" and pane.settled)
        assert program.main.engine.store.settings.get("pictures") == "off"
        assert len(program.served.storage_log) == fetched
        await program.press("i")
        await program.until(lambda: HALF in program.text())


async def test_enter_shows_a_picture_on_the_whole_screen_and_escape_goes_back(opened):
    """Enter leads from the runs to a picture on the whole screen, whose keys work, and escape leads back."""
    async with opened() as program:
        await ended(program, outputs=2)
        await ended(program, "an owl", outputs=1)
        await program.press("2", "G", "enter", "enter")
        viewer = program.app.screen
        assert isinstance(viewer, ViewerScreen)
        await program.until(lambda: program.text().count(HALF) > 2_000)
        await program.press("l")
        await program.sees("2/2 · PNG")
        await program.press("plus", "3")
        await program.sees("★★★ kept")
        await program.press("z", "l")
        await program.until(lambda: viewer.panel.is_near and program.text().count(HALF) > 2_000)
        await program.press("Z")
        assert not viewer.panel.is_near
        await program.press("k")
        await program.until(lambda: "2/2" not in program.text())
        assert program.selected.output_count == 1
        await program.press("escape")
        assert program.app.screen is program.main and program.at() == "run"
        await program.press("escape")
        assert program.at() == "runs"


async def test_what_is_large_is_loaded_when_the_user_says_so(opened):
    """A large output shows only its size until Enter in the panel of the run loads it."""
    async with opened(pictures=ImageSettings(fetch_up_to=1_000)) as program:
        await ended(program)
        await program.sees("enter to")  # it may be cut into two lines
        assert HALF not in program.text()
        await program.press("4", "enter")
        assert program.app.screen is program.main
        await program.until(lambda: HALF in program.text())


async def test_a_text_shows_its_beginning_and_is_read_on_the_whole_screen(opened):
    """A text output is shown next to a bar on the pane, and whole in the viewer."""
    async with opened() as program:
        webhook = program.world.webhooks[0]
        program.world.add_webhook(replace(webhook, output=OutputKind.TEXT))
        await ended(program, "two children with paper boats")
        await program.until(lambda: "▏" in program.text())
        await program.sees("text · ")
        await program.press("4", "enter")
        assert isinstance(program.app.screen, ViewerScreen)
        await program.sees("esc back")
        assert "▏" not in program.text() and "text · " in program.text()
