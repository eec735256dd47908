"""Runs without news, and prompts of a silent sender, are shown as such."""

from cordage_tui.engine.processes.leadership import Leadership
from cordage_tui.engine.processes.process_locks import SilentHolder
from cordage_tui.simulator.faults import Call, Fault, FaultBoard, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome


async def test_a_run_that_is_not_heard_from_says_so_wherever_it_stands(opened) -> None:
    """A run without news says so in row, panel and top line, with time and reason, and its time stops."""
    async with opened(140, 36, webhooks=1) as program:
        await program.runs("the old one")
        program.world.options = Options(page_size=1)
        program.world.faults.add(Call.GET, Fault(FaultKind.STATUS, status=500), count=None)
        await program.starts_elsewhere("the new one")
        await program.press("2", "G")
        await program.sees("not heard from")
        await program.sees("1 run not heard from", program.top)
        await program.sees("Not heard from since")
        assert "(500)" in program.text()
        assert "● live" not in program.top()
        (row,) = program.table.silent
        silent_line = program.text().partition("the old one")[0].splitlines()[-1]
        program.clock.ahead_s += 20.0
        program.main.presenter.show_times()
        assert program.text().partition("the old one")[0].splitlines()[-1] == silent_line
        program.world.options, program.world.faults = Options(), FaultBoard(1)
        await program.reads()
        await program.until(lambda: row not in program.table.silent)
        await program.sees("● live", program.top)
        assert "ot heard from" not in program.text()


async def test_a_run_that_the_list_names_is_heard_from_with_each_read(opened) -> None:
    """Each list that names a run counts as news of it, so the panel shows no old time."""
    async with opened(140, 40, webhooks=1) as program:
        program.world.fate(program.world.webhooks[0].key, PlannedOutcome(600.0))
        await program.runs("a fox")
        await program.press("2", "g")
        await program.sees("running for")
        for _ in range(4):
            await program.passes(40.0)
        program.main.presenter.show_times()
        await program.sees("running for 2m")
        assert "last heard" not in program.text()


async def test_a_prompt_is_not_promised_to_be_sent_by_a_process_that_is_stopped(opened, monkeypatch) -> None:
    """If the sending process is stopped, row and panel name it, and do not promise that the prompt is sent."""
    async with opened(140, 36, webhooks=1) as program:
        body = '{"error": "Rate limit exceeded.", "retry_after": 600}'
        program.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=429, body=body), count=None)
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "a fox"})
        await program.until(lambda: program.posts and program.rows() == {"a fox": "queued"})
        await program.press("2", "g")
        silent = SilentHolder(4242, program.clock.wall(), stopped=True)
        monkeypatch.setattr(Leadership, "silent_sender", silent)
        program.main.engine.health.set_silent_reader(silent)
        await program.until(lambda: program.table.stale)
        program.main.presenter.show_times()
        await program.sees("sender silent")
        await program.sees("Saved; not sent yet: the process")
        assert "as soon as the rate limit" not in " ".join(program.text().split())
