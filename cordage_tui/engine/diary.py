"""What happens to a profile's prompts, in one line each, for whoever has no screen."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.formatting import format_duration_long
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.downloads.ends import CompletedDownloads
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import DownloadsChanged, Event, HookFailed, RunsChanged
from cordage_tui.store.errors import StoreError

_PROMPT: Final = 60
"""Characters of a prompt, enough to know it by."""
_LEFT: Final = {
    OutboxState.QUEUED: "queued",
    OutboxState.SENDING: "being sent",
    OutboxState.HELD: "held",
    OutboxState.UNCERTAIN: "uncertain",
}


class WorkerLog:
    """Tells a row once when it is sent, once when it is uncertain, and once when it has ended."""

    def __init__(self, engine: Engine, say: Callable[[SafeText], None], wall: Callable[[], float]) -> None:
        """`wall()` tells the time in epoch seconds."""
        self._engine = engine
        self._say = say
        self._known: dict[RowId, Status] = {}
        self._paused: SafeText | None = None
        self._begun_at = wall()
        self._ends = CompletedDownloads(engine.downloads, engine.store.query)

    def start_watching(self) -> None:
        """What waits and what runs now; what changes from here on is told."""
        with suppress(StoreError):
            profile = self._engine.profile.stored_as
            active = self._engine.store.query.active(profile)
            self._known = {row.id: row.status for row in active}
            self._ends.mark_current()
            waits = self.left() or "nothing queued"
            self._say(one_line(f"begins on profile {profile}: {waits}, {len(active)} active"))
            self._paused = self._engine.queue.control().paused
            if self._paused is not None:
                self._say(_paused(self._paused))

    def note(self, event: Event) -> None:
        """Something happened."""
        with suppress(StoreError):  # what is not told now is told when it changes next
            if isinstance(event, RunsChanged):
                self._rows(event.rows)
            elif isinstance(event, HookFailed):
                self._say(event.words)
            elif isinstance(event, DownloadsChanged):
                self.downloads()
            paused = self._engine.queue.control().paused
            if paused != self._paused:
                self._paused = paused
                self._say(_paused(paused) if paused else one_line("not paused any more"))

    def downloads(self) -> None:
        """Those that have ended since the last look."""
        with suppress(StoreError):
            for line in self._ends.new():
                self._say(line)

    def left(self) -> str:
        """`3 queued, 1 uncertain`; empty when nothing is left."""
        with suppress(StoreError):
            counts = self._engine.queue.counts()
            return ", ".join(f"{counts[state]} {word}" for state, word in _LEFT.items() if counts.get(state))
        return ""

    def _rows(self, rows: Iterable[RowId]) -> None:
        for row_id in sorted(rows):
            row = self._engine.store.query.row(row_id)
            before = self._known.pop(row_id, None)
            if row is None or row.status is Status.BATCH:
                continue
            self._known[row_id] = row.status
            if (what := self._what(row, before)) is not None:
                self._tell(row, what)

    def _what(self, row: RunRow, before: Status | None) -> str | None:
        """What happened to it that is worth a line; None: nothing."""
        if row.status is before:
            return None
        if row.status.is_active and (before is None or before.is_ours):
            return f"started, run {row.short_id}" if row.prompt else None
        if row.status in (Status.UNCERTAIN, Status.REJECTED, Status.SENT):
            detail = self._engine.store.query.detail(row.id)
            return f"{row.status}: {(detail and (detail.error or detail.note)) or 'no answer'}"
        if row.status.is_final and (before is not None or (row.ended_at or 0.0) >= self._begun_at):
            elapsed = row.elapsed_s(row.begun_at)
            took = f" in {format_duration_long(elapsed)}" if elapsed is not None else ""
            return f"{row.status_name}{took}, run {row.short_id}"
        return None

    def _tell(self, row: RunRow, what: str) -> None:
        name = self._engine.profile.label(row.webhook_key)
        prompt = f' "{one_line(row.prompt, _PROMPT)}"' if row.prompt else ""
        self._say(one_line(f"{name}{prompt} {what}", 600))


def _paused(why: SafeText) -> SafeText:
    return advised(one_line(f"paused: {why}", 400), action_of(why))
