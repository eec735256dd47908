"""The page of keepers in the app: likely effects, and their pictures."""

from cordage_tui.domain.run import RowId
from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
from cordage_tui.ui.keepers.panel import KeepersPanel
from cordage_tui.ui.keepers.screen import KeepersScreen
from tests.keeper_worlds import judged_batch


def seeds(program) -> RowId:
    """Store a judged batch, and move the cursor to its line."""
    store, batch = program.main.store, judged_batch(program.world.webhooks[0].key, program.main.clock.wall() - 600.0)
    store.runs.seed("studio", batch.runs[::-1])
    store.batches.seed("studio", batch)
    program.main.presenter.show_all()
    line = store.batches.newest()
    program.main.selection.table.go_to(line)
    return line


async def opens(program) -> KeepersPanel:
    """Open the page of keepers, and return its panel once it has lines."""
    await program.press("&")
    await program.until(lambda: isinstance(program.app.screen, KeepersScreen))
    panel = program.app.screen.query_one(KeepersPanel)
    await program.until(lambda: panel.count)
    return panel


async def test_the_page_of_a_batch_follows_its_verdicts(opened) -> None:
    """Each finding is a sentence that leads to its pictures; a verdict made elsewhere updates the page and keeps the
    cursor."""
    async with opened(120) as program:
        panel = await opens(program)
        await program.sees("No run here is decided yet")
        await program.press("enter", "escape")
        line = seeds(program)
        panel = await opens(program)
        await program.sees("prompt neon is kept more often: 13 of 15, the rest 2 of 15")
        await program.sees("15 of 30 decided runs are kept, 50 % (33 to 67 %). 2 runs with outputs are undecided")
        await program.sees("seed, style: nothing to see")
        assert panel.finding is not None and panel.finding.trait.value == "neon"
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ContactSheetScreen))
        await program.sees("prompt neon, 13 of 15 kept")
        assert program.app.screen.loader.tiles.count == 15
        await program.press("escape")
        await program.press("j")
        before = panel.finding.trait
        program.main.store.ratings.decide([(program.main.store.batches.members(line)[4], 1)], False)
        await program.sees("of 31 decided runs")
        assert panel.finding.trait == before


async def test_marked_runs_have_a_page_of_their_own(opened) -> None:
    """With marks the page counts only the marked runs."""
    async with opened(120) as program:
        line = seeds(program)
        program.main.context.fold(line, False)
        await program.until(lambda: len(program.main.selection.table.shown) > 9)
        await program.press("g", "j", "space", "space", "space")
        panel = await opens(program)
        assert len(program.main.selection.table.marked) == 3
        assert panel.finding is None or len(panel.finding.rows) <= 3
