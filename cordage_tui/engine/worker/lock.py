"""Worker lock: one process at a time is a profile's worker, and every process can see which."""

import time
from hashlib import sha256
from typing import Final

from cordage_tui.config.paths import Paths
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.high_water_mark import HighWaterMark
from cordage_tui.engine.lock_holder import holder_of, signature_of
from cordage_tui.store.file_lock import FileLock

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
        """Who was at work at the last look."""
        self._lock = lock

    def acquire(self, me: WorkerInfo) -> bool:
        """Acquire the lock. False when another worker has it. Raises StoreError where no lock can be made."""
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
        found = holder_of(self._lock)
        return None if found is None else WorkerInfo(found.pid, found.since)


def working_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock file of a `WorkerLock`: per profile, whatever the key."""
    return FileLock(paths.lock(f"work-{digest(profile.server, profile.name)}"))


def sending_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock of the one process that sends for the profile, whatever the key."""
    return FileLock(paths.lock(f"send-{digest(profile.server, profile.name)}"))


def downloading_lock(profile: Profile, paths: Paths) -> FileLock:
    """Lock of the one process that downloads for the profile."""
    return FileLock(paths.lock(f"load-{digest(profile.server, profile.name)}"))


def polling_lock(profile: Profile, key: Secret, paths: Paths) -> FileLock:
    """Lock of the one process that polls for profile and key: a window whose key is refused does not keep one with a
    good key from polling."""
    return FileLock(paths.lock(f"poll-{digest(profile.server, profile.name, key.reveal())}"))


def sent_mark(profile: Profile, paths: Paths | None) -> HighWaterMark:
    """High-water mark of that profile's queue with its server."""
    return HighWaterMark(None if paths is None else paths.sent(digest(profile.server, profile.name)))


def digest(*parts: str) -> str:
    """Digest for a file name that does not reveal its parts."""
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
