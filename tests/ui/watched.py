"""Panel of lines that reports its text, and which parts of it were painted again."""

from typing import Any

from textual.app import ComposeResult
from textual.geometry import Region

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.widgets.line_view import LineView


class WatchedView(LineView):
    """View of lines that records its repaints."""

    def __init__(self) -> None:
        self.repainted: list[Region] = []
        super().__init__()

    def refresh(self, *regions: Region, **how: Any) -> Any:
        self.repainted += regions
        return super().refresh(*regions, **how)

    def text(self) -> list[str]:
        return [self.render_line(y).text.rstrip(" ▐") for y in range(self.size.height)]


class WatchedApp(BaseApp):
    """App with such a view."""

    def compose(self) -> ComposeResult:
        yield WatchedView()
