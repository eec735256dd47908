"""Queued prompts: their order and holds."""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import floor
from typing import Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs, digest
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import Lane, QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.submission import UNCERTAIN, Expected, StateChange
from cordage_tui.store.file.database import AMONG, Database, Transaction
from cordage_tui.store.outbox.submit_and_claim import NO_LINKS, write_inputs, write_lineage
from cordage_tui.store.outbox.transitions import IS_OPEN, OutboxTransitions
from cordage_tui.store.runs.row_codecs import message_text

# Prompts that wait to be sent, or for the user's decision: their order, and why they wait.

_SHOWN_FIRST: Final = "CASE state WHEN 'uncertain' THEN 0 WHEN 'sending' THEN 1 WHEN 'queued' THEN 2 ELSE 3 END"


UNLIMITED: Final = -1
"""Limit of a whole list, as SQLite takes it."""


class Queue:
    """The queue's order and contents. Each method is one transaction, on disk when it returns; all raise StoreError,
    and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._transitions = OutboxTransitions(database, clock)

    def waiting(self, profile: str, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        """List unsettled prompts: the uncertain, those being sent, the queued in their order, the held.

        With `UNLIMITED` it lists all of them, in one read.
        """
        rows = self._database.rows(
            "SELECT o.id, o.webhook, o.state, runs.prompt, o.submitted_at, o.sent_at, d.note, o.checks, o.next_check, runs.batch, o.attempt, o.lane, runs.author"
            f" FROM (SELECT id FROM outbox WHERE profile = ? AND {IS_OPEN} ORDER BY {_SHOWN_FIRST}, lane, place LIMIT ? OFFSET ?) AS page"
            " JOIN outbox AS o USING (id) JOIN runs USING (id) JOIN details AS d USING (id)"
            f" ORDER BY {_SHOWN_FIRST}, o.lane, o.place",
            (profile, limit, offset),
        )
        return [
            QueueItem(
                RowId(row),
                webhook,
                OutboxState(state),
                one_line(prompt),
                submitted_at,
                sent_at,
                message_text(note or None),
                checks,
                next_check,
                None if batch is None else RowId(batch),
                attempt,
                Lane(lane),
                author=None if author is None else one_line(author),
            )
            for row, webhook, state, prompt, submitted_at, sent_at, note, checks, next_check, batch, attempt, lane, author in rows
        ]

    def counts(self, profile: str) -> Mapping[OutboxState, int]:
        """Count the submissions of each state that is not settled; states without any are missing."""
        sql = f"SELECT state, count(*) FROM outbox WHERE profile = ? AND {IS_OPEN} GROUP BY state"
        return {OutboxState(state): n for state, n in self._database.rows(sql, (profile,))}

    def unapproved(self, profile: str) -> int:
        """Count the prompts held until the user approves them."""
        sql = (
            "SELECT count(*) FROM outbox JOIN details USING (id)"
            f" WHERE profile = ? AND state = 'held' AND {IS_OPEN} AND unapproved AND inputs IS NOT NULL"
        )
        return int(next(iter(self._database.column(sql, (profile,)))))

    def lanes(self, profile: str) -> Mapping[Lane, int]:
        """Count the queued submissions of each lane; lanes without any are missing."""
        sql = f"SELECT lane, count(*) FROM outbox WHERE profile = ? AND state = 'queued' AND {IS_OPEN} GROUP BY lane"
        return {Lane(lane): n for lane, n in self._database.rows(sql, (profile,))}

    def newest(self, profile: str) -> Mapping[str, float]:
        """Map each webhook with queued prompts to when the last of them was submitted, epoch seconds."""
        # With `+`, SQLite looks for no index that is in the webhooks' order: that one holds everything ever submitted.
        sql = f"SELECT webhook, max(submitted_at) FROM outbox WHERE profile = ? AND state = 'queued' AND {IS_OPEN} GROUP BY +webhook"
        return dict(self._database.rows(sql, (profile,)))

    def holds(self, profile: str, webhook_key: str, inputs: Inputs) -> bool:
        """Return whether a prompt with the same inputs is queued for that webhook."""
        sql = "SELECT 1 FROM outbox WHERE profile = ? AND webhook = ? AND fingerprint = ? AND state = 'queued' LIMIT 1"
        return self._database.row(sql, (profile, webhook_key, digest(inputs))) is not None

    def queued(self, profile: str) -> list[RowId]:
        """List the queued prompts, in the order they will be sent."""
        return self._transitions.in_state(profile, OutboxState.QUEUED)

    def hold(self, profile: str, note: str, row: RowId | None = None) -> int:
        """Hold queued prompts, all or one row, because of the key or the account. Returns how many."""
        if not self._queued(profile, row):
            return 0
        with self._database.write() as write:
            rows = self._queued(profile, row)
            for queued in rows:
                self._transitions.move(write, queued, OutboxState.HELD, note)
        return len(rows)

    def release(self, row: RowId) -> bool:
        """Queue a held submission again, in its old place. Returns False if it is not held any more or must be approved."""
        with self._database.write() as write:
            if self._transitions.state(row) is not OutboxState.HELD or self._transitions.unapproved([row]):
                return False
            self._transitions.move(write, row, OutboxState.QUEUED, note=None)
            write.update("outbox", row, {"editor": None})
        return True

    def has_held(self, profile: str) -> bool:
        """Return whether `Outbox.release_held` would find something."""
        return bool(self._transitions.releasable(profile))

    def resend(self, row: RowId, expected: Expected = UNCERTAIN) -> StateChange:
        """Queue an uncertain prompt once more, in the interactive lane, if its state is still as expected.

        Otherwise, after another window's resend, a third run would be paid for.
        """
        with self._database.write() as write:
            if expected.state is not OutboxState.UNCERTAIN or not self._transitions.still(row, expected):
                return self._transitions.outcome(row, done=False)
            if self._transitions.has_lost_inputs(row):
                return self._transitions.outcome(row, done=False)
            self._transitions.move(write, row, OutboxState.QUEUED, note=None)
            write.update("outbox", row, {"lane": Lane.INTERACTIVE.value})
            return self._transitions.outcome(row, done=True)

    def reorder(self, profile: str, rows: Collection[RowId], to: int, lane: Lane | None = None) -> None:
        """Move these queued rows, in the given order, behind the first `to` other queued rows; 0: send them next.

        They join the lane of the rows around them. Between two lanes, they stay in the lane of the first moved row. With
        `lane`, they go to the place in that lane nearest to it.
        """
        with self._database.write() as write:
            queue = self._places(profile)
            moved = [row for row in dict.fromkeys(rows) if row in queue]
            if not moved:
                return
            typed, others = _border(queue, moved)
            if lane is None:
                lane = Lane(queue[moved[0]].lane) if to == typed else Lane.INTERACTIVE if to < typed else Lane.BATCH
            to = min(to, typed) if lane is Lane.INTERACTIVE else min(max(to, typed), others)
            self._arrange(write, queue, moved, lane, to - typed * lane)

    def shift(self, profile: str, row: RowId, by: int) -> bool:
        """Move a queued row by `by` places; crossing the border of the lanes counts as one. False when it is not
        queued."""
        with self._database.write() as write:
            queue = self._places(profile)
            if row not in queue:
                return False
            typed, others = _border(queue, [row])
            has_border = queue[row].lane == Lane.BATCH or others > typed
            to = max(0, min(list(queue).index(row) + queue[row].lane + by, others + has_border))
            lane = Lane.BATCH if to > typed else Lane.INTERACTIVE
            self._arrange(write, queue, [row], lane, to - (typed + 1) * lane)
        return True

    def _arrange(
        self, write: Transaction, queue: "Mapping[RowId, QueuePlace]", moved: Sequence[RowId], lane: Lane, at: int
    ) -> None:
        """Put `moved` in order into a lane, after `at` others of it."""
        moved_set = frozenset(moved)
        unmoved = [row for row, entry in queue.items() if entry.lane == lane and row not in moved_set]
        taken_places = [queue[row].place for row in unmoved]
        order, places = moved, keys_between(len(moved), taken_places, at)
        if not places:
            order = [*unmoved[:at], *moved, *unmoved[at:]]
            places = keys_between(len(order), [min(taken_places)], 0)
        for row, place in zip(order, places, strict=True):
            if queue[row] != (lane, place):
                write.update("outbox", row, {"lane": lane.value, "place": place})
                write.touch(row)

    def ahead(self, profile: str, row: RowId) -> int | None:
        """Count the items above this one in `waiting`; None when it is settled, or of another profile."""
        sort_key = self._database.row(
            f"SELECT {_SHOWN_FIRST}, lane, place FROM outbox WHERE id = ? AND profile = ? AND {IS_OPEN}", (row, profile)
        )
        if sort_key is None:
            return None
        sql = (
            f"SELECT count(*) FROM outbox WHERE profile = ? AND {IS_OPEN} AND ({_SHOWN_FIRST}, lane, place) < (?, ?, ?)"
        )
        return int(next(iter(self._database.column(sql, (profile, *sort_key)))))

    def positions(self, profile: str, rows: Collection[RowId]) -> Mapping[RowId, int]:
        """Map those of `rows` that are queued to their positions in the order of sending, from 1."""
        # each count begins at the end of the last one: together they read the index once
        sql = f"SELECT id, lane, place FROM outbox WHERE profile = ? AND state = 'queued' AND {IS_OPEN} AND id {AMONG}"
        wanted = sorted(
            (lane, place, row) for row, lane, place in self._database.rows(sql, (profile, json.dumps([*rows])))
        )
        positions: dict[RowId, int] = {}
        ahead, after = 0, (-1, 0.0)
        for lane, place, row in wanted:
            between = "(lane, place) >= (?, ?) AND (lane, place) < (?, ?)"
            count = f"SELECT count(*) FROM outbox WHERE profile = ? AND state = 'queued' AND {IS_OPEN} AND {between}"
            ahead += next(iter(self._database.column(count, (profile, *after, lane, place))))
            after = (lane, place)
            positions[RowId(row)] = ahead + 1
        return positions

    def _places(self, profile: str) -> "dict[RowId, QueuePlace]":
        """Map each queued row to its place, in the queue's order."""
        sql = f"SELECT id, lane, place FROM outbox WHERE profile = ? AND state = 'queued' AND {IS_OPEN} ORDER BY lane, place"
        return {RowId(row): QueuePlace(lane, place) for row, lane, place in self._database.rows(sql, (profile,))}

    def _queued(self, profile: str, row: RowId | None) -> list[RowId]:
        queued = self.queued(profile)
        return queued if row is None else [row] if row in queued else []


