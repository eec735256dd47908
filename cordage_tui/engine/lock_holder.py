"""Lock holder: the process that holds a lock, and its signs of life. A stopped process keeps its locks and does
nothing."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.file_lock import FileLock

BEAT_EVERY_S: Final = 2.0
"""How often a holder marks its lock's file: the file's time of change alone, so nothing is forced to disk."""
SILENT_AFTER_S: Final = 6.0
"""A holder that has not done so for this long is stopped, or its event loop hangs."""
_STOPPED: Final = frozenset("Tt")
"""States of a process in `/proc/PID/stat` in which it does nothing: by SIGSTOP or ctrl+z, and under a debugger."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Process that holds a lock."""

    pid: int
    since: float
    """When it got the lock, epoch seconds."""
    beat_at: float
    """When it gave its last sign of life, epoch seconds."""

    def silent(self, now: float) -> "SilentHolder | None":
        """Describe the holder if it is silent at `now`, epoch seconds; None: it is alive."""
        return (
            SilentHolder(self.pid, self.beat_at, is_stopped(self.pid)) if now - self.beat_at > SILENT_AFTER_S else None
        )


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
    """Return whether the system reports the process as stopped; False also where it does not report that."""
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
        """Check the holder; returns whether `silent` changed. `ours`: this process holds the lock; `slept`: machine or
        process slept, so that nobody could give a sign."""
        before, now = self.silent, self._clock.monotonic()
        found = None if ours else _read(self._lock)
        if found is None or slept or (self._seen is not None and found != self._seen):
            self._alive_at = now
        elif self._seen is None:
            self._alive_at = now - max(0.0, self._clock.wall() - found.beat_at)
        self._seen = found
        self.silent = None
        if found is not None and now - self._alive_at > SILENT_AFTER_S and self._lock.signature() is not None:
            self.silent = SilentHolder(found.pid, found.beat_at, is_stopped(found.pid))
        return before != self.silent
