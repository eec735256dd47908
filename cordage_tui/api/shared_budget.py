"""State of a rate budget, in this process or in a file that all processes of this machine share.

Ten windows and the command line then spend as one. The file is small, is read and written under a `flock` held for
microseconds, and is never synced: after a crash of the machine it is of no use anyway. Where it cannot be used, a
process goes by its own state, as an unaware client among others, whom the server's headers keep fair.
"""

import fcntl
import functools
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cordage_tui.api.rate_budget import RateBudget, from_bytes, to_bytes

_TRIES_S: Final = (0.0005, 0.001, 0.002, 0.004, 0.008)
"""Between tries for a lock that is taken. Its holder needs microseconds, unless it was stopped (ctrl+z) right then."""
_BUSY_S: Final = 1.0
"""Back off from the file this long after failing to lock it: this is the event loop's thread."""
_MOST: Final = 1 << 20
"""Bytes; a longer file is not ours."""
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class BudgetStore:
    """State of one budget, shared by all processes of this machine that name the same file."""

    def __init__(self, path: Path | None) -> None:
        """Create a store on `path`, whose folder exists; None: the state is of this process alone. The file is made when
        first needed, mode 0600."""
        self._path = path
        self._raw = b""
        """What the file held when it was last read or written here."""
        self._usable = True
        self._busy_until = float("-inf")
        self._apart = False
        """What this process has spent since may not be in the file."""

    @contextmanager
    def open(self, budget: RateBudget, now: float) -> Iterator[None]:
        """Load the state shared by all into `budget`, keep others from changing it, and save it at the end. Never raises,
        never waits longer than some milliseconds; not to be nested. `now`: monotonic."""
        fd = self._locked(now)
        if fd is None:
            yield
            return
        try:
            self._load(fd, budget, now)
            yield
            self._save(fd, budget)
        finally:
            os.close(fd)  # and with it the lock

    def _locked(self, now: float) -> int | None:
        """Open and lock the file; None where that cannot be."""
        if self._path is None or not self._usable or now < self._busy_until:
            return None
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            self._usable = False
            return None
        if self._lock(fd, now):
            return fd
        os.close(fd)
        return None

    def _lock(self, fd: int, now: float) -> bool:
        for pause in (*_TRIES_S, 0.0):
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(pause)
            except OSError:
                self._usable = False
                return False
            else:
                return True
        self._busy_until = now + _BUSY_S
        self._apart = True
        return False

    def _load(self, fd: int, budget: RateBudget, now: float) -> None:
        """Load the file's state; where it is damaged or of another boot, our own stays."""
        try:
            raw = os.pread(fd, _MOST, 0)
        except OSError:
            self._usable = False
            return
        if raw == self._raw:
            return
        self._raw = raw
        theirs, own = from_bytes(raw, boot(), now), budget.state
        if theirs is None:
            return
        if self._apart:
            theirs.granted = deque(sorted({*theirs.granted, *own.granted}))
            self._apart = False
        budget.state = theirs

    def _save(self, fd: int, budget: RateBudget) -> None:
        raw = to_bytes(budget.state, boot())
        if raw == self._raw or not self._usable:
            return
        try:
            os.pwrite(fd, raw, 0)
            if len(raw) < len(self._raw):
                os.ftruncate(fd, len(raw))
        except OSError:  # from here on our own state is the better one
            self._usable = False
        self._raw = raw


@functools.cache
def boot() -> bytes:
    """Name this boot of this machine, whose monotonic time all its processes share; empty where it is unknown."""
    try:
        return _BOOT_ID.read_bytes().strip()[:36]
    except OSError:
        return b""
