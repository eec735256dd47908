"""A sidebar on a screen of its own, driven by words."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from cordage_tui.domain.run import RunCounts
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.main.sidebar import Sidebar, SidebarRow, ViewRow


@pytest.fixture
def row() -> Callable[..., SidebarRow]:
    """`row("Sunset", total=31, active=2)`; the key is the name in lower case, `All` has none."""

    def build(
        name: str, *, total: int = 0, active: int = 0, waiting: int = 0, health: HealthStatus = HealthStatus.LIVE
    ) -> SidebarRow:
        key = None if name == "All" else name.lower()
        return SidebarRow(key, SafeText(name), RunCounts(key or "", total, active, waiting), health)

    return build


@pytest.fixture
def view() -> Callable[..., ViewRow]:
    """`view("kept", 3)`; fresh unless said otherwise."""

    def build(name: str, count: int | None = 0, **others: Any) -> ViewRow:
        return ViewRow(SafeText(name), count, **({"is_fresh": True} | others))

    return build


class _App(BaseApp):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Sidebar()

    def on_sidebar_selected(self, message: Sidebar.Selected) -> None:
        self.heard.append(("chosen", message.key))

    def on_sidebar_view_selected(self, message: Sidebar.ViewSelected) -> None:
        self.heard.append(("view", message.name))

    def on_sidebar_view_rename_requested(self, message: Sidebar.ViewRenameRequested) -> None:
        self.heard.append(("rename view", message.name))

    def on_sidebar_view_remove_requested(self, message: Sidebar.ViewRemoveRequested) -> None:
        self.heard.append(("remove view", message.name))

    def on_sidebar_opened(self, message: Sidebar.Opened) -> None:
        self.heard.append(("opened", message.key))

    def on_sidebar_add_requested(self, message: Sidebar.AddRequested) -> None:
        self.heard.append("add")

    def on_sidebar_rename_requested(self, message: Sidebar.RenameRequested) -> None:
        self.heard.append(("rename", message.key))

    def on_sidebar_remove_requested(self, message: Sidebar.RemoveRequested) -> None:
        self.heard.append(("remove", message.key))


@dataclass
class Driver:
    """What a test says to the sidebar and sees of it."""

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

    def heard(self) -> list[Any]:
        """Messages since the last asking."""
        heard, self.app.heard = self.app.heard, []
        return heard

    def lines(self) -> list[str]:
        return [self.sidebar.render_line(y).text.rstrip() for y in range(self.sidebar.size.height)]

    def bindings(self) -> set[str | None]:
        return {active.binding.id for active in self.app.screen.active_bindings.values()}


@pytest.fixture
def opened() -> Callable[..., Any]:
    """`async with opened(width, height) as driver`: a focused sidebar of that size, border included."""

    @asynccontextmanager
    async def run(width: int = 25, height: int = 12) -> AsyncIterator[Driver]:
        app = _App()
        async with app.run_test(size=(width, height)) as pilot:
            driver = Driver(app, pilot)
            driver.sidebar.focus()
            await pilot.pause()
            yield driver

    return run
