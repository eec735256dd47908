"""Batches in the queue: each is one line that is unfolded, moved, dropped and restored as a whole, and marks."""

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.ui.queue.screen import QueueScreen
from tests.ui.app.test_queue import queue_of, sent, waits
from tests.ui.app.test_queue_file import changes, edits, review


def batch_of(program, title: str, *prompts: str) -> int:
    """Submit a batch of the prompts, and return the row of its line."""
    key = program.world.webhooks[0].key
    bodies = [{"prompt": prompt} for prompt in prompts]
    return program.main.engine.queue.submit_batch(
        key, BatchSource(title, {"prompt": title}, (("prompt", prompts),)), bodies
    )


async def test_a_batch_is_one_line_and_its_prompts_below_it(opened) -> None:
    """Enter and the arrows unfold and fold a batch, also from one of its prompts, at any size."""
    async with opened(80, 24) as program:
        queue_of(program, "fox")
        batch_of(program, "birds", "owl", "tit", "jay")
        await program.press("w")
        for size in ((80, 24), (120, 36), (200, 50)):
            await program.resizes(*size)
            await program.press("g")
            await program.sees("▸ queued")
            await program.sees("3 × birds")
            await program.sees("1 of 2")
            assert "tit" not in program.text()
            await program.press("j")
            await program.sees("3 prompts, the first 2nd, paused")
            await program.sees("owl, tit, jay")
            await program.press("enter")
            await program.sees("▾ queued")
            await program.sees("  tit")
            await program.sees("2 of 5")
            await program.press("j", "j", "left")
            await program.sees("▸ queued")
            await program.sees("2 of 2")


async def test_a_batch_is_moved_whole(opened) -> None:
    """A batch is moved as a whole, past other batches and across the border of the lanes."""
    async with opened(120, 36) as program:
        queue_of(program, "fox")
        batch_of(program, "birds", "owl", "tit")
        batch_of(program, "beasts", "elk", "cow", "pig")
        await program.press("w", "j", "J")
        await program.until(lambda: waits(program) == ["fox", "elk", "cow", "pig", "owl", "tit"])
        await program.sees("▌ 5  ▸ queued")
        await program.press("K", "K")
        await program.until(lambda: program.main.engine.queue.lanes() == {Lane.INTERACTIVE: 3, Lane.BATCH: 3})
        assert waits(program) == ["fox", "owl", "tit", "elk", "cow", "pig"]
        await program.press("K")
        await program.until(lambda: waits(program)[0] == "owl")
        await program.press("J")
        await program.until(lambda: waits(program)[0] == "fox")
        await program.press("g", "J")
        await program.until(lambda: waits(program)[:3] == ["owl", "tit", "fox"])
        await program.press("G", "f")
        await program.until(lambda: waits(program) == ["elk", "cow", "pig", "owl", "tit", "fox"])
        await program.press("p")
        await program.until(lambda: len(sent(program)) == 6)
        assert sent(program) == ["elk", "cow", "pig", "owl", "tit", "fox"]


async def test_a_batch_is_dropped_whole_and_comes_back(opened) -> None:
    """A dropped batch leaves the run table, and undo restores its line and its prompts in their places."""
    async with opened(120, 36) as program:
        queue_of(program, "fox")
        line = batch_of(program, "birds", "owl", "tit", "jay")
        members = program.main.engine.store.batches.members(line)
        await program.press("w", "j", "x")
        await program.until(lambda: waits(program) == ["fox"])
        await program.sees("Dropped 3 prompts · u undo")
        assert program.main.engine.store.rows.get(line) is None
        await program.press("u")
        await program.until(lambda: waits(program) == ["fox", "owl", "tit", "jay"])
        await program.sees("▌ 2  ▸ queued")
        assert program.main.engine.store.batches.members(line) == members
        await program.press("escape")
        await program.until(lambda: "birds" in program.rows())


async def test_a_prompt_that_is_brought_back_is_in_its_batch(opened) -> None:
    """Undo puts a dropped prompt back into its place in the batch, and selects it."""
    async with opened(120, 36) as program:
        queue_of(program)
        line = batch_of(program, "birds", "owl", "tit", "jay")
        members = program.main.engine.store.batches.members(line)
        await program.press("w", "enter", "j", "j", "x")
        await program.until(lambda: waits(program) == ["owl", "jay"])
        await program.sees("2 × birds")
        await program.press("u")
        await program.until(lambda: waits(program) == ["owl", "tit", "jay"])
        await program.sees("3 × birds")
        assert program.main.engine.store.batches.members(line) == members
        assert program.app.screen.panel.selected.prompt == "tit"


