"""The program without its screen: one profile, its store, its polling and its sending."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.api.clock_skew import ClockSkew
from cordage_tui.api.errors import CordageError
from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import Expected
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import BatchSource, RowId, RunRow
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import leads_here
from cordage_tui.domain.webhook import PollPlan, Profile, WebhookHealth
from cordage_tui.engine.batch.draft import BatchService
from cordage_tui.engine.bulk_kill import BulkKill
from cordage_tui.engine.completions import CompletionDetector
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.manager import DownloadManager
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.engine.estimates import DurationEstimates
from cordage_tui.engine.events import EngineCrashed, Event, EventBus, RunsChanged, StateChanged
from cordage_tui.engine.hooks import HookRunner
from cordage_tui.engine.images.lazy_service import LazyImageService
from cordage_tui.engine.kill import KillReport, RunKiller
from cordage_tui.engine.leadership import Leadership, ProcessLocks, SleepDetector
from cordage_tui.engine.lock_holder import SilentHolder, is_stopped
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
        self._session = session
        self._learning = DurationEstimates(session)
        self._listeners = EventBus()
        self._health = HealthRegistry(profile.stored_as, session.store, session.clock, self._state_changed)
        reader = self._reader = RunFetcher(session)
        self._poller = Poller(session, reader, self._health, self._learning)
        self._reconciler = Reconciler(session, ListingLatency(session), self._poller.read_next)
        reader.on_listed = self._reconciler.listed
        check = RestoreCheck(session, self._poller.refresh, lambda: self._sender.nudge())
        self._sender = Sender(
            session,
            self._reconciler,
            check,
            hurry=self._poller.read_soon,
            active=reader.activity.count,
            opened=lambda: self.profile,
            mark=sent_mark(profile, session.paths),
        )
        self._submissions = SubmissionService(session, lambda: self.refused)
        self.queue = QueueService(
            *(session, self._submissions, reader.activity),
            refused=lambda: self.refused,
            opened=lambda: self.profile,
            disk=lambda: self._sender.trouble,
        )
        self.batches = BatchService(session, self.queue, self._learning)
        self._killer = RunKiller(session, reader)
        self.bulk_kill = BulkKill(session, self._killer, self._listeners.publish, lambda: self.profile)
        self.bulk_refresh = BulkRefresh(session, reader, lambda key: self._poller.refresh(key))
        self._closeup = SelectedRunRefresher(session, reader, self.leads)
        self.hooks = HookRunner(session, lambda key: self.profile.label(key), self._listeners.publish)
        self._storage = FileClient(loopback=leads_here(profile.base_url))
        self.pictures = LazyImageService(session, self._storage, reader, self._listeners.publish)
        self.downloads = DownloadManager(
            *(session, locks.downloading, reader, self._storage),
            opened=lambda: self.profile,
            tell=self._listeners.publish,
        )
        self._finishes = CompletionDetector(profile.stored_as, session.store, self._listeners.publish)
        self._duties = Leadership(
            *(session, locks, self._poller, self._sender, self._health, check),
            mark=sent_mark(profile, session.paths),
            read_only=profile.read_only,
        )
        self._duties.webhooks = lambda: _keys(self.profile)
        self._suspend = SleepDetector(session.clock)
        self.seat = WorkerLock(locks.working)
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], None]] = []
        self._stopped = False
        self._stands_down = False
        session.access.on_refused = self._key_refused
        session.calls.on_bug = lambda bug: self._listeners.publish(EngineCrashed(bug))

    async def start(self) -> None:
        """Begins to poll and send, or to follow the process that does. Does nothing once stopped."""
        if self._stopped:
            return
        self._undo = [
            self.store.changes.subscribe(self._rows_changed),
            self._session.pacer.subscribe(self._state_changed),
        ]
        self._finishes.start_detecting()
        self._health.follow()
        self.seat.poll()
        self._take_over()
        self._duties.heartbeat(slept=False)
        work = (self._watch_other_processes(), self._closeup.run(), self._reconciler.run(self.leads), self.hooks.run())
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
        self._duties.stop_work()
        self.downloads.stop()
        await self._session.calls.close(grace_s)
        self._duties.release()
        self.downloads.release()
        await self._session.client.aclose()
        await self._storage.aclose()

    def stop_sending(self) -> None:
        """Puts nothing more on the wire from here; what is on it is answered. What is queued waits for another process."""
        self._duties.stop_sending()

    async def stand_down(self, grace_s: float = GRACE_S) -> None:
        """Give all locks up, because this process is about to be stopped: another one polls, sends and downloads at once. What is
        on the wire is given `grace_s`; answers that come later are taken in when this process goes on."""
        self._stands_down = True
        self._duties.stop_work()
        self.downloads.pause()
        deadline = self._session.clock.monotonic() + grace_s
        while (self.downloads.is_busy or not self._sender.idle) and self._session.clock.monotonic() < deadline:  # noqa: ASYNC110  two things may end
            await asyncio.sleep(_LOOK_S)
        self._duties.release()
        self.downloads.release()
        self._health.unanswered({})

    def stand_up(self) -> None:
        """The process goes on: take what nobody does (any more), or follow who does."""
        self._stands_down = False
        self.downloads.go_on()
        if not self._stopped and self._tasks:
            self._take_over()
            if not self._duties.polls:
                self._health.follow()
            self._state_changed()

    def leads(self) -> bool:
        """True in the process that polls; as a rule it sends too."""
        return self._duties.polls

    def is_follower(self) -> bool:
        """True where another process polls for this one; not before `start`, when nobody knows yet."""
        return bool(self._tasks) and not self._duties.polls

    @property
    def is_sent_elsewhere(self) -> bool:
        """Whether what is queued goes on being sent when this process ends: by a worker or another window."""
        if self._duties.silent_sender is not None:
            return False
        works = self.seat.seen is not None and not is_stopped(self.seat.seen.pid)
        return works or (self.refused is None and self._duties.is_sent_elsewhere)

    @property
    def silent_reader(self) -> SilentHolder | None:
        """The process that should read for this one and gives no sign of life; None: there is none."""
        return self._health.silent_reader

    @property
    def silent_sender(self) -> SilentHolder | None:
        """The process that should send what is queued and gives no sign of life; None: there is none."""
        return self._duties.silent_sender

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tells `listener` every event from now on; returns the call that ends it."""
        return self._listeners.subscribe(listener)

    def budgets(self) -> tuple[BudgetView, ...]:
        """Reads, triggers, kills: what is left of each now."""
        return self._session.pacer.views()

    @property
    def skew(self) -> ClockSkew | None:
        """How far the server's clock is from this machine's; None: no answer has told yet."""
        return self._session.client.skew()

    def health(self, webhook_key: str) -> WebhookHealth:
        """How reading that webhook goes."""
        return self._health.of(webhook_key)

    @property
    def refused(self) -> SafeText | None:
        """Why the server refuses the key, in its words; None while it does not."""
        return self._session.access.refused or (None if self._duties.polls else self._health.refused())

    def outlooks(self, rows: Iterable[RunRow]) -> Mapping[RowId, RunEstimate]:
        """What past runs let expect of these now: of those that are active, and where enough is known."""
        return self._learning.outlooks(rows, self._session.clock.wall())

    def change_profile(self, profile: Profile) -> None:
        """Webhooks were added, renamed or removed."""
        self.profile = replace(profile, kept_as=self.profile.kept_as, is_redirected=self.profile.is_redirected)
        if self._duties.polls:
            self._health.retain(_keys(profile))
            self._poller.watch(_keys(profile))
        self._state_changed()

    def submit(self, webhook_key: str, inputs: Inputs) -> RowId:
        """Commits the submission to disk as `queued` and wakes the sender; as `held` while the key is refused.

        Raises `StoreError` when it cannot be written down, `ReadOnlyProfile` when the profile refuses it; then nothing
        was and nothing will be sent.
        """
        refuse_if_read_only(self.profile)
        return self._submissions.submit(webhook_key, inputs)

    def submit_batch(self, webhook_key: str, source: BatchSource, bodies: Sequence[Inputs]) -> RowId:
        """Commits all of `bodies` to disk as `queued`, or as `held` while the key is refused, behind one line of the table,
        which is returned. Raises as `submit` does; then none was written down and none will be sent.
        """
        refuse_if_read_only(self.profile)
        return self._submissions.submit_batch(webhook_key, source, bodies)

    async def kill(self, row: RowId, expected: Expected | None = None) -> KillReport:
        """Kills one run by the user's word and tells what became of it; takes it back while it is only ours and was not sent.
        An uncertain prompt is taken off the list only where `expected` says that the user was asked about one.

        Raises `ReadOnlyProfile`, and `StoreError` when the row cannot be looked up.
        """
        refuse_if_read_only(self.profile)
        return await self._session.calls.run_detached(self._killer.kill(row, expected))

    async def refresh(self, webhook_key: str | None) -> Trouble | None:
        """Reads one webhook now, or all of them, ahead of all polling. Returns what went wrong first, if anything."""
        self.pictures.forget_failures()
        keys = [webhook_key] if webhook_key else _keys(self.profile)
        reads = [self._session.calls.run_detached(self._poller.refresh(key)) for key in keys]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    async def try_webhook(self, webhook_key: str) -> CordageError | None:
        """Read a webhook of the server's once, whether the profile has it or not; nothing of it is kept. Returns what went
        wrong."""
        return await self._session.calls.run_detached(self._reader.try_list(webhook_key))

    def set_visible_rows(self, rows: Collection[RowId]) -> None:
        """These rows are on screen: if a list does not tell with what they ended, that is fetched before others'."""
        self._reader.outcomes.prefer(rows)

    def plan(self) -> tuple[PollPlan, ...]:
        """How each webhook of the profile is read from here on, by whichever process polls."""
        return self._poller.plan(_keys(self.profile))

    def open_detail(self, row: RowId | None) -> None:
        """This row is what the user looks at: it is kept fresher than the rest, from the reserve."""
        self._closeup.look_at(row)

    def _key_refused(self, words: SafeText) -> None:
        self._duties.stop_work()
        if not self.profile.read_only:
            self._submissions.hold_back()
        self._health.all_refused(_keys(self.profile), words)

    def _take_over(self) -> None:
        if self._stands_down:
            return
        if self._duties.acquire():
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
            if self._duties.polls:
                self._health.unanswered(self._session.client.unanswered())
            self.downloads.heartbeat(slept=slept)
            news = self._duties.heartbeat(slept=slept)
            if self.seat.poll() or news:
                self._state_changed()

    def _resumed(self) -> None:
        """The machine has slept. Nothing that was known of connections and budget holds (docs/polling.md 5, docs/faults.md 177)."""
        self._session.calls.spawn(self._session.client.reconnect())
        self._session.pacer.forget()
        if self._duties.polls:
            self._poller.resumed()

    def _rows_changed(self, rows: frozenset[RowId]) -> None:
        """After each commit, whoever made it. Nothing here may raise StoreError: it would look as if the commit had failed."""
        if not self._duties.polls:
            self._health.follow()
        self._sender.nudge()
        self._reconciler.nudge()
        if rows:
            self._learning.noticed(rows)
            self._poller.noticed(rows)
            self._closeup.changed(rows)
            self._finishes.check_rows(rows)
            self.hooks.check_finished()
            self.downloads.noticed(rows)
            self._listeners.publish(RunsChanged(rows))
        else:
            self._state_changed()

    def _state_changed(self) -> None:
        self._listeners.publish(StateChanged())


def _keys(profile: Profile) -> list[str]:
    return [webhook.key for webhook in profile.webhooks]
