"""Locks between processes: which process holds one, and its signs of life; the lock of the worker.

A stopped process keeps its locks and does nothing.
"""

import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import Clock, is_ahead, is_within
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.file_lock import FileLock

BEAT_EVERY_S: Final = 2.0
"""Seconds between marks of a lock's file by its holder: only the file's time changes, so nothing is forced to disk."""
SILENT_AFTER_S: Final = 6.0
"""A holder that has not done so for this long is stopped, or its event loop hangs."""
_STOPPED: Final = frozenset("Tt")
"""States in `/proc/PID/stat` of a process that does not run: stopped by SIGSTOP or ctrl+z, or under a debugger."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Process that holds a lock."""

    pid: int
    since: float
    """When it got the lock, epoch seconds."""
    beat_at: float
    """When it gave its last sign of life, epoch seconds."""

    def silent(self, now: float) -> "SilentHolder | None":
        """Describe the holder if it is silent at `now`, epoch seconds; None: it is alive. A sign of life in the future says
        nothing: there a stopped process is silent."""
        if is_within(self.beat_at, now, SILENT_AFTER_S):
            return None
        stopped = is_stopped(self.pid)
        return None if is_ahead(self.beat_at, now) and not stopped else SilentHolder(self.pid, self.beat_at, stopped)


@dataclass(frozen=True, slots=True)
class SilentHolder:
    """Holder that gives no sign of life."""

    pid: int
    since: float
    """When it gave the last one, epoch seconds."""
    stopped: bool
    """The system reports it as stopped; False: it hangs, or the system does not report that."""

    @property
    def words(self) -> SafeText:
        """Short description of the process and its state."""
        return one_line(f"pid {self.pid} {'is stopped' if self.stopped else 'is not responding'}")

    @property
    def advice(self) -> SafeText:
        """Advice, as a sentence."""
        if self.stopped:
            return one_line(
                f"Continue it (fg in its terminal), or end it: kill -KILL {self.pid}; then another takes over."
            )
        return one_line(f"End it: kill {self.pid}; then another takes over.")


def signature_of(pid: int, since: float) -> str:
    """Signature that a holder writes into its lock file."""
    return f"{pid} {since}\n"


def holder_of(lock: FileLock) -> Holder | None:
    """Holder of `lock`; None: it is free, or not signed."""
    return None if lock.signature() is None else _read(lock)


def _read(lock: FileLock) -> Holder | None:
    text, beat_at = lock.mark()
    match text.split():
        case [pid, since] if pid.isdecimal() and since.replace(".", "", 1).isdecimal():
            return Holder(int(pid), float(since), beat_at)
    return None


def is_stopped(pid: int) -> bool:
    """Return whether the system reports the process as stopped; False also if it cannot report that."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in _STOPPED
    return False


class HolderWatch:
    """Watch of a lock that another process holds. Uses its own monotonic clock, so that neither a clock change nor
    sleep makes a holder look silent."""

    def __init__(self, lock: FileLock, clock: Clock) -> None:
        self.silent: SilentHolder | None = None
        """As of the last look."""
        self._lock = lock
        self._clock = clock
        self._seen: Holder | None = None
        self._alive_at = 0.0

    def check(self, *, ours: bool, slept: bool) -> bool:
        """Check the holder; returns whether `silent` changed.

        `ours`: this process holds the lock. `slept`: the machine or this process slept, so the holder could not beat.
        """
        before, now = self.silent, self._clock.monotonic()
        signature = None if ours else _read(self._lock)
        if signature is None or slept or (self._seen is not None and signature != self._seen):
            self._alive_at = now
        elif self._seen is None:
            self._alive_at = now - max(0.0, self._clock.wall() - signature.beat_at)
        self._seen = signature
        self.silent = None
        if signature is not None and now - self._alive_at > SILENT_AFTER_S and self._lock.signature() is not None:
            self.silent = SilentHolder(signature.pid, signature.beat_at, is_stopped(signature.pid))
        return before != self.silent


_TRIES: Final = 10
_BETWEEN_TRIES_S: Final = 0.01
"""A process that reads the holder locks the file for microseconds; a worker keeps it."""


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Worker that holds the lock."""

    pid: int
    since: float
    """Epoch seconds."""


class WorkerLock:
    """Lock of the worker, which the kernel releases however the worker ends; the lock file names the holder."""

    def __init__(self, lock: FileLock) -> None:
        self.seen: WorkerInfo | None = None
        """Worker that held the lock at the last look."""
        self._lock = lock

    def acquire(self, me: WorkerInfo) -> bool:
        """Acquire the lock. False when another worker has it. Raises StoreError if no lock can be made."""
        for _ in range(_TRIES):
            if self._lock.acquire():
                self._lock.sign(signature_of(me.pid, me.since))
                return True
            time.sleep(_BETWEEN_TRIES_S)
        return False

    def release(self) -> None:
        """Let the next one sit down; harmless when not taken."""
        self._lock.release()

    def poll(self) -> bool:
        """Read the holder; returns whether it changed since the last call."""
        before, self.seen = self.seen, self.holder()
        return before != self.seen

    def holder(self) -> WorkerInfo | None:
        """Worker that holds the lock, in any process; None: there is none. Costs a few microseconds."""
        signature = holder_of(self._lock)
        return None if signature is None else WorkerInfo(signature.pid, signature.since)


def working_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock file of a `WorkerLock`: one per profile, for any key."""
    return FileLock(paths.lock(f"work-{digest(profile.server, profile.name)}"))


def sending_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock of the one process that sends for the profile, with any key."""
    return FileLock(paths.lock(f"send-{digest(profile.server, profile.name)}"))


def downloading_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock of the one process that downloads for the profile."""
    return FileLock(paths.lock(f"load-{digest(profile.server, profile.name)}"))


def polling_lock(profile: Profile, key: Secret, paths: Paths) -> FileLock:
    """Lock of the one process that polls for profile and key.

    The key is part of it: a window whose key is refused must not keep one with a good key from polling.
    """
    return FileLock(paths.lock(f"poll-{digest(profile.server, profile.name, key.reveal())}"))


def digest(*parts: str) -> str:
    """Digest for a file name that does not reveal its parts."""
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
