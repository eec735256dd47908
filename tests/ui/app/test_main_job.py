"""The main tasks in the whole app: trigger, watch, kill and run again."""

import re

from cordage_tui.store.errors import DiskFull
from cordage_tui.ui.dialogs.kill import KillDialog
from cordage_tui.ui.prompt.panel import PromptPanel


async def test_a_prompt_becomes_a_row_and_its_end_is_reported(opened):
    """The cursor moves to the row of a new prompt; a toast reports its end, and its outputs are listed."""
    async with opened() as program:
        await program.runs("a red fox")
        row = program.selected
        assert row.prompt == "a red fox"
        await program.passes(61)
        await program.until(lambda: program.rows() == {"a red fox": "completed"})
        assert program.selected.id == row.id
        await program.until(lambda: re.search(r"✔ First completed in (0:59|1:00) +a red fox", program.text()))
        await program.sees("age_001.png")


async def test_the_prompt_says_that_it_is_submitted_until_something_is_typed(opened, monkeypatch):
    """The border says that the prompt was submitted until a key is typed, but not if it could not be saved."""

    def full(*body, lineage):
        raise DiskFull("The disk is full.")

    async with opened() as program:
        prompt = program.main.query_one(PromptPanel)
        await program.runs("a red fox")
        assert str(prompt.border_subtitle) == "submitted · esc to the runs"
        await program.press("2")
        assert (prompt.editor.written, str(prompt.border_subtitle)) == ("2", "Enter runs it")
        await program.press("backspace")
        assert str(prompt.border_subtitle) == "Enter runs it"
        await program.runs("a blue fox")
        await program.press("escape")
        assert str(prompt.border_subtitle) == "Enter runs it"
        monkeypatch.setattr(program.main.engine.queue, "submit", full)
        await program.press("t")
        await program.pastes("a green fox")
        await program.press("enter")
        await program.sees("The disk is full.")
        assert (prompt.editor.written, str(prompt.border_subtitle)) == ("a green fox", "Enter runs it")


async def test_enter_costs_one_transaction(opened):
    """Enter writes prompt, history, draft and webhook in one transaction."""
    async with opened() as program:
        traced = []
        program.app._store.database._connection.set_trace_callback(traced.append)
        await program.runs("a red fox")
        written = re.compile(r"(?:INSERT|INSERT OR REPLACE|DELETE|UPDATE)\b.*?\b(outbox|history|drafts|settings)\b")
        transactions = [
            transaction.split("COMMIT")[0] for transaction in "\n".join(traced).split("BEGIN IMMEDIATE")[1:]
        ]
        of_the_panel = [
            set(written.findall(transaction)) & {"history", "drafts", "settings"} for transaction in transactions
        ]
        *while_typing, enter = [tables for tables in of_the_panel if tables]
        assert enter == {"history", "drafts", "settings"}
        assert all(tables == {"drafts"} for tables in while_typing)


async def test_the_kill_dialog_holds_its_target(opened):
    """The dialog kills the run that it names, however the table moves while it is open."""
    async with opened() as program:
        await program.runs("the doomed")
        await program.press("escape", "x")
        await program.sees("Kill this run?")
        await program.starts_elsewhere("newer 0", "newer 1", "newer 2")
        await program.until(lambda: len(program.table.shown) == 4)
        assert "the doomed" in program.text()
        await program.press("y")
        await program.until(lambda: program.rows()["the doomed"] == "cancelled")
        assert [path.endswith("/kill") for path in program.posts] == [False, True]
        assert sum(run.killed_at is not None for run in program.world.list_runs(program.world.webhooks[0].key)) == 1


async def test_a_run_that_ended_under_the_dialog_is_reported_with_its_outcome(opened):
    """If the run completed before the kill arrived, a line says so, and no error is shown."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "x")
        await program.sees("Kill this run?")
        program.clock.ahead_s += 61
        await program.press("y")
        await program.until(lambda: program.rows() == {"a fox": "completed"})
        await program.sees("Already ended: completed.")


async def test_stray_keys_answer_no(opened):
    """Enter, escape and `n` close the dialog without a kill, because Cancel has the focus."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape")
        for key in ("enter", "escape", "n"):
            await program.press("x")
            await program.sees("Kill this run?")
            await program.press(key)
            await program.until(lambda: not isinstance(program.app.screen, KillDialog))
        assert len(program.posts) == 1


