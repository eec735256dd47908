"""Session of linear mode: the engine on an event loop of its own, so that it works while the main thread reads a line."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TypeVar

from cordage_tui.cli.base.context import BUSY_S, CommandContext
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.linear.announcements import Announcer
from cordage_tui.cli.linear.speech import Speech
from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.engine import GRACE_S, Engine
from cordage_tui.engine.events import EngineCrashed, Event
from cordage_tui.engine.processes.watchdog import JobControl, Watchdog, stop_process
from cordage_tui.engine.processes.worker import STOP_GRACE_S
from cordage_tui.engine.workspace import Workspace
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

T = TypeVar("T")


class LinearSession:
    """Workspace whose event loop runs in a thread. Public methods are called in the main thread, coroutines through `call`."""

    def __init__(self, launch: LaunchOptions, speech: Speech) -> None:
        self.launch = launch
        self.speech = speech
        self.stopped: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered while the process is stopped (Ctrl-Z) and the shell has the terminal."""
        self.context: CommandContext | None = None
        """Settings, profile and key that each command gets; None: no profile is open."""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._code: int | None = None
        self._workspace: Workspace | None = None
        self._announcer: Announcer | None = None
        self._progress: asyncio.Task[None] | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    @property
    def ending(self) -> int | None:
        """Exit code once a signal or a hang-up has asked for the end; None until then. Raises the error of a bug in the engine."""
        if self._failure is not None:
            raise self._failure
        return self._code

    @property
    def engine(self) -> Engine | None:
        """Engine of the open profile; its methods belong to the other thread, see `call`."""
        return self._workspace.engine if self._workspace is not None else None

    @contextmanager
    def running(self, watchdog: Watchdog) -> Iterator["LinearSession"]:
        """Run the event loop for the duration of the context. Raises StoreError if the database cannot be opened."""
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(watchdog),), name="engine")
        before = signal.signal(signal.SIGTSTP, lambda number, frame: self._loop.call_soon_threadsafe(self._suspend))
        thread.start()
        try:
            self._ready.wait()
            if self._failure is not None:
                raise self._failure
            yield self
        finally:
            interrupts = signal.signal(signal.SIGINT, signal.SIG_IGN)  # from here on it ends in any case
            signal.signal(signal.SIGTSTP, before)
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join()
            self._loop.close()
            signal.signal(signal.SIGINT, interrupts)

    def call(self, work: Callable[[Workspace], Awaitable[T]]) -> T:
        """Run `work` on the event loop and return its result, or raise its exception."""
        workspace = self._workspace
        assert workspace is not None, "the session runs"

        async def run() -> T:
            return await work(workspace)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def read(self, work: Callable[[Engine, Announcer], T]) -> T:
        """Return the result of `work` with the open engine, without waiting for anything."""

        async def run(workspace: Workspace) -> T:
            assert workspace.engine is not None and self._announcer is not None, "a profile is open"
            return work(workspace.engine, self._announcer)

        return self.call(run)

    def open(self, profile: Profile, key: FoundKey) -> None:
        """Open a profile and start its engine. Raises ConfigError and StoreError."""
        self.call(lambda workspace: self._open(workspace, profile, key))

    def read_changes(self) -> None:
        """Read the changes of the last command, so that they are announced at once."""
        if self.engine is not None:
            self.read(lambda engine, announcer: engine.store.changes.poll_others())

    async def _open(self, workspace: Workspace, profile: Profile, key: FoundKey) -> None:
        if self._progress is not None:
            self._progress.cancel()
        engine = await workspace.open(profile, key)
        self.speech.flush()  # messages of the engine before it, such as a refused key, must not follow the new one's
        engine.store.query.name_webhooks({webhook.key: webhook.name for webhook in profile.webhooks})
        if self.launch.demo is not None:
            engine.store.runs.seed(profile.name, self.launch.demo.seed, self.launch.demo.queued_s)
        self.context = CommandContext(self.launch.paths, workspace.settings, engine.profile, key)
        self._announcer = announcer = Announcer(engine, self.speech, workspace.clock)
        engine.events.subscribe(self._on_event)
        await workspace.start(engine)
        announcer.start()  # only now: results of an earlier process about the key are no longer trusted
        engine.events.subscribe(announcer.on_event)
        self._progress = asyncio.get_running_loop().create_task(announcer.report_progress())

    async def reload_webhooks(self, workspace: Workspace) -> None:
        """Read the webhooks again that a command has changed in the files."""
        if workspace.engine is None or self.context is None:
            return
        await workspace.webhook_registry(workspace.engine).reload()
        profile = workspace.engine.profile
        self.context = CommandContext(self.launch.paths, workspace.settings, profile, self.context.key)
        workspace.store.query.name_webhooks({webhook.key: webhook.name for webhook in profile.webhooks})

    async def _serve(self, watchdog: Watchdog) -> None:
        """Run in the thread: open the store, serve calls until the end, stop the engine."""
        launch, clock = self.launch, SystemClock()
        try:
            store = Store.open(launch.paths.database, clock, busy_s=BUSY_S)
        except Exception as error:  # noqa: BLE001  raised again in the main thread
            self._failure = error
            self._ready.set()
            return
        try:
            self._workspace = Workspace(
                launch.paths,
                launch.settings,
                store,
                clock,
                read_only=launch.read_only,
                config_file=launch.config_file,
                linear=True,
            )
            watchdog.call(self._end)
            self._ready.set()
            await self._stop.wait()
            if self._progress is not None:
                self._progress.cancel()
            await self._workspace.close(self._grace_s())
            self._workspace.record_end(ExitCode.BUG if self._failure is not None else self._code or ExitCode.OK)
        finally:
            store.close()

    def _grace_s(self) -> float:
        """Return how long calls under way may take at the end: a prompt without its answer would be uncertain."""
        with suppress(StoreError):
            if self.engine is not None and not self.engine.queue.counts().get(OutboxState.SENDING):
                return GRACE_S
        return STOP_GRACE_S

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EngineCrashed):
            self._failure = event.error
            self._interrupt()

    def _end(self, code: int) -> None:
        """Ask the main thread to end with this exit code."""
        self._code = code
        self._interrupt()

    def _interrupt(self) -> None:
        """Interrupt the main thread, which may be reading a line."""
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)

    def _suspend(self) -> None:
        def stop() -> None:
            with self.stopped():
                stop_process()

        task = asyncio.get_running_loop().create_task(JobControl(lambda: self.engine).stop(stop))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
