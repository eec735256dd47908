"""Leadership among processes: who polls, who sends; detection of sleep."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.polling.health import HealthRegistry
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.processes.process_locks import BEAT_EVERY_S, HolderWatch, SilentHolder, signature_of
from cordage_tui.store.errors import DatabaseLocked, NotWritable, StoreError
from cordage_tui.store.file.file_lock import FileLock

# Work that one process at a time does.


class LeaderTask:
    """Task that runs while this process holds a lock, which the kernel releases however the process dies."""

    def __init__(
        self,
        lock: FileLock,
        context: EngineContext,
        prepare: Callable[[], None],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Set the callbacks: `prepare` is called once the lock is held and may raise StoreError; then `work()` runs
        until cancelled."""
        self._lock = lock
        self._calls = context.calls
        self._clock = context.clock
        self._watch = HolderWatch(lock, context.clock)
        self._beaten_at = float("-inf")
        self._prepare = prepare
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Return whether this process holds the lock."""
        return self._lock.held

    @property
    def silent(self) -> SilentHolder | None:
        """Process that holds the lock instead and gives no sign of life; None: there is none."""
        return self._watch.silent

    def heartbeat(self, *, slept: bool) -> bool:
        """Record that this process is alive if it holds the lock, otherwise check the holder. Called several times a
        second.

        Returns whether `silent` changed.
        """
        now = self._clock.monotonic()
        if self.held and now - self._beaten_at >= BEAT_EVERY_S:
            self._beaten_at = now
            self._lock.beat(self._clock.wall())
        return self._watch.check(ours=self.held, slept=slept)

    def acquire(self) -> bool:
        """Acquire the lock if it is free; True if this call did so. Raises StoreError, and then the lock is released."""
        if self._lock.held or not self._lock.acquire():
            return False
        try:
            self._lock.sign(signature_of(os.getpid(), self._clock.wall()))
            self._lock.beat(self._clock.wall())
            self._prepare()
        except StoreError:
            self._lock.release()
            raise
        self._task = self._calls.spawn(self._work())
        return True

    def stop_work(self) -> None:
        """Stop the work and keep the lock, so that no other process does it."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def release(self) -> None:
        """Stop the work and release the lock."""
        self.stop_work()
        self._lock.release()


# Work that only one process at a time does for a profile: polling, and sending.

LOCK_S: Final = 60.0
"""Seconds that the end of a process waits for another program to unlock the database, if an outcome is not stored yet."""
SETTLE_EVERY_S: Final = 0.1
"""Seconds between two looks at the prompts on the wire, before the process ends."""
_UNCLEAN: Final = "The window or worker that was sending since {at} ended unexpectedly with {prompts} queued. Nothing is sent until you resume."


@dataclass(frozen=True, slots=True)
class ProcessLocks:
    """Locks of a profile, each held by the one process that does that work."""

    polling: FileLock
    sending: FileLock
    working: FileLock
    """The detached worker's own (see `worker.lock.WorkerLock`)."""
    downloading: FileLock


class UnstoredRun(NamedTuple):
    """Run whose id is only in this process, because the disk does not take it."""

    run_id: str
    why: SafeText
    """The cause."""
    is_locked: bool
    """Whether another program has locked the database, which ends in most cases."""


