"""The program without its screen: one profile, its store, its polling and its sending."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import leads_here
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.draft import BatchService
from cordage_tui.engine.bulk_kill import BulkKill
from cordage_tui.engine.completions import CompletionDetector
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.manager import DownloadManager
from cordage_tui.engine.estimates import DurationEstimates
from cordage_tui.engine.events import EngineCrashed, EventBus, RunsChanged, StateChanged
from cordage_tui.engine.hooks import HookRunner
from cordage_tui.engine.images.service import ImageService
from cordage_tui.engine.kill import RunKiller
from cordage_tui.engine.leadership import Leadership, ProcessLocks, SleepDetector
from cordage_tui.engine.lock_holder import is_stopped
from cordage_tui.engine.outbox.queue import QueueService, SubmissionService
from cordage_tui.engine.outbox.reconciler import ListingLatency, Reconciler
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.outbox.startup_check import RestoreCheck
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.engine.polling.health import HealthRegistry
from cordage_tui.engine.polling.on_demand import BulkRefresh, SelectedRunRefresher
from cordage_tui.engine.polling.poller import Poller, Trouble
from cordage_tui.engine.worker.lock import WorkerLock, sent_mark
from cordage_tui.store.errors import StoreError

LOOK_EVERY_S: Final = 0.25
"""How often other processes' changes are looked for; one page read of SQLite's when there are none."""
_LOOK_S: Final = 0.02
"""How often it is looked whether what is on the wire has been answered, before the process is stopped."""
GRACE_S: Final = 0.5
"""What calls under way are given when the program ends."""


class Engine:
    """Use-cases of one profile. All methods are called on one event loop.

    The process that gets the profile's locks polls and sends; the others follow the store and take over when it dies.
    """

    def __init__(self, profile: Profile, session: EngineContext, locks: ProcessLocks) -> None:
        self.profile = profile
        self.store = session.store
        self.client = session.client
        self.pacer = session.pacer
        self._session = session
        self.durations = DurationEstimates(session)
        self.events = EventBus()
        self.health = HealthRegistry(profile.stored_as, session.store, session.clock, self._state_changed)
        reader = self.fetcher = RunFetcher(session)
        self.poller = Poller(session, reader, self.health, self.durations)
        self._reconciler = Reconciler(session, ListingLatency(session), self.poller.read_next)
        reader.on_listed = self._reconciler.listed
        check = RestoreCheck(session, self.poller.refresh, lambda: self._sender.nudge())
        self._sender = Sender(
            session,
            self._reconciler,
            check,
            hurry=self.poller.read_soon,
            active=reader.activity.count,
            opened=lambda: self.profile,
            mark=sent_mark(profile, session.paths),
        )
        self.submissions = SubmissionService(session, lambda: self.refused, lambda: self.profile)
        self.queue = QueueService(
            *(session, self.submissions, reader.activity),
            refused=lambda: self.refused,
            opened=lambda: self.profile,
            disk=lambda: self._sender.trouble,
        )
        self.batches = BatchService(session, self.queue, self.durations)
        self.killer = RunKiller(session, reader, lambda: self.profile)
        self.bulk_kill = BulkKill(session, self.killer, self.events.publish, lambda: self.profile)
        self.bulk_refresh = BulkRefresh(session, reader, lambda key: self.poller.refresh(key))
        self.selected_run = SelectedRunRefresher(session, reader, lambda: self.leadership.polls)
        self.hooks = HookRunner(session, lambda key: self.profile.label(key), self.events.publish)
        self._storage = FileClient(loopback=leads_here(profile.base_url))
        self.pictures = ImageService(session, self._storage, reader, self.events.publish)
        self.downloads = DownloadManager(
            *(session, locks.downloading, reader, self._storage),
            profile=lambda: self.profile,
            publish=self.events.publish,
        )
        self._finishes = CompletionDetector(profile.stored_as, session.store, self.events.publish)
        self.leadership = Leadership(
            *(session, locks, self.poller, self._sender, self.health, check),
            mark=sent_mark(profile, session.paths),
            read_only=profile.read_only,
        )
        self.leadership.webhooks = lambda: self.profile.webhook_keys
        self._suspend = SleepDetector(session.clock)
        self.seat = WorkerLock(locks.working)
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], None]] = []
        self._stopped = False
        self._stands_down = False
        session.client.key_guard.on_refused = self._key_refused
        session.calls.on_bug = lambda bug: self.events.publish(EngineCrashed(bug))

    async def start(self) -> None:
        """Begins to poll and send, or to follow the process that does. Does nothing once stopped."""
        if self._stopped:
            return
        self._undo = [
            self.store.changes.subscribe(self._rows_changed),
            self._session.pacer.subscribe(self._state_changed),
        ]
        self._finishes.start_detecting()
        self.health.follow()
        self.seat.poll()
        self._take_over()
        self.leadership.heartbeat(slept=False)
        work = (
            self._watch_other_processes(),
            self.selected_run.run(),
            self._reconciler.run(lambda: self.leadership.polls),
            self.hooks.run(),
        )
        self._tasks = [self._session.calls.spawn(task) for task in work]

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Lets go of everything, of calls under way within `grace_s`. What is queued stays queued on disk."""
        self._stopped = True
        self.bulk_kill.stop()
        self.pictures.stop()
        for undo in self._undo:
            undo()
        for task in self._tasks:
            task.cancel()
        self.leadership.stop_work()
        self.downloads.stop()
        await self._session.calls.close(grace_s)
        self.leadership.release()
        self.downloads.leader.release()
        await self.client.aclose()
        await self._storage.aclose()

    async def stand_down(self, grace_s: float = GRACE_S) -> None:
        """Give all locks up, because this process is about to be stopped: another one polls, sends and downloads at once. What is
        on the wire is given `grace_s`; answers that come later are taken in when this process goes on."""
        self._stands_down = True
        self.leadership.stop_work()
        self.downloads.pause()
        deadline = self._session.clock.monotonic() + grace_s
        while (self.downloads.is_busy or not self._sender.idle) and self._session.clock.monotonic() < deadline:  # noqa: ASYNC110  two things may end
            await asyncio.sleep(_LOOK_S)
        self.leadership.release()
        self.downloads.leader.release()
        self.health.unanswered({})

    def stand_up(self) -> None:
        """The process goes on: take what nobody does (any more), or follow who does."""
        self._stands_down = False
        if not self._stopped and self._tasks:
            self.downloads.resume()
            self._take_over()
            if not self.leadership.polls:
                self.health.follow()
            self._state_changed()

    def is_follower(self) -> bool:
        """True where another process polls for this one; not before `start`, when nobody knows yet."""
        return bool(self._tasks) and not self.leadership.polls

    @property
    def is_sent_elsewhere(self) -> bool:
        """Whether what is queued goes on being sent when this process ends: by a worker or another window."""
        if self.leadership.silent_sender is not None:
            return False
        works = self.seat.seen is not None and not is_stopped(self.seat.seen.pid)
        return works or (self.refused is None and self.leadership.is_sent_elsewhere)

    @property
    def refused(self) -> SafeText | None:
        """Why the server refuses the key, in its words; None while it does not."""
        return self._session.client.key_guard.refused or (None if self.leadership.polls else self.health.refused())

    def change_profile(self, profile: Profile) -> None:
        """Webhooks were added, renamed or removed."""
        self.profile = replace(profile, kept_as=self.profile.kept_as, is_redirected=self.profile.is_redirected)
        if self.leadership.polls:
            self.health.retain(profile.webhook_keys)
            self.poller.watch(profile.webhook_keys)
        self._state_changed()

    async def refresh(self, webhook_key: str | None) -> Trouble | None:
        """Reads one webhook now, or all of them, ahead of all polling. Returns what went wrong first, if anything."""
        self.pictures.forget_failures()
        keys = [webhook_key] if webhook_key else self.profile.webhook_keys
        reads = [self._session.calls.run_detached(self.poller.refresh(key)) for key in keys]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    async def try_webhook(self, webhook_key: str) -> CordageError | None:
        """Read a webhook of the server's once, whether the profile has it or not; nothing of it is kept. Returns what went
        wrong."""
        return await self._session.calls.run_detached(self.fetcher.try_list(webhook_key))

    def _key_refused(self, words: SafeText) -> None:
        self.leadership.stop_work()
        if not self.profile.read_only:
            self.submissions.hold_back()
        self.health.all_refused(self.profile.webhook_keys, words)

    def _take_over(self) -> None:
        if self._stands_down:
            return
        if self.leadership.acquire():
            self._reconciler.nudge()
            self._state_changed()
        self.downloads.take_over()

    async def _watch_other_processes(self) -> None:
        """Sees what other processes wrote, and takes over within `LOOK_EVERY_S` of another process's death."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if slept := self._suspend.slept(LOOK_EVERY_S):
                self._resumed()
            with suppress(StoreError):  # a lock held elsewhere, a disk gone for a moment: the next look will tell
                self.store.changes.poll_others()
            self._take_over()
            if self.leadership.polls:
                self.health.unanswered(self.client.pending.ages(self._session.clock.monotonic()))
            self.downloads.leader.heartbeat(slept=slept)
            news = self.leadership.heartbeat(slept=slept)
            if self.seat.poll() or news:
                self._state_changed()

    def _resumed(self) -> None:
        """The machine has slept. Nothing that was known of connections and budget holds (docs/polling.md 5, docs/faults.md 177)."""
        self._session.calls.spawn(self.client.reconnect())
        self._session.pacer.forget()
        if self.leadership.polls:
            self.poller.resumed()

    def _rows_changed(self, rows: frozenset[RowId]) -> None:
        """After each commit, whoever made it. Nothing here may raise StoreError: it would look as if the commit had failed."""
        if not self.leadership.polls:
            self.health.follow()
        self._sender.nudge()
        self._reconciler.nudge()
        if rows:
            self.durations.noticed(rows)
            self.poller.noticed(rows)
            self.selected_run.changed(rows)
            self._finishes.check_rows(rows)
            self.hooks.check_finished()
            self.downloads.noticed(rows)
            self.events.publish(RunsChanged(rows))
        else:
            self._state_changed()

    def _state_changed(self) -> None:
        self.events.publish(StateChanged())
