from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import Mock

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from cordage_tui.ui.app_base import BaseApp

Opened = tuple[Pilot[Any], list[Any]]
ENGINE = Mock()
"""Engine in which nothing happens while a dialog is open."""


class Asking(BaseApp):
    """Opens one dialog and keeps its answers."""

    def __init__(self, dialog: ModalScreen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answers.append)


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Opens a dialog; gives the pilot and the list that its answer is put into."""

    @asynccontextmanager
    async def opened(dialog: ModalScreen[Any], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Opened]:
        app = Asking(dialog)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot, app.answers

    return opened
