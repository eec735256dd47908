"""Waiting for rows to change, whoever changes them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.errors import CommandError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import Event

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
    unsubscribe = found.subscribe(rung.ring)
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
        if any(self._found.health(key).health is HealthStatus.LIVE for key in webhook_keys):
            self._read_at = time.monotonic()
        return time.monotonic() - self._read_at

    def words(self, webhook_keys: Collection[str]) -> str:
        """Why."""
        told = (self._found.health(key).words for key in webhook_keys)
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
