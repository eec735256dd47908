"""Counts before keys of the run list: a digit without an action begins a count, and `#` begins a count with any
digit."""

from cordage_tui.ui.dialogs.kill import BulkKillDialog
from cordage_tui.ui.keys.footer import Footer


def footer_message(program) -> str:
    """Return the text that replaces the hints of the footer."""
    message = program.main.query_one(Footer)._message
    return message.plain.strip() if message is not None else ""


def border(program) -> str:
    """Return the text in the lower border of the table."""
    return str(program.table.border_subtitle)


async def runs(program, count: int) -> None:
    """Start so many runs as somebody else, with the newest on top."""
    await program.starts_elsewhere(*(f"fox {number}" for number in range(count)))
    await program.until(lambda: len(program.rows()) == count)
    await program.press("2", "g")


PLACES = (
    (["5", "j"], 5),
    (["5", "down", "j"], 6),
    (["number_sign", "3", "j"], 3),
    (["number_sign", "1", "0", "j", "number_sign", "2", "k"], 8),
    (["5", "1", "j"], 11),
    (["6", "G"], 5),
    (["9", "g"], 8),
    (["j", "7", "escape", "j"], 2),
    (["5", "z", "j"], 1),
    (["number_sign", "j"], 1),
    (["number_sign", "0", "j"], 1),
    (["number_sign", "0", "3", "j"], 3),
)
"""Keys pressed on the first of twelve rows, and the row of the cursor after them."""


async def test_a_count_moves_the_cursor(opened) -> None:
    """A count moves the cursor by so many rows, or with `G` to that row; esc and other keys drop it."""
    async with opened(120, 36, tells_prompts=True) as program:
        await runs(program, 12)
        for keys, place in PLACES:
            await program.press("g", *keys)
            assert program.table.place == place, keys
            assert "…" not in border(program), keys


async def test_a_pending_count_is_seen(opened) -> None:
    """A pending count is shown in the border, and in the footer with its keys, until the next key."""
    async with opened(120, 36, tells_prompts=True) as program:
        await runs(program, 3)
        await program.press("5")
        assert "5…" in border(program)
        assert footer_message(program) == "5…  j k move by 5 rows, G goes to row 5, space marks, x kills; esc cancels"
        assert len(footer_message(program)) < 80
        await program.press("0")
        assert "50…" in border(program)
        await program.press(*"9" * 9)
        assert "509999…" in border(program)
        await program.press("escape")
        assert "…" not in border(program) and footer_message(program) == ""


async def test_a_kill_with_a_count_asks(opened) -> None:
    """A kill with a count marks the rows from the cursor on, and asks about exactly these runs."""
    async with opened(120, 36, tells_prompts=True) as program:
        await runs(program, 8)
        await program.press("j", "number_sign", "3", "x")
        assert isinstance(program.app.screen, BulkKillDialog)
        assert "Kill 3 runs?" in program.text()
        await program.press("escape")
        assert program.posts == []
        assert [row.prompt for row in program.table.shown if row.id in program.table.marked] == [
            "fox 6",
            "fox 5",
            "fox 4",
        ]
        assert program.selected.prompt == "fox 6"
        await program.press("5", "x")
        assert program.app.screen is program.main
        assert footer_message(program) == "x  Other runs are marked: esc unmarks them, then a count can be given."


async def test_a_panels_digit_typed_fast_before_a_prompt_kills_nothing(opened) -> None:
    """`3` moves to the prompt also after other digits, and the next keys are typed there."""
    async with opened(120, 36, tells_prompts=True) as program:
        await runs(program, 4)
        await program.pilot.press(*"3x")
        await program.writes("-ray")
        assert program.app.screen is program.main and program.at() == "prompt"
        assert program.widget("prompt").editor.text == "x-ray"
        await program.press("escape", "2", "5", "t")
        await program.writes("5x")
        assert program.app.screen is program.main
        assert "…" not in border(program)
        await program.press("escape", "2", "5", "1", "tab", "2")
        assert "…" not in border(program)


async def test_marking_with_a_count_goes_on_below(opened) -> None:
    """Space with a count marks so many rows, and leaves the cursor below them."""
    async with opened(120, 36, tells_prompts=True) as program:
        await runs(program, 8)
        await program.press("space", "5", "space")
        assert len(program.table.marked) == 6 and program.table.place == 6
        await program.press("9", "space")
        assert len(program.table.marked) == 8


async def test_what_cannot_be_done_says_why_and_marks_nothing(opened) -> None:
    """An action with a count that cannot act shows its reason and marks no rows."""
    async with opened(tells_prompts=True, read_only=True) as program:
        await runs(program, 6)
        await program.press("5", "x")
        assert footer_message(program) == "x  Profile studio is read-only: nothing is sent or killed."
        assert program.table.marked == ()
        await program.press("5", "equals_sign")
        assert footer_message(program) == "=  Mark two runs with space to compare them. 5 are marked now."
        assert program.table.marked == ()
        await program.press("5", "y")
        assert len(program.table.marked) == 5


async def test_digits_without_an_own_action_all_begin_a_count(opened) -> None:
    """If the user gives the panels other keys, every digit begins a count."""
    panels = {"panel.webhooks": "f5", "panel.runs": "f6", "panel.prompt": "t", "panel.run": "f8"}
    async with opened(tells_prompts=True, keys=panels) as program:
        await runs(program, 12)
        await program.press("g", "1", "0", "j", "2", "k")
        assert program.table.place == 8
