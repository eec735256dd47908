"""The dialog for the columns of the table."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.run import ColumnName
from cordage_tui.ui.dialogs.columns import ColumnChoice, ColumnList, ColumnsDialog
from cordage_tui.ui.run_table.columns import USUAL, columns_text, stored_columns

TIME, SIGN, PROMPT = ColumnName.TIME, ColumnName.SIGN, ColumnName.PROMPT
steps = st.lists(st.tuples(st.booleans(), st.integers(0, len(ColumnName) - 1), st.integers(-9, 9)), max_size=20)


@given(steps)
def test_whatever_is_chosen_can_be_shown(story: list[tuple[bool, int, int]]) -> None:
    """After any changes each column occurs once, the prompt is shown, and the stored choice is read back equal."""
    choice = ColumnChoice.of(())
    for toggles, at, by in story:
        choice = choice.toggled(at) if toggles else choice.moved(at, by)
        assert sorted(choice.order) == sorted(ColumnName)
        assert PROMPT in (choice.shown or USUAL)
        assert stored_columns(columns_text(choice.shown)) == choice.shown
        assert ColumnChoice.of(choice.shown).shown == choice.shown


def test_the_usual_columns_are_no_choice() -> None:
    """The usual columns are stored as no choice, so that a later version can add columns."""
    choice = ColumnChoice.of(()).toggled(0)
    assert choice.shown == USUAL[1:]
    assert choice.toggled(0).shown == ()
    assert stored_columns("prompt colour") == stored_columns("time") == stored_columns(None) == ()


async def test_keys_show_hide_and_move(ask: Callable[..., Any]) -> None:
    """Keys show, hide and move columns, the table follows at once, and the cursor stays on its column."""
    choices: list[tuple[ColumnName, ...]] = []
    async with ask(ColumnsDialog((SIGN, PROMPT), choices.append)) as (pilot, answers):
        await pilot.press("j", "space", "K", "G")
        assert choices == [(SIGN, PROMPT), (PROMPT, SIGN)], "the prompt cannot be hidden"
        await pilot.press("j", "j", "x")
        assert choices[-1] == (PROMPT, SIGN, TIME)
        lines = [line.plain for line in pilot.app.screen.query_one(ColumnList)._lines]
        assert [line.split()[:2] for line in lines[:3]] == [["[x]", "prompt"], ["[x]", "sign"], ["▌", "[x]"]]
        await pilot.press("0", "escape")
        assert choices[-1] == () and answers == [None]


async def test_known_inputs_are_offered_as_columns(ask: Callable[..., Any]) -> None:
    """The inputs that have been sent come last; a shown one is stored with its name."""
    choices: list[tuple[str, ...]] = []
    async with ask(ColumnsDialog((SIGN, PROMPT), choices.append, ("seed", "lora strength"))) as (pilot, _):
        listed = pilot.app.screen.query_one(ColumnList)
        assert listed.choice.order[-2:] == ("input.seed", "input.lora strength")
        listed.index = listed.count - 1
        await pilot.press("space")
        assert choices == [(SIGN, PROMPT, "input.lora strength")]
        assert stored_columns(columns_text(choices[-1])) == choices[-1]
        await pilot.press("0")
        assert choices[-1] == () and listed.choice.order[-1] == "input.lora strength"
