"""Wait for runs and downloads to end."""

import argparse
import asyncio
import math
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.parser import TIMEOUT_S
from cordage_tui.cli.base.refusal import refusal_advice
from cordage_tui.cli.base.store_patience import StorePatience
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.download import Download, DownloadState, TransferRate
from cordage_tui.domain.formatting import amount, clock_time, counted, format_duration_long, format_remaining
from cordage_tui.domain.run import RowId, Status, UnlistedRun
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.downloads.transfer import DownloadLimits
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, longest_s
from cordage_tui.store.errors import DatabaseLocked

# How long a command waits.


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Longest times of one command, which begin when it does."""

    stall_s: float
    """Seconds without progress."""
    timeout_s: float = math.inf
    """Seconds in all."""
    begun_at: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, options: argparse.Namespace, stall_s: float = TIMEOUT_S) -> "TimeLimits":
        """Limits that the options name; `stall_s` is the default of `--stall`."""
        timeout, stall = options.timeout, options.stall
        return cls(stall_s if stall is None else stall, math.inf if timeout is None else timeout)

    @property
    def is_up(self) -> bool:
        """True if the time in all has passed."""
        return self.within(1.0) <= 0

    @property
    def reached_s(self) -> float:
        """The limit that ended the waiting, in seconds."""
        return self.timeout_s if self.is_up else self.stall_s

    def within(self, most_s: float) -> float:
        """Return `most_s` seconds, or as many as are left in all."""
        return max(0.0, min(most_s, self.begun_at + self.timeout_s - time.monotonic()))

    def error(self, continuing: str, meaning: str, advice: str) -> CommandError:
        """Make the error for the end of the time: `continuing` names the work that still continues."""
        happened = f"The time of --timeout is up ({self.timeout_s:g} s): {continuing}"
        return CommandError(ExitCode.STILL_RUNNING, happened, advice, meaning)


# Waiting for changes of rows, made by this or another process.

POLL_S: Final = 1.0
"""Seconds between checks without an event: changes by other processes send none."""
_CONTINUE: Final = "The runs continue."
_FOLLOW: Final = "Follow them: cordage-tui watch"
_ENDED_BADLY: Final = frozenset({Status.FAILED, Status.CANCELLED, Status.REJECTED})
_END_UNKNOWN: Final = frozenset({Status.UNMATCHED, Status.MISSING})
"""They were started, and their end is unknown: no reason to start them again."""


@contextmanager
def change_signal(engine: Engine) -> Iterator[WakeEvent]:
    """Subscribe to the engine's events: every one sets the signal, which is set at first."""
    changes = WakeEvent()
    changes.set()
    unsubscribe = engine.events.subscribe(lambda event: changes.set())
    try:
        yield changes
    finally:
        unsubscribe()


def silence_words(run: UnlistedRun) -> SafeText:
    """Say that a run is not heard from, and why."""
    since = clock_time(run.heard_at, time.time())
    return join_sentences(f"Run {run.run_id[:8]} is not heard from since {since}", run.trouble or "")


async def wait_while(engine: Engine, holds: Callable[[], bool], timeout_s: float) -> None:
    """Wait as long as `holds()`, checked at each change, and for `timeout_s` at most."""
    until = time.monotonic() + timeout_s
    with change_signal(engine) as changes:
        while holds() and (left_s := until - time.monotonic()) > 0:
            await changes.sleep(min(POLL_S, left_s))


def check_key(engine: Engine) -> None:
    """Raise CommandError if the server has rejected the key."""
    if engine.leadership.refused is not None:
        refused = engine.leadership.refused
        raise CommandError(ExitCode.KEY_REFUSED, refused, refusal_advice(refused), _CONTINUE)


def silent_runs(engine: Engine) -> dict[RowId, UnlistedRun]:
    """Return the active runs that no list names and whose own reads go wrong."""
    return {row: run for row, run in engine.store.unlisted.all(engine.profile.stored_as).items() if run.trouble}


