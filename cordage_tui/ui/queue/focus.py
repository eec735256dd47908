"""Focus on the queue screen: which panel gets the keys, and which panels are shown on a low screen."""

from textual.screen import Screen

from cordage_tui.ui.queue.downloads import DownloadsPanel
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.selected_prompt import PromptView
from cordage_tui.ui.widgets.line_view import LineView


class QueueFocus:
    """Focus among queue, prompt and downloads of one queue screen."""

    def __init__(self, screen: Screen[None], panel: QueuePanel, reader: PromptView, downloads: DownloadsPanel) -> None:
        self._screen = screen
        self._panel = panel
        self._reader = reader
        self._downloads = downloads

    @property
    def at_downloads(self) -> bool:
        """True if the downloads have the focus."""
        return self._screen.focused is self._downloads

    def step(self, by: int) -> None:
        """Focus the panel `by` places further. A low screen does not show the panel of the prompt."""
        reader = [] if self._screen.has_class("-low") else [self._reader]
        downloads = [self._downloads] if self._screen.has_class("-loads") else []
        panels: list[LineView] = [self._panel, *reader, *downloads]
        index = next((i for i, panel in enumerate(panels) if panel is self._screen.focused), 0)
        self.go_to(panels[(index + by) % len(panels)])

    def go_to(self, panel: LineView) -> None:
        """Focus a panel as soon as it is on screen."""
        self._screen.remove_class("-reading")
        self._screen.set_class(panel is self._downloads, "-at-downloads")
        self._screen.call_after_refresh(panel.focus)

    def read(self) -> None:
        """Show the whole prompt, and focus it."""
        self._screen.add_class("-reading")
        self._screen.call_after_refresh(self._reader.focus)  # on a low screen it is not shown before the next refresh

    def stop_reading(self) -> bool:
        """Go back to the list. Return False if the whole prompt was not being read."""
        was_reading = self._screen.has_class("-reading")
        self._screen.remove_class("-reading")
        self._screen.call_after_refresh(self._panel.focus)
        return was_reading
