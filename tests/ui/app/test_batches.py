"""Batches in the whole app: written, previewed, sent, folded, killed and run again."""

import asyncio
import threading

from cordage_tui.engine.batch.prompt_files import draft_of_file
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.prompt.batch_preview import BatchPreview


def triggers(program):
    """Return the paths of all triggers that reached the server."""
    return [path for path in program.posts if path.endswith("/trigger")]


def prompts(program, webhook=0):
    """Return the inputs that the server received, oldest first."""
    runs = program.world.list_runs(program.world.webhooks[webhook].key)
    return [run.inputs for run in sorted(runs, key=lambda run: run.created_at)]


async def asks(program, text, key="enter"):
    """Type `text` in the prompt panel and open the preview."""
    await program.press("t" if program.at() != "prompt" else "end")
    await program.pastes(text)
    await program.press(key)
    await program.until(lambda: isinstance(program.app.screen, BatchPreview))


async def sent(program, text, count, key="enter"):
    """Send a batch of `count` runs, and wait until all are shown as running."""
    await asks(program, text, key)
    await program.press("y")
    await program.until(lambda: len(triggers(program)) == count)
    await program.press("escape")
    await program.until(lambda: program.selected.size == count)
    await program.until(
        lambda: program.main.selection.batch_progress(program.selected.id).counts.get("running") == count
    )


async def test_pasted_lines_become_one_line_of_the_table_and_each_is_sent_once(opened):
    """ctrl+t makes a batch of the pasted lines, and nothing is sent before the preview is answered."""
    async with opened() as program:
        await asks(program, "a fox\nan owl\na cat", key="ctrl+t")
        await program.sees("3 runs, 3s to send")
        assert "to finish" not in program.text()
        for line in ("1  a fox", "2  an owl", "3  a cat"):
            assert line in program.text()
        assert program.posts == []
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 3)
        await program.sees("3●")
        await asyncio.sleep(0)
        assert prompts(program) == [{"prompt": p, "style": "anime"} for p in ("a fox", "an owl", "a cat")]
        assert [row.size for row in program.table.shown] == [3]
        assert program.widget("prompt").inputs() == {"style": "anime"}


async def test_a_pattern_is_previewed_before_enter_sends_anything(opened):
    """Enter previews a prompt with a pattern, as the border says, and leaving the preview keeps the text."""
    async with opened(inputs={"seed": ""}) as program:
        await asks(program, "a {red|blue} fox\nseed=1..2")
        await program.sees("4 runs, 4s to send")
        await program.sees("prompt: red, blue × seed: 1, 2")
        await program.press("ctrl+t")
        await program.sees("2 runs, 2s to send")
        await program.press("escape")
        assert program.widget("prompt").inputs()["prompt"] == "a {red|blue} fox\nseed=1..2"
        assert "Enter previews the batch" in program.text()
        assert program.posts == [] and program.table.shown == ()


async def test_an_input_that_is_typed_is_checked_as_a_column_of_a_file_is(opened):
    """A typed input that the webhook does not have marks all rows of the preview, and none is sent."""
    async with opened(inputs={"style": ["anime", "ink"], "ratio": "1:1"}) as program:
        await asks(program, "a fox\nseed=1..3")
        await program.sees("3 of 3 do not fit the webhook's inputs and are not sent.")
        await program.sees("seed: Unknown input.")
        await program.press("y")
        assert isinstance(program.app.screen, BatchPreview) and program.posts == []


async def test_a_pattern_of_another_program_asks_and_is_one_prompt(opened):
    """The preview names a pattern of another program, and yes sends it as one prompt, without a batch."""
    async with opened() as program:
        await asks(program, "a __styles__ fox")
        await program.sees("The prompt has '__styles__', a pattern of another program: it would be sent as it is.")
        assert program.posts == []
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 1)
        assert prompts(program)[0]["prompt"] == "a __styles__ fox"
        await program.until(lambda: [row.size for row in program.table.shown] == [0])


async def test_a_filter_says_how_many_runs_it_finds_and_how_many_of_them_are_active(opened):
    """Title, footer, sidebar and rows agree on the count, which leaves out batch lines and runs outside the filter."""
    async with opened(tells_prompts=True) as program:
        await sent(program, "a {red|blue|green} fox", 3)
        await program.starts_elsewhere("an owl", webhook=1)
        await program.until(lambda: "4 active" in str(program.table.border_subtitle))
        for filter_text in ("webhook:first", "batch:fox", "fox"):
            await program.press("slash")
            await program.writes(filter_text)
            await program.press("enter", "g")
            await program.sees(f"/{filter_text} · 3 of 4")
            await program.sees("3 active · 1 of 3")
            assert [row.size for row in program.table.shown] == [0, 0, 0]
            await program.press("escape")
        assert any(
            "First" in line and line.split("│")[1].split()[-2:] == ["●3", "3"] for line in program.text().splitlines()
        )


