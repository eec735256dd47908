"""Lineage in the whole app: a run knows the run that it was made from, whichever way it was made."""

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.ui.compare.screen import CompareScreen


def lineage(program, row):
    """Return the stored lineage of the row."""
    return program.main.engine.store.run_lookup.lineage(row)


def saved_lineage(program):
    """Return the stored lineage of the draft for the first webhook."""
    prompts, key = program.main.engine.store.prompts, program.world.webhooks[0].key
    return prompts.draft_lineage(program.main.engine.profile.stored_as, key)


async def test_an_edited_run_is_a_child_and_the_next_prompt_is_none(opened):
    """A prompt edited from a run has it as parent, and the next new prompt has none."""
    async with opened() as program:
        await program.runs("a fox")
        parent = program.selected.id
        await program.press("escape", "e")
        await program.until(lambda: program.at() == "prompt")
        await program.press("end")
        await program.writes(" in snow")
        await program.press("enter")
        await program.until(lambda: "a fox in snow" in program.rows())
        assert lineage(program, program.table.shown[0].id) == Lineage(parent)
        await program.runs("an owl")
        assert lineage(program, program.table.shown[0].id) == NO_LINEAGE


async def test_the_draft_of_a_child_keeps_its_parent_until_it_is_emptied(opened):
    """A draft keeps its parent through changes of the webhook and in the database, until it is emptied."""
    async with opened() as program:
        await program.runs("a fox")
        parent = program.selected.id
        await program.press("escape", "e")
        await program.until(lambda: program.at() == "prompt")
        await program.until(lambda: saved_lineage(program) == Lineage(parent))
        await program.press("escape", "1", "down", "down")
        await program.until(lambda: program.widget("prompt").webhook.key == program.world.webhooks[1].key)
        assert program.widget("prompt").lineage == NO_LINEAGE
        await program.press("up")
        await program.until(lambda: program.widget("prompt").webhook.key == program.world.webhooks[0].key)
        assert program.widget("prompt").lineage == Lineage(parent)
        await program.press("t", "alt+x")
        assert program.widget("prompt").lineage == NO_LINEAGE
        await program.until(lambda: saved_lineage(program) == NO_LINEAGE)


async def test_undo_takes_the_parent_back_with_the_text(opened):
    """Undo restores the text together with its lineage, and redo makes it a child again."""
    async with opened() as program:
        await program.runs("a fox")
        parent = program.selected.id
        await program.writes("my own")
        await program.press("escape", "e")
        await program.until(lambda: program.widget("prompt").lineage == Lineage(parent))
        await program.press("ctrl+z")
        assert program.widget("prompt").inputs()["prompt"] == "my own"
        assert program.widget("prompt").lineage == NO_LINEAGE
        await program.press("ctrl+y")
        assert program.widget("prompt").lineage == Lineage(parent)


@pytest.mark.parametrize("key", ["up", "alt+x"])
async def test_another_prompt_in_its_place_is_no_child(opened, key):
    """An earlier prompt, or an emptied one, in place of an edited run has no parent."""
    async with opened() as program:
        await program.runs("an owl")
        await program.runs("a fox")
        await program.press("escape", "e")
        await program.until(lambda: program.at() == "prompt")
        await program.press(key)
        assert program.widget("prompt").lineage == NO_LINEAGE


async def test_what_failed_of_a_batch_is_made_from_it_run_by_run(opened):
    """A rerun of failed runs has each run as parent, and an edited batch has the batch as parent."""
    async with opened() as program:
        key = program.world.webhooks[0].key
        program.world.fate(key, *[PlannedOutcome(1.0, failure="out of memory") for _ in range(2)])
        await program.press("t")
        await program.pastes("{a|b} fox")
        await program.press("enter", "y")
        await program.until(lambda: len(program.posts) == 2)
        await program.press("escape")
        await program.passes(5)
        batches = program.main.engine.store.batches
        line = program.selected.id
        await program.sees("F rerun failed")
        await program.press("F", "y")
        await program.until(lambda: len(program.posts) == 4)
        again = program.table.shown[0].id
        parents = [lineage(program, row).parent for row in batches.members(again)]
        assert parents == batches.members(line)
        await program.press("down", "e")
        await program.until(lambda: program.at() == "prompt")
        await program.press("enter", "y")
        await program.until(lambda: len(program.posts) == 6)
        edited = program.table.shown[0].id
        assert [lineage(program, row) for row in (edited, *batches.members(edited))] == [Lineage(line)] * 3


