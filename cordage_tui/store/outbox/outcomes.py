"""Outcomes of tries: the result of a request that was sent, applied to its try.

A process that was stopped while its request was on the wire reports late. Meanwhile another process has called the
try uncertain, and the user may have edited, dropped or resent the prompt. Each outcome is one transaction, which
compares the try with the prompt's last one (docs/dev/triggering.md 2.1).
"""

import time
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import digest
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId, Status
from cordage_tui.domain.submission import ClaimedSubmission
from cordage_tui.store.errors import InvalidTransition
from cordage_tui.store.file.database import Transaction
from cordage_tui.store.outbox.transitions import OutboxTransitions, forget_set, give_up
from cordage_tui.store.runs.binding import bind, link_existing_run, unbind
from cordage_tui.store.runs.merge import merged, new_record
from cordage_tui.store.runs.row_codecs import message_column, stored
from cordage_tui.store.runs.run_and_details import insert_known, known_at, known_by_run, save_known

MAY_RUN: Final = "It may be running and may be charged."
_AGAIN_TOO: Final = (
    "This is the run of an earlier try. The prompt was resent{at}; that may be running too and may be charged."
)
_RAN_BESIDES: Final = (
    "This run is of a try that was called lost until its answer came late. It is charged besides later ones."
)
_NOT_ITS_RUN: Final = (
    f"We sent this{{at}}, but the run that it was given is another prompt's, as a late answer says. {MAY_RUN}"
)
_INFERRED: Final = (MatchedBy.TIME.value, MatchedBy.GUESS.value)


class _Standing(NamedTuple):
    """Standing of a prompt when the outcome of one of its tries arrives."""

    profile: str
    state: OutboxState
    is_last: bool
    """Whether the try is its last one."""
    is_body: bool
    """Whether its inputs are still those that were sent with that try."""
    run_id: str | None
    """Of the run that its row has; None: it has none, or the row is gone."""
    is_answered: bool
    """Whether an answer has named that run."""
    is_inferred: bool
    """Whether the run was found only by its times, or it counts as sent with an unknown run."""
    has_line: bool
    """Whether it has a line in the run table: dropped and pruned ones do not."""

    @property
    def takes(self) -> bool:
        """Return whether the run of the try becomes the prompt's own; otherwise it gets a row next to it."""
        if not (self.is_body and self.has_line):
            return False
        if self.state is OutboxState.SENDING:
            return self.is_last
        if self.state is OutboxState.ACCEPTED:
            return not self.is_answered and (self.is_last or self.is_inferred)
        return self.state is not OutboxState.DROPPED


