"""An app that opens one dialog, and a pilot with a person's pauses."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import Mock

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from cordage_tui.ui.app_base import BaseApp
from tests.ui.app.conftest import PAUSE_S

Opened = tuple[Pilot[Any], list[Any]]
ENGINE = Mock()
"""Engine in which nothing happens while a dialog is open."""


class Asking(BaseApp):
    """App that opens one dialog and records its answers."""

    def __init__(self, dialog: ModalScreen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answers: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answers.append)


class Person(Pilot[Any]):
    """Pilot that presses one key after the other, with a person's pauses."""

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pause(PAUSE_S)
            await super().press(key)


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Return a function that opens a dialog, and gives the pilot and the list of its answers."""

    @asynccontextmanager
    async def opened(dialog: ModalScreen[Any], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Opened]:
        app = Asking(dialog)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Person(app), app.answers

    return opened