async def test_a_row_of_a_batch_that_a_filter_finds_names_its_webhook_and_its_prompt(opened):
    """A row of a batch that a filter finds shows webhook and prompt, because no batch line above it does."""
    async with opened(120, 36, tells_prompts=True, inputs={"seed": ""}) as program:
        await sent(program, "a fox on the long wall\nseed=1..2", 2)
        await program.press("enter")
        await program.until(lambda: len(program.table.shown) == 3)
        below = [line for line in program.text().splitlines() if "seed 1" in line]
        assert len(below) == 1 and "First" not in below[0].partition("seed 1")[2].partition("│")[0]
        await program.press("slash")
        await program.writes("seed:1")
        await program.press("enter")
        await program.until(lambda: len(program.table.shown) == 1)
        await program.sees("seed 1 · a fox on the long wall")
        (line,) = [line for line in program.text().splitlines() if "seed 1 · a fox" in line]
        assert "First" in line.partition("seed 1")[2].partition("│")[0]
        title = next(line for line in program.text().splitlines() if "prompt " in line)
        assert line.index("seed 1") == title.index("prompt ")


async def test_a_batch_that_is_submitted_under_a_filter_is_shown_and_not_counted(opened):
    """The line of a batch submitted under a filter stays visible until the filter changes, and is not counted."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("an owl")
        await program.until(lambda: list(program.rows()) == ["an owl"])
        await program.press("2", "slash")
        await program.writes("owl")
        await program.press("enter")
        await sent(program, "a {red|blue} fox", 2)
        await program.until(lambda: sorted(row.size for row in program.table.shown) == [0, 2])
        await program.until(lambda: "/owl · 1 of 3" in str(program.table.border_title))
        assert "1 active" in str(program.table.border_subtitle)


async def test_a_pattern_can_be_sent_just_as_it_is_written(opened):
    """ctrl+o in the preview sends a pattern with its braces as one prompt."""
    async with opened() as program:
        await asks(program, "{red|blue} fox")
        await program.press("ctrl+o")
        await program.until(lambda: len(triggers(program)) == 1)
        assert prompts(program)[0]["prompt"] == "{red|blue} fox"
        assert [row.size for row in program.table.shown] == [0]


async def test_a_field_may_stand_for_several_values(opened):
    """A field for an input can hold several values, and a range of numbers is sent as numbers."""
    async with opened() as program:
        await program.press("t", "ctrl+n")
        await program.pastes("seed=1..2")
        await program.press("enter")
        await program.pastes("a fox")
        await program.press("enter")
        await program.sees("2 runs, 2s to send")
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 2)
        assert [inputs["seed"] for inputs in prompts(program)] == [1, 2]


async def test_more_than_twenty_need_their_number(opened):
    """A batch of more than twenty runs needs its number typed, and `y` alone does nothing."""
    async with opened(inputs={"n": ""}) as program:
        await asks(program, "fox\nn=1..21")
        await program.sees("Type 21 to confirm.")
        await program.press("y", "enter")
        assert program.posts == [] and isinstance(program.app.screen, BatchPreview)
        await program.press("backspace")
        await program.writes("21")
        await program.press("enter")
        await program.until(lambda: triggers(program))
        assert not isinstance(program.app.screen, BatchPreview)


async def test_a_protected_profile_has_any_number_typed(opened):
    """A protected profile asks for the typed number also for two runs."""
    async with opened(protected=True) as program:
        await asks(program, "{a|b}")
        await program.sees("Type 2 to confirm.")


async def test_the_preview_marks_prompts_that_ran_before_or_occur_twice(opened):
    """The preview counts and marks repeated prompts, so nobody pays twice by mistake."""
    async with opened() as program:
        await program.runs("a fox")
        await asks(program, "an owl\na fox\nan owl", key="ctrl+t")
        await program.sees("1 of them already run or queued.")
        await program.sees("1 of them is the same as one above.")
        lines = program.text().splitlines()
        assert any("2  a fox" in line and "already run" in line for line in lines)
        assert any("3  an owl" in line and "same above" in line for line in lines)


async def test_a_file_that_is_no_list_of_prompts_is_asked_about(opened, tmp_path):
    """The form names the right ending for a JSON file; a second Enter reads each line as a prompt."""
    file = tmp_path / "p.txt"
    file.write_text('{"prompt": "a fox"}\n{"prompt": "an owl"}\n')
    async with opened() as program:
        await program.press("B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.sees("rename it to .json")
        await program.press("enter")
        await program.sees("is JSON that holds prompts")
        assert program.posts == []


async def test_an_error_in_a_file_is_shown_with_its_line_and_sends_nothing(opened, tmp_path):
    """The form stays open after an error, and the corrected file is previewed and sent."""
    file = tmp_path / "p.csv"
    file.write_text("prompt,style\na fox,noir\nan owl\n")
    async with opened() as program:
        await program.press("B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.sees("Line 3: 1 columns, but the header has 2.")
        assert program.posts == []
        file.write_text("prompt,seed:=\na fox,1\nan owl,2\n")
        await program.press("enter")
        await program.sees("2 of 2 do not fit the webhook's inputs and are not sent.")
        file.write_text("prompt,style\na fox,noir\nan owl,\na bat,noire\n")
        await program.press("escape", "B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.sees("2 runs, 2s to send")
        assert "From the panel: style anime" in program.text()
        assert "✖ Line 4: style: 'noire' is not a choice. Did you mean 'noir'?" in program.text()
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 2)
        assert prompts(program) == [{"prompt": "a fox", "style": "noir"}, {"prompt": "an owl", "style": "anime"}]


async def test_a_preview_that_enter_cancels_says_so_and_offers_the_file_again(opened, tmp_path):
    """Enter in the preview is Cancel; a notice says that nothing ran, and the form keeps the name of the file."""
    file = tmp_path / "p.csv"
    file.write_text("prompt\na fox\n")
    async with opened() as program:
        await program.press("B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.sees("1 run, ")
        await program.press("enter")
        await program.sees("Nothing was run. y runs a previewed batch.")
        await program.press("B", "enter")
        await program.sees("1 run, ")
        assert program.posts == []
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 1)
        await program.press("B", "enter")
        await program.sees("Name a file.")


async def test_a_table_without_a_header_is_asked_about(opened, tmp_path):
    """The form asks about a table without a header; a second Enter reads each line as a prompt."""
    file = tmp_path / "p.csv"
    file.write_text("a fox;noir\nan owl;noir\n")
    async with opened() as program:
        await program.press("B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.sees("names neither the prompt nor another input")
        await program.sees('Name the column of the prompts "prompt".')
        await program.press("enter")
        await program.sees("1  a fox;noir")
        assert program.posts == []


async def test_the_footer_of_an_ended_batch_leads_to_its_pictures(opened):
    """In 80 columns the footer names the sheet first, and leaves out kill once the batch has ended."""
    async with opened(80, 24) as program:
        await sent(program, "{a|b} fox", 2)
        assert "x kill remaining   s sheet" in program.text().splitlines()[-1]
        await program.passes(61)
        await program.until(lambda: program.main.selection.batch_progress(program.selected.id).ended == 2)
        await program.until(lambda: "kill" not in program.text().splitlines()[-1])
        assert "t prompt   s sheet   e edit all   A rerun" in program.text().splitlines()[-1]


async def test_a_batch_unfolds_and_folds(opened):
    """Enter and right unfold a batch; left folds it and moves the cursor from a row to its line."""
    async with opened() as program:
        await sent(program, "{a|b} fox", 2)
        await program.press("enter")
        await program.until(lambda: [row.prompt for row in program.table.shown] == ["{a|b} fox", "a fox", "b fox"])
        await program.press("j", "j", "left")
        await program.until(lambda: [row.prompt for row in program.table.shown] == ["{a|b} fox"])
        assert program.selected.size == 2
        await program.press("right")
        await program.until(lambda: len(program.table.shown) == 3)


async def test_a_mark_on_the_line_of_a_batch_marks_its_rows(opened):
    """A mark on a batch counts its runs, and not its line."""
    async with opened() as program:
        await sent(program, "{a|b} fox", 2)
        await program.press("space")
        await program.sees("2 marked: 2 running")
        await program.press("asterisk")
        assert "marked" not in program.text()
        await program.press("asterisk")
        await program.sees("2 marked: 2 running")


async def test_x_on_the_line_of_a_batch_kills_its_active_runs(opened):
    """`x` on a batch asks as every bulk kill does, and then kills the runs that have not ended."""
    async with opened() as program:
        await sent(program, "{a|b} fox", 2)
        await program.press("x")
        await program.sees("Kill 2 runs?")
        await program.press("y")
        await program.sees("Kills done: 2 cancelled.")
        await program.sees("2⊝")


async def test_what_failed_runs_again_after_a_preview(opened):
    """`F` is offered only if a run of the batch failed, and previews and reruns only those runs."""
    async with opened() as program:
        program.world.fate(
            program.world.webhooks[0].key, PlannedOutcome(60.0), PlannedOutcome(60.0, failure="out of memory")
        )
        await sent(program, "{a|b} fox", 2)
        assert "rerun failed" not in program.text()
        await program.passes(61)
        await program.sees("F rerun failed")
        await program.press("F")
        await program.sees("1 run, 1s to send")
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 3)
        assert prompts(program)[-1]["prompt"] == "b fox"


async def test_one_notice_reports_the_whole_batch(opened):
    """The notice of a batch is shown when its last run has ended, and not before."""
    async with opened() as program:
        program.world.fate(program.world.webhooks[0].key, PlannedOutcome(60.0), PlannedOutcome(120.0))
        await sent(program, "{a|b} fox", 2)
        await program.passes(70)
        await program.sees("1✔ 1●")
        assert not program.app.screen.query("Toast")
        await program.passes(70)
        await program.sees("2 completed in 2:")


async def test_a_batch_is_loaded_to_be_edited_and_previewed_again(opened):
    """`e` loads a batch of lines as text, and Enter then previews it again as a batch."""
    async with opened() as program:
        await sent(program, "a fox\nan owl", 2, key="ctrl+t")
        await program.press("e")
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").inputs()["prompt"] == "a fox\nan owl"
        await program.press("enter")
        await program.sees("2 of them already run")
        assert len(triggers(program)) == 2
        await program.press("escape")
        assert not isinstance(program.app.screen, ConfirmDialog)


async def test_read_only_keeps_the_text(opened):
    """With a read-only profile the preview sends and stores nothing, and the text stays in the prompt."""
    async with opened(read_only=True) as program:
        await asks(program, "{a|b} fox")
        await program.press("y")
        await program.sees("Profile studio is read-only")
        assert program.posts == [] and program.table.shown == ()
        assert program.widget("prompt").inputs()["prompt"] == "{a|b} fox"


async def test_what_chance_chose_in_the_preview_is_sent_and_can_be_made_again(opened):
    """The random choice of the preview is sent unchanged, and the batch loaded by `e` names the seed of it."""
    async with opened(inputs={"seed": ""}) as program:
        folder = program.main.registry.paths.config_dir
        folder.mkdir(exist_ok=True)
        (folder / "styles.txt").write_text("# mine\nink\noil\nnoir\nlino\n")
        await asks(program, "{~red|blue|green|black} fox, {@styles}\nseed=1..50\ntake=3")
        await program.sees("3 of 200 combinations, random seed")
        plan = program.app.screen._plan
        previewed = [dict(body) for body in plan.sent.bodies]
        await program.press("ctrl+t", "ctrl+t")
        assert [dict(body) for body in program.app.screen._plan.sent.bodies] == previewed
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 3)
        assert sorted(prompts(program), key=lambda body: body["seed"]) == sorted(
            previewed, key=lambda body: body["seed"]
        )
        await program.press("escape", "e")
        await program.until(lambda: program.widget("prompt").inputs().get("prompt"))
        assert program.widget("prompt").inputs()["prompt"].endswith(f"take=3@{plan.draft.sampling.seed}")


async def test_a_file_on_a_disk_that_does_not_answer_holds_no_key_up(opened, monkeypatch, tmp_path):
    """Escape leaves the form while the file is read, a late answer opens nothing, and the next file is previewed."""
    is_reading, answers = threading.Event(), threading.Event()

    def slow(path, request):
        is_reading.set()
        answers.wait(60.0)
        return draft_of_file(path, request)

    file = tmp_path / "prompts.txt"
    file.write_text("one\ntwo\n")
    monkeypatch.setattr("cordage_tui.ui.prompt.batch_file.draft_of_file", slow)
    async with opened(webhooks=1) as program:
        await program.press("1", "j", "2", "B")
        await program.sees("Batch from a file")
        await program.pastes(str(file))
        await program.press("enter")
        await program.until(is_reading.is_set)
        await program.press("escape")
        await program.until(lambda: "Batch from a file" not in program.text())
        answers.set()
        await program.press("B")
        await program.pastes(str(file))
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        assert program.posts == []
