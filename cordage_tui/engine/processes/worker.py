"""Headless worker, and the lines of its log."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Final

from cordage_tui.domain.advised_text import action_of, advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.formatting import time_phrase
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line, visible_id
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.events import DownloadsChanged, EngineCrashed, Event, HookFailed, RunsChanged
from cordage_tui.engine.nonblocking_waits import WakeEvent
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.processes.leadership import LOCK_S
from cordage_tui.store.errors import StoreError

# Changes of a profile's submissions and downloads, one line each, for processes without a screen.

_PROMPT: Final = 60
"""Characters of a prompt, enough to know it by."""
_LEFT: Final = {
    OutboxState.QUEUED: "queued",
    OutboxState.SENDING: "being sent",
    OutboxState.HELD: "held",
    OutboxState.UNCERTAIN: "uncertain",
}


class WorkerLog:
    """Log of a worker: a row once when it is sent, once when it is uncertain, once when it has ended."""

    def __init__(self, engine: Engine, say: Callable[[SafeText], None], wall: Callable[[], float]) -> None:
        """Log lines with `say`; `wall()` is the time in epoch seconds."""
        self._engine = engine
        self._say = say
        self._known: dict[RowId, Status] = {}
        self._paused: SafeText | None = None
        self._begun_at = wall()
        self._reported: set[int] = set()
        """Ended downloads that have their line."""

    def log_start(self) -> None:
        """Log the current state, then changes from here on."""
        with suppress(StoreError):
            profile = self._engine.profile.stored_as
            active = self._engine.store.query.active(profile)
            self._known = {row.id: row.status for row in active}
            self._reported = {download.id for download in self._ended_downloads()}
            waits = self.describe_queue() or "nothing queued"
            self._say(one_line(f"begins on profile {profile}: {waits}, {len(active)} active"))
            self._paused = self._engine.queue.control().paused
            if self._paused is not None:
                self._say(_paused(self._paused))

    def log_event(self, event: Event) -> None:
        """Log an event."""
        with suppress(StoreError):  # it is logged at its next change
            if isinstance(event, RunsChanged):
                self._log_rows(event.rows)
            elif isinstance(event, HookFailed):
                self._say(event.words)
            elif isinstance(event, DownloadsChanged):
                self.log_downloads()
            paused = self._engine.queue.control().paused
            if paused != self._paused:
                self._paused = paused
                self._say(_paused(paused) if paused else one_line("not paused any more"))

    def log_downloads(self) -> None:
        """Log downloads that ended since the last call."""
        with suppress(StoreError):
            new = [download for download in self._ended_downloads() if download.id not in self._reported]
            self._reported |= {download.id for download in new}
            for download in sorted(new, key=lambda download: download.id):
                self._say(self._download_line(download))

    def describe_queue(self) -> str:
        """`3 queued, 1 uncertain`; empty when nothing is left."""
        with suppress(StoreError):
            counts = self._engine.queue.counts()
            return ", ".join(f"{counts[state]} {word}" for state, word in _LEFT.items() if counts.get(state))
        return ""

    def _ended_downloads(self) -> list[Download]:
        states = (DownloadState.DONE, DownloadState.FAILED)
        return [download for download in self._engine.downloads.open() if download.state in states]

    def _download_line(self, download: Download) -> SafeText:
        if download.path is not None:
            return one_line(f"saved {download.path}", 600)
        run = self._engine.store.rows.get(download.row)
        of_run = f" of run {run.short_id}" if run else ""
        return one_line(f"output {download.number}{of_run} was not saved: {download.error}", 600)

    def _log_rows(self, rows: Iterable[RowId]) -> None:
        for row_id in sorted(rows):
            row = self._engine.store.rows.get(row_id)
            before = self._known.pop(row_id, None)
            if row is None or row.status is Status.BATCH:
                continue
            self._known[row_id] = row.status
            if (change := self._describe_change(row, before)) is not None:
                self._log_row(row, change)

    def _describe_change(self, row: RunRow, before: Status | None) -> str | None:
        """Describe a change of the row that is worth a line; None: there is none."""
        if row.status is before:
            return None
        if row.status.is_active and (before is None or before.is_ours):
            return f"started, run {row.short_id}" if row.prompt else None
        if row.status in (Status.UNCERTAIN, Status.REJECTED, Status.UNMATCHED):
            detail = self._engine.store.query.detail(row.id)
            return f"{row.status_name}: {(detail and (detail.error or detail.note)) or 'no answer'}"
        if row.status.is_final and (before is not None or (row.ended_at or 0.0) >= self._begun_at):
            took = time_phrase(row, row.begun_at)
            return f"{row.status_name}{f' {took}' if took else ''}, run {row.short_id}"
        return None

    def _log_row(self, row: RunRow, change: str) -> None:
        name = self._engine.profile.label(row.webhook_key)
        prompt = f' "{one_line(row.prompt, _PROMPT)}"' if row.prompt else ""
        self._say(one_line(f"{name}{prompt} {change}", 600))


def _paused(why: SafeText) -> SafeText:
    return advised(one_line(f"paused: {why}", 400), action_of(why))


# The engine without a screen: sends the queue and follows the runs, until no work is left.

STOP_GRACE_S: Final = 3.0
"""Seconds that a trigger on the wire gets for its answer when the worker is stopped: cut off, it would be uncertain."""
LOOK_S: Final = 1.0
"""Longest delay between the last event and the end."""


class Outcome(StrEnum):
    """Reason why a worker has ended."""

    DONE = "done"
    """Nothing is queued, on the wire, looked for in the run list, active, or being downloaded."""
    REFUSED = "refused"
    """The key is refused; queued prompts are held."""
    STOPPED = "stopped"
    """The user stopped it."""
    DAMAGED = "damaged"
    """The database is, and the next start repairs it."""


class Worker:
    """Worker that acts like any window, with the same locks: while a window sends and polls it follows, and it takes
    over when that ends. `say` gets one line an event."""

    def __init__(self, engine: Engine, say: Callable[[SafeText], None], clock: Clock) -> None:
        """`engine` has not been started; its worker lock is held already."""
        self._engine = engine
        self._say = say
        self._log = WorkerLog(engine, say, clock.wall)
        self._wake = WakeEvent()
        self._stops = 0
        self._bug: BaseException | None = None

    def stop(self) -> None:
        """Have `run` end in good order; the second time, without waiting for a locked database."""
        self._stops += 1
        self._wake.set()

    async def run(self) -> Outcome:
        """Work until all is done, the key is refused or `stop` was called. Raises unexpected errors of the engine."""
        end = self._engine.events.subscribe(self._on_event)
        self._log.log_start()
        try:
            await self._engine.start()
            while (outcome := self._outcome()) is None:
                await self._wake.sleep(LOOK_S)
            if outcome not in (Outcome.STOPPED, Outcome.DAMAGED):
                await self._hooks_settled()
        finally:
            await self._settle()
            await self._engine.stop()
            end()
        self._log.log_downloads()
        self._say(self._last_words(outcome))
        return outcome

    async def _settle(self) -> None:
        """Wait for the outcomes of prompts on the wire, and for a locked database to take them, unless it is stopped twice."""
        leadership, was_locked = self._engine.leadership, False

        def waits() -> bool:
            nonlocal was_locked
            if leadership.lock is not None and not was_locked:
                was_locked = True
                self._say(join_sentences(leadership.lock, f"Waiting up to {LOCK_S:.0f} s for it"))
            return self._stops < 2

        await leadership.settle(STOP_GRACE_S, waits)
        for run in leadership.unstored().values():
            self._say(one_line(f"run {visible_id(run.run_id)} was started, and could not be stored", 600))

    async def _hooks_settled(self) -> None:
        """Wait until the hooks have run for the latest events too, or `stop` is called."""
        settling = asyncio.ensure_future(self._engine.hooks.wait_settled())
        while not settling.done() and not self._stops:
            await asyncio.wait([settling], timeout=LOOK_S)
        settling.cancel()
        await asyncio.wait([settling])

    def uncertain(self) -> int:
        """Number of uncertain submissions. Raises StoreError."""
        return self._engine.queue.counts().get(OutboxState.UNCERTAIN, 0)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EngineCrashed):
            self._bug = event.error
        else:
            self._log.log_event(event)
        self._wake.set()

    def _outcome(self) -> Outcome | None:
        """Outcome of the work; None: there is more to do."""
        if self._bug is not None:
            raise self._bug
        if self._stops:
            return Outcome.STOPPED
        if self._engine.leadership.refused is not None:
            return Outcome.REFUSED
        if self._engine.store.damaged is not None:
            return Outcome.DAMAGED
        with suppress(StoreError):  # a disk that is gone for a moment: retried
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
        submissions = engine.store.uncertain.all(engine.profile.stored_as)
        return all(uncertain.next_check is None and not search_window.is_new(uncertain) for uncertain in submissions)

    @property
    def _is_unheard(self) -> bool:
        """Return whether no answer has shown yet that the key is accepted; then prompts held by an earlier key may
        still be sent."""
        keys = [webhook.key for webhook in self._engine.profile.webhooks]
        return all(self._engine.health.of(key).health in (HealthStatus.LOADING, HealthStatus.WAITING) for key in keys)

    def _last_words(self, outcome: Outcome) -> SafeText:
        why = {
            Outcome.DONE: "all is done",
            Outcome.REFUSED: f"the server refuses the key or its account ({self._engine.leadership.refused})",
            Outcome.STOPPED: "it was stopped",
            Outcome.DAMAGED: str(self._engine.store.damaged),
        }[outcome]
        left = self._log.describe_queue()
        return one_line(f"ends: {why}; {left}" if left else f"ends: {why}", 400)
