"""A sidebar on a screen of its own, and a driver for it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from cordage_tui.domain.run import RunCounts
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.main.sidebar import Sidebar, SidebarRow, ViewRow


@pytest.fixture
def row() -> Callable[..., SidebarRow]:
    """Return `row("Sunset", total=31, active=2)`, which makes a row; `All` has no key."""

    def build(
        name: str, *, total: int = 0, active: int = 0, waiting: int = 0, health: HealthStatus = HealthStatus.LIVE
    ) -> SidebarRow:
        key = None if name == "All" else name.lower()
        return SidebarRow(key, SafeText(name), RunCounts(key or "", total, active, waiting), health)

    return build


@pytest.fixture
def view() -> Callable[..., ViewRow]:
    """Return `view("kept", 3)`, which makes the row of a view, fresh by default."""

    def build(name: str, count: int | None = 0, **fields: Any) -> ViewRow:
        return ViewRow(SafeText(name), count, **({"is_fresh": True} | fields))

    return build


class _App(BaseApp):
    """App with only the sidebar, which records its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.messages_received: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Sidebar()

    def on_sidebar_selected(self, message: Sidebar.Selected) -> None:
        self.messages_received.append(("chosen", message.key))

    def on_sidebar_view_selected(self, message: Sidebar.ViewSelected) -> None:
        self.messages_received.append(("view", message.name))

    def on_sidebar_view_rename_requested(self, message: Sidebar.ViewRenameRequested) -> None:
        self.messages_received.append(("rename view", message.name))

    def on_sidebar_view_remove_requested(self, message: Sidebar.ViewRemoveRequested) -> None:
        self.messages_received.append(("remove view", message.name))

    def on_sidebar_opened(self, message: Sidebar.Opened) -> None:
        self.messages_received.append(("opened", message.key))

    def on_sidebar_add_requested(self, message: Sidebar.AddRequested) -> None:
        self.messages_received.append("add")

    def on_sidebar_rename_requested(self, message: Sidebar.RenameRequested) -> None:
        self.messages_received.append(("rename", message.key))

    def on_sidebar_remove_requested(self, message: Sidebar.RemoveRequested) -> None:
        self.messages_received.append(("remove", message.key))


@dataclass
class Driver:
    """Actions on the sidebar, and its messages and lines."""

    app: _App
    pilot: Pilot[int]

    @property
    def sidebar(self) -> Sidebar:
        return self.app.query_one(Sidebar)

    async def show(self, rows: Sequence[SidebarRow], views: Sequence[ViewRow] | None = None) -> None:
        self.sidebar.show(rows, views)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def messages_received(self) -> list[Any]:
        """Return the messages since the last call."""
        messages, self.app.messages_received = self.app.messages_received, []
        return messages

    def lines(self) -> list[str]:
        return [self.sidebar.render_line(y).text.rstrip() for y in range(self.sidebar.size.height)]

    def bindings(self) -> set[str | None]:
        return {active.binding.id for active in self.app.screen.active_bindings.values()}


@pytest.fixture
def opened() -> Callable[..., Any]:
    """Return `opened(width, height)`, a focused sidebar of that size, with its border."""

    @asynccontextmanager
    async def run(width: int = 25, height: int = 12) -> AsyncIterator[Driver]:
        app = _App()
        async with app.run_test(size=(width, height)) as pilot:
            driver = Driver(app, pilot)
            driver.sidebar.focus()
            await pilot.pause()
            yield driver

    return run
