"""Runs: merge what the server lists, bind submissions to their runs, kill marks, finished runs."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeAlias

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.inputs import Inputs, prompt_of
from cordage_tui.domain.output import kinds_of
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.search_text import search_text
from cordage_tui.store.drafts import remember
from cordage_tui.store.file.database import AMONG, Database, Row, TimedTable, Transaction
from cordage_tui.store.runs.merge import RunRecord, merged, new_record
from cordage_tui.store.runs.row_codecs import MAX_PROMPT, message_column, read_inputs, read_urls

# Reading and writing all that is known of runs: a `RunRecord` to two table rows and back.

_BEGIN: Final = """UPDATE runs SET started_at = min(created_at + ?, ended_at)
    WHERE profile = ? AND webhook = ? AND started_at IS NULL AND ended_at >= created_at"""
_SELECT: Final = """SELECT r.id, r.run_id, r.created_at, o.id IS NOT NULL, d.remote, r.word, d.doubt, r.kill_asked, r.started_at,
    r.ended_at, d.told_created, d.told_completed, d.inputs, d.outputs, d.error, d.note, d.node_count, d.raw, d.seen_at
    FROM runs r JOIN details d ON d.id = r.id LEFT JOIN outbox o ON o.id = r.id"""


@dataclass(frozen=True, slots=True)
class RunLocation:
    """Location of a run: its table row, profile and webhook."""

    row: RowId
    profile: str
    webhook_key: str


def known_by_run(
    database: Database, profile: str, webhook_key: str, run_ids: Sequence[str]
) -> dict[str, tuple[RowId, RunRecord]]:
    """Read the records of these runs, by run id; unknown runs are missing."""
    sql = f"{_SELECT} WHERE r.profile = ? AND r.webhook = ? AND r.run_id {AMONG}"
    found = database.rows(sql, (profile, webhook_key, json.dumps(run_ids)))
    return {known.run_id: (row, known) for row, known in map(_known, found)}


def known_at(database: Database, row: RowId) -> tuple[RunLocation, RunRecord] | None:
    """Read the record of the run of one table row; None when the server has given it no id (yet)."""
    owner = database.row("SELECT profile, webhook FROM runs WHERE id = ? AND run_id IS NOT NULL", (row,))
    found = database.row(f"{_SELECT} WHERE r.id = ?", (row,)) if owner else None
    return (RunLocation(row, *owner), _known(found)[1]) if owner and found else None


def insert_known(write: Transaction, profile: str, webhook_key: str, known: RunRecord) -> RowId:
    """Give a run of elsewhere its row in the table."""
    row = RowId(write.insert("runs", {"profile": profile, "webhook": webhook_key, **_line(known)}))
    write.insert("details", {"id": row, **_details(known)})
    write.touch(row)
    return row


def save_known(write: Transaction, row: RowId, known: RunRecord) -> None:
    """Write what is known now into the table row and its details."""
    write.update("runs", row, _line(known))
    write.update("details", row, _details(known))
    write.touch(row)


def _line(known: RunRecord) -> dict[str, object]:
    inputs = read_inputs(known.inputs) or {}
    prompt = prompt_of(inputs)
    return {
        "run_id": known.run_id,
        "status": known.shown.value,
        "word": known.word,
        "prompt": one_line(prompt, MAX_PROMPT),
        "search": search_text(prompt, known.run_id, known.word, inputs),
        "created_at": known.created_at,
        "started_at": known.started_at,
        "ended_at": known.ended_at,
        "output_count": len(known.outputs or ()),
        "kinds": kinds_of(known.outputs or ()),
        "kill_asked": known.kill_asked,
    }


def _details(known: RunRecord) -> dict[str, object]:
    return {
        "remote": known.status and known.status.value,
        "doubt": known.doubt and known.doubt.value,
        "told_created": known.told_created,
        "told_completed": known.told_completed,
        "inputs": known.inputs,
        "outputs": None if known.outputs is None else json.dumps(known.outputs),
        "error": known.error,
        "note": known.note,
        "node_count": known.node_count,
        "raw": known.raw,
        "seen_at": known.seen_at,
    }


def _known(row: Row) -> tuple[RowId, RunRecord]:
    row_id, run_id, created_at, ours, status, word, doubt, kill_asked, started_at, ended_at, *rest = row
    told_created, told_completed, inputs, outputs, error, note, node_count, raw, seen_at = rest
    known = RunRecord(
        run_id=run_id,
        created_at=created_at,
        ours=bool(ours),
        status=Status(status) if status else None,
        word=word,
        doubt=Status(doubt) if doubt else None,
        kill_asked=kill_asked,
        started_at=started_at,
        ended_at=ended_at,
        told_created=told_created,
        told_completed=told_completed,
        inputs=inputs,
        outputs=None if outputs is None else tuple(read_urls(outputs)),
        error=error,
        note=note,
        node_count=node_count,
        raw=raw,
        seen_at=seen_at,
    )
    return RowId(row_id), known


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


_OF_OUTPUTS: Final = ("verdicts", "tags", "downloads", "linked_inputs")
"""Tables whose column `run` names a run by its row, for what is known of its outputs."""


def move_outputs(write: Transaction, old: RowId, new: RowId) -> None:
    """Have what is known of the outputs of the row `old` be that of the outputs of `new`, which has the run now."""
    for table in _OF_OUTPUTS:
        write.execute(f"UPDATE OR IGNORE {table} SET run = ? WHERE run = ?", (new, old))
    children = write.execute("SELECT id FROM runs WHERE parent = ?", (old,)).fetchall()
    write.touch(*(RowId(child) for (child,) in children))


# How a submission becomes the row of its run.


def bind(database: Database, write: Transaction, row: RowId, run: RemoteRun, now: float) -> None:
    """Make `row` the row of `run`, merged at `now` (epoch seconds), with what is known of it from a foreign row."""
    known = _take_over_record(database, write, row, run.run_id)
    save_known(write, row, merged(known, run, now))


def link_existing_run(
    database: Database, write: Transaction, row: RowId, run_id: str, matched: MatchedBy | None = None
) -> None:
    """Make `row` the row of a run that so far has a foreign row, with all that is known of it. `matched`: how it was
    found to be its run; None: the server echoes what was sent."""
    save_known(write, row, _take_over_record(database, write, row, run_id))
    write.update("runs", row, {"matched": None if matched is None else matched.value})


def unbind(database: Database, write: Transaction, row: RowId) -> None:
    """Make the run of `row` foreign again, with a row of its own and all that is known of it. `row` has no run then,
    and its status is the caller's to set. Does nothing if it has none."""
    found = known_at(database, row)
    if found is None:
        return
    place, known = found
    blank = RunRecord("", known.created_at, ours=True, inputs=known.inputs)
    save_known(write, row, blank)
    write.update("runs", row, {"run_id": None, "matched": None})
    created_at = known.told_created if known.told_created is not None else known.created_at
    foreign = replace(known, ours=False, created_at=created_at, inputs=None)
    gone = insert_known(write, place.profile, place.webhook_key, foreign)
    move_outputs(write, row, gone)
    write.execute("UPDATE runs SET parent = ? WHERE parent = ? AND parent_output IS NOT NULL", (gone, row))


