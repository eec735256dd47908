"""Actions on many runs in the whole app: marked, killed, stopped half-way, refreshed, copied."""

from cordage_tui.simulator.rate_limits import Budget
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.kill import BulkKillDialog


async def crowd(program, count):
    """Start so many runs as somebody else, and wait until all are shown as running."""
    for n in range(count):
        program.world.trigger(program.world.webhooks[0].key, {"prompt": f"{n}"})
    await program.reads()
    await program.until(lambda: program.table.highlighted is not None and len(program.table.shown) >= min(count, 20))


def footer(program):
    """Return the last line of the screen."""
    return program.text().splitlines()[-1]


def kills(program):
    """Return the paths of all kills that reached the server."""
    return [path for path in program.posts if path.endswith("/kill")]


async def test_marked_runs_are_killed_and_no_others(opened):
    """The dialog counts the runs to kill, names those left out, and fixes the ids when it opens."""
    async with opened() as program:
        await crowd(program, 1)
        await program.passes(61)
        await program.until(lambda: program.selected.status_name == "completed")
        await crowd(program, 4)
        await program.press("g", "space", "space", "G", "space")
        await program.sees("3 marked: 2 running, 1 completed")
        assert "x kill 2" in footer(program)
        await program.press("x")
        await program.sees("Kill 2 runs?")
        await program.sees("Not affected: 1 completed.")
        await crowd(program, 5)
        await program.press("y")
        await program.sees("Kills done: 2 cancelled.")
        await program.sees("3 marked: 2 cancelled, 1 completed")
        assert "x kill marked" in footer(program)
        assert len(kills(program)) == 2
        await program.press("escape")
        assert "marked" not in program.text()


async def test_many_need_their_number_and_stop_at_a_key(opened):
    """Many kills need their number typed; progress is shown, `X` stops them, and the report counts the rest."""
    async with opened() as program:
        await crowd(program, 14)
        program.world.limiter.spend(program.world.api_key, Budget.KILL, 20, program.world.clock())
        await program.press("asterisk")
        await program.sees("14 marked: 14 running")
        await program.press("x")
        await program.sees("Type 14 to confirm.")
        await program.press("y", "enter")
        assert kills(program) == []
        await program.press("backspace")
        await program.writes("14")
        await program.press("enter")
        await program.sees("killing 10/14")
        (line,) = (line for line in program.text().splitlines() if "killing" in line and "/14" in line)
        assert line.startswith(" killing 10/14 · ~") and line.rstrip().endswith(" left · X stops")
        assert "X stop killing" in footer(program)
        await program.press("question_mark")
        await program.sees("Stop killing; runs not killed yet")
        await program.press("escape", "1", "j")
        assert "X stop killing" in footer(program), "with a webhook under the cursor too, which it else removes"
        await program.press("X")
        await program.sees("Kills stopped: 10 cancelled, 4 not affected")
        assert "killing 10/14" not in program.text()
        assert "X stop killing" not in footer(program)
        assert sum(run.killed_at is not None for run in program.world.list_runs(program.world.webhooks[0].key)) == 10


async def test_marks_go_before_the_filter(opened):
    """Marks made under a filter stay without it; escape removes the marks first, then the filter."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("a fox")
        await program.starts_elsewhere("an owl")
        await program.press("slash")
        await program.writes("fox")
        await program.press("enter", "asterisk")
        await program.sees("1 marked: 1 running")
        await program.press("escape")
        assert "marked" not in program.text() and "· /fox" in program.text()
        await program.press("asterisk", "slash", "escape")
        assert list(program.rows()) == ["an owl", "a fox"]
        await program.sees("1 marked: 1 running")


async def test_the_kill_dialog_counts_marked_runs_that_are_not_visible(opened):
    """A kill includes marked runs that the filter hides, so the dialog says how many they are."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("a fox")
        await program.starts_elsewhere("an owl")
        await program.press("asterisk", "slash")
        await program.writes("fox")
        await program.press("enter", "x")
        await program.sees("1 of them is not visible in the current list.")
        assert isinstance(program.app.screen, BulkKillDialog)


async def test_without_marks_the_keys_mean_the_cursor(opened):
    """Without marks keys act on the run under the cursor, and `e` does so with marks too."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "space", "escape", "x")
        await program.sees("Kill this run?")
        await program.press("escape", "space", "e")
        assert program.at() == "prompt"
        assert program.widget("prompt").inputs()["prompt"] == "a fox"


async def test_nothing_to_kill_among_the_marked_is_said(opened):
    """If all marked runs have ended, a line says so, and no dialog opens."""
    async with opened() as program:
        await crowd(program, 2)
        await program.passes(61)
        await program.until(lambda: program.selected.status_name == "completed")
        await program.press("asterisk", "x")
        await program.sees("All marked runs have")
        assert not isinstance(program.app.screen, ConfirmDialog)


async def test_marked_ids_and_urls_are_copied_one_per_line(opened):
    """`y` copies the ids, and `Y` the links, of all marked runs, newest first."""
    async with opened() as program:
        await crowd(program, 3)
        await program.passes(61)
        await program.until(lambda: program.selected.status_name == "completed")
        ids = [row.run_id for row in program.table.shown]
        await program.press("asterisk", "y")
        assert program.app.clipboard == "\n".join(ids)
        await program.press("Y")
        assert len(program.app.clipboard.splitlines()) == 3
        assert all(url.startswith("http") for url in program.app.clipboard.splitlines())


async def test_read_only_refuses_a_bulk_kill_in_words(opened):
    """A read-only profile refuses a bulk kill with its reason, and the server receives no POST."""
    async with opened(read_only=True) as program:
        await crowd(program, 2)
        await program.press("asterisk", "x")
        await program.sees("Profile studio is read-only")
        await program.press("y")
        assert program.posts == []