async def test_the_run_panel_leads_to_the_parent_and_knows_its_children(opened):
    """The panel leads to the parent, also if the filter hides it, and counts the children and their verdicts."""
    async with opened(width=170) as program:
        await program.runs("a fox")
        parent = program.selected.id
        await program.press("escape", "e", "end")
        await program.writes(" in snow")
        await program.press("enter")
        await program.until(lambda: program.rows().get("a fox in snow") == "running")
        await program.press("escape")
        await program.sees("changed: prompt a fox +in snow")
        await program.press("slash")
        await program.writes("snow")
        await program.press("enter")
        await program.until(lambda: list(program.rows()) == ["a fox in snow"])
        await program.press("p")
        await program.until(lambda: program.selected.id == parent)
        assert list(program.rows()) == ["a fox in snow", "a fox"]
        await program.sees("1 child")
        await program.sees("+in snow")
        child = program.table.shown[0].id
        await program.passes(61)
        await program.until(lambda: program.main.engine.store.rows.get(child).output_count)
        program.main.engine.store.ratings.decide([(child, 1)], True)
        program.main.engine.store.ratings.rate([(child, 1)], 3)
        await program.sees("1 child, 1 kept")
        await program.sees("✔ ★★★")
        await program.press("p")
        await program.sees("This run was not made from another one.")


async def test_a_parent_in_a_folded_batch_is_unfolded(opened):
    """The key to the parent unfolds its batch."""
    async with opened() as program:
        engine, key = program.main.engine, program.world.webhooks[1].key
        line = engine.queue.submit_batch(key, BatchSource("foxes"), [{"prompt": f"fox {n}"} for n in range(3)])
        parent = engine.store.batches.members(line)[1]
        engine.queue.submit(key, {"prompt": "a child"}, lineage=Lineage(parent))
        await program.until(lambda: "a child" in program.rows() and "fox 1" not in program.rows())
        await program.press("home", "p")
        await program.until(lambda: program.selected.id == parent)
        assert "fox 2" in program.rows()


async def test_the_parent_of_a_run_stands_beside_it_without_marks(opened):
    """Without marks `=` compares a run with its parent, at the output that it was made from."""
    async with opened(120, 36) as program:
        engine, key = program.main.engine, program.world.webhooks[0].key
        program.world.fate(key, PlannedOutcome(1.0, outputs=3))
        await program.runs("a fox")
        parent = program.selected.id
        await program.press("escape", "equals_sign")
        await program.sees("Mark two runs with space to compare")
        await program.passes(5)
        await program.until(lambda: program.selected.output_count == 3)
        url = engine.store.query.detail(parent).outputs[1]
        lineage = Lineage(parent, 2, {"image": OutputRef(parent, 2, url)})
        engine.queue.submit(key, {"prompt": "larger", "image": url}, lineage=lineage)
        await program.until(lambda: "larger" in program.rows())
        await program.press("home", "equals_sign")
        await program.until(lambda: isinstance(program.app.screen, CompareScreen))
        await program.sees("2/3")


async def test_a_removed_parent_is_named_as_removed(opened):
    """The panel and the key say that the parent of a run was removed."""
    async with opened(width=170) as program:
        engine, key = program.main.engine, program.world.webhooks[0].key
        engine.queue.submit(key, {"prompt": "an orphan"}, lineage=Lineage(99_999))
        await program.until(lambda: "an orphan" in program.rows())
        await program.press("home")
        await program.sees("from a run that was removed")
        await program.press("p")
        await program.sees("The run that this one was made from was removed.")
