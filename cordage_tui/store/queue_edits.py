"""Edits of many queued prompts, each in one transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import SHOWN_AS, Expected, Lane, OutboxState, StateChange
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.store.database import Database, Transaction
from cordage_tui.store.outbox import Outbox, shown
from cordage_tui.store.outbox_transitions import IS_OPEN, is_alive
from cordage_tui.store.queue import change_inputs, keys_between
from cordage_tui.store.row_codecs import message_text, read_inputs

_UNSENT: Final = f"profile = ? AND state IN ('queued', 'held') AND {IS_OPEN}"


_STATES: Final = (OutboxState.QUEUED, OutboxState.HELD)
_OF_INPUTS: Final = ("prompt", "search")
"""Columns of the run table that follow from the inputs, which a drop leaves."""

TableLine: TypeAlias = Sequence[tuple[str, Any]]
"""Columns of the run table and their values."""


@dataclass(frozen=True, slots=True)
class DroppedPrompt:
    """Dropped prompt that was not sent, so that it can be queued again as the same one."""

    row: RowId
    attempt: int
    line: TableLine = field(repr=False)
    """Its line, without what follows from its inputs."""
    batch_line: TableLine = field(repr=False)
    """Line of its batch; empty: it has none."""


class QueueEdits:
    """Edits of one profile's queue. Each method is one transaction, on disk when it returns; all raise StoreError, and then
    nothing has changed."""

    def __init__(self, database: Database, outbox: Outbox, profile: str) -> None:
        self._database = database
        self._outbox = outbox
        self._profile = profile
        self._columns: Sequence[str] = ()

    def unsent(self, rows: Collection[RowId] | None = None) -> list[UnsentPrompt]:
        """Read what is queued or held, all or those of `rows`, by lane and place; not what is open in an editor."""
        sql = (
            "SELECT id, webhook, state, attempt, lane, inputs, note, editor FROM outbox JOIN details USING (id)"
            f" WHERE {_UNSENT} AND inputs IS NOT NULL ORDER BY lane, place"
        )
        wanted = None if rows is None else frozenset(rows)
        return [
            UnsentPrompt(RowId(row), webhook, OutboxState(state), attempt, Lane(lane), body, message_text(note or None))
            for row, webhook, state, attempt, lane, body, note, editor in self._database.rows(sql, (self._profile,))
            if (wanted is None or row in wanted) and (editor is None or not is_alive(editor))
        ]

    def stale(self, changes: QueueChanges) -> Mapping[RowId, StateChange]:
        """Map those prompts of `changes` that are no longer as they were read to what they are now."""
        sql = (
            "SELECT id, state, attempt, inputs, editor FROM outbox JOIN details USING (id)"
            " WHERE id IN (SELECT value FROM json_each(?))"
        )
        rows = changes.rows
        now = {row: rest for row, *rest in self._database.rows(sql, (json.dumps([*rows]),))}
        changed = (row for row in rows if not _is_same(changes.before[row], *now.get(row, ("", 0, None, None))))
        return {row: self._outbox.outcome(row, done=False) for row in changed}

    def apply(self, changes: QueueChanges) -> tuple[Sequence[DroppedPrompt], Mapping[RowId, StateChange]]:
        """Change, drop and move. Returns what it takes to bring back what was dropped, and what is `stale` in this transaction,
        and left as it is."""
        dropped: list[DroppedPrompt] = []
        with self._database.write() as write:
            stale = self.stale(changes)
            for row, inputs in changes.inputs.items():
                if row not in stale:
                    change_inputs(write, self._outbox, row, inputs)
            for row in changes.dropped:
                if row not in stale:
                    dropped.append(self._dropped(row))
                    self._outbox.remove(write, row)
            self._arrange(write, changes.order, changes.moved - stale.keys())
        return dropped, stale

    def move(self, rows: Sequence[RowId], lane: Lane, beside: RowId | None, *, after: bool) -> None:
        """Move those of `rows` that are not sent before or behind another prompt of a lane; None: to the border of the lanes."""
        order = {lane: [*rows] if beside is None else [beside, *rows] if after else [*rows, beside]}
        with self._database.write() as write:
            self._arrange(write, order, frozenset(rows))

    def drop(self, rows: Mapping[RowId, Expected]) -> tuple[Sequence[DroppedPrompt], Mapping[RowId, StateChange]]:
        """Drop unsent prompts that are still as expected. Returns what it takes to bring them back, and the other ones."""
        dropped: list[DroppedPrompt] = []
        left: dict[RowId, StateChange] = {}
        with self._database.write() as write:
            for row, expected in rows.items():
                if expected.state in _STATES and self._outbox.still(row, expected):
                    dropped.append(self._dropped(row))
                    self._outbox.remove(write, row)
                else:
                    left[row] = self._outbox.outcome(row, done=False)
        return dropped, left

    def restore(self, dropped: Sequence[DroppedPrompt]) -> Sequence[RowId]:
        """Queue again what was dropped, with its place and its batch. Returns those that are: what was pruned since is not."""
        restored: list[RowId] = []
        with self._database.write() as write:
            for prompt in dropped:
                found = self._database.row("SELECT inputs FROM details WHERE id = ?", (prompt.row,))
                inputs = read_inputs(found[0]) if found else None
                if inputs is not None and self._outbox.restore(write, prompt.row, prompt.attempt):
                    self._restore_lines(write, prompt, inputs)
                    restored.append(prompt.row)
        return restored

    def _restore_lines(self, write: Transaction, prompt: DroppedPrompt, inputs: Inputs) -> None:
        """Add the line of a prompt to the run table, and that of its batch if it has gone."""
        line = dict(prompt.line)
        if (batch := line["batch"]) is not None:
            if not self._database.row("SELECT 1 FROM runs WHERE id = ?", (batch,)):
                write.insert("runs", dict(prompt.batch_line))
            other = self._database.row("SELECT folded FROM runs WHERE batch = ? LIMIT 1", (batch,))
            line["folded"] = other[0] if other else line["folded"]
        write.insert("runs", {**line, **shown(inputs), "status": SHOWN_AS[OutboxState.QUEUED].value})

    def _dropped(self, row: RowId) -> DroppedPrompt:
        expected, line = self._outbox.expected(row), self._line(row)
        batch = dict(line)["batch"]
        return DroppedPrompt(
            row,
            expected.attempt or 0 if expected else 0,
            tuple((name, value) for name, value in line if name not in _OF_INPUTS),
            self._line(batch) if batch is not None else (),
        )

    def _line(self, row: RowId) -> TableLine:
        """Read a line of the run table, without the columns that SQLite derives."""
        if not self._columns:
            self._columns = [name for _, name, *_ in self._database.rows("PRAGMA table_info(runs)")]
        values = self._database.row(f"SELECT {', '.join(self._columns)} FROM runs WHERE id = ?", (row,))
        return tuple(zip(self._columns, values or (), strict=True))

    def _arrange(self, write: Transaction, order: Mapping[Lane, Sequence[RowId]], moved: Collection[RowId]) -> None:
        """Put what is `moved` and not sent behind what is before it in `order`, wherever that is now."""
        sql = f"SELECT lane, id, place FROM outbox WHERE {_UNSENT} ORDER BY lane, place"
        found = self._database.rows(sql, (self._profile,)) if moved else []
        moved = {row for _, row, _ in found if row in moved}
        stays = {Lane(lane): list(rows) for lane, rows in groupby(found, lambda row: row[0])}
        for lane, wanted in order.items() if moved else ():
            places = {RowId(row): place for _, row, place in stays.get(lane, ()) if row not in moved}
            rows = merged_order([*places], wanted, moved, first=lane is Lane.BATCH)
            for row, place in new_places(rows, places).items():
                write.update("outbox", row, {"lane": lane.value, "place": place})
                write.touch(row)


def _is_same(read: UnsentPrompt, state: str, attempt: int, body: str | None, editor: int | None) -> bool:
    """Return whether a prompt is as it was read, and open in no editor."""
    return (state, attempt, body) == (read.state, read.attempt, read.body) and (editor is None or not is_alive(editor))


# The order of a lane. Pure functions.


def merged_order(
    stays: Sequence[RowId], wanted: Sequence[RowId], moved: Collection[RowId], *, first: bool
) -> list[RowId]:
    """Return the rows of a lane with what is `moved` into it: each of these behind the row that is before it in `wanted`, or
    before the one after it. Where `wanted` has no other row of the lane they go to its beginning (`first`) or its end."""
    there = frozenset(stays)
    behind: dict[RowId | None, list[RowId]] = {}
    anchor: RowId | None = None
    for row in wanted:
        if row in moved:
            behind.setdefault(anchor, []).append(row)
        elif row in there:
            anchor = row
    head = behind.pop(None, [])
    beside = next((row for row in wanted if row in there), None)
    merged = [*head] if beside is None and first else []
    for row in stays:
        merged += [*head, row] if row == beside else [row]
        merged += behind.get(row, ())
    return merged if beside is not None or first else [*merged, *head]


def new_places(rows: Sequence[RowId], places: Mapping[RowId, float]) -> Mapping[RowId, float]:
    """Return places for the `rows` of a lane that have none, so that all ascend; where doubles are too coarse for that, new
    ones for all."""
    parts = [(placed, list(part)) for placed, part in groupby(rows, places.__contains__)]
    given: dict[RowId, float] = {}
    for at, (placed, part) in enumerate(parts):
        if placed:
            continue
        before = [places[parts[at - 1][1][-1]]] if at else []
        after = [places[following[0]] for _, following in parts[at + 1 : at + 2]]
        keys = keys_between(len(part), [*before, *after], len(before))
        if not keys:
            return dict(zip(rows, keys_between(len(rows), [min(places.values())], 0), strict=True))
        given.update(zip(part, keys, strict=True))
    return given
