"""The engine without a screen: sends what is queued and follows what runs, until nothing is left to do."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine import search
from cordage_tui.engine.diary import WorkerLog
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import EngineCrashed, Event
from cordage_tui.engine.wake import WakeEvent
from cordage_tui.store.errors import StoreError

STOP_GRACE_S: Final = 3.0
"""What a trigger on the wire is given for its answer when the worker is stopped: cut off, it would be uncertain."""
LOOK_S: Final = 1.0
"""How long after its last event it is found at the latest that all is done."""


class Outcome(StrEnum):
    """Why a worker has ended."""

    DONE = "done"
    """Nothing is queued, on the wire, looked for in the run list, active, or being downloaded."""
    REFUSED = "refused"
    """The key is; what was queued is held."""
    STOPPED = "stopped"
    """By the user's word."""


class Worker:
    """Works like any window, with the same locks: while a window sends and polls it only follows, and takes over when that
    ends. `say` is given one line a happening."""

    def __init__(self, engine: Engine, say: Callable[[SafeText], None], clock: Clock) -> None:
        """`engine` has not been started; its worker's seat is taken already."""
        self._engine = engine
        self._say = say
        self._diary = WorkerLog(engine, say, clock.wall)
        self._wake = WakeEvent()
        self._stopped = False
        self._bug: BaseException | None = None

    def stop(self) -> None:
        """Has `run` end in good order."""
        self._stopped = True
        self._wake.now()

    async def run(self) -> Outcome:
        """Works until all is done, the key is refused or `stop` was called. Raises what a bug of ours raised."""
        end = self._engine.subscribe(self._hear)
        self._diary.start_watching()
        try:
            await self._engine.start()
            while (outcome := self._outcome()) is None:
                await self._wake.sleep(LOOK_S)
            if outcome is Outcome.DONE:
                await self._hooks_settled()
        finally:
            await self._engine.stop(STOP_GRACE_S)
            end()
        self._diary.downloads()
        self._say(self._last_words(outcome))
        return outcome

    async def _hooks_settled(self) -> None:
        """Until `on_finish` has run for the last run too, or `stop` is called."""
        settling = asyncio.ensure_future(self._engine.hooks.settled())
        while not settling.done() and not self._stopped:
            await asyncio.wait([settling], timeout=LOOK_S)
        settling.cancel()
        await asyncio.wait([settling])

    def uncertain(self) -> int:
        """Prompts of which nobody knows whether they run. Raises StoreError."""
        return self._engine.queue.counts().get(OutboxState.UNCERTAIN, 0)

    def _hear(self, event: Event) -> None:
        if isinstance(event, EngineCrashed):
            self._bug = event.error
        else:
            self._diary.note(event)
        self._wake.now()

    def _outcome(self) -> Outcome | None:
        """None: there is more to do."""
        if self._bug is not None:
            raise self._bug
        if self._stopped:
            return Outcome.STOPPED
        if self._engine.refused is not None:
            return Outcome.REFUSED
        with suppress(StoreError):  # a disk that is gone for a moment: the next look will tell
            return Outcome.DONE if self._is_done() else None
        return None

    def _is_done(self) -> bool:
        engine = self._engine
        counts = engine.queue.counts()
        if counts.get(OutboxState.QUEUED) or counts.get(OutboxState.SENDING):
            return False
        if counts.get(OutboxState.HELD) and self._is_unheard:
            return False
        if any(tally.active for tally in engine.store.query.tallies(engine.profile.stored_as).values()):
            return False
        if engine.downloads.has_work():
            return False
        doubts = engine.store.doubts.all(engine.profile.stored_as)
        return all(doubt.next_check is None and not search.is_new(doubt) for doubt in doubts)

    @property
    def _is_unheard(self) -> bool:
        """Whether no answer has told yet that the key is taken, and so what an earlier key held goes on."""
        keys = [webhook.key for webhook in self._engine.profile.webhooks]
        return all(self._engine.health(key).health in (HealthStatus.LOADING, HealthStatus.WAITING) for key in keys)

    def _last_words(self, outcome: Outcome) -> SafeText:
        why = {
            Outcome.DONE: "all is done",
            Outcome.REFUSED: f"the key is refused ({self._engine.refused})",
            Outcome.STOPPED: "it was stopped",
        }[outcome]
        left = self._diary.left()
        return one_line(f"ends: {why}; {left}" if left else f"ends: {why}", 400)
