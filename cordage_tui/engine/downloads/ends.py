"""Downloads that have ended, in one line each, for whoever has no screen."""

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.downloads.desk import DownloadManager
from cordage_tui.store.run_query import Query


class CompletedDownloads:
    """Tells each once. Methods raise StoreError."""

    def __init__(self, desk: DownloadManager, query: Query) -> None:
        self._desk = desk
        self._query = query
        self._told: set[int] = set()

    def mark_current(self) -> None:
        """What has ended so far is not told."""
        self._told = {download.id for download in self._ended()}

    def new(self) -> list[SafeText]:
        """A line for each that has ended since the last look."""
        new = [download for download in self._ended() if download.id not in self._told]
        self._told |= {download.id for download in new}
        return [self._line(download) for download in sorted(new, key=lambda download: download.id)]

    def _ended(self) -> list[Download]:
        states = (DownloadState.DONE, DownloadState.FAILED)
        return [download for download in self._desk.open() if download.state in states]

    def _line(self, download: Download) -> SafeText:
        if download.path is not None:
            return one_line(f"saved {download.path}", 600)
        run = self._query.row(download.row)
        which = f" of run {run.short_id}" if run else ""
        return one_line(f"output {download.number}{which} was not saved: {download.error}", 600)