async def test_nothing_is_killed_that_has_ended(opened):
    """`x` on a run that has ended says so and opens no dialog."""
    async with opened() as program:
        await program.runs("a fox")
        await program.passes(61)
        await program.press("escape", "x")
        await program.sees("This run has already ended.")
        assert not isinstance(program.app.screen, KillDialog)


async def test_a_protected_profile_has_the_id_typed(opened):
    """With a protected profile the kill needs the id typed, and `y` alone does nothing."""
    async with opened(protected=True) as program:
        await program.runs("a fox")
        await program.press("escape", "x")
        await program.sees("to confirm")
        await program.press("y", "enter")
        assert len(program.posts) == 1
        await program.press("backspace")
        await program.writes(program.selected.short_id)
        await program.press("enter")
        await program.until(lambda: program.rows() == {"a fox": "cancelled"})


async def test_e_loads_the_inputs_to_run_again(opened):
    """`e` loads prompt and fields of a run for its own webhook, and they are sent with the changes."""
    async with opened() as program:
        await program.press("1", "j", "j", "t")
        await program.pastes("a fox")
        await program.press("tab", "down", "shift+tab", "enter")
        await program.until(lambda: program.rows().get("a fox") == "running")
        (first,) = program.world.list_runs(program.world.webhooks[1].key)
        await program.press("escape", "1", "g", "2", "e")
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").inputs() == first.inputs
        assert "Prompt → Second" in program.text()
        await program.writes(" in snow")
        await program.press("enter")
        await program.until(lambda: "a fox in snow" in program.rows())
        await program.until(lambda: len(program.posts) == 2)
        bodies = [run.inputs for run in program.world.list_runs(program.world.webhooks[1].key)]
        assert {**first.inputs, "prompt": "a fox in snow"} in bodies


async def test_inputs_that_nobody_knows_are_not_loaded(opened):
    """`e` on a run started elsewhere says that its inputs are unknown, and leaves the prompt panel unchanged."""
    async with opened() as program:
        await program.starts_elsewhere("hidden")
        await program.until(lambda: len(program.table.shown) == 1)
        await program.press("e")
        await program.sees("Inputs unknown")
        assert program.at() == "runs"


async def test_read_only_sends_nothing(opened):
    """With a read-only profile a prompt stays in the panel, a kill is refused, and the server receives no POST."""
    async with opened(read_only=True) as program:
        await program.starts_elsewhere("theirs")
        await program.until(lambda: len(program.table.shown) == 1)
        await program.press("t")
        await program.pastes("a fox")
        await program.press("enter")
        await program.sees("Profile studio is read-only")
        assert program.widget("prompt").inputs()["prompt"] == "a fox"
        await program.press("escape", "x")
        if "Kill this run?" in program.text():
            await program.press("y")
        await program.sees("read-only")
        assert program.posts == []


async def test_what_cannot_be_copied_is_said(opened):
    """`y` copies the id and `Y` the outputs, and without them a line says what is missing."""
    async with opened() as program:
        await program.press("y")
        await program.sees("No run is selected.")
        await program.runs("a fox")
        await program.press("escape", "Y")
        await program.sees("This run has no outputs.")
        await program.passes(61)
        await program.until(lambda: program.rows() == {"a fox": "completed"})
        await program.press("y")
        assert program.app.clipboard == program.selected.run_id
        await program.press("Y")
        assert program.app.clipboard.startswith(program.served.storage_url)


async def test_a_full_disk_costs_conveniences_only(opened, monkeypatch):
    """If settings cannot be saved, the app reports it and still sends the submitted prompt."""
    async with opened() as program:

        def full(name: str, value: str) -> None:
            raise DiskFull("The disk is full.")

        monkeypatch.setattr(program.app._store.settings, "save", full)
        await program.runs("fox")
        program.app.choose_theme("cordage-light")
        await program.sees("The disk is full.")
        assert program.rows()["fox"] in {"pending", "running", "completed"}
        assert program.app.return_code is None