async def wait_until(
    engine: Engine,
    webhook_keys: Callable[[], Collection[str]],
    unended: Callable[[], Collection[RowId]],
    limits: TimeLimits,
    is_over: Callable[[], bool],
    patience: StorePatience,
) -> None:
    """Wait until `is_over()`, checked at each change. `unended` returns the rows that are waited for.

    While the database is locked, the `patience` counts. Raises CommandError if the key is rejected, when the time is up, and
    after too long without reading any of the webhooks or any of the runs.
    """
    read_at = time.monotonic()
    with change_signal(engine) as changes:
        while True:
            try:
                if is_over():
                    return
                if limits.is_up:
                    raise limits.error("not all runs have ended.", _CONTINUE, _FOLLOW)
                check_key(engine)
                silence = _silence(engine, webhook_keys(), unended())
                patience.end([])
            except DatabaseLocked as error:
                if limits.is_up:
                    unknown = f"it is unknown whether all runs have ended. {error.why}"
                    raise limits.error(unknown, _CONTINUE, _FOLLOW) from error
                patience.meet(error.why)
                patience.check()
            else:
                read_at = time.monotonic() if silence is None else read_at
                if silence is not None and time.monotonic() - read_at >= limits.stall_s:
                    advice = "Follow them later: cordage-tui watch"
                    raise CommandError(ExitCode.TRY_AGAIN, with_command(silence), advice, _CONTINUE)
            await changes.sleep(limits.within(POLL_S))


def _silence(engine: Engine, webhook_keys: Collection[str], rows: Collection[RowId]) -> str | None:
    """Return why none of the webhooks or none of these runs can be read; None: they can. Raises StoreError."""
    healths, silent = [engine.health.of(key) for key in webhook_keys], silent_runs(engine)
    if rows and silent.keys() >= set(rows):
        return silence_words(silent[next(iter(rows))])
    if any(health.health is HealthStatus.LIVE for health in healths):
        return None
    return next((health.words for health in healths if health.words), "The server does not answer.")


def exit_code_of_runs(statuses: Iterable[Status]) -> ExitCode:
    """Exit code for ended runs: an uncertain one decides first, then one that was started and whose end is unknown."""
    ended = set(statuses)
    if Status.UNCERTAIN in ended:
        return ExitCode.UNCERTAIN
    if _END_UNKNOWN & ended:
        return ExitCode.UNFINISHED
    return ExitCode.FAILED if _ENDED_BADLY & ended else ExitCode.OK


# Waiting for downloads.

PROGRESS_S: Final = 0.5
GO_ON: Final = "To continue: repeat the command, run cordage-tui queue work, or open the app."

Current = Callable[[], Sequence[Download]]
"""Reads the current states of the downloads."""


async def wait_for_downloads(
    settled: Callable[[], Coroutine[Any, Any, list[Download]]],
    current: Current,
    console: Console,
    limits: TimeLimits,
    patience: StorePatience,
    go_on: str = GO_ON,
) -> Sequence[Download]:
    """Wait until `settled()` returns, or as long as the limits allow; return the states of the downloads.

    `go_on` is printed after Ctrl-C: how to continue. Raises StoreError, but waits for a locked database.
    """
    ending, pace, has_reported = asyncio.ensure_future(patience.repeat(settled)), _DownloadRate(), False
    try:
        while not ending.done():
            try:
                downloads = current()
            except DatabaseLocked:  # `settled` meets the lock too, and ends with the patience
                if limits.is_up:
                    raise
                await asyncio.wait([ending], timeout=limits.within(PROGRESS_S))
                continue
            patience.end(())
            if (trouble := retries(downloads)) and not has_reported:
                console.info(trouble)
                has_reported = True
            if pace.is_stalled(downloads, limits.stall_s) or limits.is_up:
                return downloads
            console.progress.show(progress_text(downloads, pace.left_s(downloads)))
            await asyncio.wait([ending], timeout=limits.within(PROGRESS_S))
        return ending.result()
    except asyncio.CancelledError:
        console.error(f"Interrupted. Partial files are kept. {go_on}")
        raise
    finally:
        ending.cancel()
        console.progress.end()


