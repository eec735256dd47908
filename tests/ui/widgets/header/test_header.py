"""The behaviour of the header on a screen."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import ComposeResult

from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.widgets.header import Header, HeaderModel

NOW = 1000.0
Budgets = Callable[..., tuple[BudgetView, ...]]


class _Line(Header):
    """Header that counts its repaints."""

    repaints = 0

    def refresh(self, *regions: Any, **how: Any) -> Any:
        self.repaints += 1
        return super().refresh(*regions, **how)

    def text(self) -> str:
        return " ".join(self.render_line(0).text.split())


class _App(BaseApp):
    """App with only the header."""

    def compose(self) -> ComposeResult:
        yield _Line(wall=lambda: NOW)


async def test_what_reads_the_same_is_not_repainted(budgets: Budgets) -> None:
    """Ten minutes of idle polling repaint nothing."""
    app = _App()
    async with app.run_test(size=(120, 5)) as pilot:
        line = app.query_one(_Line)
        line.show(HeaderModel(SafeText("studio"), budgets(), HealthStatus.LIVE, NOW))
        await pilot.pause()
        line.repaints = 0
        for step in range(600):
            line.show(HeaderModel(SafeText("studio"), budgets(reads=100 + step % 20), HealthStatus.LIVE, NOW + step))
            line.tick(NOW + step)
        assert line.repaints == 0


async def test_small_changes_of_what_others_spend_are_not_drawn(budgets: Budgets) -> None:
    """A small change of what others spend is not drawn, and a real one is."""
    app = _App()
    async with app.run_test(size=(120, 5)) as pilot:
        line = app.query_one(_Line)
        line.show(HeaderModel(SafeText("studio"), budgets(others=61.0), HealthStatus.LIVE, NOW))
        await pilot.pause()
        line.repaints = 0
        for spent in (64.9, 65.1, 55.0, 67.9, 52.1):
            line.show(HeaderModel(SafeText("studio"), budgets(others=spent), HealthStatus.LIVE, NOW))
        assert line.repaints == 0
        line.show(HeaderModel(SafeText("studio"), budgets(others=96.0), HealthStatus.LIVE, NOW))
        await pilot.pause()
        assert "others 100/min" in line.text()


async def test_a_wait_counts_down(budgets: Budgets) -> None:
    """A wait counts down each second."""
    app = _App()
    async with app.run_test(size=(120, 5)) as pilot:
        line = app.query_one(_Line)
        line.show(HeaderModel(SafeText("studio"), budgets(0, wait_s=5.0), HealthStatus.LIVE, NOW))
        line.tick(NOW + 2)
        await pilot.pause()
        assert "read limit reached, resets in 3s" in line.text()


async def test_a_new_width_drops_and_brings_back(budgets: Budgets) -> None:
    """Parts that a narrow terminal left out return when there is space."""
    app = _App()
    async with app.run_test(size=(120, 5)) as pilot:
        line = app.query_one(_Line)
        line.show(HeaderModel(SafeText("[/x] studio"), budgets(), HealthStatus.LIVE, NOW))
        for width, start in ((40, "[/x] studio reads 90+/120 ● live"), (120, "cordage [/x] studio reads")):
            await pilot.resize_terminal(width, 5)
            await pilot.pause()
            assert line.text().startswith(start)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (9, 2)])
async def test_no_size_is_too_small(budgets: Budgets, size: tuple[int, int]) -> None:
    """The header is drawn at any size."""
    app = _App()
    async with app.run_test(size=size) as pilot:
        app.query_one(_Line).show(HeaderModel(SafeText("studio"), budgets(), HealthStatus.OFFLINE, None))
        await pilot.pause()