async def test_the_cursor_stays_on_its_batch_while_it_is_sent(opened) -> None:
    """The cursor stays on its batch while earlier prompts are sent."""
    async with opened(120, 36) as program:
        batch_of(program, "birds", "owl", "tit", "jay", "hen")
        program.main.engine.queue.pause()
        batch_of(program, "beasts", "elk", "cow")
        await program.press("w")
        await program.until(lambda: isinstance(program.app.screen, QueueScreen) and program.app.screen.panel.count)
        await program.press("G")
        await program.sees("2 × beasts")
        program.main.engine.queue.resume()
        await program.until(lambda: program.main.engine.queue.counts().get(OutboxState.QUEUED, 0) == 2)
        program.main.engine.queue.pause()
        assert program.app.screen.panel.selected.prompt == "beasts"


async def test_the_file_of_a_batch_has_its_prompts_only(opened) -> None:
    """`E` on a batch opens a file with the prompts of this batch only."""
    async with opened(120, 36) as program:
        queue_of(program, "owl")
        batch_of(program, "birds", "owl 1", "owl 2")
        opened_texts = edits(program, changes("owl", "hen"))
        await program.press("w", "j", "E")
        await review(program)
        await program.press("y")
        await program.until(lambda: waits(program) == ["owl", "hen 1", "hen 2"])
        assert opened_texts[0].count("id = ") == 2


async def test_marks_are_what_keys_act_on(opened) -> None:
    """Keys act on all marked prompts, a marked batch counts with all its prompts, and escape clears the marks."""
    async with opened(120, 36) as program:
        queue_of(program, "fox", "bee", "elk", "cow")
        batch_of(program, "birds", "owl", "tit")
        await program.press("w", "space")
        await program.sees("1 marked")
        await program.press("j", "V", "j", "j")
        await program.sees("5 marked")
        await program.press("V", "escape")
        await program.until(lambda: "marked" not in program.text())
        await program.press("j")
        assert program.app.screen.panel.selected.prompt == "birds"
        await program.press("*", "g", "space")
        await program.sees("5 marked")
        opened_texts = edits(program, lambda text: text)
        await program.press("E")
        await program.sees("Nothing was changed.")
        assert opened_texts[0].count("id = ") == 5
        await program.press("f")
        await program.until(lambda: waits(program)[-1] == "fox")
        await program.press("x")
        await program.until(lambda: waits(program) == ["fox"])
        await program.press("u")
        await program.until(lambda: len(waits(program)) == 6)
        assert program.posts == []


async def test_an_action_on_one_prompt_says_so_on_a_batch(opened) -> None:
    """An action for a single prompt says on a batch that it must be unfolded."""
    async with opened(120, 36) as program:
        queue_of(program)
        batch_of(program, "birds", "owl", "tit")
        await program.press("w", "e")
        await program.sees("That acts on a single prompt: unfold the batch.")


async def test_held_prompts_of_a_batch_are_one_line_too(opened) -> None:
    """Held prompts of a batch are one line, which is dropped and restored as a whole."""
    async with opened(120, 36) as program:
        queue_of(program)
        batch_of(program, "birds", "owl", "tit", "jay")
        program.main.engine.store.queue.hold("studio", "the key")
        await program.press("w")
        await program.sees("▸ held")
        await program.press("x")
        await program.until(lambda: waits(program) == [])
        await program.press("u")
        await program.until(lambda: waits(program) == ["owl", "tit", "jay"])


async def test_ten_thousand_of_a_batch_are_a_line(opened) -> None:
    """A batch of ten thousand prompts is moved and unfolded without delay."""
    async with opened(120, 36) as program:
        queue_of(program, "fox")
        batch_of(program, "many", *(f"bird {n}" for n in range(10_000)))
        batch_of(program, "few", "elk", "cow")
        await program.press("w")
        await program.sees("10,000 × many")
        await program.press("j", "J")
        await program.until(lambda: waits(program)[1:3] == ["elk", "cow"])
        await program.press("enter", "G")
        await program.sees("bird 9999")
        await program.sees("10,003 of 10,003")
