"""Wait for runs and downloads to end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console, Progress
from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.domain.download import Download, DownloadState, TransferRate
from cordage_tui.domain.formatting import amount, format_duration_long, format_remaining
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.concurrency import BACKOFF_CAP_S, longest_s
from cordage_tui.engine.downloads.context import DownloadLimits
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import Event

# Waiting for rows to change, whoever changes them.

POLL_S: Final = 1.0
"""How often it is looked, though nothing has been told."""
_ENDED_BADLY: Final = frozenset({Status.FAILED, Status.CANCELLED, Status.LOST, Status.REJECTED})


class ChangeSignal:
    """Rings when the engine has told anything."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._rung.set()

    def ring(self, event: Event) -> None:
        """For `Engine.subscribe`."""
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Until it rings; at once the first time. False when `seconds` have passed without."""
        try:
            async with asyncio.timeout(seconds):  # wait_for swallows a Ctrl-C that comes with the ring (Python 3.11)
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


@asynccontextmanager
async def change_signal(found: Engine) -> AsyncIterator[ChangeSignal]:
    """One that listens to the engine for as long as the context lasts."""
    rung = ChangeSignal()
    unsubscribe = found.events.subscribe(rung.ring)
    try:
        yield rung
    finally:
        unsubscribe()


def check_key(found: Engine, meaning: str) -> None:
    """Raises CommandError once the server refuses the key; `meaning` is what that means for what the command was to do."""
    if found.refused is not None:
        raise CommandError(
            ExitCode.KEY_REFUSED, found.refused, "Set a key that works: CORDAGE_API_KEY, or in the app.", meaning
        )


class Silence:
    """How long none of some webhooks could be read."""

    def __init__(self, found: Engine) -> None:
        self._found = found
        self._read_at = time.monotonic()

    def lasts_s(self, webhook_keys: Collection[str]) -> float:
        """Seconds until now; to be asked often. A first read that is not answered is one that could not be."""
        if any(self._found.health.of(key).health is HealthStatus.LIVE for key in webhook_keys):
            self._read_at = time.monotonic()
        return time.monotonic() - self._read_at

    def words(self, webhook_keys: Collection[str]) -> str:
        """Why."""
        told = (self._found.health.of(key).words for key in webhook_keys)
        return for_shell(next((words for words in told if words), "The server does not answer."))


async def wait_until(
    found: Engine,
    rung: ChangeSignal,
    webhook_keys: Collection[str],
    timeout_s: float,
    is_over: Callable[[], bool],
) -> None:
    """Until `is_over`, which is asked whenever there may be news. Raises CommandError where for so long none of the webhooks could
    be read."""
    silence = Silence(found)
    while not is_over():
        await rung.wait(POLL_S)
        if found.refused is None and silence.lasts_s(webhook_keys) < timeout_s:
            continue
        code = ExitCode.TRY_AGAIN if found.refused is None else ExitCode.KEY_REFUSED
        words = found.refused or silence.words(webhook_keys)
        raise CommandError(code, for_shell(words), "Follow it later: cordage-tui watch", "What was started goes on.")


def code_of_ends(statuses: Iterable[Status]) -> ExitCode:
    """What runs that have ended mean for a script; one that is uncertain before all others, then one that ran as a run that is
    not told."""
    found = set(statuses)
    if Status.UNCERTAIN in found:
        return ExitCode.UNCERTAIN
    if Status.SENT in found:
        return ExitCode.UNFINISHED
    return ExitCode.FAILED if _ENDED_BADLY & found else ExitCode.OK


# Outputs on their way to this disk: followed until each is there, or will not come.

PROGRESS_S: Final = 0.5
GO_ON: Final = "To go on: the same command again, cordage-tui queue work, or the next window."

Current = Callable[[], Sequence[Download]]
"""Reads how the downloads in question stand."""


async def fetched(
    settled: Coroutine[Any, Any, list[Download]],
    current: Current,
    progress: Progress,
    voice: Console,
    timeout_s: float,
    go_on: str = GO_ON,
) -> Sequence[Download]:
    """How they stand once `settled` has returned, or when nothing has moved for so long. Each look is one calm line. `go_on` is
    said to whoever interrupts it."""
    ending, pace, told = asyncio.ensure_future(settled), _DownloadRate(), False
    try:
        while not ending.done():
            downloads = current()
            if (trouble := retries(downloads)) and not told:
                progress.end()
                voice.info(trouble)
                told = True
            if pace.stands_still(downloads, timeout_s):
                return downloads
            progress.show(words(downloads, pace.left_s(downloads)))
            await asyncio.wait([ending], timeout=PROGRESS_S)
        return ending.result()
    except asyncio.CancelledError:
        progress.end()
        voice.error(f"Interrupted. What has come is kept. {go_on}")
        raise
    finally:
        ending.cancel()
        progress.end()


async def fetched_of(
    found: Engine, rows: Collection[RowId], progress: Progress, voice: Console, timeout_s: float, go_on: str = GO_ON
) -> Sequence[Download]:
    """The same of all that is to be downloaded of runs that have completed, be it by itself."""

    def current() -> list[Download]:
        return [one for row in rows for one in found.store.downloads.of(row)]

    return await fetched(found.downloads.runs_settled(rows), current, progress, voice, timeout_s, go_on)


def words(downloads: Sequence[Download], left_s: float | None) -> str:
    """`2 of 5 files · 3.4 of 12.0 MB · ~20s left`, and what stands in the way of one that waits for that."""
    if not downloads:
        return ""
    done = sum(one.state is DownloadState.DONE for one in downloads)
    got, total = sum(one.got for one in downloads), _total(downloads)
    parts = [
        f"{done} of {len(downloads)} files" if len(downloads) > 1 else "",
        f"{amount(got)} of {amount(total)}" if total else amount(got) if got else "",
        "" if left_s is None or got == total else f"{format_remaining(left_s)} left",
        retries(downloads),
    ]
    return " · ".join(part for part in parts if part) or "asking for it"


def retries(downloads: Sequence[Download]) -> str:
    """Of what is tried again by itself: why, how often yet and for how long at most. Empty where all goes well."""
    vain = [one for one in downloads if one.tries and one.error and not one.state.is_settled]
    if not vain:
        return ""
    worst, most = max(vain, key=lambda one: one.tries), DownloadLimits().tries
    longest = format_duration_long(longest_s(min(one.tries for one in vain), most, BACKOFF_CAP_S))
    return f"{worst.error} Tried {worst.tries} of {most} times, for {longest} more at most."


def trouble_with(downloads: Sequence[Download]) -> CommandError | None:
    """What to end with where one has not arrived: with 3 where that is the network's doing, else with 2. None: all have."""
    missing = [one for one in downloads if one.state is not DownloadState.DONE]
    if not missing:
        return None
    passing = any(not one.state.is_settled or one.tries >= DownloadLimits().tries for one in missing)
    code = ExitCode.TRY_AGAIN if passing else ExitCode.USAGE
    first = next((one.error for one in missing if one.error), None) or "Nothing came for too long."
    what = "An output was not downloaded" if len(missing) == 1 else f"{len(missing):,} outputs were not downloaded"
    then = GO_ON if passing else "It is not tried again by itself. What has come of it is kept."
    return CommandError(code, f"{what}: {first}", "", then)


class _DownloadRate:
    """Of all downloads together, whichever process carries them out."""

    def __init__(self) -> None:
        self._pace: TransferRate | None = None
        self._stood: object = None
        self._moved_at = time.monotonic()

    def stands_still(self, downloads: Sequence[Download], timeout_s: float) -> bool:
        now = time.monotonic()
        stands = [(one.got, one.state) for one in downloads]
        if stands != self._stood:
            self._stood, self._moved_at = stands, now
        return now - self._moved_at >= timeout_s

    def left_s(self, downloads: Sequence[Download]) -> float | None:
        """None: nobody can know."""
        now, got = time.monotonic(), sum(one.got for one in downloads)
        if self._pace is None:
            self._pace = TransferRate(now, got, None)
        self._pace.size = _total(downloads)
        self._pace.count(now, got - self._pace.got)
        return self._pace.progress(now).left_s


def _total(downloads: Sequence[Download]) -> int | None:
    """Bytes of all of them; None while one has not told."""
    sizes = [one.size for one in downloads]
    return None if None in sizes else sum(size for size in sizes if size is not None)
