"""`f` freezes the list: rows, order and content stay, and a line shows for how long and the number of changes."""

from tests.ui.app.test_counts import footer_message


def banner(program) -> str:
    """Return the line about the frozen list, or an empty text if there is none."""
    return str(program.main.query_one("#frozen").visual).strip() if program.main.query_one("#frozen").display else ""


async def three(program) -> list:
    """Start three runs, and select the second."""
    started = await program.starts_elsewhere("a", "b", "c")
    await program.until(lambda: len(program.rows()) == 3)
    await program.press("2", "g", "j")
    return started


async def test_a_frozen_list_keeps_rows_and_content(opened) -> None:
    """A frozen list counts new and ended runs, its times stand still, and a line shows their age."""
    async with opened(120, 36, tells_prompts=True) as program:
        await three(program)
        await program.press("f")
        assert banner(program) == "frozen 0:00 · f shows the list as it is"
        before = program.text().splitlines()[2:6]
        await program.starts_elsewhere("d")
        await program.until(lambda: "1 new" in banner(program))
        await program.passes(61)
        await program.until(lambda: "3 ended" in banner(program))
        assert banner(program).startswith("frozen 1:0") and "1 new, 3 ended" in banner(program)
        cells = [line[18:60] for line in program.text().splitlines()[3:6]]
        assert cells == [line[18:60] for line in before[1:]]
        assert program.rows() == {"c": "running", "b": "running", "a": "running"}
        await program.press("f")
        assert list(program.rows()) == ["d", "c", "b", "a"] and set(program.rows().values()) == {"completed"}
        assert program.selected.prompt == "b" and banner(program) == ""


async def test_actions_on_frozen_rows_see_the_true_state(opened) -> None:
    """A run that has ended is not killed, also if its frozen row shows it as running."""
    async with opened(120, 36, tells_prompts=True) as program:
        await three(program)
        await program.press("f")
        await program.passes(61)
        await program.until(lambda: "3 ended" in banner(program))
        assert program.selected.status_name == "running"
        await program.press("x")
        assert footer_message(program) == "x  This run has already ended."
        await program.press("asterisk", "x")
        assert footer_message(program) == "x  All marked runs have ended or are being killed."
        assert program.posts == []


async def test_an_action_that_changes_the_list_ends_the_freezing(opened) -> None:
    """Escape, a filter, another order, another webhook or a new prompt ends the freezing."""
    async with opened(120, 36, tells_prompts=True) as program:
        await three(program)
        for keys in (["escape"], ["O"], ["slash", "a", "escape"], ["1", "j", "k", "2"]):
            await program.press("f")
            assert banner(program)
            await program.press(*keys)
            await program.until(lambda: banner(program) == "")
        await program.press("f")
        await program.runs("my own")
        assert program.selected.prompt == "my own" and banner(program) == ""


async def test_there_must_be_something_to_freeze(opened) -> None:
    """`f` on an empty list says that there is nothing to freeze."""
    async with opened() as program:
        await program.press("f")
        assert footer_message(program) == "f  There are no runs to freeze." and banner(program) == ""
