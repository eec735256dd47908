"""Edits of many queued prompts, each in one transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, Final, TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.submission import Expected, StateChange
from cordage_tui.store.file.database import AMONG, Database, Transaction
from cordage_tui.store.outbox.open_edits import is_edited
from cordage_tui.store.outbox.queued_prompts import change_inputs, keys_between
from cordage_tui.store.outbox.submit_and_claim import Outbox
from cordage_tui.store.outbox.transitions import IS_OPEN
from cordage_tui.store.runs.row_codecs import message_text

_UNSENT: Final = f"profile = ? AND state IN ('queued', 'held') AND {IS_OPEN}"


TableLine: TypeAlias = Sequence[Any]
"""Values of the columns of the run table."""


@dataclass(frozen=True, slots=True)
class DroppedPrompt:
    """Dropped prompt that was not sent, so that it can be queued again as the same one."""

    row: RowId
    attempt: int
    line: TableLine = field(repr=False)
    """Its line of the run table."""
    batch_line: TableLine = field(repr=False)
    """Line of its batch; empty: it has none."""


class QueueEdits:
    """Edits of one profile's queue. Each method is one transaction, on disk when it returns; all raise StoreError, and then
    nothing has changed."""

    def __init__(self, database: Database, outbox: Outbox, profile: str) -> None:
        self._database = database
        self._outbox = outbox
        self._profile = profile

    def unsent(self, rows: Collection[RowId] | None = None, *, unapproved: bool = False) -> list[UnsentPrompt]:
        """Read queued or held prompts, all or those of `rows`, by lane and place, without those open in an editor.

        `unapproved`: only those that wait for the user's approval.
        """
        sql = (
            "SELECT id, outbox.webhook, state, attempt, lane, inputs, note, author, editor FROM outbox JOIN details USING (id)"
            f" LEFT JOIN runs USING (id) WHERE outbox.{_UNSENT} AND inputs IS NOT NULL AND unapproved >= ? ORDER BY lane, place"
        )
        wanted = None if rows is None else frozenset(rows)
        return [
            UnsentPrompt(
                RowId(row),
                webhook,
                OutboxState(state),
                attempt,
                Lane(lane),
                body,
                message_text(note or None),
                None if author is None else one_line(author),
            )
            for row, webhook, state, attempt, lane, body, note, author, editor in self._database.rows(
                sql, (self._profile, unapproved)
            )
            if (wanted is None or row in wanted) and not is_edited(editor)
        ]

    def stale(self, changes: QueueChanges) -> Mapping[RowId, StateChange]:
        """Map those prompts of `changes` that have changed since they were read to their present state."""
        return self._stale({row: changes.before[row] for row in changes.rows})

    def _stale(self, read: Mapping[RowId, UnsentPrompt]) -> Mapping[RowId, StateChange]:
        sql = f"SELECT id, state, attempt, inputs, editor FROM outbox JOIN details USING (id) WHERE id {AMONG}"
        now = {row: columns for row, *columns in self._database.rows(sql, (json.dumps([*read]),))}
        changed = (row for row in read if not _is_same(read[row], *now.get(row, ("", 0, None, None))))
        return {row: self._outbox.outcome(row, done=False) for row in changed}

    def approve(self, shown: Sequence[UnsentPrompt]) -> Mapping[RowId, StateChange]:
        """Queue prompts of authors that were held until the user approved them, if they are unchanged since `shown`.

        Returns the changed ones, which are not queued.
        """
        with self._database.write() as write:
            rows = [prompt.row for prompt in shown]
            left = {**self._stale({prompt.row: prompt for prompt in shown})}
            held = self._outbox.unapproved(rows)
            left |= {row: self._outbox.outcome(row, done=False) for row in rows if row not in held}
            for row in rows:
                if row not in left:
                    self._outbox.approve(write, row)
        return left

    def apply(self, changes: QueueChanges) -> tuple[Sequence[DroppedPrompt], Mapping[RowId, StateChange]]:
        """Change, drop and move prompts.

        Returns the data to restore dropped prompts, and the `stale` ones, which are not changed.
        """
        with self._database.write() as write:
            stale = self.stale(changes)
            for row, inputs in changes.inputs.items():
                if row not in stale:
                    change_inputs(write, self._outbox, row, inputs)
            dropped = self._remove(write, [row for row in changes.dropped if row not in stale])
            self._arrange(write, changes.order, changes.moved - stale.keys())
        return dropped, stale

    def move(self, rows: Sequence[RowId], lane: Lane, beside: RowId | None, *, after: bool) -> None:
        """Move unsent prompts of `rows` before or after another prompt of a lane; None: to the border of the lanes."""
        order = {lane: [*rows] if beside is None else [beside, *rows] if after else [*rows, beside]}
        with self._database.write() as write:
            self._arrange(write, order, frozenset(rows))

    def drop(
        self, rows: Mapping[RowId, Expected | None]
    ) -> tuple[Sequence[DroppedPrompt], Mapping[RowId, StateChange]]:
        """Drop unsent prompts that are still as expected; None: any unsent state. Returns the data to restore them,
        and the others."""
        with self._database.write() as write:
            sql = f"SELECT id, state, attempt FROM outbox WHERE id {AMONG} AND state IN ('queued', 'held')"
            unsent_rows = self._database.rows(sql, (json.dumps([*rows]),))
            unsent = {row: Expected(OutboxState(state), attempt) for row, state, attempt in unsent_rows}
            fits = {row for row, now in unsent.items() if rows[row] in (None, now, Expected(now.state))}
            dropped = self._remove(write, [row for row in rows if row in fits])
            left = {row: self._outbox.outcome(row, done=False) for row in rows if row not in fits}
        return dropped, left

    def restore(self, dropped: Sequence[DroppedPrompt]) -> Sequence[RowId]:
        """Queue dropped prompts again, or hold them if not approved, with their place and their batch. Returns these
        prompts.

        Prompts that were sent or pruned since, or that ran in an earlier try, stay dropped.
        """
        sql = (
            "SELECT id, attempt FROM outbox JOIN details USING (id)"
            f" WHERE id {AMONG} AND state = 'dropped' AND inputs IS NOT NULL"
        )
        with self._database.write() as write:
            dropped_rows = self._database.rows(sql, (json.dumps([prompt.row for prompt in dropped]),))
            untried, unapproved = {*dropped_rows}, self._outbox.unapproved([prompt.row for prompt in dropped])
            back = [
                prompt
                for prompt in dropped
                if (prompt.row, prompt.attempt) in untried and self._outbox.earlier_run(prompt.row) is None
            ]
            folded = {prompt.line[self._batch_column]: self._restored_batch(write, prompt) for prompt in back}
            for prompt in back:
                values = dict(zip(self._columns, prompt.line, strict=True))
                state = OutboxState.HELD if prompt.row in unapproved else OutboxState.QUEUED
                values["status"] = SHOWN_AS[state].value
                values["folded"] = values["folded"] if (is_folded := folded[values["batch"]]) is None else is_folded
                write.insert("runs", values)
            self._outbox.restore(write, [prompt.row for prompt in back])
        return [prompt.row for prompt in back]

    def _restored_batch(self, write: Transaction, prompt: DroppedPrompt) -> int | None:
        """Add the line of a prompt's batch to the run table if it is missing. Returns whether its prompts are folded.

        None: it has no other prompt in the table.
        """
        batch = prompt.line[self._batch_column]
        if batch is None:
            return None
        if not self._database.row("SELECT 1 FROM runs WHERE id = ?", (batch,)):
            write.insert("runs", dict(zip(self._columns, prompt.batch_line, strict=True)))
        other = self._database.row("SELECT folded FROM runs WHERE batch = ? LIMIT 1", (batch,))
        return other[0] if other else None

    def _remove(self, write: Transaction, rows: Sequence[RowId]) -> Sequence[DroppedPrompt]:
        """Drop unsent prompts, and take them off the run table, with the last one of a batch its line."""
        lines = self._lines(rows)
        batches = self._lines({line[self._batch_column] for line in lines.values()} - {None})
        sql, ids = f"SELECT id, attempt FROM outbox WHERE id {AMONG}", json.dumps([*rows])
        attempts: dict[RowId, int] = dict(self._database.rows(sql, (ids,)))
        self._outbox.drop_unsent(write, rows)
        write.execute(f"DELETE FROM runs WHERE id {AMONG}", (ids,))
        for batch in batches:
            write.touch(batch)
            if not self._database.row("SELECT 1 FROM runs WHERE batch = ? LIMIT 1", (batch,)):
                write.execute("DELETE FROM runs WHERE id = ?", (batch,))
        return [
            DroppedPrompt(row, attempts[row], lines[row], batches.get(lines[row][self._batch_column], ()))
            for row in rows
        ]

    def _lines(self, rows: Collection[RowId]) -> Mapping[RowId, TableLine]:
        """Read lines of the run table, without the columns that SQLite derives."""
        sql = f"SELECT id, {', '.join(self._columns)} FROM runs WHERE id {AMONG}"
        return {RowId(row): line for row, *line in self._database.rows(sql, (json.dumps([*rows]),))}

    @cached_property
    def _columns(self) -> Sequence[str]:
        """Columns of the run table that are stored."""
        return [name for _, name, *_ in self._database.rows("PRAGMA table_info(runs)")]

    @cached_property
    def _batch_column(self) -> int:
        return self._columns.index("batch")

    def _arrange(self, write: Transaction, order: Mapping[Lane, Sequence[RowId]], moved: Collection[RowId]) -> None:
        """Put unsent rows of `moved` after the row before them in `order`, wherever that row is now."""
        sql = f"SELECT lane, id, place FROM outbox WHERE {_UNSENT} ORDER BY lane, place"
        unsent_rows = self._database.rows(sql, (self._profile,)) if moved else []
        moved = {row for _, row, _ in unsent_rows if row in moved}
        stays = {Lane(lane): list(rows) for lane, rows in groupby(unsent_rows, lambda row: row[0])}
        for lane, wanted in order.items() if moved else ():
            places = {RowId(row): place for _, row, place in stays.get(lane, ()) if row not in moved}
            rows = merged_order([*places], wanted, moved, first=lane is Lane.BATCH)
            for row, place in new_places(rows, places).items():
                write.update("outbox", row, {"lane": lane.value, "place": place})
                write.touch(row)


def _is_same(read: UnsentPrompt, state: str, attempt: int, body: str | None, editor: int | None) -> bool:
    """Return whether a prompt is as it was read, and open in no editor."""
    return (state, attempt, body) == (read.state, read.attempt, read.body) and not is_edited(editor)


# The order of a lane. Pure functions.


def merged_order(
    stays: Sequence[RowId], wanted: Sequence[RowId], moved: Collection[RowId], *, first: bool
) -> list[RowId]:
    """Return the rows of a lane with the `moved` rows in it, each after its predecessor in `wanted`.

    A row without a predecessor is placed before its successor. If `wanted` has no other row of the lane, the rows are
    placed at its beginning (`first`) or its end.
    """
    staying = frozenset(stays)
    behind: dict[RowId | None, list[RowId]] = {}
    anchor: RowId | None = None
    for row in wanted:
        if row in moved:
            behind.setdefault(anchor, []).append(row)
        elif row in staying:
            anchor = row
    head = behind.pop(None, [])
    beside = next((row for row in wanted if row in staying), None)
    merged = [*head] if beside is None and first else []
    for row in stays:
        merged += [*head, row] if row == beside else [row]
        merged += behind.get(row, ())
    return merged if beside is not None or first else [*merged, *head]


def new_places(rows: Sequence[RowId], places: Mapping[RowId, float]) -> Mapping[RowId, float]:
    """Return places for the `rows` of a lane that have none, so that all ascend.

    If doubles are too coarse for that, all rows get new ones.
    """
    parts = [(placed, list(part)) for placed, part in groupby(rows, places.__contains__)]
    assigned: dict[RowId, float] = {}
    for at, (placed, part) in enumerate(parts):
        if placed:
            continue
        before = [places[parts[at - 1][1][-1]]] if at else []
        after = [places[following[0]] for _, following in parts[at + 1 : at + 2]]
        keys = keys_between(len(part), [*before, *after], len(before))
        if not keys:
            return dict(zip(rows, keys_between(len(rows), [min(places.values())], 0), strict=True))
        assigned.update(zip(part, keys, strict=True))
    return assigned
