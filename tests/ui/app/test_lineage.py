"""From run to run through the whole app: what is made from a run knows it, whichever way it was made."""

import pytest

from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.simulator.world import PlannedOutcome


def lineage(program, row):
    return program.main.engine.store.run_lookup.lineage(row)


def saved_lineage(program):
    """Of the draft of the first webhook."""
    prompts, key = program.main.engine.store.prompts, program.world.webhooks[0].key
    return prompts.draft_lineage(program.main.engine.profile.stored_as, key)


async def test_an_edited_run_is_a_child_and_the_next_prompt_is_none(opened):
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
    """Also while another webhook's is shown; the next start finds it in the database."""
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


@pytest.mark.parametrize("key", ["up", "alt+x"])
async def test_another_prompt_in_its_place_is_no_child(opened, key):
    async with opened() as program:
        await program.runs("an owl")
        await program.runs("a fox")
        await program.press("escape", "e")
        await program.until(lambda: program.at() == "prompt")
        await program.press(key)
        assert program.widget("prompt").lineage == NO_LINEAGE


async def test_what_failed_of_a_batch_is_made_from_it_run_by_run(opened):
    """An edited batch is made from the batch, its line as its members."""
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
