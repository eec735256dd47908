"""Stops of batches: after some failures in a row, the waiting prompts of a batch are held until the user resumes it."""

import json
from collections.abc import Collection
from typing import Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, Status
from cordage_tui.store.file.database import AMONG, Database, TimedTable, Transaction
from cordage_tui.store.outbox.open_edits import STOPPED
from cordage_tui.store.outbox.transitions import IS_OPEN, OutboxTransitions

_RULE: Final = """SELECT batch, json_extract(source, '$.stop.after'), coalesce(json_extract(source, '$.stop.resumed_at'), 0)
    FROM runs JOIN batches ON batches.id = runs.batch WHERE runs.id = ? AND json_extract(source, '$.stop.after') > 0
    AND json_extract(source, '$.stop.stopped_at') IS NULL"""
_UNDER_WAY: Final = ", ".join(
    f"'{status.value}'"
    for status in Status
    if not status.is_final and status not in (Status.QUEUED, Status.HELD, Status.BATCH)
)
_ENDED: Final = """SELECT runs.status, CAST(error AS BLOB) FROM runs JOIN details USING (id) LEFT JOIN outbox USING (id)
    WHERE runs.batch = ? AND runs.status IN ('completed', 'failed', 'rejected') AND coalesce(ended_at, settled_at, 0) > ?
    ORDER BY coalesce(ended_at, settled_at, 0) DESC LIMIT ?"""

_TRIED: Final = f"""SELECT total(status = 'completed' AND coalesce(ended_at, 0) > :since),
    total(status IN ('failed', 'rejected') AND coalesce(ended_at, settled_at, 0) > :since), total(status IN ({_UNDER_WAY}))
    FROM runs LEFT JOIN outbox USING (id) WHERE runs.batch = :batch"""
_QUEUED: Final = "SELECT id FROM runs JOIN details USING (id) WHERE runs.batch = ? AND runs.status = 'queued'"


class StandingRule(NamedTuple):
    """Rule by which a batch is stopped after failures, and has not been."""

    batch: RowId
    after: int
    """Number of failures in a row."""
    since: float
    """Epoch seconds; failures before it do not count, because the user resumed the batch then."""


class FailuresInARow(NamedTuple):
    """Failures of the last runs of a batch."""

    batch: RowId
    failed: int
    error: str
    """Of the last; empty: it has no text."""


class FailureStops(TimedTable):
    """Stops of batches. Methods raise StoreError, and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._transitions = OutboxTransitions(database, clock)

    def rule(self, row: RowId) -> StandingRule | None:
        """Return the rule of the batch of a queued prompt.

        None: it is in no batch, the batch has no rule, or it was already stopped.
        """
        rule = self._database.row(_RULE, (row,))
        return None if rule is None else StandingRule(*rule)

    def failures(self, rule: StandingRule) -> FailuresInARow | None:
        """Return the failures after which a batch is to be stopped; None: its last runs did not all fail."""
        ended = self._database.rows(_ENDED, (rule.batch, rule.since, rule.after))
        if len(ended) < rule.after or any(status == "completed" for status, _ in ended):
            return None
        return FailuresInARow(rule.batch, len(ended), (ended[0][1] or b"").decode("utf-8", "replace"))

    def waiting(self, rule: StandingRule, note: str) -> list[RowId]:
        """List the prompts of a batch that wait for its first runs; empty: none waits.

        They wait if none has completed, and as many as would stop it have failed or not ended. Waiting prompts have
        this note, and lose it when they may go.
        """
        completed, failed, under_way = self._database.rows(_TRIED, {"batch": rule.batch, "since": rule.since})[0]
        waits = not completed and failed + under_way >= rule.after
        noted, unnoted = (
            list(self._database.column(f"{_QUEUED} AND note IS {sign} ?", (rule.batch, note))) for sign in ("", "NOT")
        )
        if changed := unnoted if waits else noted:
            with self._database.write() as write:
                text = json.dumps(changed)
                write.execute(f"UPDATE details SET note = ? WHERE id {AMONG}", (note if waits else None, text))
                write.touch(*map(RowId, changed))
        return [RowId(row) for row in (*noted, *unnoted)] if waits else []

    def all_wait(self, profile: str, note: str) -> bool:
        """Return whether everything queued has this note of `waiting`."""
        sql = (
            f"SELECT 1 FROM outbox JOIN details USING (id) WHERE profile = ? AND state = 'queued' AND {IS_OPEN}"
            " AND note IS NOT ? LIMIT 1"
        )
        return self._database.row(sql, (profile, note)) is None

    def stop(self, batch: RowId, note: str) -> int:
        """Hold the queued prompts of a batch. Returns how many."""
        with self._database.write() as write:
            sql = f"SELECT o.id FROM runs JOIN outbox AS o USING (id) WHERE runs.batch = ? AND o.state = 'queued' AND o.{IS_OPEN}"
            rows = [RowId(row) for row in self._database.column(sql, (batch,))]
            for row in rows:
                self._transitions.move(write, row, OutboxState.HELD, note)
                write.update("outbox", row, {"editor": STOPPED})
            self._put(write, batch, stopped_at=self._clock.wall())
        return len(rows)

    def resume(self, profile: str, rows: Collection[RowId] | None = None) -> int:
        """Queue the held prompts of the stopped batches of these rows, or of all, in their old place. Returns how
        many.

        The failures so far no longer count.
        """
        among = "" if rows is None else f" AND batch IN (SELECT batch FROM runs WHERE id {AMONG})"
        sql = (
            "SELECT outbox.id, batch FROM outbox JOIN runs USING (id) WHERE outbox.profile = ? AND state = 'held'"
            f" AND {IS_OPEN} AND editor = ?{among} ORDER BY lane, place"
        )
        with self._database.write() as write:
            held = self._database.rows(sql, (profile, STOPPED, *([] if rows is None else [json.dumps([*rows])])))
            for row, _ in held:
                self._transitions.move(write, RowId(row), OutboxState.QUEUED, note=None)
                write.update("outbox", row, {"editor": None})
            for batch in {batch for _, batch in held}:
                self._put(write, RowId(batch), stopped_at=None, resumed_at=self._clock.wall())
        return len(held)

    def _put(self, write: Transaction, batch: RowId, **changed: float | None) -> None:
        for name, value in changed.items():
            write.execute(
                f"UPDATE batches SET source = json_set(source, '$.stop.{name}', ?) WHERE id = ?", (value, batch)
            )
        write.touch(batch)
