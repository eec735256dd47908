"""The dialog for the limit of active runs."""

from typing import Any

import pytest
from textual.widgets import Input

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.queue.active_runs_limit import NO_LIMIT, LimitDialog


class _Asking(BaseApp):
    """App that opens the dialog and records its answers."""

    def __init__(self, present: int | None) -> None:
        super().__init__()
        self.present = present
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(LimitDialog(self.present), self.answers.append)


@pytest.mark.parametrize(
    ("present", "text", "answer"),
    [(None, "4", 4), (12, " 7 ", 7), (12, "", NO_LIMIT), (None, "", NO_LIMIT), (12, "12", 12)],
)
async def test_a_number_is_a_limit_and_nothing_is_none(present: int | None, text: str, answer: int) -> None:
    """A number sets the limit, an empty field removes it, and the field starts with the current limit."""
    app = _Asking(present)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        field = app.screen.query_one(Input)
        assert field.value == ("" if present is None else str(present))
        field.value = text
        await pilot.press("enter")
        assert app.answers == [answer]


@pytest.mark.parametrize("text", ["0", "-1", "four", "1.5", "٤", "1000000", "99999999999999999999"])
async def test_what_is_no_limit_is_refused_with_words(text: str) -> None:
    """An invalid limit keeps the dialog open, and escape leaves the limit unchanged."""
    app = _Asking(4)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.screen.query_one(Input).value = text
        await pilot.press("enter")
        assert app.answers == []
        await pilot.press("escape")
        assert app.answers == [None]
