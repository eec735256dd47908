"""A key that does nothing in a dialog says so once, and names the keys that the dialog has."""

import pytest

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.dialogs.base import ConfirmDialog, Cover
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice


def said(pilot):
    return [toast.message for toast in pilot.app._notifications]


@pytest.mark.parametrize(
    ("dialog", "keys"),
    [
        (lambda: ConfirmDialog(SafeText("Kill?"), (), SafeText("Kill")), "y yes, n or esc no"),
        (lambda: ChoiceMenu(SafeText("Copy"), [MenuChoice("a", SafeText("first"), 1)]), "esc or q or n cancel"),
        (lambda: Cover(SafeText("Opening…")), "esc cancel"),
    ],
    ids=["question", "menu", "cover"],
)
async def test_an_unknown_key_in_a_dialog_names_the_keys_that_it_has(ask, dialog, keys) -> None:
    """Each key replaces what was said of the one before: toasts do not stack."""
    async with ask(dialog()) as (pilot, answers):
        for key in "zwZ":
            await pilot.press(key)
            await pilot.pause()
        assert said(pilot) == [f"Z does nothing here. Keys here: {keys}."]
        assert answers == []
