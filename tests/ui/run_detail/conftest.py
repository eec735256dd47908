"""A run, and a detail pane on a screen of its own with a driver."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.run_detail.pane import RunDetailPane

NOW = 1_700_000_000.0
RUN_ID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture
def now() -> float:
    """Return the time at which the tests look at runs."""
    return NOW


@pytest.fixture
def make() -> Callable[..., RunDetail]:
    """Return `make(Status.FAILED, error="boom")`, which makes a run of 135 s that ended at `now`."""

    def build(
        status: Status = Status.COMPLETED, *, row: int = 1, run_id: str | None = RUN_ID, **fields: Any
    ) -> RunDetail:
        line = RunRow(
            RowId(row),
            "wh_abc123xyz",
            run_id,
            status,
            SafeText(fields.pop("word", status.value)),
            SafeText(fields.pop("shown_prompt", "")),
            fields.pop("created_at", NOW - 135),
            started_at=fields.pop("started_at", NOW - 125),
            ended_at=fields.pop("ended_at", NOW if status.is_final else None),
        )
        values: dict[str, Any] = {
            "inputs": {"prompt": "a red fox", "steps": 30},
            "outputs": (),
            "node_count": 5,
            "error": None,
            "note": None,
            "raw": "{}",
            "seen_at": NOW,
        }
        return RunDetail(row=line, **(values | fields))

    return build


class _Recorder(RunDetailPane):
    """Pane that records its repaints."""

    def __init__(self) -> None:
        self.repainted: list[Region] = []
        self.laid_out = 0
        super().__init__(wall=lambda: NOW)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        self.repainted += regions or ([self.size.region] if repaint else [])
        self.laid_out += layout
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class _App(BaseApp):
    """App with only the pane, which records its messages."""

    BINDINGS = [binding for binding in MainScreen.BINDINGS if binding.id == "panel.runs"]

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []

    def compose(self) -> ComposeResult:
        yield _Recorder()

    def on_run_detail_pane_output_step_requested(self, message: RunDetailPane.OutputStepRequested) -> None:
        self.messages.append(message.by)

    def on_run_detail_pane_opened(self) -> None:
        self.messages.append("opened")

    def on_run_detail_pane_closed(self, message: RunDetailPane.Closed) -> None:
        self.messages.append("closed")

    def on_run_detail_pane_copy_requested(self, message: RunDetailPane.CopyRequested) -> None:
        self.messages.append((message.text, message.what))


@dataclass
class Driver:
    """Actions on the pane, and its messages and lines."""

    app: _App
    pilot: Pilot[int]
    curl: SafeText = field(default=SafeText("curl x"))

    @property
    def pane(self) -> _Recorder:
        return self.app.query_one(_Recorder)

    @property
    def messages(self) -> list[Any]:
        return self.app.messages

    async def show(self, detail: RunDetail | None) -> None:
        self.pane.show(detail, SafeText("Sunset"), self.curl)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        return [self.pane.render_line(y).text.rstrip() for y in range(self.pane.size.height)]

    async def read(self) -> list[str]:
        """Return all lines, also those outside the screen."""
        await self.press("g")
        lines = self.lines()
        while self.pane.top + self.pane.size.height < self.pane.line_count:
            await self.press("j")
            lines.append(self.lines()[-1])
        return lines

    def text(self) -> str:
        return "\n".join(self.lines())

    def forget(self) -> None:
        self.pane.repainted.clear()
        self.pane.laid_out = 0


@pytest.fixture
def opened() -> Callable[..., Any]:
    """`async with opened(width, height) as driver`: a focused pane of that size, border included."""

    @asynccontextmanager
    async def run(width: int = 50, height: int = 40) -> AsyncIterator[Driver]:
        app = _App()
        async with app.run_test(size=(width, height)) as pilot:
            driver = Driver(app, pilot)
            driver.pane.focus()
            await pilot.pause()
            yield driver

    return run
