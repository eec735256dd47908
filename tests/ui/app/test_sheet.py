"""The contact sheet in the whole app: opened over runs, viewed, judged, filtered, and left."""

import re
import struct
from urllib.parse import unquote

from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RunQuery
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
from cordage_tui.ui.prompt.batch_preview import BatchPreview
from cordage_tui.ui.viewer.screen import ViewerScreen


async def opens(program):
    """Open the contact sheet and return it once it has a layout."""
    await program.press("s")
    await program.until(
        lambda: isinstance(program.app.screen, ContactSheetScreen) and program.app.screen.panel.model.grid
    )
    return program.app.screen


async def with_outputs(program, *prompts, outputs=1):
    """Let runs complete with so many outputs each, the last one newest, with pictures switched off."""
    program.app.renderer.switch()
    program.world.fate(program.world.webhooks[0].key, *[PlannedOutcome(1.0, outputs=outputs)] * len(prompts))
    await program.starts_elsewhere(*prompts)
    await program.passes(5)
    await program.reads()
    await program.until(lambda: all(row.output_count == outputs for row in program.table.shown))


def under_cursor(program):
    """Return prompt and number of the output under the cursor."""
    tile = program.app.screen.panel.tile
    row = program.app.screen.store.rows.many([tile.row])[0]
    return row.prompt, tile.number


async def counts(program, counted):
    """Wait until the border begins with these words; on the screen a notice may cover them for seconds."""
    await program.until(lambda: program.app.screen.panel.border_subtitle.startswith(counted))


def verdicts(program):
    """Return (prompt, number) → verdict, for all verdicts."""
    rows = {row.id: row.prompt for row in program.main.engine.store.query.window(RunQuery("studio"), 0, 100)}
    judgements = program.main.engine.store.ratings.all()
    return {(rows[row], n): verdict for row, mine in judgements.items() for n, verdict in mine.items()}


