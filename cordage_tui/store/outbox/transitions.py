"""State changes of submissions: the only code that changes `outbox.state`, and with it the status in the table."""

import json
from collections.abc import Collection, Sequence
from typing import Final

from cordage_tui.domain.outbox_states import SHOWN_AS, TRANSITIONS, OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.domain.submission import (
    AWAITS_APPROVAL,
    EARLIER_TWIN_NOTE,
    WAITS_FOR_TWIN,
    Expected,
    Lineage,
    StateChange,
)
from cordage_tui.store.errors import InvalidTransition
from cordage_tui.store.file.database import AMONG, TimedTable, Transaction
from cordage_tui.store.runs.row_codecs import message_column
from cordage_tui.store.runs.run_lookup import lineage_of

# One step of a submission.

IS_OPEN: Final = "state IN ('queued', 'sending', 'held', 'uncertain')"
"""The condition of the index `outbox_open`. Queries must repeat it literally in addition to the state they want.

Otherwise SQLite does not use the partial index, and reads every submission ever made.
"""


class OutboxTransitions(TimedTable):
    """Steps inside a transaction of the caller's. Both `move` and `show` raise StoreError."""

    def state(self, row: RowId) -> OutboxState | None:
        """Return the state of a submission; None: the row has none."""
        state_row = self._database.row("SELECT state FROM outbox WHERE id = ?", (row,))
        return OutboxState(state_row[0]) if state_row else None

    def expected(self, row: RowId) -> Expected | None:
        """Return the submission's state, to be compared in the transaction of the user's decision; None: the row has
        none."""
        state_row = self._database.row("SELECT state, attempt FROM outbox WHERE id = ?", (row,))
        return Expected(OutboxState(state_row[0]), state_row[1]) if state_row else None

    def lineage(self, row: RowId) -> Lineage:
        """Read `RunLookup.lineage`."""
        return lineage_of(self._database, row)

    def still(self, row: RowId, expected: Expected) -> bool:
        """Return whether the submission's state is still as expected."""
        now = self.expected(row)
        return now is not None and now.state is expected.state and expected.attempt in (None, now.attempt)

    def outcome(self, row: RowId, *, done: bool) -> StateChange:
        """Return the result of a step: whether it was made, and the state now."""
        state_row = self._database.row(
            "SELECT state, run_id FROM outbox LEFT JOIN runs USING (id) WHERE outbox.id = ?", (row,)
        )
        if state_row is None:
            return StateChange(done, None)
        return StateChange(done, OutboxState(state_row[0]), None if state_row[1] is None else safe(state_row[1]))

    def earlier_run(self, row: RowId) -> str | None:
        """Return the run of an earlier try with the prompt's present inputs; None: none is known to have run."""
        run_row = self._database.row(
            "SELECT g.run_id FROM given_up AS g JOIN outbox AS o ON o.id = g.row AND o.fingerprint = g.fingerprint"
            " JOIN runs ON runs.profile = o.profile AND runs.webhook = o.webhook AND runs.run_id = g.run_id"
            " WHERE g.row = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = runs.id) ORDER BY g.id LIMIT 1",
            (row,),
        )
        return run_row[0] if run_row else None

    def in_state(self, profile: str, state: OutboxState) -> list[RowId]:
        """The submissions in one of the states of `IS_OPEN`, in the queue's order."""
        sql = f"SELECT id FROM outbox WHERE profile = ? AND state = ? AND {IS_OPEN} ORDER BY lane, place"
        return [RowId(row) for row in self._database.column(sql, (profile, state.value))]

    def releasable(self, profile: str) -> list[RowId]:
        """List prompts held because of the key or the account. Not those that wait for approval, or whose edit was not saved:
        the user was changing them, so they are not sent as they are."""
        sql = (
            "SELECT id FROM outbox WHERE profile = ? AND state = 'held' AND NOT unapproved AND editor IS NULL"
            f" AND {IS_OPEN} ORDER BY lane, place"
        )
        return [RowId(row) for row in self._database.column(sql, (profile,))]

    def unapproved(self, rows: Collection[RowId]) -> set[RowId]:
        """Return those of `rows` that are submissions of an author and not approved by the user."""
        sql = f"SELECT id FROM outbox WHERE unapproved AND id {AMONG}"
        return {RowId(row) for row in self._database.column(sql, (json.dumps([*rows]),))}

    def has_lost_inputs(self, row: RowId) -> bool:
        """Return whether the inputs of a prompt were in a part of the database that was damaged: it can never be sent."""
        return self._database.row("SELECT 1 FROM details WHERE id = ? AND inputs IS NULL", (row,)) is not None

    def move(self, write: Transaction, row: RowId, state: OutboxState, note: str | None) -> OutboxState:
        """Make one transition; returns the state it left. A dropped prompt stays dropped, except by `restore`.

        Raises InvalidTransition.
        """
        was = self.state(row)
        if was in (None, OutboxState.DROPPED) or (was, state) not in TRANSITIONS:
            raise InvalidTransition(
                f"This prompt is {was.value if was else 'unknown'} and cannot become {state.value}."
            )
        if was is OutboxState.UNCERTAIN:
            self._no_longer_uncertain(write, row, state)
        sql = "UPDATE outbox SET state = ?, settled_at = ? WHERE id = ?"
        write.execute(sql, (state.value, self._clock.wall(), row))
        self.show(write, row, state, note)
        if OutboxState.UNCERTAIN in (was, state) or state is OutboxState.QUEUED:
            self.update_duplicate_notes(write, row)
        return was

    def drop_unsent(self, write: Transaction, rows: Sequence[RowId]) -> None:
        """Drop queued and held prompts in a few statements, however many. Their lines are the caller's to remove."""
        self._enter_all(write, rows, OutboxState.DROPPED)

    def restore(self, write: Transaction, rows: Sequence[RowId]) -> None:
        """Queue dropped prompts that were not sent, or hold those that are not approved: the user takes the drop back. Their
        lines are there again."""
        unapproved = self.unapproved(rows)
        self._enter_all(write, [row for row in rows if row not in unapproved], OutboxState.QUEUED)
        self._enter_all(write, [*unapproved], OutboxState.HELD, AWAITS_APPROVAL)
        sql = (
            "SELECT mine.id FROM outbox AS mine JOIN outbox AS twin USING (profile, webhook, fingerprint)"
            f" WHERE mine.id {AMONG} AND twin.state = 'uncertain'"
        )
        for row in list(self._database.column(sql, (json.dumps([*rows]),))):
            self.update_duplicate_notes(write, row)

    def approve(self, write: Transaction, row: RowId) -> None:
        """Queue a prompt of an author that was held until the user approved it."""
        write.update("outbox", row, {"unapproved": 0})
        self.move(write, row, OutboxState.QUEUED, note=None)

    def _enter_all(
        self, write: Transaction, rows: Sequence[RowId], state: OutboxState, note: SafeText | None = None
    ) -> None:
        ids = json.dumps([*rows])
        sql = f"UPDATE outbox SET state = ?, settled_at = ? WHERE id {AMONG}"
        write.execute(sql, (state.value, self._clock.wall(), ids))
        write.execute(f"UPDATE details SET note = ?, error = NULL WHERE id {AMONG}", (message_column(note), ids))
        write.touch(*rows)

    def _no_longer_uncertain(self, write: Transaction, row: RowId, state: OutboxState) -> None:
        """End the sets of a prompt that is no longer uncertain: the others form another set, which the next list
        shows.

        A given-up try may still have run. If its run appears, it must not be taken for another prompt's without
        doubt.
        """
        sql = "SELECT id FROM match_sets JOIN match_set_prompts ON set_id = id WHERE row = ? AND verdict IS NULL"
        for number in list(self._database.column(sql, (row,))):
            forget_set(write, number)
        if state is not OutboxState.ACCEPTED:
            give_up(write, row)

    def show(self, write: Transaction, row: RowId, state: OutboxState, note: str | None) -> None:
        """Have the table show `state`; `note` is the error of a rejected one, and our own words of any other."""
        if state in SHOWN_AS:
            write.execute("UPDATE runs SET status = ? WHERE id = ?", (SHOWN_AS[state].value, row))
        column = ("error", "note") if state is OutboxState.REJECTED else ("note", "error")
        write.execute(
            f"UPDATE details SET {column[0]} = ?, {column[1]} = NULL WHERE id = ?", (message_column(note), row)
        )
        write.touch(row)

    def update_duplicate_notes(self, write: Transaction, row: RowId) -> None:
        """Update the notes of queued prompts equal to this one: they wait as long as an equal one is uncertain."""
        likes = self._database.rows(
            "SELECT twin.id, twin.state, details.note FROM outbox AS mine JOIN outbox AS twin USING (profile, webhook, fingerprint)"
            " JOIN details ON details.id = twin.id WHERE mine.id = ? AND twin.state IN ('queued', 'uncertain')",
            (row,),
        )
        waits = any(state == OutboxState.UNCERTAIN for _, state, _ in likes)
        for twin, state, note in likes:
            if state == OutboxState.QUEUED and waits is not (note in (WAITS_FOR_TWIN, EARLIER_TWIN_NOTE)):
                write.execute("UPDATE details SET note = ? WHERE id = ?", (WAITS_FOR_TWIN if waits else None, twin))
                write.touch(RowId(twin))


def give_up(write: Transaction, row: RowId) -> None:
    """Record that the last try of a prompt may have run although the prompt is dropped, sent once more, or another try's run."""
    write.execute(
        "INSERT INTO given_up (row, profile, webhook, sent_at, failed_at, skew, skew_within, ref, known_until, intent, fingerprint)"
        " SELECT id, profile, webhook, sent_at, settled_at, skew, skew_within, ref, known_until, intent, fingerprint"
        " FROM outbox WHERE id = ?",
        (row,),
    )


def forget_set(write: Transaction, number: int) -> None:
    """Delete a set of uncertain prompts and runs, in a transaction of the caller's."""
    for table, column in (("match_set_prompts", "set_id"), ("match_set_runs", "set_id"), ("match_sets", "id")):
        write.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
