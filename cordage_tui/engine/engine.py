"""Engine of one profile, without its screen: store, polling, sending."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Final

from cordage_tui.api.client import load_transport
from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.urls import leads_here
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble
from cordage_tui.engine.events import BudgetsChanged, RunsChanged, StateChanged
from cordage_tui.engine.history.estimates import DurationEstimates
from cordage_tui.engine.history.finished_runs import CompletionDetector
from cordage_tui.engine.kill.bulk_kill import BulkKill
from cordage_tui.engine.kill.kill_run import RunKiller
from cordage_tui.engine.outbox.queue_forecast import QueueForecast
from cordage_tui.engine.outbox.queue_service import QueueService
from cordage_tui.engine.outbox.restore_check import sent_mark
from cordage_tui.engine.outbox.run_search import Reconciler
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.polling.health import HealthRegistry
from cordage_tui.engine.polling.on_demand import BulkRefresh, SelectedRunRefresher
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.polling.url_refresher import UrlRefresher
from cordage_tui.engine.processes.leadership import Leadership, ProcessLocks, SleepDetector
from cordage_tui.engine.processes.process_locks import WorkerLock, is_stopped
from cordage_tui.store.errors import StoreError

if TYPE_CHECKING:
    from cordage_tui.engine.batch.remaining_time import BatchService
    from cordage_tui.engine.downloads.download_list import DownloadManager
    from cordage_tui.engine.hooks.hook_runner import HookRunner
    from cordage_tui.engine.images.service import ImageService
    from cordage_tui.engine.log.engine_recorder import EngineRecorder
    from cordage_tui.engine.log.process_log import ProcessLog
    from cordage_tui.engine.outbox.spending_limits import Spending

LOOK_EVERY_S: Final = 0.5
"""Interval of checks for other processes' changes; one page read of SQLite's when there are none. It is all that wakes an
idle program up, and costs it 0.1 % of a CPU."""
_LOOK_S: Final = 0.02
"""Interval of checks for answers to calls on the wire, before the process is stopped."""
GRACE_S: Final = 0.5
"""Time given to calls under way when the program ends."""


_SERVICES: Final = (
    "batch.draft",
    "downloads.download_list",
    "hooks.hook_runner",
    "images.service",
    "log.engine_recorder",
)
"""Modules of the engine that the first frame does without and `Engine.start` needs, or the first key."""


def load_services() -> None:
    """Import `_SERVICES` and httpx. It takes longer than a frame, so call it in a thread."""
    load_transport()
    for name in _SERVICES:
        import_module(f"cordage_tui.engine.{name}")


class Engine:
    """Services of one profile. All methods are called on one event loop.

    The process that holds the profile's locks polls and sends; the others follow the database and take over when it
    dies.
    """

    def __init__(self, context: EngineContext, locks: ProcessLocks) -> None:
        self._context = context
        self.store, self.client, self.rate_limiter, self.events = (
            context.store,
            context.client,
            context.rate_limiter,
            context.events,
        )
        self.author = context.author
        """Author of what is submitted here; None: the user."""
        self.durations = DurationEstimates(context)
        self.health = HealthRegistry(context)
        self.fetcher = RunFetcher(context)
        self.poller = Poller(context, self.fetcher, self.health, self.durations)
        activity, profile = self.fetcher.activity, context.open_profile
        self._reconciler = Reconciler(context, self.fetcher, self.poller)
        mark = sent_mark(profile, context.paths)
        urls = UrlRefresher(context, self.fetcher)
        self._sender = Sender(context, self.poller, self.fetcher, self._reconciler, mark, urls)
        self.leadership = Leadership(context, locks, self.poller, self._sender, self.health)
        self.queue = QueueService(context, self.leadership)
        self.forecast = QueueForecast(context, activity, self._sender, self.leadership, lambda: self.spending)
        self.killer = RunKiller(context, self.fetcher)
        self.bulk_kill = BulkKill(context, self.killer)
        self.bulk_refresh = BulkRefresh(context, self.fetcher, self.poller)
        self.selected_run = SelectedRunRefresher(context, self.fetcher, self.leadership)
        self._downloading = locks.downloading
        self._completions = CompletionDetector(context)
        self._sleep_detector = SleepDetector(context.clock)
        self.worker_lock = WorkerLock(locks.working)
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], None]] = []
        self._recorder: EngineRecorder | None = None
        self._is_stopped = self._is_suspended = False
        context.client.key_guard.on_refused = self._key_refused

    @property
    def profile(self) -> Profile:
        """The profile as it is now."""
        return self._context.open_profile

    # Parts that the first frame does without.

    @cached_property
    def batches(self) -> "BatchService":
        from cordage_tui.engine.batch.remaining_time import BatchService

        return BatchService(self._context, self.forecast, self.durations, lambda: self.spending)

    @cached_property
    def spending(self) -> "Spending":
        from cordage_tui.engine.outbox.spending_limits import Spending

        return Spending(self._context)

    @cached_property
    def hooks(self) -> "HookRunner":
        from cordage_tui.engine.hooks.hook_runner import HookRunner

        return HookRunner(
            self._context, lambda: self.leadership.refused, lambda: self.health.is_live(self.profile.webhook_keys)
        )

    @cached_property
    def pictures(self) -> "ImageService":
        from cordage_tui.engine.images.service import ImageService

        return ImageService(self._context, self._storage, self.fetcher)

    @cached_property
    def downloads(self) -> "DownloadManager":
        from cordage_tui.engine.downloads.download_list import DownloadManager

        return DownloadManager(self._context, self._downloading, self.fetcher, self._storage)

    @cached_property
    def _storage(self) -> FileClient:
        client = FileClient(loopback=leads_here(self.profile.base_url), ca_file=self._context.settings.ca_file)
        if self._recorder is not None:
            client.on_ended = self._recorder.record_fetch
        return client

    def start_recording(self, log: "ProcessLog") -> None:
        """Record calls, transitions and states in `log` until the engine is stopped."""
        from cordage_tui.engine.log.engine_recorder import EngineRecorder

        self._recorder = EngineRecorder(log, self._context, self.leadership, self.health)

    async def start(self) -> None:
        """Start to poll and send, or to follow the process that does. Does nothing once stopped."""
        if self._is_stopped:
            return
        self._undo = [
            self.store.changes.subscribe(self._committed),
            self._context.rate_limiter.subscribe(lambda: self.events.publish(BudgetsChanged())),
        ]
        self._completions.start()
        self.leadership.follow()
        self.worker_lock.poll()
        self._acquire_locks()
        self.leadership.heartbeat(slept=False)
        work = (
            self._watch_other_processes(),
            self.selected_run.run(),
            self._reconciler.run(lambda: self.leadership.polls),
            self.hooks.run(),
        )
        self._tasks = [self._context.calls.spawn(task) for task in work]
        if (keep_s := self._context.settings.retention_s) is not None:
            from cordage_tui.engine.history.automatic_pruning import prune  # late: most keep everything

            self._tasks.append(self._context.calls.spawn(prune(self._context, keep_s, lambda: self.leadership.polls)))

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Stop everything; calls under way get `grace_s` seconds. What is queued stays queued on disk."""
        self._is_stopped = True
        self.bulk_kill.stop()
        self.pictures.stop()
        for undo in self._undo:
            undo()
        for task in self._tasks:
            task.cancel()
        self.leadership.stop_work()
        self.downloads.stop()
        await self._context.calls.close(grace_s)
        self.leadership.release()
        self.downloads.leader.release()
        await self.client.aclose()
        await self._storage.aclose()
        if self._recorder is not None:
            self._recorder.detach()

    async def suspend(self, grace_s: float = GRACE_S) -> None:
        """Release all locks because this process is about to be stopped; another one polls, sends and downloads at
        once. Calls on the wire get `grace_s`; later answers are stored when this process continues."""
        self._is_suspended = True
        self.leadership.stop_work()
        self.downloads.pause()
        deadline = self._context.clock.monotonic() + grace_s
        while (self.downloads.is_busy or not self._sender.is_idle) and self._context.clock.monotonic() < deadline:  # noqa: ASYNC110  two things may end
            await asyncio.sleep(_LOOK_S)
        self.leadership.release()
        self.downloads.leader.release()
        self.health.set_unanswered({})

    def resume(self) -> None:
        """Resume after a stop of the process: take the locks that are free, or follow."""
        self._is_suspended = False
        if not self._is_stopped and self._tasks:
            self.downloads.resume()
            self._acquire_locks()
            self.leadership.follow()
            self._state_changed()

    def is_follower(self) -> bool:
        """True if another process polls for this one. Not before `start`, when nobody knows yet."""
        return bool(self._tasks) and not self.leadership.polls

    @property
    def is_sent_elsewhere(self) -> bool:
        """Return whether a worker or another window sends the queue after this process ends."""
        if self.leadership.silent_sender is not None:
            return False
        works = self.worker_lock.seen is not None and not is_stopped(self.worker_lock.seen.pid)
        return works or (self.leadership.refused is None and self.leadership.is_sent_elsewhere)

    def change_profile(self, profile: Profile) -> None:
        """Replace the profile after webhooks were added, renamed or removed."""
        before = self.profile
        self._context.open_profile = replace(profile, kept_as=before.kept_as, is_redirected=before.is_redirected)
        if self.leadership.polls:
            self.health.retain(profile.webhook_keys)
            self.poller.watch(profile.webhook_keys)
        self._state_changed()

    async def refresh(self, webhook_key: str | None) -> Trouble | None:
        """Read one webhook now, or all of them, ahead of all polling. Returns the first error, if any."""
        self.pictures.forget_failures()
        keys = [webhook_key] if webhook_key else self.profile.webhook_keys
        reads = [self._context.calls.run_detached(self.poller.refresh(key)) for key in keys]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    def is_key_accepted(self) -> bool:
        """Return whether the server is known to accept this very key. Raises StoreError."""
        return self._context.is_key_accepted()

    def _key_refused(self, words: SafeText) -> None:
        self.leadership.stop_work()
        if not self.profile.read_only:
            self.queue.hold_back()
        self.health.record_failure(self.profile.webhook_keys, HealthStatus.REFUSED, words)

    def _acquire_locks(self) -> None:
        if self._is_suspended:
            return
        if self.leadership.acquire():
            self._reconciler.wake.set()
            self._state_changed()
        self.downloads.take_over()

    async def _watch_other_processes(self) -> None:
        """Read what other processes wrote, and take over within `LOOK_EVERY_S` of another process's death."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if slept := self._sleep_detector.slept(LOOK_EVERY_S):
                self._on_machine_resumed()
            with suppress(StoreError):  # a lock held elsewhere, a disk gone for a moment: the next poll retries
                self.store.changes.poll_others()
            self._acquire_locks()
            if self.leadership.polls:
                self.health.set_unanswered(self.client.pending.ages(self._context.clock.monotonic()))
            self.downloads.leader.heartbeat(slept=slept)
            news = self.leadership.heartbeat(slept=slept)
            if self.worker_lock.poll() or news:
                self._state_changed()

    def _on_machine_resumed(self) -> None:
        """Forget connections and budgets after the machine slept (docs/dev/polling.md 5, docs/dev/faults.md 177)."""
        if self._recorder is not None:
            self._recorder.record_resumed()
        self._context.calls.spawn(self.client.reconnect())
        self._context.rate_limiter.forget()
        if self.leadership.polls:
            self.poller.probe_after_suspend()

    def _committed(self, rows: frozenset[RowId]) -> None:
        """Pass on a commit of any process. Listeners must not raise StoreError: it would look as if the commit had
        failed."""
        self.leadership.follow()
        for waiting in (self._sender, self._reconciler, self.hooks):
            waiting.wake.set()
        if rows:
            for part in (self.durations, self.poller, self.selected_run, self._completions, self.downloads):
                part.on_rows_changed(rows)
        self.events.publish(RunsChanged(rows) if rows else StateChanged())

    def _state_changed(self) -> None:
        self.events.publish(StateChanged())
