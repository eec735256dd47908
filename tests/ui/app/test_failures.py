"""Errors on the page of statistics: they lead to their runs, and the runs can be rerun."""

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.prompt.batch_preview import BatchPreview
from cordage_tui.ui.statistics.errors_table import ErrorsPanel
from cordage_tui.ui.statistics.screen import StatisticsScreen
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel


async def fails(program, *failures: str | None) -> None:
    """Run prompts that end with these failures, and show them."""
    key = program.world.webhooks[0].key
    for failure in failures:
        program.world.fate(key, PlannedOutcome(0.0, failure=failure))
        row = program.main.engine.queue.submit(key, {"prompt": f"a fox {failure}"})
        await program.until(lambda row=row: program.main.store.rows.get(row).run_id is not None)
    await program.passes(1.0)


async def opens(program) -> ErrorsPanel:
    """Open the page of errors, and return its panel once it has rows."""
    await program.press("!")
    await program.until(lambda: isinstance(program.app.screen, StatisticsScreen))
    panel = program.app.screen.query_one(ErrorsPanel)
    await program.until(lambda: panel._rows is not None)
    return panel


async def test_an_error_leads_to_its_runs(opened) -> None:
    """Enter on an error filters the runs to those it counts; keys lead between errors and statistics."""
    async with opened(120) as program:
        await opens(program)
        await program.sees("No run has failed.")
        await program.press("F", "enter", "j", "k", "g", "G", "ctrl+d", "ctrl+u")  # nothing to move over
        await program.press("escape")
        await fails(program, None, "Node 1 timed out", "Node 22 timed out", "no memory")
        await program.press("%")
        await program.sees("2  Node … timed out")
        screen = program.app.screen
        await program.press("!")
        await program.until(lambda: screen.query_one(ErrorsPanel).has_focus)
        panel = screen.query_one(ErrorsPanel)
        assert panel.selected is not None and panel.selected.pattern == "no memory"
        await program.press("tab")
        await program.until(lambda: screen.query_one(StatisticsPanel).has_focus)
        await program.press("!", "G")
        await program.sees("to rerun 2")
        await program.press("enter")
        await program.until(lambda: program.at() == "runs")
        await program.until(lambda: program.main.selection.source.count() == 2)
        assert program.main.selection.query.webhook_key == program.world.webhooks[0].key


async def test_an_error_is_clicked(opened) -> None:
    """A click selects an error, and a double click opens its runs, as Enter does; the heading is not selectable."""
    async with opened(120) as program:
        await fails(program, "Node 1 timed out", "Node 22 timed out", "no memory")
        panel = await opens(program)
        await program.sees("no memory")
        for line, error in ((3, "Node … timed out"), (1, "Node … timed out"), (2, "no memory")):
            await program.pilot.click(ErrorsPanel, offset=(10, line))
            assert panel.selected is not None and panel.selected.pattern == error, line
        await program.pilot.click(ErrorsPanel, offset=(10, 3), times=2)
        await program.until(lambda: program.at() == "runs")
        await program.until(lambda: program.main.selection.source.count() == 2)


async def test_the_runs_of_an_error_are_rerun(opened) -> None:
    """`F` previews the runs of an error and sends each once, unchanged, in the batch lane."""
    async with opened(120) as program:
        await fails(program, "Node 1 timed out", "Node 22 timed out")
        panel = await opens(program)
        program.world.fate(program.world.webhooks[0].key, *[PlannedOutcome(600.0)] * 2)
        await program.press("F")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.sees("2 runs")
        await program.press("escape")
        assert isinstance(program.app.screen, StatisticsScreen)
        program.main.engine.queue.pause()
        await program.press("F")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.sees("2 runs")
        await program.press("y")
        await program.until(lambda: program.at() == "runs")
        store, line = program.main.store, program.selected
        assert line.size == 2 and line.prompt.startswith("rerun of: Node … timed out")
        assert {item.lane for item in program.main.engine.queue.waiting()} == {Lane.BATCH}
        rows = store.batches.members(line.id)
        parents = [store.run_lookup.lineage(row).parent for row in rows]
        bodies = [[body.inputs for body in store.run_lookup.bodies(ids)] for ids in (rows, parents)]
        assert bodies[0] == bodies[1] == [{"prompt": f"a fox Node {n} timed out"} for n in (1, 22)]
        panel = await opens(program)
        await program.sees("under way 2")
        await program.press("F")
        await program.sees("All of them have completed since, wait or run")
        assert isinstance(program.app.screen, StatisticsScreen) and panel.selected is not None


async def test_a_rerun_that_fails_again_is_stopped(opened) -> None:
    """A rerun stops after three failures in a row; a notice and the queue say why, and `f` sends the rest."""
    async with opened(120) as program:
        await fails(program, *[f"Node {n} timed out" for n in range(4)])
        program.main.engine.queue.limit_active(1)
        key = program.world.webhooks[0].key
        program.world.fate(key, *[PlannedOutcome(0.0, failure=f"Node {n} timed out") for n in range(3)])
        await opens(program)
        await program.press("F")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.press("y")
        await program.until(lambda: program.at() == "runs")
        held = lambda: program.main.store.queue.counts("studio").get(OutboxState.HELD)  # noqa: E731
        while not held():
            await program.passes(1.0)
        await program.until(lambda: any("other 1 is held" in toast.message for toast in program.app._notifications))
        await program.press("w")
        await program.sees("Not sent: 3 runs in a row of this batch failed. The last error: Node 2 timed out")
        await program.sees("f sends the rest")
        await program.press("f")
        await program.until(lambda: not held())
