"""The page of rate limits as a widget."""

from dataclasses import replace
from typing import Any

from textual.app import ComposeResult

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.rate_limits.screen import LimitsPanel


class _Panel(LimitsPanel):
    """Panel that counts the lines that it draws again."""

    drawn = 0

    def refresh(self, *regions: Any, **how: Any) -> Any:
        self.drawn += len(regions)
        return super().refresh(*regions, **how)

    def text(self) -> list[str]:
        return [self.render_line(y).text.rstrip() for y in range(self.size.height)]


class _App(BaseApp):
    """App with only the panel."""

    AUTO_FOCUS = "_Panel"

    def __init__(self) -> None:
        super().__init__()
        self.copies: list[SafeText] = []

    def compose(self) -> ComposeResult:
        yield _Panel()

    def on_limits_panel_copy_requested(self, event: LimitsPanel.CopyRequested) -> None:
        self.copies.append(event.text)


async def test_only_what_counts_down_is_drawn_again(account) -> None:
    """An unchanged model draws nothing, and a passed second draws only the lines with its times."""
    app = _App()
    async with app.run_test(size=(120, 36)) as pilot:
        panel = app.query_one(_Panel)
        panel.show(account(), SafeText("studio"))
        await pilot.pause()
        panel.drawn = 0
        panel.show(account(), SafeText("studio"))
        assert panel.drawn == 0
        reads, *rest = account().budgets
        panel.show(account(budgets=(replace(reads, reset_s=30.4), *rest)), SafeText("studio"))
        assert panel.drawn == 1


async def test_the_page_scrolls_sorts_and_copies(account) -> None:
    """The usual keys scroll the page, `s` changes its order, and `y` copies it whole."""
    app = _App()
    async with app.run_test(size=(76, 12)) as pilot:
        panel = app.query_one(_Panel)
        panel.show(account(), SafeText("studio"))
        await pilot.pause()
        assert panel.text()[0].startswith("Budgets")
        await pilot.press("G")
        assert "learned" not in panel.text()[0] and panel.top > 0
        bottom = panel.top
        await pilot.press("k", "ctrl+u", "g")
        assert panel.top == 0
        await pilot.press("j", "s", "end")
        assert panel.top == bottom
        names = [line.split()[0] for line in panel.text() if line[:8].strip() in {"Sunset [", "portrait"}]
        assert names == ["Sunset", "portrait"]
        await pilot.press("y")
        await pilot.pause()
        assert len(app.copies) == 1 and app.copies[0].startswith("Budgets ─")
