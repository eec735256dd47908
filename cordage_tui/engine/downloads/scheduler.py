"""Scheduler of downloads: order, concurrency, retries, automatic downloads."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.api.errors import FileFetchError
from cordage_tui.domain.base.clock import is_within
from cordage_tui.domain.base.file_system import is_file, is_folder
from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.downloads.destination import InvalidDestination, destination_of
from cordage_tui.engine.downloads.errors import DiskError, DownloadCancelled, PermanentDownloadError, run_disk_io
from cordage_tui.engine.downloads.part_file import SafeDirectory
from cordage_tui.engine.downloads.transfer import DownloadAttempt, DownloadContext
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.store.errors import StoreError


async def remove_part(folder: Path, part: str | None) -> None:
    """Remove the part of a download that is not wanted any more. `part`: its path below `folder`, if there is one."""
    if part is not None:
        with suppress(DiskError):  # the user already has a message about the disk
            await run_disk_io(folder, _remove, folder, part)


def _remove(folder: Path, part: str) -> None:
    *folders, name = part.split("/")
    if is_folder(folder.joinpath(*folders)):
        with SafeDirectory.below(folder, folders) as directory:
            directory.remove(name)


# Automatic downloads: webhooks whose outputs are downloaded when a run completes, once for each run.

STALE_S: Final = 600.0
"""Runs that ended this long before a process began to download are passed over: the setting may be newer than they are."""
WAIT_S: Final = 3_600.0
"""Seconds to wait for a run's outputs when the list did not contain them."""
RECHECK_S: Final = 5.0


class AutoDownloader:
    """Enqueues the outputs of completed runs. Methods raise StoreError."""

    def __init__(self, context: DownloadContext) -> None:
        self._context = context
        self._session = context.session
        self._store = context.session.store
        self._profile = context.session.profile
        self._requested: set[RowId] = set()
        """Runs whose outputs the polling was asked to fetch."""

    def start(self) -> None:
        """Pass over runs that ended long ago."""
        if self._webhooks():
            self._store.downloads.finished.pass_over(self._profile, self._session.clock.wall() - STALE_S)

    def enqueue_due(self) -> float | None:
        """Enqueue due downloads. Return the seconds until there may be more; None: not before a row changes."""
        if not (webhooks := self._webhooks()):
            return None
        waits = False
        with suppress(InvalidDestination):  # the folder has just gone: nothing is due while it is
            for row in self._store.downloads.finished.due(self._profile):
                waits = not self._enqueue_run(row, webhooks) or waits
        return RECHECK_S if waits else None

    def has_due(self, rows: Collection[RowId] | None = None) -> bool:
        """Return whether outputs of ended runs, among `rows` if given, are still to be enqueued."""
        owed = self._store.downloads.finished.due(self._profile) if self._webhooks() else []
        return bool(owed if rows is None else set(rows) & set(owed))

    def _webhooks(self) -> set[str]:
        """Keys of the webhooks with automatic downloads; empty if there is no folder for the files."""
        webhooks = {webhook.key for webhook in self._context.session.open_profile.webhooks if webhook.download}
        with suppress(InvalidDestination):
            return webhooks if webhooks and destination_of(self._session) else set()
        return set()

    def _enqueue_run(self, row: RowId, webhooks: set[str]) -> bool:
        """Enqueue a run's outputs. False if they are not known yet."""
        run = self._store.rows.get(row)
        outputs = 0
        if run is not None and run.webhook_key in webhooks and run.status is Status.COMPLETED:
            if self._store.run_lookup.untold([row]):
                detail = self._store.query.detail(row)
                if detail and is_within(detail.seen_at or 0.0, self._session.clock.wall(), WAIT_S):
                    self._request_outputs(row)
                    return False
            outputs = run.output_count
        refs, target = self._store.run_lookup.output_refs([row]) if outputs else [], destination_of(self._session)
        self._store.downloads.enqueue(self._profile, refs, target.folder, target.template, is_file, ending=row)
        return True

    def _request_outputs(self, row: RowId) -> None:
        if row not in self._requested:
            self._requested.add(row)
            self._context.reader.pending_results.add(self._store.active_runs.untold(self._profile, [row]))


# Three downloads at a time, in the order they were enqueued, in the one process that holds the lock.