async def test_the_outputs_of_all_runs_shown_stand_in_the_tables_order(opened):
    """The sheet has one cell for each output in the order of the table, and both share the run under the cursor."""
    async with opened(tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl", outputs=2)
        await program.press("j")
        await opens(program)
        await counts(program, "4 outputs")
        assert under_cursor(program) == ("a fox", 1)
        await program.press("g")
        assert under_cursor(program) == ("an owl", 1)
        await program.press("l", "l", "l")
        assert under_cursor(program) == ("a fox", 2)
        await program.press("h", "h", "escape")
        assert program.selected.prompt == "an owl"


async def test_marked_runs_have_their_places_with_or_without_outputs(opened):
    """A marked run without outputs shows its status in its place, and its output when it arrives."""
    async with opened(tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl")
        await program.starts_elsewhere("a heron")
        await program.press("g", "space", "space")
        await opens(program)
        await program.sees("2 marked")
        await program.sees("● running")
        await counts(program, "2 outputs")
        await program.passes(61)
        await program.until(lambda: under_cursor(program) == ("a heron", 1))


async def test_keys_judge_and_the_same_key_again_removes_the_verdict(opened):
    """A verdict is stored at once and shown below the picture, and the same key removes it."""
    async with opened(tells_prompts=True) as program:
        await with_outputs(program, "a fox")
        await opens(program)
        await program.press("+", "4")
        assert verdicts(program) == {("a fox", 1): Rating(True, 4)}
        await program.sees("✔ ★★★★ a fox")
        await program.press("-")
        await program.sees("✖ ★★★★ a fox")
        await program.press("-", "4")
        assert verdicts(program) == {}
        await program.press("2", "0")
        assert verdicts(program) == {}


async def test_a_filter_leaves_the_outputs_with_that_verdict(opened):
    """The filter follows new verdicts, the first escape shows all outputs, and the second leaves the sheet."""
    async with opened(tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl", "a cat")
        await opens(program)
        await program.press("+", "l", "-", "f", "u")
        await counts(program, "1 output")
        assert under_cursor(program) == ("a fox", 1)
        await program.press("+")
        await program.sees("No output matches the filter.")
        await program.press("f", "k")
        await counts(program, "2 outputs · 2 kept · 1 rejected")
        await program.press("escape")
        await counts(program, "3 outputs")
        await program.press("escape")
        assert program.app.screen is program.main


async def test_the_table_finds_runs_by_verdicts(opened):
    """`/is:kept` in the run table shows the runs that were kept in the sheet."""
    async with opened(tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl")
        await opens(program)
        await program.press("+", "s", "slash")
        await program.writes("is:kept")
        await program.until(lambda: [row.prompt for row in program.table.shown] == ["an owl"])


async def test_a_matrix_is_a_table_with_its_values_as_headings(opened):
    """A batch of two axes is a table with a cell for each pair of values, whatever the state of its run."""
    async with opened(120, 36) as program:
        key = program.world.webhooks[0].key
        program.world.fate(
            key,
            PlannedOutcome(1.0),
            PlannedOutcome(1.0, failure="out of memory"),
            PlannedOutcome(60.0),
            PlannedOutcome(1.0),
        )
        await program.press("t")
        await program.pastes("a {red|blue} fox in {snow|fog}")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.press("y")
        await program.until(lambda: len(program.posts) == 4)
        await program.passes(5)
        await program.press("escape", "g")
        sheet = await opens(program)
        await program.sees("✖ failed")
        lines = program.text().splitlines()
        head = next(line for line in lines if "snow" in line and "fog" in line and "fox" not in line)
        failed = next(line for line in lines if "✖ failed" in line)
        assert abs(failed.index("✖ failed") - head.index("fog")) < sheet.panel.model.grid.width
        assert any("● running" in line for line in lines) and any(
            line.strip("│ ▌").startswith("blue") for line in lines
        )
        assert under_cursor(program) == ("a red fox in snow", 1)
        await program.press("j", "l")
        await program.sees("blue · fog · a blue fox in fog")
        await program.press("+", "f", "k")
        await counts(program, "1 output · 1 kept")


async def test_zooming_keeps_the_cursor_and_changes_how_many_fit(opened):
    """Zooming changes the number of visible cells and keeps the cursor, and page keys move by the visible cells."""
    async with opened(80, 24, tells_prompts=True) as program:
        await with_outputs(program, *(f"fox {n}" for n in range(5)), outputs=3)
        sheet = await opens(program)
        await program.press("l", "l", "l", "l")
        here, fits = sheet.panel.tile, len(sheet.panel.model.grid.on_page(sheet.panel.model.view))
        await program.press("Z")
        assert len(sheet.panel.model.grid.on_page(sheet.panel.model.view)) > fits and sheet.panel.tile == here
        await program.press("z", "z")
        assert len(sheet.panel.model.grid.on_page(sheet.panel.model.view)) < fits and sheet.panel.tile == here
        await program.press("G")
        assert under_cursor(program) == ("fox 0", 3)
        await program.press("pageup", "g")
        assert under_cursor(program) == ("fox 4", 1)


async def test_an_empty_sheet_says_so(opened):
    """A sheet without outputs says so, and its keys do nothing."""
    async with opened() as program:
        await opens(program)
        await program.sees("No outputs yet.")
        await program.press("+", "3", "j", "G", "z", "d", "enter", "right_square_bracket")
        await program.press("q")
        assert program.app.screen is program.main


async def test_what_is_kept_is_exported_as_a_picture_and_as_a_page_with_its_files(opened):
    """The kept outputs are exported as one PNG, or as a page with its pictures as files next to it."""
    async with opened(120, 36, tells_prompts=True) as program:
        await with_outputs(program, "a <b>fox</b>", "an owl", "a cat")
        await opens(program)
        await program.press("+", "l", "+", "E")
        await program.sees("the 2 kept as one picture")
        await program.press("p")
        folder = program.paths.downloads_dir / "contact sheets"
        await program.until(lambda: list(folder.glob("*.png")))
        data = next(folder.glob("*.png")).read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data.startswith(b"\x89PNG") and 2 * 480 < width < 3 * 480 and 330 < height < 2 * 330
        await program.press("E", "H")
        await program.until(lambda: list(folder.glob("*/index.html")))
        index = next(folder.glob("*/index.html"))
        text = index.read_text()
        images = re.findall(r'<img src="([^"]+)"', text)
        assert len(images) == 3 and all((index.parent / unquote(image)).is_file() for image in images)
        assert "&lt;b&gt;fox" in text and program.served.storage_url not in text


async def test_d_brings_what_is_kept_to_the_disk_else_the_output_under_the_cursor(opened):
    """`d` downloads the kept outputs, or the one under the cursor if none is kept, and asks for more than twenty."""
    async with opened(120, 36, tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl", "a cat")
        sheet = await opens(program)
        store = program.main.engine.store
        await program.press("d")
        await program.until(lambda: len(store.downloads.of(sheet.panel.tile.row)) == 1)
        await program.press("l", "+", "l", "+", "h", "h", "d")
        kept = list(store.ratings.all())
        await program.until(lambda: all(len(store.downloads.of(row)) == 1 for row in kept))
        await program.until(lambda: len([*program.paths.downloads_dir.rglob("*.png")]) == 3)
        sheet.context.kept_outputs = lambda: [sheet.context.output] * 21
        await program.press("d")
        await program.sees("Download 21 outputs?")
        await program.press("n")
        assert isinstance(program.app.screen, ContactSheetScreen)


async def test_an_output_goes_full_screen_and_the_cursor_follows(opened):
    """The viewer moves along the cells of the sheet, and the cursor of the sheet follows it."""
    async with opened(120, 36, tells_prompts=True) as program:
        await with_outputs(program, "a fox", "an owl", outputs=2)
        sheet = await opens(program)
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("]", "]")
        await program.press("escape")
        await program.until(lambda: program.app.screen is sheet)
        assert under_cursor(program) == ("a fox", 1)
        await program.press("enter", "k", "escape")
        assert under_cursor(program) == ("an owl", 2)
