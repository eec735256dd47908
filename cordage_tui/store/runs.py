"""Runs as the server tells them, and what happens to them by our hand."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.store.database import Database, Transaction
from cordage_tui.store.known import insert_known, known_at, known_by_run, save_doubt, save_known
from cordage_tui.store.merge import RunRecord, merged, new_record
from cordage_tui.store.messages import message_column
from cordage_tui.store.prompts import remember

_Change: TypeAlias = Callable[[RunRecord], RunRecord]


class Runs:
    """Merges answers into the table. Every method raises StoreError, and then has written nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def merge(self, profile: str, webhook_key: str, runs: Sequence[RemoteRun]) -> frozenset[RowId]:
        """Take in what one answer says, in one transaction, and return the rows that changed; no write when none did.

        Rows of the table that the answer does not name stay as they are: a list may be cut or pruned.
        """
        if not self._news(profile, webhook_key, runs):
            return frozenset()
        with self._database.write() as write:
            self._take(write, profile, webhook_key, runs)
            return frozenset(write.touched)

    def seed(self, profile: str, runs: Iterable[tuple[str, RemoteRun, Inputs | None]]) -> None:
        """Put in past runs with what was sent, as (webhook key, run, inputs): the demo's history."""
        by_webhook: dict[str, list[RemoteRun]] = {}
        for webhook_key, run, inputs in runs:
            by_webhook.setdefault(webhook_key, []).append(run if inputs is None else replace(run, inputs=inputs))
        with self._database.write() as write:
            for webhook_key, told in by_webhook.items():
                rows = self._take(write, profile, webhook_key, told)
                for run in told:
                    if run.inputs is not None:
                        remember(write, profile, webhook_key, rows[run.run_id], run.inputs)

    def lost(self, row: RowId, note: str) -> None:
        """The server no longer shows this run. A run that had ended stays as it ended."""
        self._change(row, lambda known: replace(known, status=Status.LOST, word=None, kill_asked=None, note=note))

    def ask_kill(self, row: RowId) -> None:
        """A kill is on its way: the row shows `killing` until an answer shows how the run ended, or `kill_failed`."""
        now = self._clock.wall()
        self._change(row, lambda known: replace(known, kill_asked=now, note=None))

    def kill_failed(self, row: RowId, note: str) -> None:
        """The kill did not take: the row shows the server's status again, with `note`."""
        self._change(row, lambda known: replace(known, kill_asked=None, note=message_column(note)))

    def note(self, row: RowId, note: str | None) -> None:
        """Say something about the row in our own words, until its status turns."""
        with self._database.write() as write:
            if write.execute("UPDATE details SET note = ? WHERE id = ? AND note IS NOT ?", (note, row, note)).rowcount:
                write.touch(row)

    def _change(self, row: RowId, change: _Change) -> None:
        with self._database.write() as write:
            found = known_at(self._database, row)
            if found is not None and not (found[1].status and found[1].status.is_final):
                save_known(write, row, change(found[1]))

    def _news(self, profile: str, webhook_key: str, runs: Sequence[RemoteRun]) -> bool:
        """Whether anything must be written. Asked without a lock: most answers say nothing new."""
        now = self._clock.wall()
        with self._database.snapshot():
            before = known_by_run(self._database, profile, webhook_key, [run.run_id for run in runs])
        return any(
            run.run_id not in before or merged(before[run.run_id][1], run, now) != before[run.run_id][1] for run in runs
        )

    def _take(self, write: Transaction, profile: str, webhook_key: str, runs: Sequence[RemoteRun]) -> dict[str, RowId]:
        """Merge in an open transaction; returns the rows by run id."""
        now = self._clock.wall()
        newest = {run.run_id: run for run in runs}  # an id twice in one answer: the last stands
        before = known_by_run(self._database, profile, webhook_key, list(newest))
        rows = {run_id: row for run_id, (row, _) in before.items()}
        for run_id, run in newest.items():
            if run_id in before:
                _update(write, *before[run_id], merged(before[run_id][1], run, now))
            else:
                rows[run_id] = insert_known(write, profile, webhook_key, merged(new_record(run, now), run, now))
        return rows


def _update(write: Transaction, row: RowId, before: RunRecord, after: RunRecord) -> None:
    """Write the difference, if there is one."""
    if replace(after, doubt=before.doubt) != before:
        save_known(write, row, after)
    elif after.doubt is not before.doubt:
        save_doubt(write, row, after.doubt)