GAIN: Final = 32_768
"""Bytes after which an attempt does not count as failed."""
STORE_RETRY_S: Final = 1.0
"""Seconds until the database is tried again after it could not be read or written."""


class DownloadScheduler:
    """Runs waiting downloads, retries them with backoff, and gives each result to the database."""

    def __init__(self, context: DownloadContext) -> None:
        self.auto = AutoDownloader(context)
        self.attempt_ended = asyncio.Event()
        """Set when the next attempt ends, and replaced then."""
        self._context = context
        self._session = context.session
        self._loads = context.session.store.download_jobs
        self._profile = context.session.profile
        self.wake = WakeEvent()
        """Ends the scheduler's sleep when there may be more to do."""
        self._running: dict[asyncio.Task[None], DownloadJob] = {}
        self._dropped: set[int] = set()
        self._unwritten: list[DownloadJob] = []
        """Jobs whose result could not be recorded: the database still calls them loading."""

    @property
    def is_busy(self) -> bool:
        """True while this process downloads something."""
        return bool(self._running)

    def prepare(self) -> None:
        """Recover the downloads of a process that has died. Raises StoreError."""
        self._loads.recover(self._profile)
        self.auto.start()

    def drop(self, download: int) -> None:
        """Cancel a running download and remove its part."""
        for task, job in self._running.items():
            if job.id == download:
                self._dropped.add(download)
                task.cancel()

    def stop(self) -> None:
        """Cancel all running downloads, which wait for the next process."""
        for task in self._running:
            task.cancel()

    async def run(self) -> None:
        """Start downloads as their turn comes. Runs until cancelled."""
        while True:
            wait_s: float | None = STORE_RETRY_S
            with suppress(StoreError):  # a disk that is gone for a moment
                wait_s = self._start_waiting()
            await self.wake.sleep(wait_s)

    def _start_waiting(self) -> float | None:
        """Start downloads that can start; return the seconds until there may be more. Raises StoreError."""
        while self._unwritten:
            self._loads.put_back(self._unwritten[-1])
            self._unwritten.pop()
        auto_s, limit = self.auto.enqueue_due(), self._context.limits.at_once
        while len(self._running) < limit:
            job = self._loads.claim(self._profile, {job.key for job in self._running.values()})
            if job is None:
                break
            task = self._session.calls.spawn(self._attempt(job))
            self._running[task] = job
            task.add_done_callback(self._on_ended)
        next_at = self._loads.next_at(self._profile) if len(self._running) < limit else None
        if next_at is None:
            return auto_s
        left_s = next_at - self._session.clock.wall()
        if left_s <= 0:  # it waits for another with the same URL
            left_s = STORE_RETRY_S
        return left_s if auto_s is None else min(auto_s, left_s)

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._context.notify()
        self.wake.set()
        self.attempt_ended.set()
        self.attempt_ended = asyncio.Event()

    async def _attempt(self, job: DownloadJob) -> None:
        attempt = DownloadAttempt(self._context, job)
        try:
            await attempt.run()
        except DownloadCancelled:
            await remove_part(job.folder, attempt.part_path)
        except FileFetchError as error:
            self._record_failure(job, error.what, attempt.gained, retry=error.retry, after_s=error.retry_after_s)
        except (DiskError, PermanentDownloadError) as error:
            self._record_failure(job, error.what, attempt.gained, retry=False)
        except StoreError:
            self._put_back(job)
        except asyncio.CancelledError:
            if job.id not in self._dropped:
                self._put_back(job)
                raise
            self._dropped.discard(job.id)
            await remove_part(job.folder, attempt.part_path)

    def _record_failure(
        self, job: DownloadJob, message: str, gained: int, *, retry: bool, after_s: float | None = None
    ) -> None:
        """Record why an attempt failed, and when the next one is due, if any."""
        session, limits = self._session, self._context.limits
        tries = 1 if gained >= GAIN else job.tries + 1
        sentence = join_sentences(message)
        try:
            if not retry or tries >= limits.tries:
                self._loads.failed(job, sentence, tries)
            else:
                wait_s = max(backoff_s(tries, BACKOFF_CAP_S, session.rng), after_s or 0.0)
                self._loads.later(job, sentence, tries, session.clock.wall() + wait_s)
        except StoreError:
            self._unwritten.append(job)

    def _put_back(self, job: DownloadJob) -> None:
        try:
            self._loads.put_back(job)
        except StoreError:
            self._unwritten.append(job)
