"""Text that the user has written or submitted is neither lost nor hidden."""

import re

from cordage_tui.engine.batch.draft import draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.ui.main.batch_previews import BatchPreviews
from cordage_tui.ui.main.filter_bar import FilterBar


async def test_e_keeps_the_draft_that_it_replaces(opened):
    """`e` keeps the replaced draft, and `↑` brings it back with its fields, also after a change of the webhook."""
    async with opened() as program:
        await program.press("1", "j")
        await program.runs("a run")
        await program.writes("my draft")
        await program.press("tab", "right", "escape")
        draft = program.widget("prompt").inputs()
        assert draft == {"prompt": "my draft", "style": "noir"}
        await program.press("2", "e")
        await program.sees("Draft kept. ↑ brings it back.")
        assert program.widget("prompt").inputs()["prompt"] == "a run"
        await program.press("up")
        assert program.widget("prompt").inputs() == draft
        await program.press("down", "escape", "1", "j", "k", "t", "f7", "backspace", "up")
        assert program.widget("prompt").inputs() == draft
        assert len(program.posts) == 1


async def test_what_is_submitted_under_a_filter_is_shown(opened):
    """A prompt submitted under a filter that it does not match is shown, with a line about it, until the filter
    changes."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "slash")
        await program.writes("fox")
        await program.press("enter")
        await program.until(lambda: list(program.rows()) == ["a fox"])
        await program.runs("an owl")
        await program.sees("It does not match the filter")
        assert list(program.rows()) == ["an owl", "a fox"] and program.selected.prompt == "an owl"
        await program.runs("a bee")
        await program.until(lambda: list(program.rows()) == ["a bee", "an owl", "a fox"])
        await program.press("escape", "slash")
        await program.writes("zebra")
        await program.until(lambda: list(program.rows()) == [])
        await program.press("escape")
        await program.until(lambda: len(program.rows()) == 3)


async def test_a_batch_that_is_submitted_under_a_filter_is_shown(opened):
    """The line of a batch submitted under a filter that it does not match is shown, as any prompt is."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "slash")
        await program.writes("fox")
        await program.press("enter")
        draft = draft_of({"prompt": "{one|two} owls"}, lines=False, combine=Combine.PRODUCT)
        program.main.context.part(BatchPreviews)._send(program.world.webhooks[0].key, draft, written=False)
        await program.sees("It does not match the filter")
        assert program.selected.size == 2 and program.main.query_one(FilterBar).has_class("-open")


async def test_times_do_not_count_our_own_queue(opened):
    """Times of a run leave out its wait in our queue, in its row, its panel and the notice."""
    async with opened(webhooks=1) as program:
        program.main.engine.queue.pause()
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "a fox"})
        await program.until(lambda: program.rows() == {"a fox": "queued"})
        program.clock.ahead_s += 150
        program.main.engine.queue.resume()
        await program.until(lambda: program.rows() == {"a fox": "running"})
        assert program.selected.elapsed_s(program.clock.wall()) < 60
        await program.passes(61)
        await program.until(lambda: program.rows() == {"a fox": "completed"})
        assert program.selected.elapsed_s(program.clock.wall()) < 90
        assert re.search(r"waiting +2m [34]\ds here", program.text())
        assert re.search(r"completed in (1m|59s)", program.text())  # the server's times are whole seconds
