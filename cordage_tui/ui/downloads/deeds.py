"""What can be done about a download: taken off the list, tried again, its file opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from textual.screen import Screen

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.outward.clipboard import Clipboard
from cordage_tui.ui.toast import toast

_DONE: Final = one_line("It is done: its file stays where it is.")


class DownloadQueueActions:
    """Use-cases of one screen over one engine's downloads."""

    def __init__(self, screen: Screen[None], engine: Engine, clip: Clipboard) -> None:
        self._screen = screen
        self._engine = engine
        self._clip = clip

    def drop(self, download: Download) -> None:
        """Off the list, and with it what has been loaded of it."""
        self._say_unless(lambda: self._engine.downloads.drop(download.id), _DONE)

    def retry(self, download: Download) -> None:
        """Now, from where it was."""
        self._say_unless(lambda: self._engine.downloads.retry(download.id), one_line("It is on its way already."))

    def retry_failed(self) -> None:
        """All that have failed."""
        with self._telling():
            count = self._engine.downloads.retry_failed()
            self._say(one_line("1 is tried again." if count == 1 else f"{count:,} are tried again."))

    def open(self, download: Download) -> None:
        """Its file, in the system's viewer."""
        from cordage_tui.ui.outward.opener import ExternalOpener

        if download.path is not None:
            ExternalOpener(self._screen.app, self._engine, self._clip).file(download.path)

    def act(self, download: Download) -> None:
        """What is most wanted: opened when it is done, tried again when it has failed."""
        if download.state is DownloadState.DONE:
            self.open(download)
        elif can_retry(download):
            self.retry(download)

    def _say_unless(self, deed: Callable[[], bool], words: SafeText) -> None:
        with self._telling():
            if not deed():
                self._say(words)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._say(error.what, error=True)

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


def can_retry(download: Download | None) -> bool:
    """It has failed, or waits for its time to be tried again."""
    if download is None:
        return False
    waits = download.state is DownloadState.WAITING and download.error is not None
    return waits or download.state is DownloadState.FAILED