def _take_over_record(database: Database, write: Transaction, row: RowId, run_id: str) -> RunRecord:
    """Return the record of a run that is now ours, and delete its foreign row."""
    created_at, profile, webhook, inputs = database.rows(
        "SELECT created_at, profile, webhook, inputs FROM runs JOIN details USING (id) WHERE id = ?", (row,)
    )[0]
    foreign = known_by_run(database, profile, webhook, (run_id,)).get(run_id)
    if foreign is None:
        return RunRecord(run_id, created_at, ours=True, inputs=inputs)
    gone, told = foreign
    write.execute("DELETE FROM runs WHERE id = ?", (gone,))
    write.execute("DELETE FROM details WHERE id = ?", (gone,))
    move_outputs(write, gone, row)
    write.execute("UPDATE runs SET parent = nullif(?, id) WHERE parent = ?", (row, gone))
    write.touch(gone)
    return replace(told, ours=True, created_at=created_at, inputs=inputs)


# Finished runs, each claimed once: for its hook, and for the download of its outputs.
#
# A trigger of the database records a finished run in the transaction in which its row ends, whichever process read that.
# A claim is on disk before the hook is run, so that after a crash a hook was run at most once.


class FinishedRuns:
    """Queue of finished runs, each claimed once. All methods raise StoreError. A run that was first seen after its end
    is not in it: nobody waited for it."""

    def __init__(self, database: Database, clock: Clock, claims: Literal["taken", "loaded"]) -> None:
        """`claims`: the column with the times of the claims, `taken` for hooks, `loaded` for downloads."""
        self._database = database
        self._clock = clock
        self._claims = claims

    def due(self, profile: str) -> list[RowId]:
        """List the rows of finished runs that are not claimed, the oldest first. Nothing of a guess is downloaded before the user
        has confirmed it: the outputs may be somebody else's."""
        sure = "AND runs.matched IS NOT 'guess'" if self._claims == "loaded" else ""
        sql = f"""SELECT runs.id FROM endings CROSS JOIN runs USING (profile, run_id, webhook)
            WHERE endings.profile = ? AND endings.{self._claims} IS NULL {sure} ORDER BY endings.id"""
        return [RowId(row) for row in self._database.column(sql, (profile,))]

    def claim(self, row: RowId) -> bool:
        """Claim a finished run. False when it is claimed already, or there is no such run."""
        with self._database.write() as write:
            return self.claim_in(write, row)

    def claim_in(self, write: Transaction, row: RowId) -> bool:
        """Claim a finished run in an open transaction."""
        sql = f"""UPDATE endings SET {self._claims} = ? WHERE {self._claims} IS NULL AND id IN
            (SELECT endings.id FROM runs CROSS JOIN endings USING (profile, run_id, webhook) WHERE runs.id = ?)"""
        return write.execute(sql, (self._clock.wall(), row)).rowcount == 1

    def last_seen(self, profile: str) -> float:
        """Return when the run that ended last was seen, epoch seconds; 0: none has ended, or it has been removed."""
        sql = """SELECT coalesce(seen_at, 0) FROM endings LEFT JOIN runs USING (profile, run_id, webhook)
            LEFT JOIN details ON details.id = runs.id WHERE endings.profile = ? ORDER BY endings.id DESC LIMIT 1"""
        found = self._database.row(sql, (profile,))
        return float(found[0]) if found else 0.0

    def pass_over(self, profile: str, seen_before: float) -> None:
        """Exclude runs last seen before `seen_before`, epoch seconds."""
        old = f"""SELECT endings.id FROM endings LEFT JOIN runs USING (profile, run_id, webhook) LEFT JOIN details
            ON details.id = runs.id WHERE endings.profile = ? AND endings.{self._claims} IS NULL
            AND coalesce(details.seen_at, 0) < ?"""
        if self._database.row(f"{old} LIMIT 1", (profile, seen_before)):
            with self._database.write() as write:
                sql = f"UPDATE endings SET {self._claims} = ? WHERE id IN ({old})"
                write.execute(sql, (self._clock.wall(), profile, seen_before))
