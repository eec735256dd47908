"""Concurrent downloads with retries, and automatic downloads."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cordage_tui.api.errors import FileFetchError
from cordage_tui.api.files.response import FileStream
from cordage_tui.domain.download import DownloadJob, TransferProgress
from cordage_tui.domain.file_kind import is_file, is_folder
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.concurrency import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.destination import DownloadDestination, InvalidDestination
from cordage_tui.engine.downloads.errors import DiskError, DownloadCancelled, PermanentDownloadError, run_disk_io
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.link_refresh import UrlRefresher
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

# Takes away what is left of a download that nobody wants any more.


async def clear(folder: Path, part: str | None) -> None:
    """Its part, below its folder; harmless when there is none."""
    if part is not None:
        with suppress(DiskError):  # whoever cannot remove it has been told why before
            await run_disk_io(folder, _remove, folder, part)


def _remove(folder: Path, part: str) -> None:
    from cordage_tui.engine.downloads.part_file import SafeDirectory

    *folders, name = part.split("/")
    if is_folder(folder.joinpath(*folders)):
        with SafeDirectory.below(folder, folders) as place:
            place.remove(name)


# How fast a download goes.

WINDOW_S: Final = 5.0
"""The speed is that of the last seconds."""
_STEP_S: Final = 0.25


class TransferRate:
    """Counts bytes as they come. Times are monotonic seconds."""

    def __init__(self, now: float, got: int, size: int | None) -> None:
        """`got` bytes of `size` were there before; None: nobody knows how many it will be."""
        self.got = got
        self.size = size
        self._steps = deque([(now, got)])

    def count(self, now: float, more: int) -> None:
        """So many have come."""
        self.got += more
        if now - self._steps[-1][0] >= _STEP_S:
            self._steps.append((now, self.got))
        while len(self._steps) > 1 and now - self._steps[1][0] >= WINDOW_S:
            self._steps.popleft()

    def progress(self, now: float) -> TransferProgress:
        """As it is at this moment."""
        since, before = self._steps[0]
        for step in self._steps:  # nothing may have come for a while
            if now - step[0] < WINDOW_S:
                break
            since, before = step
        speed = (self.got - before) / max(now - since, _STEP_S)
        if self.size is None or not speed:
            return TransferProgress(speed, None)
        return TransferProgress(speed, max(self.size - self.got, 0) / speed)


# What it takes to carry a download out.


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """How much of everything."""

    at_once: int = 3
    tries: int = 10
    """In a row, in vain: then the user is asked. One that brought more of the file was not in vain."""
    reserve: int = 64 << 20
    """Bytes that are left free on the disk."""
    unsized: int = 8 << 30
    """Bytes of a file whose server does not say how large it is, at most."""
    save_s: float = 1.0
    """So often what has come is made to stay, and written down."""
    save_bytes: int = 4 << 20
    """Or after so many bytes."""


class FileSource(Protocol):
    """`api.files.client.StorageClient`."""

    def open(
        self, url: str, *, offset: int = 0, validator: str | None = None
    ) -> AbstractAsyncContextManager[FileStream]: ...


@dataclass(slots=True)
class DownloadContext:
    """Shared by all downloads of one process."""

    session: EngineContext
    reader: RunFetcher
    storage: FileSource
    opened: Callable[[], Profile]
    """The profile as it is now."""
    moved: Callable[[], None]
    """Called when there is something new to show."""
    bounds: DownloadLimits = DownloadLimits()
    paces: dict[int, TransferRate] = field(default_factory=dict)
    """Of what is being loaded, by download."""
    renewal: UrlRefresher = field(init=False)

    def __post_init__(self) -> None:
        self.renewal = UrlRefresher(self.session, self.reader)


# Webhooks whose outputs are downloaded by themselves: each run that completes before our eyes, once for ever.

STALE_S: Final = 600.0
"""Of what ended so long before a process looked nothing is downloaded: nothing of ours was running, or the wish is new."""
WAIT_S: Final = 3_600.0
"""How long the outputs of a run are waited for where the list did not tell them."""
LOOK_S: Final = 5.0


class AutoDownloader:
    """Puts outputs on the list. Methods raise StoreError."""

    def __init__(self, means: DownloadContext, target: Callable[[], DownloadDestination]) -> None:
        """`target()` is where outputs go by the settings; it raises InvalidDestination."""
        self._means = means
        self._store = means.session.store
        self._target = target
        self._owed: set[RowId] = set()
        """Runs that the polling was asked to read once more."""

    def start(self) -> None:
        """From now on this process looks."""
        if self._wanted():
            self._store.downloads.pass_over(self._means.session.profile, self._now() - STALE_S)

    def enqueue_due(self) -> float | None:
        """Asks for what is due; returns the seconds until there may be more, None: not before something happens."""
        if not (wanted := self._wanted()):
            return None
        waits = False
        with suppress(InvalidDestination):  # the folder has just gone: nothing is due while it is
            for row in self._store.downloads.owed(self._means.session.profile):
                waits = not self._is_settled(row, wanted) or waits
        return LOOK_S if waits else None

    def has_due(self, rows: Collection[RowId] | None = None) -> bool:
        """Whether there are runs that have ended, among `rows` if given, whose outputs are still to be asked for."""
        owed = self._store.downloads.owed(self._means.session.profile) if self._wanted() else []
        return bool(owed if rows is None else set(rows) & set(owed))

    def _wanted(self) -> set[str]:
        """The keys of the webhooks. None where there is nowhere to put the files: whoever asks by hand is told why."""
        wanted = {webhook.key for webhook in self._means.opened().webhooks if webhook.download}
        with suppress(InvalidDestination):
            return wanted if wanted and self._target() else set()
        return set()

    def _is_settled(self, row: RowId, wanted: set[str]) -> bool:
        """False: its outputs are not known yet."""
        run = self._store.query.row(row)
        if run is None or run.webhook_key not in wanted or run.status is not Status.COMPLETED:
            self._ask(row, 0)
            return True
        if self._store.picked.untold([row]):
            detail = self._store.query.detail(row)
            if detail and self._now() - (detail.seen_at or 0.0) < WAIT_S:
                self._enqueue(row)
                return False
        self._ask(row, run.output_count)
        return True

    def _enqueue(self, row: RowId) -> None:
        if row not in self._owed:
            self._owed.add(row)
            self._means.reader.outcomes.add(self._store.active.untold(self._means.session.profile, [row]))

    def _ask(self, row: RowId, outputs: int) -> None:
        refs, target = self._store.picked.output_refs([row]) if outputs else [], self._target()
        profile = self._means.session.profile
        self._store.downloads.enqueue(profile, refs, target.folder, target.template, is_file, ending=row)

    def _now(self) -> float:
        return self._means.session.clock.wall()


# Carries downloads out, three at a time in the order they were asked for; in the one process that holds the lock.

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
        from cordage_tui.engine.downloads.transfer import DownloadAttempt  # a process that loads nothing does without

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
