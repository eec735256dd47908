"""`n` and `N` move from match to match: inside the filtered list, and in the whole list after the filter is cleared."""

from tests.ui.app.test_batches import sent
from tests.ui.app.test_counts import footer_message


async def five(program) -> None:
    """Start five runs: from the top e fox, d, c, b fox, a."""
    await program.starts_elsewhere("a", "b fox", "c", "d", "e fox")
    await program.until(lambda: len(program.rows()) == 5)
    await program.press("2", "g")


async def test_from_match_to_match_after_the_filter(opened) -> None:
    """`n` and `N` move to the next and previous match, and a line says when they wrap around."""
    async with opened(120, 36, tells_prompts=True) as program:
        await five(program)
        await program.press("slash")
        await program.writes("fox")
        await program.press("enter", "n")
        assert program.selected.prompt == "b fox" and footer_message(program) == ""
        await program.press("n")
        assert program.selected.prompt == "e fox"
        assert footer_message(program) == "n  Last match passed. Back at the first."
        await program.press("escape", "j")
        assert len(program.rows()) == 5 and program.selected.prompt == "d"
        await program.press("n")
        assert program.selected.prompt == "b fox" and footer_message(program) == ""
        await program.press("j", "n")
        assert program.selected.prompt == "e fox" and footer_message(program).startswith("n  Last match passed")
        await program.press("N")
        assert (
            program.selected.prompt == "b fox" and footer_message(program) == "N  First match passed. Back at the last."
        )
        await program.press("N", "number_sign", "3", "n")
        assert program.selected.prompt == "b fox"


async def test_what_is_new_is_found_and_sorting_does_not_matter(opened) -> None:
    """`n` also finds runs that came after the search, in any sort order."""
    async with opened(120, 36, tells_prompts=True) as program:
        await five(program)
        await program.press("slash")
        await program.writes("fox")
        await program.press("escape")
        await program.starts_elsewhere("f fox")
        await program.until(lambda: len(program.rows()) == 6)
        await program.press("g", "n")
        assert program.selected.prompt == "e fox"
        await program.press("n", "n")
        assert program.selected.prompt == "f fox"
        await program.press("O", "O", "O")
        await program.until(lambda: list(program.rows()) == ["a", "b fox", "c", "d", "e fox", "f fox"])
        await program.press("n")
        assert program.selected.prompt == "b fox" and footer_message(program).startswith("n  Last match passed")


async def test_a_folded_batch_is_unfolded_for_its_match(opened) -> None:
    """`n` unfolds a batch if the match is inside it."""
    async with opened(120, 36) as program:
        await sent(program, "{a|b} fox", 2)
        await program.press("2", "slash")
        await program.writes('"b fox"')
        await program.press("escape", "g")
        assert [row.prompt for row in program.table.shown] == ["{a|b} fox"]
        await program.press("n")
        assert program.selected.prompt == "b fox"
        assert len(program.table.shown) == 3


async def test_n_says_that_there_is_no_match(opened) -> None:
    """`n` says if there was no search yet, or if nothing matches."""
    async with opened(120, 36, tells_prompts=True) as program:
        await program.press("n")
        assert footer_message(program) == "n  Nothing to find yet. Press / to filter first."
        await five(program)
        await program.press("slash")
        await program.writes("zebra")
        await program.press("escape", "n")
        assert footer_message(program) == "n  Nothing matches zebra." and program.table.place == 0


async def test_a_match_that_is_not_found_yet_is_waited_for(opened, monkeypatch) -> None:
    """During a search the cursor moves to the match once it is found, and keys work meanwhile."""
    monkeypatch.setattr("cordage_tui.store.runs.filtered_rows.SLICE", 1)
    monkeypatch.setattr("cordage_tui.store.runs.run_query.FIRST_S", 0.0)
    async with opened(120, 36, tells_prompts=True) as program:
        await five(program)
        program.main.query_one("FilterBar").last = '"b fox"'
        await program.press("n")
        await program.until(lambda: program.selected.prompt == "b fox")
