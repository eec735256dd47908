"""Download manager of one profile: the list of downloads and its events."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.file_system import is_file
from cordage_tui.domain.download import Download, DownloadState, EnqueueResult, TransferProgress
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.destination import destination_of
from cordage_tui.engine.downloads.scheduler import DownloadScheduler, remove_part
from cordage_tui.engine.downloads.transfer import DownloadContext, DownloadLimits
from cordage_tui.engine.events import DownloadsChanged
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.processes.leadership import LeaderTask
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file.file_lock import FileLock

RECHECK_S: Final = 0.25
"""Seconds between two looks at downloads that another process may carry out."""
NOTIFY_S: Final = 0.25
"""Seconds between two `DownloadsChanged` at least."""


class Throttle:
    """Throttles a callback: called at once, then at most every `every_s` seconds; the last notification is never
    lost."""

    def __init__(self, callback: Callable[[], None], every_s: float) -> None:
        self._callback = callback
        self._every_s = every_s
        self._timer: asyncio.TimerHandle | None = None
        self._pending = False

    def notify(self) -> None:
        """Call back now, or when the time has passed. To be called on the event loop."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._on_timer)
            self._callback()
        else:
            self._pending = True

    def stop(self) -> None:
        """Cancel the pending call."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        if self._pending:
            self._pending = False
            self.notify()


class DownloadManager:
    """List of one profile's downloads. Methods raise StoreError, and then nothing has changed."""

    def __init__(
        self,
        session: EngineContext,
        lock: FileLock,
        reader: RunFetcher,
        files: FileClient,
        limits: DownloadLimits | None = None,
    ) -> None:
        """`lock` is held by the one process that downloads."""
        self._session = session
        self._profile = session.profile
        self._downloads = session.store.downloads
        self._changed = Throttle(lambda: session.events.publish(DownloadsChanged()), NOTIFY_S)
        self._context = DownloadContext(session, reader, files, self._changed.notify, limits or DownloadLimits())
        self._scheduler = DownloadScheduler(self._context)
        self.leader = LeaderTask(lock, session, self._scheduler.prepare, self._scheduler.run)
        """Lock and task of the process that downloads."""
        self._paused = False

    @property
    def folder(self) -> Path:
        """Folder of the settings. Raises InvalidDestination."""
        return destination_of(self._session).folder

    def enqueue(
        self, outputs: Sequence[OutputRef], folder: Path | None = None, template: str | None = None
    ) -> EnqueueResult:
        """Enqueue outputs, for the process that downloads, which may be another one. Raises InvalidDestination too.

        An output already on the list for that folder is not enqueued twice, and a failed one is retried. If its file
        exists, the file is returned. `folder` and `template` default to the settings.
        """
        target = destination_of(self._session, folder, template)
        result = self._downloads.enqueue(self._profile, outputs, target.folder, target.template, is_file)
        assert result is not None  # None is for automatic downloads only
        self._notify()
        return result

    def drop(self, download: int) -> bool:
        """Take an unfinished download off the list and remove its part. False if it is done or unknown."""
        job = self._downloads.drop(download)
        if job is None:
            return False
        self._scheduler.drop(download)
        self._session.calls.spawn(remove_part(job.folder, job.part))
        return True

    def retry(self, download: int) -> bool:
        """Retry a download now that has failed, was dropped or waits for its next attempt. False for any other."""
        retried = self._downloads.retry(download)
        self._notify()
        return retried

    def retry_failed(self) -> int:
        """Retry all downloads that have failed; return how many."""
        retried = self._downloads.retry_failed(self._profile)
        self._notify()
        return retried

    def open(self, offset: int = 0, limit: int = 1_000) -> list[Download]:
        """List running and waiting downloads in their order, then failed ones and those done lately."""
        return [self._with_progress(download) for download in self._downloads.open(self._profile, offset, limit)]

    def progress(self, download: int) -> TransferProgress | None:
        """Return the rate of a download that this process carries out; None for any other."""
        rate = self._context.rates.get(download)
        return None if rate is None else rate.progress(self._session.clock.monotonic())

    async def settled(self, ids: Collection[int]) -> list[Download]:
        """Wait until these downloads are done, failed or dropped, and return them.

        This process downloads if no other does, also when its engine was not started.
        """
        while True:
            downloads = [self._with_progress(download) for download in self._downloads.some(ids)]
            if all(download.state.is_settled for download in downloads):
                return downloads
            await self._wait_for_change()

    async def runs_settled(self, rows: Collection[RowId]) -> list[Download]:
        """Wait until all downloads of these ended runs, automatic ones too, are settled, and return them."""
        while True:
            downloads = [download for row in rows for download in self._downloads.of(row)]
            if all(download.state.is_settled for download in downloads) and not self._scheduler.auto.has_due(rows):
                return downloads
            await self._wait_for_change()

    def has_work(self) -> bool:
        """Return whether a download waits or runs, or an automatic one is due."""
        counts = self._downloads.counts(self._profile)
        active = counts.get(DownloadState.WAITING) or counts.get(DownloadState.LOADING)
        return bool(active) or self._scheduler.auto.has_due()

    def take_over(self) -> None:
        """Begin to download if no process does."""
        if not self._paused:
            with suppress(StoreError):  # tried again a moment later
                self.leader.acquire()

    def on_rows_changed(self, rows: Collection[RowId]) -> None:
        """Handle changed rows, whichever process changed them."""
        self._scheduler.wake.set()
        with suppress(StoreError):  # the next change will notify
            if rows and self._downloads.concerns(rows):
                self._changed.notify()

    @property
    def is_busy(self) -> bool:
        """True while this process downloads something."""
        return self._scheduler.is_busy

    def pause(self) -> None:
        """Stop downloading until `resume`; another process may take over once the lock is released."""
        self._paused = True
        self.leader.stop_work()
        self._scheduler.stop()

    def resume(self) -> None:
        """Allow `take_over` again."""
        self._paused = False

    def stop(self) -> None:
        """Stop downloading for good; the next process resumes unfinished downloads."""
        self.pause()
        self._changed.stop()

    async def _wait_for_change(self) -> None:
        self.take_over()
        with suppress(TimeoutError):
            async with asyncio.timeout(RECHECK_S):
                await self._scheduler.attempt_ended.wait()
        with suppress(StoreError):
            self._session.store.changes.poll_others()

    def _notify(self) -> None:
        self._scheduler.wake.set()
        self._changed.notify()

    def _with_progress(self, download: Download) -> Download:
        """Add the bytes received since the last recorded progress."""
        rate = self._context.rates.get(download.id)
        return replace(download, got=rate.got, size=rate.size) if rate else download
