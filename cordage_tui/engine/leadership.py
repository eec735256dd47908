"""Leadership among processes: who polls, who sends; detection of sleep."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from cordage_tui.domain.advice import advised
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.engine.context import EngineContext, TaskSupervisor
from cordage_tui.engine.high_water import HighWaterMark
from cordage_tui.engine.lock_holder import BEAT_EVERY_S, HolderWatch, SilentHolder, signed
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.outbox.startup_check import RestoreCheck
from cordage_tui.engine.polling.health import HealthRegistry
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file_lock import FileLock

# Work that one process at a time does.


class LeaderTask:
    """Done by a task of its own while this process holds the lock, which the kernel frees however the process dies."""

    def __init__(
        self,
        lock: FileLock,
        calls: TaskSupervisor,
        clock: Clock,
        prepare: Callable[[], None],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """`prepare` is called once the lock is held and may raise StoreError; `work()` then goes on until cancelled."""
        self._lock = lock
        self._calls = calls
        self._clock = clock
        self._watch = HolderWatch(lock, clock)
        self._beaten_at = float("-inf")
        self._prepare = prepare
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether it is this process's."""
        return self._lock.held

    @property
    def silent(self) -> SilentHolder | None:
        """The other process that holds the lock and gives no sign of life; None: there is none."""
        return self._watch.silent

    def heartbeat(self, *, slept: bool) -> bool:
        """Give a sign of life, if the lock is ours; else look for its holder's. Called several times a second. Returns whether
        `silent` is another now."""
        now = self._clock.monotonic()
        if self.held and now - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = now
            self._lock.beat(self._clock.wall())
        return self._watch.check(ours=self.held, slept=slept)

    def acquire(self) -> bool:
        """Take it if nobody has it; True when it has just become ours. Raises StoreError, and then it is nobody's."""
        if self._lock.held or not self._lock.acquire():
            return False
        try:
            self._lock.sign(signed(os.getpid(), self._clock.wall()))
            self._lock.beat(self._clock.wall())
            self._prepare()
        except StoreError:
            self._lock.release()
            raise
        self._task = self._calls.spawn(self._work())
        return True

    def stop_work(self) -> None:
        """Stop the work and keep the lock: nobody else shall do it either."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def release(self) -> None:
        """Stop the work and let others have it."""
        self.stop_work()
        self._lock.release()


# What only one process at a time does for a profile: polling, and sending.

_UNCLEAN: Final = "The program that was sending since {at} ended unexpectedly with {prompts} queued. Nothing is sent until you resume."


@dataclass(frozen=True, slots=True)
class ProcessLocks:
    """Each is held by the one process that does it for the profile."""

    polling: FileLock
    sending: FileLock
    working: FileLock
    """The detached worker's own (see `seat.Seat`)."""
    downloading: FileLock