class TryOutcomes(OutboxTransitions):
    """TryOutcomes of tries. Each method is one transaction, on disk when it returns; all raise StoreError, and then nothing
    has changed."""

    def accept(self, sent: ClaimedSubmission, run: RemoteRun) -> bool:
        """Record that the server accepted a try as `run`. Returns whether that is the prompt's run.

        After a later try it may get a row next to the prompt. If it cannot be the run of the try, the try is
        uncertain.
        """
        with self._database.write() as write:
            standing = self._standing(sent)
            if (why := self._why_not_its_own(sent, standing, run)) is not None:
                note = f"Cordage took this{self.sent_at(sent.row)}, but its answer names a run that {why}. {MAY_RUN}"
                self._doubt(write, sent, standing, note)
                return False
            if standing.takes or standing.run_id == run.run_id:
                self._become(write, sent, standing, run)
                return True
            self._stand_beside(write, sent, standing, run)
            return False

    def end(self, sent: ClaimedSubmission, state: OutboxState, note: str) -> None:
        """Record that a try started no run, or that its outcome is unknown (UNCERTAIN).

        Without a run it is REJECTED (`note` is the server's message, shown as the error), HELD, or QUEUED again.
        QUEUED means surely not sent, or a 429, and then the try does not count.
        """
        with self._database.write() as write:
            standing = self._standing(sent)
            if state is OutboxState.UNCERTAIN:
                self._doubt(write, sent, standing, note)
                return
            if standing.is_last and standing.state is OutboxState.ACCEPTED and standing.is_inferred:
                self._leave_set(write, sent.row, standing.run_id)
                self._reopen(write, sent.row, note)
                standing = standing._replace(state=OutboxState.UNCERTAIN)
            if standing.is_last and standing.state in (OutboxState.SENDING, OutboxState.UNCERTAIN):
                self.leave(write, sent.row, state, note)
                if standing.state is OutboxState.SENDING and state is OutboxState.QUEUED:
                    write.execute("UPDATE outbox SET attempt = attempt - 1 WHERE id = ?", (sent.row,))
            write.execute("DELETE FROM given_up WHERE row = ? AND intent = ?", (sent.row, sent.generation))

    def leave(self, write: Transaction, row: RowId, state: OutboxState, note: str) -> None:
        """End the last try of a prompt without a run. If an earlier try is known to have run, that becomes the
        prompt's run.

        Then it is not sent again.
        """
        earlier = self.earlier_run(row)
        if earlier is None:
            self.move(write, row, state, note)
            return
        if state is OutboxState.UNCERTAIN:
            give_up(write, row)
        at = self.sent_at(row)
        self.move(write, row, OutboxState.ACCEPTED, note=None)
        link_existing_run(self._database, write, row, earlier)
        write.execute("DELETE FROM given_up WHERE row = ? AND run_id = ?", (row, earlier))
        write.update("outbox", row, {"answered": 1})
        if state is OutboxState.UNCERTAIN:
            write.update("details", row, {"note": message_column(_AGAIN_TOO.format(at=at))})

    def sent_at(self, row: RowId) -> str:
        """Return in words when a prompt was sent last; empty: it was not."""
        sent_row = self._database.row("SELECT sent_at FROM outbox WHERE id = ?", (row,))
        return (
            time.strftime(" at %H:%M:%S", time.localtime(sent_row[0])) if sent_row and sent_row[0] is not None else ""
        )

    def _standing(self, sent: ClaimedSubmission) -> _Standing:
        joined = self._database.row(
            "SELECT o.profile, o.state, o.intent, o.fingerprint, o.answered, runs.run_id, runs.matched, runs.status,"
            " EXISTS (SELECT 1 FROM match_set_prompts JOIN match_sets ON match_sets.id = set_id"
            " WHERE row = o.id AND verdict IS NULL) FROM outbox AS o LEFT JOIN runs USING (id) WHERE o.id = ?",
            (sent.row,),
        )
        if joined is None:
            raise InvalidTransition("This prompt is unknown.")
        profile, state, intent, fingerprint, answered, run_id, matched, status, is_in_set = joined
        return _Standing(
            profile,
            OutboxState(state),
            is_last=intent == sent.generation,
            is_body=fingerprint == digest(sent.inputs),
            run_id=run_id,
            is_answered=bool(answered),
            is_inferred=matched in _INFERRED or bool(status == Status.UNMATCHED.value and is_in_set),
            has_line=status is not None,
        )

    def _why_not_its_own(self, sent: ClaimedSubmission, standing: _Standing, run: RemoteRun) -> str | None:
        """Return why a run that an answer names is not that of the try; None: it is."""
        if standing.run_id == run.run_id:
            return None
        holder = self._holder(sent, standing.profile, run.run_id)
        if holder is not None:
            row, is_answered, settled_at = holder
            if is_answered:
                return "belongs to another prompt"
            is_known = settled_at is not None and settled_at < sent.sent_at and row != sent.row
        else:
            sql = "SELECT id FROM runs WHERE profile = ? AND webhook = ? AND run_id = ?"
            run_row = self._database.row(sql, (standing.profile, sent.webhook_key, run.run_id))
            is_known = run_row is not None and run_row[0] <= sent.known_until
        return "was known before it was sent" if is_known else None

    def _holder(self, sent: ClaimedSubmission, profile: str, run_id: str) -> tuple[RowId, bool, float | None] | None:
        """Return the row of the other prompt that a run belongs to, whether by an answer, and since when; None: no
        prompt has it."""
        holder = self._database.row(
            "SELECT id, answered, settled_at FROM runs JOIN outbox USING (id)"
            " WHERE runs.profile = ? AND runs.webhook = ? AND run_id = ? AND id <> ?"
            " UNION ALL SELECT row, 1, failed_at FROM given_up WHERE profile = ? AND webhook = ? AND run_id = ? AND row <> ?",
            (profile, sent.webhook_key, run_id, sent.row) * 2,
        )
        return None if holder is None else (RowId(holder[0]), bool(holder[1]), holder[2])

    def _doubt(self, write: Transaction, sent: ClaimedSubmission, standing: _Standing, note: str) -> None:
        """Record that the outcome of a try is unknown. A later try, and findings and decisions since then, stay."""
        if standing.is_last and standing.state is OutboxState.SENDING:
            self.leave(write, sent.row, OutboxState.UNCERTAIN, note)

    def _become(self, write: Transaction, sent: ClaimedSubmission, standing: _Standing, run: RemoteRun) -> None:
        """Make the prompt's row that of the run."""
        row, is_accepted = sent.row, standing.state is OutboxState.ACCEPTED
        may_run_too = not standing.is_last and not standing.is_answered
        if may_run_too and (is_accepted or standing.state is OutboxState.UNCERTAIN):
            give_up(write, row)
        known_record = known_at(self._database, row) if standing.run_id == run.run_id else None
        if known_record is None:
            self._release(write, sent, standing, run.run_id)
            unbind(self._database, write, row)
        else:
            self._leave_set(write, row, run.run_id)
        if not is_accepted:
            self.move(write, row, OutboxState.ACCEPTED, note=None)
        if known_record is None:
            bind(self._database, write, row, run, self._clock.wall())
        else:
            save_known(write, row, merged(known_record[1], run, self._clock.wall()))
        write.update("runs", row, {"matched": None})
        write.update("outbox", row, {"answered": 1, "editor": None})
        if not standing.is_last and standing.state is OutboxState.UNCERTAIN:
            write.update("details", row, {"note": message_column(_AGAIN_TOO.format(at=self.sent_at(row)))})
        write.execute("DELETE FROM given_up WHERE row = ? AND intent = ?", (row, sent.generation))

    def _release(self, write: Transaction, sent: ClaimedSubmission, standing: _Standing, run_id: str) -> None:
        """Take a run back from another prompt that got it by a guess.

        Other conclusions from that guess, and from another run of the prompt itself, are searched again.
        """
        holder = self._holder(sent, standing.profile, run_id)
        mistaken = {sent.row} if holder is None else {sent.row, holder[0]}
        sets = (
            "SELECT id FROM match_sets JOIN match_set_prompts ON set_id = id WHERE verdict IS NULL AND row IN (?, ?)"
            " UNION SELECT id FROM match_sets JOIN match_set_runs ON set_id = id"
            " WHERE verdict IS NULL AND profile = ? AND webhook = ? AND run_id = ?"
        )
        parameters = (min(mistaken), max(mistaken), standing.profile, sent.webhook_key, run_id)
        for number in list(self._database.column(sets, parameters)):
            prompts = "SELECT row FROM match_set_prompts WHERE set_id = ?"
            mistaken.update(self._database.column(prompts, (number,)))
            forget_set(write, number)
        for row in mistaken - {sent.row}:
            if self.state(row) is OutboxState.ACCEPTED and not self._is_answered(row):
                self._reopen(write, row, _NOT_ITS_RUN.format(at=self.sent_at(row)))

    def _reopen(self, write: Transaction, row: RowId, note: str) -> None:
        """Make a prompt uncertain again whose run was only likely its own."""
        unbind(self._database, write, row)
        self.move(write, row, OutboxState.UNCERTAIN, note)
        write.update("outbox", row, {"checks": 0, "next_check": None})

    def _leave_set(self, write: Transaction, row: RowId, run_id: str | None) -> None:
        """Remove a prompt whose run is certain, with its run, from the sets that made it likely."""
        sql = "SELECT id FROM match_sets JOIN match_set_prompts ON set_id = id WHERE row = ? AND verdict IS NULL"
        for number in list(self._database.column(sql, (row,))):
            write.execute("DELETE FROM match_set_prompts WHERE set_id = ? AND row = ?", (number, row))
            write.execute("DELETE FROM match_set_runs WHERE set_id = ? AND run_id = ?", (number, run_id))
            if not self._database.row("SELECT 1 FROM match_set_prompts WHERE set_id = ?", (number,)):
                forget_set(write, number)

    def _is_answered(self, row: RowId) -> bool:
        return self._database.row("SELECT 1 FROM outbox WHERE id = ? AND answered", (row,)) is not None

    def _stand_beside(self, write: Transaction, sent: ClaimedSubmission, standing: _Standing, run: RemoteRun) -> None:
        """Give the run of an earlier try its own row, next to the prompt that runs again or was edited or dropped."""
        self._release(write, sent, standing, run.run_id)
        now = self._clock.wall()
        known_run = known_by_run(self._database, standing.profile, sent.webhook_key, (run.run_id,)).get(run.run_id)
        record = merged(known_run[1] if known_run else new_record(run, now), run, now)
        record = replace(record, inputs=record.inputs or stored(sent.inputs), note=message_column(_RAN_BESIDES))
        if known_run:
            save_known(write, known_run[0], record)
        else:
            insert_known(write, standing.profile, sent.webhook_key, record)
        of_try = (run.run_id, sent.row, sent.generation)
        write.execute("UPDATE given_up SET run_id = ? WHERE row = ? AND intent = ?", of_try)