class Leadership:
    """Acquire and release the polling lock and the sending lock."""

    def __init__(
        self,
        context: EngineContext,
        locks: ProcessLocks,
        poller: Poller,
        sender: Sender,
        health: HealthRegistry,
    ) -> None:
        """A process with a read-only profile never sends, so that it does not keep one from sending that may."""
        self._context = context
        self._poller = poller
        self._sender = sender
        self._health = health
        self._may_send = not context.open_profile.read_only
        self._starts = True
        self.trouble: SafeText | None = None
        """Why no lock can be had at all, so that nothing is sent; None: they work."""
        self._polling = LeaderTask(locks.polling, context, self._begin_polling, poller.run)
        self._sending = LeaderTask(locks.sending, context, self._begin_sending, sender.run)
        poller.answer_listeners.append(self._answered)

    @property
    def polls(self) -> bool:
        """Return whether this process polls."""
        return self._polling.held

    @property
    def sends(self) -> bool:
        """Return whether this process sends."""
        return self._sending.held

    @property
    def refused(self) -> SafeText | None:
        """Reason why the server refuses the key, in its words; None while it does not."""
        return self._context.client.key_guard.refused or (None if self.polls else self._health.refused())

    @property
    def is_sent_elsewhere(self) -> bool:
        """Return whether another live process sends the queue. Valid after the first `acquire`."""
        return self._may_send and not self._sending.held and not self._starts and self._sending.silent is None

    @property
    def silent_sender(self) -> SilentHolder | None:
        """Process that should send and gives no sign of life; None: there is none."""
        return self._sending.silent

    def unstored(self) -> Mapping[RowId, UnstoredRun]:
        """Return the runs that this process has started and that the disk does not take, by prompt."""
        error = self._sender.write_error
        if error is None:
            return {}
        is_locked = isinstance(error, DatabaseLocked)
        return {row: UnstoredRun(run_id, error.why, is_locked) for row, run_id in self._sender.unstored.items()}

    async def settle(self, grace_s: float, is_wanted: Callable[[], bool]) -> None:
        """Send nothing more. Wait `grace_s` seconds for answers to prompts on the wire, and `LOCK_S` for a locked database to take
        the outcomes, as long as `is_wanted()`. Without its outcome a prompt would be uncertain."""
        self.stop_sending()
        began = self._context.clock.monotonic()
        while not self._sender.is_idle and is_wanted():
            most_s = LOCK_S if self._sender.is_locked_out else grace_s
            if self._context.clock.monotonic() - began >= most_s:
                break
            await asyncio.sleep(SETTLE_EVERY_S)

    @property
    def is_sending(self) -> bool:
        """Return whether a prompt of this process is on the wire, or its outcome is not stored yet."""
        return not self._sender.is_idle

    @property
    def lock(self) -> SafeText | None:
        """Say why an outcome waits for a locked database; None: none does."""
        error = self._sender.write_error
        return error.why if error is not None and self._sender.is_locked_out else None

    def follow(self) -> None:
        """Read the health of webhooks from the database, unless it is this process that polls."""
        if not self.polls:
            self._health.follow()

    def heartbeat(self, *, slept: bool) -> bool:
        """Give signs of life for held locks, and check the other holders'. Returns whether anything changed."""
        news = self._sending.heartbeat(slept=slept)
        if self._polling.heartbeat(slept=slept):
            self._health.set_silent_reader(self._polling.silent)
            news = True
        return news

    def acquire(self) -> bool:
        """Acquire the locks that are free; True if any was."""
        if self._context.client.key_guard.refused is not None:
            if self._sender.is_idle:
                self._release_sending()  # a window with another key may send
            return False
        try:
            polls = self._polling.acquire()
        except StoreError as error:
            self._health.set_disk_error(self._context.open_profile.webhook_keys, error.what)
            self.trouble = error.what if isinstance(error, NotWritable) else None
            return False
        return self._take_sending() or polls

    def stop_sending(self) -> None:
        """Send nothing more, now or later, unless `allow_sending` is called.

        The lock is kept while a request of this process is on the wire.
        """
        self._may_send = False
        self._sending.stop_work()

    def allow_sending(self) -> None:
        """Undo `stop_sending`: from the next `acquire` on, send as the profile allows."""
        self._may_send = not self._context.open_profile.read_only

    def stop_work(self) -> None:
        """Stop polling and sending, and keep both locks: others with this key would be refused too, and requests on the
        wire are still ours."""
        self._polling.stop_work()
        self._sending.stop_work()

    def release(self) -> None:
        """Release both locks."""
        self._polling.release()
        self._release_sending()

    def _release_sending(self) -> None:
        if self._sending.held:
            with suppress(StoreError):  # then the next process asks before it continues, which costs a key press
                self._context.store.queue_control.end(self._context.profile)
        self._sending.release()

    def _take_sending(self) -> bool:
        follows_refused = not self.polls and self._health.refused() is not None
        if not self._may_send or follows_refused:
            return False
        if not self._sending.held and not self._sender.is_idle:
            return False  # still from before this process was stopped: its request on the wire must not count as a dead process's
        try:
            has_lock = self._sending.acquire()
        except StoreError as error:
            self.trouble = error.what if isinstance(error, NotWritable) else None
            return False  # nothing is sent, a submission reports why, and the next heartbeat retries
        self.trouble = None
        self._starts = False
        return has_lock

    def _begin_polling(self) -> None:
        self._health.reset(self._context.open_profile.webhook_keys)
        self._poller.take_over(self._context.open_profile.webhook_keys)

    def _begin_sending(self) -> None:
        """Recover the outbox. A process that takes over during its life continues sending; one that starts after an
        unclean end pauses the queue."""
        store, profile = self._context.store, self._context.profile
        store.outbox.recover(profile)
        since = store.queue_control.unclean_since(profile)
        if self._starts and since is not None:
            self._pause_after_unclean_stop(since)
        store.queue_control.start_sending(profile)
        if store.queue_control.is_older_than(profile, self._sender.mark.read()):
            store.outbox.pause_older(profile)
            self._sender.mark.write(store.queue_control.copy_check.generation(profile))
        self._sender.answer_check.record_start()
        if self._starts:
            self._sender.restore_check.record_start()

    def _pause_after_unclean_stop(self, since: float) -> None:
        store, profile = self._context.store, self._context.profile
        queued = store.queue.counts(profile).get(OutboxState.QUEUED, 0)
        if queued and store.queue_control.read(profile).paused is None:
            at = time.strftime("%H:%M", time.localtime(since))
            prompts = "one prompt" if queued == 1 else f"{queued} prompts"
            store.queue_control.pause(profile, advised(_UNCLEAN.format(at=at, prompts=prompts), "queue.resume"))

    def _answered(self) -> None:
        if self._sending.held:
            self._sender.on_reachable()


# Detection of suspend, and of a stop of the program (Ctrl-Z).
#
# After that nothing known of the network or of the budget holds (docs/dev/polling.md 5, docs/dev/faults.md 167, 177). No signal
# announces it on every system, so periodic loops ask here.

GAP_S: Final = 5.0
"""A look that comes later than it should by more than this was held up by no busy machine."""


class SleepDetector:
    """Detector of suspend and of stops, to be polled in one loop.

    After a suspend, the clock that runs during sleep is ahead of the loop's timers. After SIGTSTP or SIGSTOP, the
    loop's timer fires far too late.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked_at: float | None = None

    def slept(self, every_s: float) -> bool:
        """Return whether more than `every_s + GAP_S` seconds passed since the last call."""
        before, self._looked_at = self._looked_at, self._clock.boot()
        return before is not None and self._looked_at - before > every_s + GAP_S