def change_inputs(
    write: Transaction,
    transitions: OutboxTransitions,
    row: RowId,
    inputs: Inputs,
    links: Mapping[str, OutputRef] = NO_LINKS,
) -> None:
    """Replace the inputs of an unsent prompt, in a transaction of the caller's. `links`: which of them are outputs of other
    runs, besides those that were and are the same."""
    lineage = transitions.lineage(row).fitting(inputs)
    write_inputs(write, transitions, row, inputs)
    write_lineage(write, row, replace(lineage, links={**lineage.links, **links}))


class QueuePlace(NamedTuple):
    """Place of a queued row: its lane, and its key in there, ascending."""

    lane: int
    place: float


def _border(queue: Mapping[RowId, QueuePlace], moved: Sequence[RowId]) -> tuple[int, int]:
    """Count the rows besides `moved`: those of the interactive lane, and all."""
    moved_set = frozenset(moved)
    lanes = [entry.lane for row, entry in queue.items() if row not in moved_set]
    return lanes.count(Lane.INTERACTIVE), len(lanes)


def keys_between(count: int, taken: Sequence[float], at: int) -> list[float]:
    """Return `count` ascending places between `taken[at - 1]` and `taken[at]`, so that no other row need move.

    Empty if doubles are too coarse for that. After the last row they stay below the next whole number, because new
    rows get whole numbers.
    """
    if not taken:
        return [float(n - count) for n in range(count)]
    low = taken[at - 1] if at else taken[0] - count - 1
    high = taken[at] if at < len(taken) else floor(low) + 1.0
    places = [low + (high - low) * n / (count + 1) for n in range(1, count + 1)]
    ascending = all(lower < upper for lower, upper in pairwise([low, *places, high]))
    return places if ascending else []