async def wait_for_run_downloads(
    engine: Engine,
    rows: Collection[RowId],
    console: Console,
    limits: TimeLimits,
    patience: StorePatience,
    go_on: str = GO_ON,
) -> Sequence[Download]:
    """Wait for all downloads of completed runs, including automatic ones."""

    def current() -> list[Download]:
        return [download for row in rows for download in engine.store.downloads.of(row)]

    return await wait_for_downloads(
        lambda: engine.downloads.runs_settled(rows), current, console, limits, patience, go_on
    )


def progress_text(downloads: Sequence[Download], left_s: float | None) -> str:
    """Format `2 of 5 files · 3.4 of 12.0 MB · ~20s left`, and why a download is being retried."""
    if not downloads:
        return ""
    done = sum(download.state is DownloadState.DONE for download in downloads)
    got, total = sum(download.got for download in downloads), _total(downloads)
    parts = [
        f"{done} of {len(downloads)} files" if len(downloads) > 1 else "",
        f"{amount(got)} of {amount(total)}" if total else amount(got) if got else "",
        "" if left_s is None or got == total else f"{format_remaining(left_s)} left",
        retries(downloads),
    ]
    return " · ".join(part for part in parts if part) or "connecting"


def retries(downloads: Sequence[Download]) -> str:
    """Describe the most retried download: error, tries, longest remaining time. Empty without retries."""
    vain = [download for download in downloads if download.tries and download.error and not download.state.is_settled]
    if not vain:
        return ""
    worst, max_tries = max(vain, key=lambda download: download.tries), DownloadLimits().tries
    longest = format_duration_long(longest_s(min(download.tries for download in vain), max_tries, BACKOFF_CAP_S))
    return f"{worst.error} Tried {worst.tries} of {max_tries} times, at most {longest} more."


def download_error(downloads: Sequence[Download], limits: TimeLimits) -> CommandError | None:
    """Return the error for missing outputs; None if all have arrived.

    Its exit code is 7 if the time is up, 3 if the network may be the cause, and otherwise 2.
    """
    missing = [download for download in downloads if download.state is not DownloadState.DONE]
    if not missing:
        return None
    passing = any(not download.state.is_settled or download.tries >= DownloadLimits().tries for download in missing)
    if limits.is_up and not all(download.state.is_settled for download in missing):
        return limits.error(f"{counted(len(missing), 'output is', 'outputs are')} not downloaded yet.", "", GO_ON)
    code = ExitCode.TRY_AGAIN if passing else ExitCode.USAGE
    first = next((download.error for download in missing if download.error), None) or "No data for too long."
    problem = "An output was not downloaded" if len(missing) == 1 else f"{len(missing):,} outputs were not downloaded"
    next_step = GO_ON if passing else "It is not retried automatically. Partial files are kept."
    return CommandError(code, f"{problem}: {first}", "", next_step)


class _DownloadRate:
    """Combined rate of all downloads, also those of other processes."""

    def __init__(self) -> None:
        self._rate: TransferRate | None = None
        self._last_state: object = None
        self._moved_at = time.monotonic()

    def is_stalled(self, downloads: Sequence[Download], timeout_s: float) -> bool:
        now = time.monotonic()
        state = [(download.got, download.state) for download in downloads]
        if state != self._last_state:
            self._last_state, self._moved_at = state, now
        return now - self._moved_at >= timeout_s

    def left_s(self, downloads: Sequence[Download]) -> float | None:
        """Return the estimated seconds left; None if unknown."""
        now, got = time.monotonic(), sum(download.got for download in downloads)
        if self._rate is None:
            self._rate = TransferRate(now, got, None)
        self._rate.size = _total(downloads)
        self._rate.count(now, got - self._rate.got)
        return self._rate.progress(now).left_s


def _total(downloads: Sequence[Download]) -> int | None:
    """Total size in bytes; None while one is unknown."""
    sizes = [download.size for download in downloads]
    return None if None in sizes else sum(size for size in sizes if size is not None)
