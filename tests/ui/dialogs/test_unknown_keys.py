"""A key without an action in a dialog shows one message with the keys of the dialog."""

import pytest

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.base import ConfirmDialog, Cover
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice


def toast_texts(pilot):
    """Return the texts of all toasts."""
    return [toast.message for toast in pilot.app._notifications]


@pytest.mark.parametrize(
    ("dialog", "keys"),
    [
        (lambda: ConfirmDialog(SafeText("Kill?"), (), SafeText("Kill")), "y yes, n or esc no"),
        (
            lambda: ChoiceMenu(SafeText("Copy"), [MenuChoice("a", SafeText("first"), 1)]),
            "a choose, esc or q or n cancel",
        ),
        (lambda: Cover(SafeText("Opening…")), "esc cancel"),
    ],
    ids=["question", "menu", "cover"],
)
async def test_an_unknown_key_in_a_dialog_names_the_keys_that_it_has(ask, dialog, keys) -> None:
    """The message of each unknown key replaces that of the key before, so toasts do not stack."""
    async with ask(dialog()) as (pilot, answers):
        for key in "zwZ":
            await pilot.press(key)
            await pilot.pause()
        assert toast_texts(pilot) == [f"Z does nothing here. Keys here: {keys}."]
        assert answers == []