class Leadership:
    """Takes them when nobody has them, and gives them up."""

    def __init__(
        self,
        session: EngineContext,
        locks: ProcessLocks,
        poller: Poller,
        sender: Sender,
        health: HealthRegistry,
        check: RestoreCheck,
        *,
        mark: HighWaterMark,
        read_only: bool,
    ) -> None:
        """A `read_only` process never sends, so that it does not keep one from sending that may."""
        self.webhooks: Callable[[], Sequence[str]] = tuple
        """The keys of the profile's webhooks, as they are now."""
        self._session = session
        self._poller = poller
        self._sender = sender
        self._health = health
        self._check = check
        self._mark = mark
        self._may_send = not read_only
        self._starts = True
        self._polling = LeaderTask(locks.polling, session.calls, session.clock, self._begin_polling, poller.run)
        self._sending = LeaderTask(locks.sending, session.calls, session.clock, self._begin_sending, sender.run)
        poller.on_answer = self._answered

    @property
    def polls(self) -> bool:
        """Whether this process is the one that polls."""
        return self._polling.held

    @property
    def is_sent_elsewhere(self) -> bool:
        """Whether another process sends what is queued, as far as it gives signs of life. Known once `take` has been called."""
        return self._may_send and not self._sending.held and not self._starts and self._sending.silent is None

    @property
    def silent_sender(self) -> SilentHolder | None:
        """The other process that should send and gives no sign of life; None: there is none."""
        return self._sending.silent

    def heartbeat(self, *, slept: bool) -> bool:
        """Give a sign of life for what this process does, and look for that of who does the rest. Returns whether that is news."""
        news = self._sending.heartbeat(slept=slept)
        if self._polling.heartbeat(slept=slept):
            self._health.stalled(self._polling.silent)
            news = True
        return news

    def acquire(self) -> bool:
        """Take over whatever nobody does (any more); True when there was something."""
        if self._session.client.key_guard.refused is not None:
            if self._sender.idle:
                self._release_sending()  # a window with another key may send
            return False
        try:
            polls = self._polling.acquire()
        except StoreError as error:
            self._health.cannot_begin(self.webhooks(), error.what)
            return False
        return self._take_sending() or polls

    def stop_sending(self) -> None:
        """Send nothing more, now or later, and keep the lock while what is on the wire is ours."""
        self._may_send = False
        self._sending.stop_work()

    def stop_work(self) -> None:
        """Do nothing more, and keep both: others with this key would be refused too, and what is on the wire is still ours."""
        self._polling.stop_work()
        self._sending.stop_work()

    def release(self) -> None:
        """Let others take over."""
        self._polling.release()
        self._release_sending()

    def _release_sending(self) -> None:
        if self._sending.held:
            with suppress(StoreError):  # then the next to start asks before it goes on, which costs a key
                self._session.store.queue_control.end(self._session.profile)
        self._sending.release()

    def _take_sending(self) -> bool:
        follows_refused = not self.polls and self._health.refused() is not None
        if not self._may_send or follows_refused:
            return False
        if not self._sending.held and not self._sender.idle:
            return (
                False  # from before this process was stopped: what is on the wire is not given up as a dead process's
            )
        try:
            taken = self._sending.acquire()
        except StoreError:
            return False  # nothing is sent, and whoever submits now is told why; the next look tries again
        self._starts = False
        return taken

    def _begin_polling(self) -> None:
        self._health.reset(self.webhooks())
        self._poller.watch(self.webhooks())

    def _begin_sending(self) -> None:
        """Whoever takes over from a window that died before the user's eyes goes on; whoever starts afterwards asks."""
        store, profile = self._session.store, self._session.profile
        store.outbox.recover(profile)
        since = store.queue_control.unclean_since(profile)
        if self._starts and since is not None:
            self._pause_after_unclean_stop(since)
        store.queue_control.start_sending(profile)
        if self._mark.read() > (known := store.queue_control.home.generation(profile)):
            store.outbox.pause_older(profile)
            self._mark.write(known)
        if self._starts:
            self._check.record_start()

    def _pause_after_unclean_stop(self, since: float) -> None:
        store, profile = self._session.store, self._session.profile
        queued = store.queue.counts(profile).get(OutboxState.QUEUED, 0)
        if queued and store.queue_control.read(profile).paused is None:
            at = time.strftime("%H:%M", time.localtime(since))
            prompts = "one prompt" if queued == 1 else f"{queued} prompts"
            store.queue_control.pause(profile, advised(_UNCLEAN.format(at=at, prompts=prompts), "queue.resume"))

    def _answered(self) -> None:
        if self._sending.held:
            self._sender.reachable()


# Notices that the machine slept, or that the program was stopped (Ctrl-Z) and goes on.
#
# After that nothing known of the network or of the budget holds (docs/polling.md 5, docs/faults.md 167, 177). No signal
# tells it everywhere, so whoever looks around at intervals asks here.

GAP_S: Final = 5.0
"""A look that comes later than it should by more than this was held up by no busy machine."""


class SleepDetector:
    """To be asked in one loop, once a round. Suspend shows because the clock that goes on in sleep has run ahead of the loop's
    timers; SIGTSTP and SIGSTOP, in which all clocks go on, because the loop's own timer rang far too late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked_at: float | None = None

    def slept(self, every_s: float) -> bool:
        """Whether, since the last look, more than `GAP_S` passed beyond the `every_s` seconds there should be between two."""
        before, self._looked_at = self._looked_at, self._clock.boot()
        return before is not None and self._looked_at - before > every_s + GAP_S
