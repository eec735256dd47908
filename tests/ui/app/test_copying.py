"""Copying in the app: a letter chooses the content, and a toast names the way that was used."""

from textual.events import Key

from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu

PAUSE_S = 0.04


async def completed(program, *prompts):
    """Run the prompts to their end, with the last run under the cursor."""
    for prompt in prompts:
        await program.runs(prompt)
    await program.press("escape")
    await program.passes(61)
    await program.until(lambda: set(program.rows().values()) == {"completed"})


async def test_c_and_a_letter_copy(opened):
    """The menu lists the letters, and each copies its content whole and names the way that was used."""
    async with opened() as program:
        await completed(program, "a fox")
        await program.press("c")
        await program.sees("Copy of run")
        await program.press("p")
        await program.sees("Copied prompt · terminal (OSC 52)")
        assert program.app.clipboard == "a fox"
        await program.press("c", "u")
        assert program.app.clipboard == program.main.selection.output.url
        await program.press("c", "j")
        assert f'"id": "{program.selected.run_id}"' in program.app.clipboard
        await program.press("c", "c")
        assert "$CORDAGE_API_KEY" in program.app.clipboard and program.served.api_key not in program.app.clipboard
        await program.press("c", "down", "enter")
        assert program.app.clipboard == "a fox"


async def test_a_letter_that_cannot_be_used_says_why(opened):
    """A letter without content shows the reason, copies nothing, and leaves the menu open until escape."""
    async with opened() as program:
        await program.press("c")
        await program.sees("No run is selected.")
        await program.starts_elsewhere("hidden")
        await program.until(lambda: program.table.highlighted is not None)
        await program.press("c", "p")
        await program.sees("prompt: unknown: started elsewhere.")
        assert isinstance(program.app.screen, ChoiceMenu) and program.app.clipboard == ""
        await program.press("escape")
        assert program.app.screen is program.main


async def test_marked_runs_are_copied_together(opened):
    """Marked runs are copied one per line, newest first."""
    async with opened() as program:
        await completed(program, "fox", "owl")
        await program.press("asterisk", "c", "p")
        assert program.app.clipboard == "owl\nfox"
        await program.press("c")
        await program.sees("Copy of 2 runs")
        await program.press("j")
        assert len(program.app.clipboard.splitlines()) == 2


async def test_a_paste_copies_nothing(opened):
    """Letters of a paste without bracketed paste open the menu at most, and copy nothing."""
    async with opened() as program:
        await completed(program, "fox")
        await program.pilot.pause(PAUSE_S)
        for letter in "cpuij":
            program.app.post_message(Key(letter, letter))
        await program.until(lambda: isinstance(program.app.screen, ChoiceMenu))
        assert program.app.clipboard == ""


async def test_the_menu_fits_any_size(opened):
    """The menu is drawn at any size, also in a single cell."""
    async with opened(40, 12) as program:
        await completed(program, "fox")
        await program.press("c")
        await program.sees("p  prompt")
        for size in ((1, 1), (10, 4), (80, 24)):
            await program.pilot.resize_terminal(*size)
        await program.press("escape")
        assert program.app.screen is program.main
