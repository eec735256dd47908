"""Runs as the server lists them: what is merged into the table, and marks of kills and errors."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.store.drafts import remember
from cordage_tui.store.file.database import Database, TimedTable, Transaction
from cordage_tui.store.runs.merge import RunRecord, merged, new_record
from cordage_tui.store.runs.row_codecs import message_column
from cordage_tui.store.runs.run_and_details import insert_known, known_at, known_by_run, save_known

_BEGIN: Final = """UPDATE runs SET started_at = min(created_at + ?, ended_at)
    WHERE profile = ? AND webhook = ? AND started_at IS NULL AND ended_at >= created_at"""


# Runs as the server reports them, and changes that we make.

_Change: TypeAlias = Callable[[RunRecord], RunRecord]
_RecordChange: TypeAlias = tuple[RowId | None, RunRecord | None, RunRecord]
"""The table row of a run and its record before, both None for a new run, and its record now."""


class Runs(TimedTable):
    """Table of runs. Every method raises StoreError, and then has written nothing."""

    def merge(self, profile: str, webhook_key: str, runs: Sequence[RemoteRun]) -> frozenset[RowId]:
        """Merge the runs of one answer in one transaction and return the rows that changed; no write when none did.

        Rows of the table that the answer does not name stay as they are: a list may be cut or pruned. Most answers bring
        nothing new, so the comparison needs no lock; it is repeated under the lock only if another process has committed
        since.
        """
        now = self._clock.wall()
        with self._database.snapshot():
            version = self._database.version()
            changes = _changes(self._database, profile, webhook_key, runs, now)
        if not changes:
            return frozenset()
        with self._database.write() as write:
            if self._database.version() != version:
                changes = _changes(self._database, profile, webhook_key, runs, now)
            _write_changes(write, profile, webhook_key, changes)
            return frozenset(write.touched)

    def seed(
        self,
        profile: str,
        runs: Iterable[tuple[str, RemoteRun, Inputs | None]],
        queued_s: float | None = None,
    ) -> None:
        """Insert past runs with what was sent, as (webhook key, run, inputs): the demo's history. `queued_s`: after how long
        each was seen running; None: it was not."""
        by_webhook: dict[str, list[RemoteRun]] = {}
        for webhook_key, run, inputs in runs:
            by_webhook.setdefault(webhook_key, []).append(run if inputs is None else replace(run, inputs=inputs))
        now = self._clock.wall()
        with self._database.write() as write:
            for webhook_key, told in by_webhook.items():
                _write_changes(write, profile, webhook_key, _changes(self._database, profile, webhook_key, told, now))
                ids = "SELECT run_id, id FROM runs WHERE profile = ? AND webhook = ? AND run_id IS NOT NULL"
                rows: dict[str, RowId] = dict(self._database.rows(ids, (profile, webhook_key)))
                for run in told:
                    if run.inputs is not None:
                        remember(write, profile, webhook_key, rows[run.run_id], run.inputs)
                if queued_s is not None:
                    write.execute(_BEGIN, (queued_s, profile, webhook_key))

    def lost(self, row: RowId, note: str) -> None:
        """Mark a run that the server no longer shows. A run that had ended stays as it ended."""
        self._change(row, lambda known: replace(known, status=Status.MISSING, word=None, kill_asked=None, note=note))

    def ask_kill(self, row: RowId) -> None:
        """Record a kill request: the row shows `killing` until an answer shows how the run ended, or `kill_failed`."""
        now = self._clock.wall()
        self._change(row, lambda known: replace(known, kill_asked=now, note=None))

    def kill_failed(self, row: RowId, note: str) -> None:
        """Record that the kill failed: the row shows the server's status again, with `note`."""
        self._change(row, lambda known: replace(known, kill_asked=None, note=message_column(note)))

    def note(self, row: RowId, note: str | None) -> None:
        """Set a note of ours on the row, until its status turns."""
        with self._database.write() as write:
            if write.execute("UPDATE details SET note = ? WHERE id = ? AND note IS NOT ?", (note, row, note)).rowcount:
                write.touch(row)

    def _change(self, row: RowId, change: _Change) -> None:
        with self._database.write() as write:
            found = known_at(self._database, row)
            if found is not None and not (found[1].status and found[1].status.is_final):
                save_known(write, row, change(found[1]))


def _changes(
    database: Database, profile: str, webhook_key: str, runs: Sequence[RemoteRun], now: float
) -> list[_RecordChange]:
    """List the differences that an answer makes to the runs of a webhook; of an id that it has twice the last
    counts."""
    newest = {run.run_id: run for run in runs}
    known = known_by_run(database, profile, webhook_key, list(newest))
    found: list[_RecordChange] = []
    pruned_until = -math.inf if len(known) == len(newest) else _pruned_until(database, profile, webhook_key)
    for run_id, run in newest.items():
        row, before = known.get(run_id, (None, None))
        if before is None and run.created_at is not None and run.created_at <= pruned_until:
            continue
        after = merged(before or new_record(run, now), run, now)
        if after is not before and after != before:
            found.append((row, before, after))
    return found


def _pruned_until(database: Database, profile: str, webhook_key: str) -> float:
    """Return when the latest run that was removed from the history was created, by the server's clock."""
    found = database.row("SELECT told_until FROM pruned WHERE profile = ? AND webhook = ?", (profile, webhook_key))
    return float(found[0]) if found else -math.inf


def _write_changes(write: Transaction, profile: str, webhook_key: str, changes: Iterable[_RecordChange]) -> None:
    for row, before, after in changes:
        if row is None or before is None:
            insert_known(write, profile, webhook_key, after)
        elif replace(after, doubt=before.doubt) == before:
            # A status that went back, and was seen once: it is stored, but not shown.
            write.update("details", row, {"doubt": after.doubt and after.doubt.value})
        else:
            save_known(write, row, after)
