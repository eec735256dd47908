"""Records of what a process commits: states of rows, and whether the queue is paused."""

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import RecordKind, RecordValue
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file.database import BEYOND_RUNS

if TYPE_CHECKING:
    from cordage_tui.store.runs.run_lookup import Transition
    from cordage_tui.store.store import Store

_ROWS: Final = 50
"""Rows of one commit that get a record each; of the others the number is recorded."""
_KNOWN_ROWS: Final = 2_000


class TransitionRecorder:
    """Recorder of what the commits of this process change in a profile: rows, and whether its queue is paused."""

    def __init__(self, log: ProcessLog, store: "Store", profile: Profile) -> None:
        self._log = log
        self._store = store
        self.profile = profile
        """The profile as it is now."""
        self._known: LruCache[RowId, Transition] = LruCache(_KNOWN_ROWS)
        self._queue: tuple[bool, int | None] | None = None

    def attach(self) -> None:
        """Record all commits from here on."""
        self._store.changes.on_own_commit = self._record

    def detach(self) -> None:
        self._store.changes.on_own_commit = lambda rows: None

    def position(self, webhook_key: str) -> int:
        """Return the position of a webhook in the profile, from 1; 0: it is in it no more."""
        return next((n for n, webhook in enumerate(self.profile.webhooks, 1) if webhook.key == webhook_key), 0)

    def row_of(self, webhook_key: str, run_id: str) -> RowId | None:
        """Return the row of a run; None: there is none, or the database does not say."""
        with suppress(StoreError):
            return self._store.run_lookup.row_of(self.profile.stored_as, webhook_key, run_id)
        return None

    def _record(self, rows: Collection[RowId]) -> None:
        self._log.debug(RecordKind.COMMIT, rows=len(rows))
        with suppress(StoreError):
            runs = sorted(row for row in rows if row != BEYOND_RUNS)
            self._record_rows(runs[:_ROWS])
            if len(runs) > _ROWS:
                self._log.write(RecordKind.ROWS, more=len(runs) - _ROWS)
            if len(runs) < len(rows):
                self._record_queue()

    def _record_rows(self, rows: Collection[RowId]) -> None:
        for change in self._store.run_lookup.transitions(rows):
            if change.status is not Status.BATCH and self._known.peek(change.row) != change:
                self._known.put(change.row, change)
                self._record_row(change)

    def _record_row(self, change: "Transition") -> None:
        values: dict[str, RecordValue] = {"row": change.row, "webhook": self.position(change.webhook_key)}
        values["status"] = change.status
        if change.state is not None:
            values |= {"state": OutboxState(change.state), "attempt": change.attempt}
        self._log.write(RecordKind.ROW, **values)

    def _record_queue(self) -> None:
        control = self._store.queue_control.read(self.profile.stored_as)
        now = (control.paused is not None, control.max_active)
        if now != self._queue:
            self._queue = now
            self._log.write(RecordKind.QUEUE, paused=now[0], max_active=now[1])
