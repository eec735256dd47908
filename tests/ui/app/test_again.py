"""Running runs again in the whole app: one at once, several after the preview, with new random values."""

import time

from textual.events import Key
from textual.widgets import Button, Input

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.submission import Lineage
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.dialogs.run_again import AgainDialog
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.prompt.batch_preview import BatchPreview

SEED = {"seed": "random"}


def triggers(program):
    """Return the paths of all triggers that reached the server."""
    return [path for path in program.posts if path.endswith("/trigger")]


def sent(program, webhook=0):
    """Return the inputs that the server received, oldest first."""
    runs = program.world.list_runs(program.world.webhooks[webhook].key)
    return [dict(run.inputs) for run in sorted(runs, key=lambda run: run.created_at)]


async def at_runs(program):
    """Leave the prompt, in which letters are text."""
    if program.at() == "prompt":
        await program.press("escape")


async def asks(program, *keys):
    """Open the dialog that asks for the number, and type it."""
    await at_runs(program)
    await program.press("A")
    await program.until(lambda: isinstance(program.app.screen, AgainDialog))
    await program.press(*keys)


async def previews(program, count):
    """Wait for the preview of so many runs."""
    await program.until(lambda: isinstance(program.app.screen, BatchPreview))
    await program.sees(f"{count} runs")


def parents(program):
    """Return the parent of each run of the selected batch."""
    store = program.main.store
    rows = store.rows.many(store.batches.members(program.selected.id))
    return [store.run_lookup.lineage(row.id).parent for row in rows]


async def test_a_run_with_a_pattern_is_previewed_even_alone(opened):
    """A pattern is not expanded when a run is run again, so the preview says that it is sent unchanged."""
    async with opened() as program:
        await program.press("t")
        await program.pastes("a {red|blue} fox")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.press("ctrl+o")
        await program.until(lambda: len(triggers(program)) == 1 and program.selected is not None)
        await program.press("escape")
        await asks(program, "enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.sees("'{red|blue}', a pattern that is not expanded: it would be sent as it is.")
        assert len(triggers(program)) == 1
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 2)


async def test_enter_runs_the_run_once_more(opened):
    """Enter in the dialog sends a new prompt with new random values, whose parent is the run."""
    async with opened(inputs=SEED) as program:
        await program.runs("a fox")
        first = program.selected
        await asks(program)
        await program.sees("With new random values: seed")
        assert len(triggers(program)) == 1
        await program.press("enter")
        await program.until(lambda: len(triggers(program)) == 2)
        first_body, second_body = sent(program)
        assert (first_body["prompt"], second_body["prompt"]) == ("a fox", "a fox")
        assert isinstance(second_body["seed"], int) and second_body["seed"] != first_body["seed"]
        await program.until(lambda: program.selected.id != first.id)
        assert program.selected.batch is None
        assert program.main.store.run_lookup.lineage(program.selected.id).parent == first.id


async def test_without_random_inputs_it_is_the_same_body(opened):
    """A run without random inputs is sent with the same inputs, and the dialog does not mention new values."""
    async with opened() as program:
        await program.runs("a fox")
        await asks(program)
        assert "random" not in program.text().replace("Rerun", "")
        await program.press("enter")
        await program.until(lambda: len(triggers(program)) == 2)
        assert sent(program) == [{"prompt": "a fox", "style": "anime"}] * 2


async def test_several_times_goes_through_the_preview(opened):
    """Several new runs make a batch, and each sends the random value that the preview showed."""
    async with opened(inputs=SEED) as program:
        await program.runs("a fox")
        first = program.selected.id
        await asks(program, "3")
        assert program.app.screen.query_one("#save", Button).label.plain == "Preview"
        await program.press("enter")
        await previews(program, 3)
        assert len(triggers(program)) == 1
        previewed = [body["seed"] for body in program.app.screen._plan.draft.bodies]
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 4)
        assert [body["seed"] for body in sent(program)[1:]] == previewed
        assert len(set(previewed)) == 3
        await program.until(lambda: program.selected.size == 3)
        assert parents(program) == [first] * 3
        assert program.selected.prompt.startswith("again: a fox · random seed ")


async def test_marked_runs_are_run_again_webhook_by_webhook(opened):
    """Marked runs are previewed for one webhook after the other, and each preview needs its own yes."""
    async with opened() as program:
        await program.runs("a fox")
        await program.runs("an owl")
        program.widget("webhooks").select(program.world.webhooks[1].key)
        program.main.presenter.show_webhook(program.world.webhooks[1].key)
        await program.runs("a cat")
        program.main.presenter.show_webhook(None)
        await at_runs(program)
        await program.press("asterisk")
        await asks(program)
        await program.sees("Rerun → 2 webhooks")
        await program.sees("3 runs, each:")
        await program.press("2", "enter")
        await previews(program, 2)
        await program.press("y")
        await previews(program, 4)
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 9)
        assert [body["prompt"] for body in sent(program)[2:]] == ["an owl"] * 2 + ["a fox"] * 2
        assert [body["prompt"] for body in sent(program, 1)] == ["a cat"] * 3


