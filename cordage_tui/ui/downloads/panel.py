"""The downloads as a widget: its cursor stays on its download, whatever begins and ends around it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from cordage_tui.domain.download import Download
from cordage_tui.ui.downloads.lines import DownloadRowContext, download_lines
from cordage_tui.ui.keys.moving import picking_keys
from cordage_tui.ui.picking_view import ListView


class DownloadsPanel(ListView):
    """One line a download."""

    BINDING_GROUP_TITLE = "Downloads"
    BINDINGS: ClassVar[list[BindingType]] = [*picking_keys("downloads", "download")]

    class Highlighted(Message):
        """The cursor is on another download, or the one under it stands differently."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, DownloadsPanel.Highlighted)

    def __init__(self) -> None:
        super().__init__()
        self._downloads: Sequence[Download] = ()
        self._scene = DownloadRowContext()
        self._below = Content("")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as its lines, where the stylesheet leaves that to it."""
        return max(1, self.count)

    @property
    def selected(self) -> Download | None:
        """The download under the cursor; None when there is none."""
        return self._downloads[self.index] if self._downloads else None

    @property
    def count(self) -> int:
        return len(self._downloads)

    def show(self, downloads: Sequence[Download], scene: DownloadRowContext) -> None:
        """These there are now. The cursor goes with its download; when that has left, to what took its place."""
        before, lines = self.selected, self.count
        found = next((i for i, d in enumerate(downloads) if before is not None and d.id == before.id), self.index)
        self._downloads, self._scene = downloads, scene
        self.index = max(0, min(found, len(downloads) - 1))
        if self.selected != before:
            self.post_message(self.Highlighted())
        if self.count != lines:
            self.refresh(layout=True)
        self.redraw()

    def say_below(self, words: Content) -> None:
        """Textual draws a border again also for the words it has already."""
        if not words.is_same(self._below):
            self._below = self.border_subtitle = words

    def moved(self) -> None:
        self.post_message(self.Highlighted())
        self.redraw()

    def redraw(self) -> None:
        lines = download_lines(self._downloads, self._scene, self.text_width, self.index)
        self.draw(lines, self.index if lines else None)
