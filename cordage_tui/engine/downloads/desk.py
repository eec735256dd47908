"""Downloads in the user's hands: asking for them, how they go, and where the files are."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.domain.download import Asked, Download, DownloadState, Progress
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.downloads.target import BadTarget, Target, checked_target
from cordage_tui.engine.events import DownloadsChanged, Event
from cordage_tui.engine.reader import Reader
from cordage_tui.engine.session import Session
from cordage_tui.store.errors import StoreError
from cordage_tui.store.lock import Lock

LOOK_S: Final = 0.25
"""How often, where somebody waits for downloads that another process carries out, it is looked how they stand."""


class DownloadDesk:
    """The downloads of one profile. Methods raise StoreError, and then nothing has changed."""

    def __init__(
        self,
        session: Session,
        lock: Lock,
        reader: Reader,
        opened: Callable[[], Profile],
        tell: Callable[[Event], None],
    ) -> None:
        """`lock` is held by the one process that downloads; `opened()` is the profile as it is now."""
        self._session = session
        self._profile = session.profile
        self._tell = tell
        self._downloads = session.store.downloads

    def ask(self, outputs: Sequence[OutputRef], folder: Path | None = None, template: str | None = None) -> Asked:
        """Puts outputs on the list; they are downloaded in that order, by whichever process does it. An output that is on
        the list for that folder is not put there again, one that has failed is tried again, and one whose file is still
        there is answered with it. Without `folder` or `template` the settings' are meant. Raises BadTarget too."""
        target = self._target(folder, template)
        asked = self._downloads.ask(self._profile, outputs, target.folder, target.template, Path.is_file)
        assert asked is not None
        return asked

    def drop(self, download: int) -> bool:
        """Takes one off the list that is not done, and with it what has been loaded. False when it is done or unknown."""
        return self._downloads.drop(download) is not None

    def retry(self, download: int) -> bool:
        """Tries one again now that has failed, was dropped or waits for its time. False when it is none of these."""
        return self._downloads.retry(download)

    def retry_failed(self) -> int:
        """`retry` all that have failed; returns how many."""
        return self._downloads.retry_failed(self._profile)

    def open(self, offset: int = 0, limit: int = 1_000) -> list[Download]:
        """What is not settled: the loading, the waiting in their order; then what has failed and what was done lately."""
        return self._downloads.open(self._profile, offset, limit)

    def counts(self) -> Mapping[DownloadState, int]:
        """How many there are in each state; states without any are missing."""
        return self._downloads.counts(self._profile)

    def progress(self, download: int) -> Progress | None:
        """How one goes that this process carries out; None for any other."""
        return None

    def paths(self, row: RowId) -> Mapping[int, Path]:
        """Of each output of the run that was downloaded, by number, its file, if it is still there; the newest of several."""
        paths: dict[int, Path] = {}
        for download in self._downloads.of(row):
            if download.number not in paths and download.path is not None and download.path.is_file():
                paths[download.number] = download.path
        return paths

    async def settled(self, ids: Collection[int]) -> list[Download]:
        """Waits until each of these is done, has failed or was dropped, and returns them. Where no other process downloads,
        this one does, though its engine may not have been started."""
        while True:
            found = self._downloads.some(ids)
            if all(download.state.is_settled for download in found):
                return found
            await asyncio.sleep(LOOK_S)
            self._session.store.changes.poll_others()

    def noticed(self, rows: Collection[RowId]) -> None:
        """These rows changed, whoever changed them."""
        with suppress(StoreError):  # the next change will tell
            if self._downloads.concerns(rows):
                self._tell(DownloadsChanged())

    def _target(self, folder: Path | None, template: str | None) -> Target:
        settings, paths = self._session.settings.downloads, self._session.paths
        usual = settings.folder or (paths.downloads_dir if paths else None)
        if (chosen := folder or usual) is None:
            raise BadTarget("No folder is set for downloads. Name one")
        return checked_target(chosen, template or settings.template)
