"""Carries downloads out, three at a time in the order they were asked for; in the one process that holds the lock."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cordage_tui.api.errors import FileFetchError
from cordage_tui.domain.download import DownloadJob
from cordage_tui.engine.downloads.auto import AutoDownloader
from cordage_tui.engine.downloads.clearing import clear
from cordage_tui.engine.downloads.means import DownloadContext
from cordage_tui.engine.downloads.outcome import DownloadCancelled, PermanentDownloadError
from cordage_tui.engine.downloads.trouble import DiskError
from cordage_tui.engine.schedule.backoff import BACKOFF_CAP_S, backoff_s
from cordage_tui.engine.wake import WakeEvent
from cordage_tui.engine.words import join_sentences
from cordage_tui.store.errors import StoreError

GAIN: Final = 32_768
"""A try that brought so many bytes more was not in vain."""
AGAIN_S: Final = 1.0
"""When the database is asked again after it could not be read or written."""


class DownloadScheduler:
    """Those that carry."""

    def __init__(self, means: DownloadContext, auto: AutoDownloader) -> None:
        self.on_ended: Callable[[], None] = lambda: None
        """Called when a try at a download has ended, well or not."""
        self._means = means
        self._auto = auto
        self._loads = means.session.store.loads
        self._profile = means.session.profile
        self._wake = WakeEvent()
        self._carrying: dict[asyncio.Task[None], DownloadJob] = {}
        self._dropped: set[int] = set()
        self._unwritten: list[DownloadJob] = []
        """What could not be written down: no process is carrying these, and the database does not know."""

    @property
    def is_busy(self) -> bool:
        """Whether something is being loaded."""
        return bool(self._carrying)

    def prepare(self) -> None:
        """The lock has just become ours. Raises StoreError."""
        self._loads.recover(self._profile)
        self._auto.start()

    def start_ready(self) -> None:
        """There may be more to do."""
        self._wake.now()

    def drop(self, download: int) -> None:
        """The user has taken it off the list: nothing of it is to be left."""
        for task, load in self._carrying.items():
            if load.id == download:
                self._dropped.add(download)
                task.cancel()

    def stop(self) -> None:
        """Lets go of all that is being loaded; it waits for the next process."""
        for task in self._carrying:
            task.cancel()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wait: float | None = AGAIN_S
            with suppress(StoreError):  # a disk that is gone for a moment: the next look will tell
                wait = self._turn()
            await self._wake.sleep(wait)

    def _turn(self) -> float | None:
        """Begins what may begin; returns the seconds until there may be more, None: not before something happens."""
        while self._unwritten:
            self._loads.put_back(self._unwritten[-1])
            self._unwritten.pop()
        soon = self._auto.enqueue_due()
        while len(self._carrying) < self._means.bounds.at_once:
            load = self._loads.claim(self._profile, {load.key for load in self._carrying.values()})
            if load is None:
                break
            self._begin(load)
        return _sooner(soon, self._next_s())

    def _next_s(self) -> float | None:
        """Until the first of those begins that wait for their time, if there is room for it then."""
        at = self._loads.next_at(self._profile)
        if at is None or len(self._carrying) >= self._means.bounds.at_once:
            return None
        left = at - self._means.session.clock.wall()
        return left if left > 0 else AGAIN_S  # it waits for another with the same address

    def _begin(self, load: DownloadJob) -> None:
        task = self._means.session.calls.spawn(self._carry(load))
        self._carrying[task] = load
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._carrying.pop(task, None)
        self._means.moved()
        self._wake.now()
        self.on_ended()

    async def _carry(self, load: DownloadJob) -> None:
        from cordage_tui.engine.downloads.carrier import DownloadAttempt  # a process that loads nothing does without

        carrier = DownloadAttempt(self._means, load)
        try:
            await carrier.run()
        except DownloadCancelled:
            await clear(load.folder, carrier.part)
        except FileFetchError as error:
            self._written(load, error.what, carrier.gained, retry=error.retry, after_s=error.retry_after_s)
        except (DiskError, PermanentDownloadError) as error:
            self._written(load, error.what, carrier.gained, retry=False)
        except StoreError:
            self._put_back(load)
        except asyncio.CancelledError:
            if load.id not in self._dropped:
                self._put_back(load)
                raise
            self._dropped.discard(load.id)
            await clear(load.folder, carrier.part)

    def _written(self, load: DownloadJob, what: str, gained: int, *, retry: bool, after_s: float | None = None) -> None:
        """Why it did not go well, and whether it is tried again."""
        session, bounds = self._means.session, self._means.bounds
        tries = 1 if gained >= GAIN else load.tries + 1
        words = join_sentences(what)
        try:
            if not retry or tries >= bounds.tries:
                self._loads.failed(load, words, tries)
            else:
                wait_s = max(backoff_s(tries, BACKOFF_CAP_S, session.rng), after_s or 0.0)
                self._loads.later(load, words, tries, session.clock.wall() + wait_s)
        except StoreError:
            self._unwritten.append(load)

    def _put_back(self, load: DownloadJob) -> None:
        try:
            self._loads.put_back(load)
        except StoreError:
            self._unwritten.append(load)


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((wait for wait in (one, other) if wait is not None), default=None)
