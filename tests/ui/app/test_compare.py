"""Two marked runs side by side, through the whole app."""

from cordage_tui.domain.output import Rating
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.compare.screen import CompareScreen
from cordage_tui.ui.viewer.screen import ViewerScreen


async def test_two_marked_runs_stand_side_by_side(opened):
    """Words that differ, times, and the output of the side that keys act on, which the viewer over it downloads, too; escape
    leads back with the marks as they were."""
    async with opened(120, 36, tells_prompts=True) as program:
        key = program.world.webhooks[0].key
        program.world.fate(key, PlannedOutcome(1.0, outputs=2), PlannedOutcome(2.0, outputs=3))
        await program.starts_elsewhere("a red fox in snow")
        await program.starts_elsewhere("a grey fox in snow")
        await program.passes(5)
        await program.until(lambda: [row.output_count for row in program.table.shown] == [3, 2])
        await program.press("space", "space", "equals_sign")
        await program.until(lambda: isinstance(program.app.screen, CompareScreen))
        await program.sees("Inputs · 1 differs")
        lines = program.text().splitlines()
        assert any(
            "~ prompt" in line and "a grey fox in snow" in line and "a red fox in snow" in line for line in lines
        )
        assert any("~ took" in line and "0:02" in line and "0:01" in line for line in lines)
        await program.press("]", "tab", "+")
        older = program.table.shown[1].id
        assert program.main.engine.store.ratings.all() == {older: {2: Rating(True)}}
        await program.press("left", "5")
        assert program.main.engine.store.ratings.of(older) == {1: Rating(None, 5), 2: Rating(True)}
        await program.press("0")
        assert program.main.engine.store.ratings.of(older) == {2: Rating(True)}
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("d", "escape")
        await program.until(lambda: [one.number for one in program.main.engine.store.downloads.of(older)] == [1])
        await program.press("escape")
        assert program.app.screen is program.main and len(program.table.marked) == 2


async def test_any_other_number_of_marks_is_told_what_to_do(opened):
    """Nothing opens."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("a fox")
        await program.press("equals_sign")
        await program.sees("Mark two runs with space to compare")
        await program.press("space", "equals_sign")
        await program.sees("One is marked now")
        assert program.app.screen is program.main
