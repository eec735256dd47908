"""Filtering and sorting of runs, and the choice of webhooks."""

from cordage_tui.store.runs import filtered_rows


async def three(program):
    """Start a fox and a dog of the first webhook, then a red fox of the second."""
    await program.starts_elsewhere("a fox", "a dog")
    await program.starts_elsewhere("a red fox", webhook=1)
    await program.until(lambda: list(program.rows()) == ["a red fox", "a dog", "a fox"])


async def test_the_filter_narrows_the_list_with_each_letter(opened):
    """Each letter narrows the list; Enter keeps the filter, escape shows all runs, and an empty result says so."""
    async with opened(tells_prompts=True) as program:
        await three(program)
        await program.press("slash")
        await program.writes("fox")
        await program.until(lambda: list(program.rows()) == ["a red fox", "a fox"])
        await program.press("enter")
        assert program.at() == "runs"
        await program.sees("Runs · All · /fox")
        await program.press("j")
        assert program.selected.prompt == "a fox"
        await program.press("slash")  # what stood there is selected, so typing replaces it
        await program.writes("zebra")
        await program.sees("Nothing matches zebra.")
        await program.press("escape")
        assert len(program.rows()) == 3
        assert program.at() == "runs"


async def test_the_filter_knows_webhooks_and_statuses(opened):
    """The filter matches the text of the columns for webhook and status."""
    async with opened(tells_prompts=True) as program:
        await three(program)
        for filter_text, prompts in (
            ("second", ["a red fox"]),
            ("running", ["a red fox", "a dog", "a fox"]),
            ("completed", []),
        ):
            await program.press("slash")
            await program.writes(filter_text)
            assert list(program.rows()) == prompts
            await program.press("escape")


async def test_the_cursor_stays_on_its_run_through_every_order(opened):
    """`O` changes the sort column and `R` the direction, and the selected run stays selected."""
    async with opened(tells_prompts=True) as program:
        await three(program)
        await program.press("g", "j")
        chosen = program.selected.id
        orders = set()
        for key in ("O", "O", "O", "O", "O", "R"):
            await program.press(key)
            orders.add(tuple(program.rows()))
            assert program.selected.id == chosen
        assert ("a dog", "a fox", "a red fox") in orders
        assert ("a fox", "a dog", "a red fox") in orders
        assert len(orders) >= 3


async def test_a_webhook_shows_its_runs(opened):
    """A selected webhook shows only its runs and receives the prompt; All shows every run and keeps the last
    webhook."""
    async with opened(tells_prompts=True) as program:
        await three(program)
        await program.press("1", "j")
        assert list(program.rows()) == ["a dog", "a fox"]
        await program.sees("Prompt → First")
        await program.press("j")
        assert list(program.rows()) == ["a red fox"]
        await program.sees("Prompt → Second")
        await program.runs("a dog")
        await program.press("escape", "1", "g")
        assert len(program.table.shown) == 4
        await program.sees("Prompt → Second")


async def test_a_long_search_shows_how_far_it_is_and_keys_are_answered_meanwhile(opened, monkeypatch, held_searches):
    """During a long search rows appear as they are found, the title shows the share, and keys work."""
    monkeypatch.setattr(filtered_rows, "SLICE", 1)
    async with opened(tells_prompts=True) as program:
        await three(program)
        await program.press("slash")
        await program.writes("fox")
        await program.press("enter")
        await program.sees("% searched")
        assert list(program.rows()) == ["a red fox"]
        await program.press("2", "k")
        assert program.at() == "runs"
        held_searches.set()
        await program.until(lambda: list(program.rows()) == ["a red fox", "a fox"])
        await program.sees("Runs · All · /fox ")


async def test_marked_runs_are_tagged_and_found_by_their_tag(opened):
    """A new tag is shown at once in table and details, the next dialog offers it, and `tag:` finds its runs."""
    async with opened(tells_prompts=True) as program:
        await program.starts_elsewhere("a fox", "an owl", "a cat")
        await program.reads()
        await program.until(lambda: len(program.table.shown) == 3)
        await program.press("g", "space", "space", "a", *"poster", "enter")
        await program.until(lambda: [row.tags for row in program.table.shown] == [("poster",), ("poster",), ()])
        await program.press("escape", "G", "a", *"po", "tab", *"sea", "enter")
        await program.until(lambda: program.table.shown[-1].tags == ("poster", "sea"))
        await program.sees("#poster #sea")
        await program.press("slash", *"tag:sea")
        await program.until(lambda: [row.prompt for row in program.table.shown] == ["a fox"])
