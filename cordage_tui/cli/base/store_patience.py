"""Patience with a database that another program has locked, in commands that follow paid runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.domain.safe_text import SafeText, visible_id
from cordage_tui.engine.processes.leadership import UnstoredRun
from cordage_tui.store.errors import DatabaseLocked

T = TypeVar("T")
STORE_S: Final = 60.0
"""Seconds to wait for a locked database. A prompt may have been sent, and without its outcome it would be uncertain."""
LOCK_POLL_S: Final = 0.2
"""Seconds between reads of a locked database."""


class StorePatience:
    """Waits for a database that another program has locked, with one message for each lock.

    A request may have been sent, so that its outcome must be stored, and its end must be reported.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._locked_at: float | None = None
        self._why = SafeText("")
        self.causes: set[SafeText] = set()
        """Causes that were reported."""
        self._unstored: set[str] = set()
        """Ids of runs that were reported as not stored yet."""

    @property
    def is_up(self) -> bool:
        """Return whether the database has been locked for `STORE_S`."""
        return self._locked_at is not None and time.monotonic() - self._locked_at >= STORE_S

    def meet(self, why: SafeText) -> None:
        """Count the time from the first lock on, and report it."""
        self._why = why
        self.causes.add(why)
        if self._locked_at is None:
            self._locked_at = time.monotonic()
            self._console.error(f"{why} Waiting up to {STORE_S:.0f} s for it; Ctrl-C stops.")

    def check(self) -> None:
        """Raise CommandError when the time is up."""
        if self.is_up:
            happened = f"{self._why} It stayed locked for {STORE_S:.0f} s."
            raise CommandError(ExitCode.TRY_AGAIN, happened, "See: cordage-tui doctor")

    def report(self, runs: Sequence[UnstoredRun]) -> None:
        """Report each run that is not stored yet, once: if the process is killed, its id is stored nowhere else."""
        for run in runs:
            if run.is_locked:
                self.meet(run.why)
            if run.run_id not in self._unstored:
                self._unstored.add(run.run_id)
                cause = [] if run.is_locked else [run.why]
                self.causes.add(run.why)
                self._console.error(
                    " ".join([*cause, f"Run {visible_id(run.run_id)} was started, and is not stored yet."])
                )

    def end(self, unstored: Sequence[UnstoredRun]) -> None:
        """Forget the lock, since the database could be read and written; report which runs have been stored since."""
        for run_id in sorted(self._unstored - {run.run_id for run in unstored}):
            self._unstored.discard(run_id)
            self._console.error(f"Run {visible_id(run_id)} is stored now.")
        if not unstored:
            self._locked_at = None

    async def retry(self, read: Callable[[], T]) -> T:
        """Return the result of `read`, which is tried again while the database is locked. Raises StoreError, DatabaseLocked
        when the time is up."""

        async def work() -> T:
            return read()

        return await self.repeat(work)

    async def repeat(self, work: Callable[[], Awaitable[T]]) -> T:
        """Like `retry`, but for work that waits."""
        while True:
            try:
                result = await work()
            except DatabaseLocked as error:
                self.meet(error.why)
                if self.is_up:
                    raise
            else:
                if not self._unstored:
                    self._locked_at = None
                return result
            await asyncio.sleep(LOCK_POLL_S)
