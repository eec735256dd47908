"""The panel of downloads as a widget."""

from dataclasses import replace
from typing import Any

from textual.app import ComposeResult

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.run import RowId
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.queue.downloads import DownloadRowContext, DownloadsPanel


class Panel(DownloadsPanel):
    """Panel that counts the lines that it draws again."""

    drawn = 0

    def refresh(self, *regions: Any, **progress_text: Any) -> Any:
        self.drawn += len(regions)
        return super().refresh(*regions, **progress_text)


class App(BaseApp):
    """App with only the panel."""

    AUTO_FOCUS = "Panel"
    CSS = "Screen Panel.panel { display: block; height: 1fr; max-height: 100%; }"

    def compose(self) -> ComposeResult:
        yield Panel()

    @property
    def panel(self) -> Panel:
        return self.query_one(Panel)


def downloads(*ids: int) -> list[Download]:
    """Return loading downloads with these ids."""
    return [Download(id, RowId(id), 1, DownloadState.LOADING, None, 100, 50, 0, None, None) for id in ids]


async def test_the_cursor_stays_on_its_download():
    """The cursor stays on its download, or moves to the next one if its own is removed."""
    app = App()
    async with app.run_test(size=(80, 12)) as pilot:
        app.panel.show(downloads(1, 2, 3, 4), DownloadRowContext())
        await pilot.press("j", "j")
        app.panel.show(downloads(2, 3, 4), DownloadRowContext())
        assert app.panel.selected.id == 3
        app.panel.show(downloads(2, 4), DownloadRowContext())
        assert app.panel.selected.id == 4
        app.panel.show([], DownloadRowContext())
        await pilot.press("j", "k", "G")
        assert app.panel.selected is None


async def test_only_what_goes_on_is_drawn_again():
    """A step of a download draws one line, and an unchanged list draws nothing."""
    app, all_of_them = App(), downloads(*range(1_000))
    async with app.run_test(size=(80, 12)) as pilot:
        app.panel.show(all_of_them, DownloadRowContext())
        await pilot.pause()
        app.panel.drawn = 0
        app.panel.show(list(all_of_them), DownloadRowContext())
        assert app.panel.drawn == 0
        app.panel.show([all_of_them[0], replace(all_of_them[1], got=80), *all_of_them[2:]], DownloadRowContext())
        assert app.panel.drawn == 1
