"""Download manager: the list of downloads and its events."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.domain.download import Download, DownloadState, EnqueueResult, TransferProgress
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.file_kind import is_file
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.destination import DownloadDestination, InvalidDestination, checked_target
from cordage_tui.engine.downloads.scheduler import (
    AutoDownloader,
    DownloadContext,
    DownloadLimits,
    DownloadScheduler,
    FileSource,
    clear,
)
from cordage_tui.engine.events import DownloadsChanged, Event
from cordage_tui.engine.leadership import LeaderTask
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file_lock import FileLock

# Many happenings, few tellings.


class Throttle:
    """Tells at once, and then no more often than every so many seconds; the last happening is always told of."""

    def __init__(self, tell: Callable[[], None], every_s: float) -> None:
        self._tell = tell
        self._every_s = every_s
        self._timer: asyncio.TimerHandle | None = None
        self._more = False

    def notify(self) -> None:
        """Something has happened. Called on the event loop."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._later)
            self._tell()
        else:
            self._more = True

    def stop(self) -> None:
        """Tells no more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> None:
        self._timer = None
        if self._more:
            self._more = False
            self.notify()


# Downloads in the user's hands: asking for them, how they go, and where the files are.

LOOK_S: Final = 0.25
"""How often, where somebody waits for downloads, it is looked how they stand."""
TELL_S: Final = 0.25
"""`DownloadsChanged` is told no more often."""


class DownloadManager:
    """The downloads of one profile. Methods raise StoreError, and then nothing has changed."""

    def __init__(
        self,
        session: EngineContext,
        lock: FileLock,
        reader: RunFetcher,
        storage: FileSource,
        opened: Callable[[], Profile],
        tell: Callable[[Event], None],
        bounds: DownloadLimits | None = None,
    ) -> None:
        """`lock` is held by the one process that downloads; `opened()` is the profile as it is now."""
        self._session = session
        self._profile = session.profile
        self._downloads = session.store.downloads
        self._news = Throttle(lambda: tell(DownloadsChanged()), TELL_S)
        self._means = DownloadContext(session, reader, storage, opened, self._news.notify, bounds or DownloadLimits())
        self._auto = AutoDownloader(self._means, lambda: self._target(None, None))
        self._crew = DownloadScheduler(self._means, self._auto)
        self._duty = LeaderTask(lock, session.calls, session.clock, self._crew.prepare, self._crew.run)
        self._crew.on_ended = self._end_looks
        self._looks: list[asyncio.Future[None]] = []
        """Of those who wait for downloads to settle."""
        self._stopped = False
        self._paused = False

    @property
    def folder(self) -> Path:
        """Where files go unless somebody says otherwise. Raises InvalidDestination."""
        return self._target(None, None).folder

    def enqueue(
        self, outputs: Sequence[OutputRef], folder: Path | None = None, template: str | None = None
    ) -> EnqueueResult:
        """Puts outputs on the list; they are downloaded in that order, by whichever process does it. An output that is on
        the list for that folder is not put there again, one that has failed is tried again, and one whose file is still
        there is answered with it. Without `folder` or `template` the settings' are meant. Raises InvalidDestination too."""
        target = self._target(folder, template)
        asked = self._downloads.enqueue(self._profile, outputs, target.folder, target.template, is_file)
        assert asked is not None  # that is for endings only
        self._look()
        return asked

    def drop(self, download: int) -> bool:
        """Takes one off the list that is not done, and with it what has been loaded. False when it is done or unknown."""
        load = self._downloads.drop(download)
        if load is None:
            return False
        self._crew.drop(download)
        self._session.calls.spawn(clear(load.folder, load.part))
        return True

    def retry(self, download: int) -> bool:
        """Tries one again now that has failed, was dropped or waits for its time. False when it is none of these."""
        again = self._downloads.retry(download)
        self._look()
        return again

    def retry_failed(self) -> int:
        """`retry` all that have failed; returns how many."""
        again = self._downloads.retry_failed(self._profile)
        self._look()
        return again

    def open(self, offset: int = 0, limit: int = 1_000) -> list[Download]:
        """What is not settled: the loading, the waiting in their order; then what has failed and what was done lately."""
        return [self._fresh(download) for download in self._downloads.open(self._profile, offset, limit)]

    def counts(self) -> Mapping[DownloadState, int]:
        """How many there are in each state; states without any are missing."""
        return self._downloads.counts(self._profile)

    def progress(self, download: int) -> TransferProgress | None:
        """How one goes that this process carries out; None for any other."""
        pace = self._means.paces.get(download)
        return None if pace is None else pace.progress(self._session.clock.monotonic())

    def paths(self, row: RowId) -> Mapping[int, Path]:
        """Of each output of the run that was downloaded, by number, its file, if it is still there; the newest of several."""
        return self._downloads.files(row)

    async def settled(self, ids: Collection[int]) -> list[Download]:
        """Waits until each of these is done, has failed or was dropped, and returns them. Where no other process downloads,
        this one does, though its engine may not have been started."""
        while True:
            found = [self._fresh(download) for download in self._downloads.some(ids)]
            if all(download.state.is_settled for download in found):
                return found
            await self._another_look()

    async def runs_settled(self, rows: Collection[RowId]) -> list[Download]:
        """Waits until what is downloaded by itself of these runs, which have ended, and what somebody asked for, is settled;
        returns that. For a process that ends with its runs."""
        while True:
            found = [download for row in rows for download in self._downloads.of(row)]
            if all(download.state.is_settled for download in found) and not self._auto.has_due(rows):
                return found
            await self._another_look()

    def has_work(self) -> bool:
        """Whether something waits or is being loaded, or will be for a run that has ended."""
        counts = self.counts()
        return bool(counts.get(DownloadState.WAITING) or counts.get(DownloadState.LOADING)) or self._auto.has_due()

    def take_over(self) -> None:
        """Begins to download, if nobody does (any more)."""
        if not self._stopped and not self._paused:
            with suppress(StoreError):  # the next look tries again
                self._duty.acquire()

    def heartbeat(self, *, slept: bool) -> None:
        """Give a sign of life, if it is this process that downloads. `slept`: the machine has."""
        self._duty.heartbeat(slept=slept)

    def noticed(self, rows: Collection[RowId]) -> None:
        """These rows changed, whoever changed them."""
        self._crew.start_ready()
        with suppress(StoreError):  # the next change will tell
            if rows and self._downloads.concerns(rows):
                self._news.notify()

    def stop(self) -> None:
        """Lets go of what is being loaded; the next process goes on with it."""
        self._stopped = True
        self._duty.stop_work()
        self._crew.stop()
        self._news.stop()

    @property
    def is_busy(self) -> bool:
        """Whether this process is loading something."""
        return self._crew.is_busy

    def pause(self) -> None:
        """Let go of what is being loaded, until `go_on`."""
        self._paused = True
        self._duty.stop_work()
        self._crew.stop()

    def go_on(self) -> None:
        """Download again, if nobody else does."""
        self._paused = False

    def release(self) -> None:
        """Lets others take over, once all tasks have ended."""
        self._duty.release()

    async def _another_look(self) -> None:
        self.take_over()
        look: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._looks.append(look)
        await asyncio.wait([look], timeout=LOOK_S)
        if not look.done():
            self._looks.remove(look)
        with suppress(StoreError):
            self._session.store.changes.poll_others()

    def _end_looks(self) -> None:
        looks, self._looks = self._looks, []
        for look in looks:
            look.set_result(None)

    def _look(self) -> None:
        self._crew.start_ready()
        self._news.notify()

    def _fresh(self, download: Download) -> Download:
        """With what has come since it was last written down."""
        pace = self._means.paces.get(download.id)
        return replace(download, got=pace.got, size=pace.size) if pace else download

    def _target(self, folder: Path | None, template: str | None) -> DownloadDestination:
        settings, paths = self._session.settings.downloads, self._session.paths
        usual = settings.place(paths) if paths else settings.folder
        if (chosen := folder or usual) is None:
            raise InvalidDestination("No folder is set for downloads. Name one")
        return checked_target(chosen, template or settings.template)