async def test_a_batch_keeps_what_it_was_made_to_vary(opened):
    """A batch that is run again keeps the values of its axes and gets new values for other random inputs."""
    async with opened(inputs={"seed": "random", "noise": "random"}) as program:
        await program.press("t")
        await program.pastes("a fox\nseed=1..2")
        await program.press("enter")
        await previews(program, 2)
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 2)
        await program.press("escape")
        await program.until(lambda: program.selected.size == 2)
        await asks(program)
        await program.sees("With new random values: noise")
        await program.press("enter")
        await previews(program, 2)
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 4)
        assert [body["seed"] for body in sent(program)] == [1, 2, 1, 2]
        assert len({body["noise"] for body in sent(program)}) == 4


async def test_rerunning_what_failed_keeps_all_values(opened):
    """A failed run is rerun with all its values, also random ones, and is the parent of the new run."""
    async with opened(inputs=SEED) as program:
        for _ in range(2):
            program.world.fate(program.world.webhooks[0].key, PlannedOutcome(1.0, "broken"))
        await program.press("t")
        await program.pastes("a {red|blue} fox")
        await program.press("enter")
        await previews(program, 2)
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 2)
        await program.passes(5)
        await program.press("escape")
        await program.until(lambda: program.main.selection.failed_in_batch == 2)
        line = program.selected.id
        failed = program.main.store.batches.members(line)
        await program.press("F")
        await previews(program, 2)
        await program.press("y")
        await program.until(lambda: len(triggers(program)) == 4)
        assert sent(program)[:2] == sent(program)[2:]
        await program.until(lambda: program.selected.id != line)
        assert parents(program) == failed


async def test_nothing_is_run_by_keys_that_are_pasted(opened):
    """Pasted keys open the dialog at most once and never answer it, also without bracketed paste."""
    async with opened() as program:
        await program.runs("a fox")
        await at_runs(program)
        for keys in (("A", "A", "A", "A", "enter"), ("A", "enter"), ("A", "1", "enter"), ("A", "5", "enter")):
            now = time.monotonic()
            for key in keys:
                event = Key(key, "\r" if key == "enter" else key)
                event.time = now
                program.app.post_message(event)
            await program.until(lambda: isinstance(program.app.screen, AgainDialog))
            await program.pilot.pause(0.2)
            assert isinstance(program.app.screen, AgainDialog)
            assert sum(isinstance(screen, AgainDialog) for screen in program.app.screen_stack) == 1
            await program.press("escape")
            await program.until(lambda: isinstance(program.app.screen, MainScreen))
        assert len(triggers(program)) == 1


async def test_the_number_has_to_make_sense(opened):
    """The dialog accepts only a number from 1 to 10,000, and no letters, and leaving it sends nothing."""
    async with opened() as program:
        await program.runs("a fox")
        for number in ("0", "99999"):
            await asks(program, *number, "enter")
            await program.sees("Write a whole number from 1 to 10,000.")
            await program.press("x")
            assert program.app.screen.query_one(Input).value == number
            await program.press("escape")
            await program.until(lambda: isinstance(program.app.screen, MainScreen))
        assert len(triggers(program)) == 1


async def test_what_cannot_be_run_again_says_so(opened):
    """The key says why a run started elsewhere, or a run of a read-only profile, cannot be run again."""
    async with opened() as program:
        await program.starts_elsewhere("theirs")
        await program.press("A")
        await program.sees("A  Inputs unknown: this run was started elsewhere.")
        await program.press("asterisk", "A")
        await program.sees("Inputs unknown: started elsewhere.")
    async with opened(read_only=True) as program:
        await program.starts_elsewhere("theirs")
        await program.press("A")
        await program.sees("A  Profile studio is read-only: nothing is sent or killed.")
        assert isinstance(program.app.screen, MainScreen)


async def test_what_is_left_out_is_counted(opened):
    """The dialog counts the marked runs that it leaves out because their inputs are unknown."""
    async with opened() as program:
        await program.starts_elsewhere("theirs")
        await program.runs("a fox")
        await at_runs(program)
        await program.press("asterisk")
        await asks(program)
        await program.sees("1 left out: inputs unknown, or webhook removed.")
        await program.press("enter")
        await program.until(lambda: len(triggers(program)) == 2)
        assert sent(program)[-1]["prompt"] == "a fox"


async def test_a_single_run_again_is_interactive_and_keeps_its_linked_inputs(opened):
    """A single run again takes the interactive lane, and an output used as its input stays linked."""
    async with opened(inputs={"image_url": ""}) as program:
        await program.runs("a fox")
        parent, key = program.selected.id, program.world.webhooks[0].key
        program.main.engine.queue.pause()
        url = "http://127.0.0.1/1.png"
        output = OutputRef(parent, 1, url)
        row = program.main.engine.queue.submit(
            key, {"image_url": url}, lineage=Lineage(parent, 1, {"image_url": output})
        )
        await program.until(lambda: program.table.go_to(row) and program.selected.id == row)
        await asks(program, "enter")
        await program.until(lambda: program.selected.id not in (row, parent))
        again = program.selected.id
        assert program.main.store.run_lookup.lineage(again) == Lineage(row, None, {"image_url": output})
        (item,) = [item for item in program.main.engine.queue.waiting() if item.row == again]
        assert item.lane is Lane.INTERACTIVE
