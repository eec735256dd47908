"""Sets of uncertain prompts and runs that may be theirs: recorded when they are found, and settled as the user
decides."""

from collections.abc import Collection, Sequence
from typing import Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.match_set import FoundSet, MatchSet, SetKind, SetPrompt, SetRun, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RowId, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.file.database import Database, Transaction
from cordage_tui.store.outbox.transitions import OutboxTransitions, forget_set
from cordage_tui.store.runs.binding import link_existing_run, unbind
from cordage_tui.store.runs.row_codecs import message_column, message_text

ASKED: Final = 2
"""The `checks` of a prompt about which the user has been asked."""
_RULED_OUT: Final = "You said that none of the runs shown is this prompt's."
_NAMED_NO_RUN: Final = "We sent this, and no answer named its run. It may be running and may be charged."
_LEFT_OVER: Final = "You said that the runs shown are other prompts'."
_IF_WRONG: Final = "If one was its own after all, resending it is charged a second time."
RULINGS: Final = (_RULED_OUT, _LEFT_OVER)
"""First sentence of the note of an uncertain prompt after the user has decided about its runs, which are not searched again."""


class MatchSets:
    """Table of match sets. Each method is one transaction, on disk when it returns; all raise StoreError, and then
    nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._transitions = OutboxTransitions(database, clock)

    def all(self, profile: str) -> list[MatchSet]:
        """List the sets that are not settled, the oldest first."""
        sql = "SELECT id FROM match_sets WHERE profile = ? AND verdict IS NULL ORDER BY id"
        with self._database.snapshot():
            open_sets = [self._read(number) for number in self._database.column(sql, (profile,))]
        return [match_set for match_set in open_sets if match_set is not None]

    def of(self, profile: str, row: RowId) -> MatchSet | None:
        """Return the open set of this profile that has this row as a prompt or as a run; None: there is none."""
        sql = (
            "SELECT set_id FROM match_set_prompts JOIN match_sets ON match_sets.id = set_id WHERE row = ?"
            " AND match_sets.profile = ? AND verdict IS NULL"
            " UNION ALL SELECT set_id FROM match_set_runs JOIN match_sets ON match_sets.id = set_id JOIN runs USING (profile, webhook, run_id)"
            " WHERE runs.id = ? AND profile = ? AND verdict IS NULL LIMIT 1"
        )
        with self._database.snapshot():
            set_id = self._database.row(sql, (row, profile, row, profile))
            return self._read(set_id[0]) if set_id else None

    def record(self, profile: str, webhook_key: str, found_sets: Sequence[FoundSet], notes: Sequence[str]) -> None:
        """Record the sets that a list has shown for a webhook, with a note for the prompts of each.

        They replace earlier ones whose prompts are still uncertain. Prompts of a set that all ran count as sent;
        bound ones get their runs, as guesses.
        """
        sql = "SELECT 1 FROM match_sets WHERE profile = ? AND webhook = ? AND verdict IS NULL LIMIT 1"
        if not found_sets and self._database.row(sql, (profile, webhook_key)) is None:
            return
        with self._database.write() as write:
            kept = self._forget_others(write, profile, webhook_key, found_sets)
            for found_set, note in zip(found_sets, notes, strict=True):
                if found_set not in kept and self._holds(found_set):
                    self._enter(write, profile, webhook_key, found_set, note)

    def settle(self, shown: MatchSet, settlement: Settlement, *, again: bool = False) -> bool:
        """Settle a set as the user decides. False when it has changed since it was `shown`; then nothing is done.

        `again`: if none ran, send all of them once more.
        """
        with self._database.write() as write:
            if not shown.is_same(self._read(shown.id)):
                return False
            self._close(write, shown, settlement)
            for prompt in shown.prompts:
                match settlement:
                    case Settlement.ALL_RAN:
                        self._ran(write, prompt)
                    case Settlement.NONE_RAN:
                        self._did_not_run(write, prompt, _RULED_OUT, again=again)
                    case Settlement.AS_GUESSED if prompt.guess is None:
                        self._did_not_run(write, prompt, _LEFT_OVER, again=False)
                    case Settlement.AS_GUESSED if prompt.state is OutboxState.UNCERTAIN:
                        self._transitions.move(write, prompt.row, OutboxState.ACCEPTED, note=None)
                        link_existing_run(self._database, write, prompt.row, prompt.guess, MatchedBy.USER)
                    case Settlement.AS_GUESSED:
                        self._ran(write, prompt)
        return True

    def ruled_out(self, profile: str, webhook_key: str) -> Collection[tuple[RowId, RowId]]:
        """List pairs of a prompt's and a run's row that do not belong together, as the user decided."""
        rows = self._database.rows(
            "SELECT row, runs.id FROM match_sets JOIN match_set_prompts AS p ON p.set_id = match_sets.id"
            " JOIN match_set_runs AS r ON r.set_id = match_sets.id JOIN runs USING (profile, webhook, run_id)"
            " WHERE profile = ? AND webhook = ? AND verdict = ?",
            (profile, webhook_key, Settlement.NONE_RAN.value),
        )
        return {(RowId(row), RowId(run)) for row, run in rows}

    def _forget_others(
        self, write: Transaction, profile: str, webhook_key: str, found_sets: Sequence[FoundSet]
    ) -> list[FoundSet]:
        """Delete the sets of uncertain prompts that were not found again; returns those that were."""
        kept: list[FoundSet] = []
        sql = "SELECT id FROM match_sets WHERE profile = ? AND webhook = ? AND verdict IS NULL"
        for number in list(self._database.column(sql, (profile, webhook_key))):
            recorded = self._read(number)
            if recorded is None or all(prompt.state is OutboxState.ACCEPTED for prompt in recorded.prompts):
                continue
            same = next((found_set for found_set in found_sets if _is_as_found(recorded, found_set)), None)
            if same is not None:
                kept.append(same)
            else:
                forget_set(write, number)
                write.touch(*recorded.rows)
        return kept

    def _holds(self, found_set: FoundSet) -> bool:
        """Return whether its prompts are still uncertain and its runs unclaimed."""
        are_open = all(self._transitions.state(row) is OutboxState.UNCERTAIN for row in found_set.rows)
        return are_open and all(self._run_id(run) is not None for run in found_set.runs)

    def _enter(self, write: Transaction, profile: str, webhook_key: str, found_set: FoundSet, note: str) -> None:
        run_ids = {run: self._run_id(run) for run in found_set.runs}
        guesses = {row: run_ids[run] for row, run in found_set.likely}
        ran = found_set.kind is SetKind.ALL_RAN and not found_set.is_bound
        for row in found_set.rows:
            if found_set.is_bound:
                self._transitions.move(write, row, OutboxState.ACCEPTED, note=None)
                link_existing_run(self._database, write, row, guesses[row] or "", MatchedBy.GUESS)
            elif ran:
                self._send(write, row, note)
        number = write.insert(
            "match_sets",
            {"profile": profile, "webhook": webhook_key, "kind": found_set.kind.value, "found_at": self._clock.wall()},
        )
        for row in found_set.rows:
            write.insert("match_set_prompts", {"set_id": number, "row": row, "guess": guesses.get(row)})
            write.touch(row)
        for run in found_set.runs:
            write.insert("match_set_runs", {"set_id": number, "run_id": run_ids[run], "claimed": int(ran)})
            write.touch(run)

    def _send(self, write: Transaction, row: RowId, note: str) -> None:
        """Mark a prompt as sent, as a run that is not known."""
        self._transitions.move(write, row, OutboxState.ACCEPTED, note)
        write.execute("UPDATE runs SET status = ? WHERE id = ?", (Status.UNMATCHED.value, row))

    def _ran(self, write: Transaction, prompt: SetPrompt) -> None:
        if prompt.state is OutboxState.UNCERTAIN:
            self._send(write, prompt.row, "You said that it ran; which of the runs is its own is not told.")
        else:
            sql = "UPDATE runs SET matched = ? WHERE id = ? AND run_id IS NOT NULL"
            write.execute(sql, (MatchedBy.USER.value, prompt.row))
        write.touch(prompt.row)

    def _did_not_run(self, write: Transaction, prompt: SetPrompt, ruling: str, *, again: bool) -> None:
        note_row = self._database.row("SELECT note FROM details WHERE id = ?", (prompt.row,))
        first = (message_text(note_row[0]) or "").partition("\n")[0] if note_row else ""
        if prompt.state is OutboxState.ACCEPTED:
            unbind(self._database, write, prompt.row)
            self._transitions.move(write, prompt.row, OutboxState.UNCERTAIN, note=None)
            first = _NAMED_NO_RUN
        note = advised(f"{first or _NAMED_NO_RUN}\n{ruling} {_IF_WRONG}", "run.resend")
        write.update("details", prompt.row, {"note": message_column(note)})
        write.execute("UPDATE outbox SET checks = ?, next_check = NULL WHERE id = ?", (ASKED, prompt.row))
        if again:
            self._transitions.move(write, prompt.row, OutboxState.QUEUED, note=None)
        write.touch(prompt.row)

    def _close(self, write: Transaction, shown: MatchSet, settlement: Settlement) -> None:
        write.update("match_sets", shown.id, {"verdict": settlement.value, "settled_at": self._clock.wall()})
        claimed = int(settlement is Settlement.ALL_RAN)
        write.execute("UPDATE match_set_runs SET claimed = ? WHERE set_id = ?", (claimed, shown.id))
        write.touch(*(run.row for run in shown.runs if run.row is not None))

    def _run_id(self, run: RowId) -> str | None:
        """Return the id of a run that no submission has claimed; None: it has gone, or is claimed."""
        sql = "SELECT run_id FROM runs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = runs.id)"
        unclaimed = self._database.row(sql, (run,))
        return unclaimed[0] if unclaimed else None

    def _read(self, number: int) -> MatchSet | None:
        head = self._database.row("SELECT webhook, kind FROM match_sets WHERE id = ? AND verdict IS NULL", (number,))
        if head is None:
            return None
        prompts = self._database.rows(
            "SELECT row, coalesce(prompt, ''), state, outbox.sent_at, guess FROM match_set_prompts JOIN outbox ON outbox.id = row"
            " LEFT JOIN runs ON runs.id = row WHERE set_id = ? ORDER BY outbox.sent_at, row",
            (number,),
        )
        runs = self._database.rows(
            "SELECT m.run_id, runs.id, runs.status, coalesce(told_created, runs.created_at) AS created FROM match_sets"
            " JOIN match_set_runs AS m ON m.set_id = match_sets.id LEFT JOIN runs ON runs.profile = match_sets.profile"
            " AND runs.webhook = match_sets.webhook AND runs.run_id = m.run_id LEFT JOIN details ON details.id = runs.id"
            " WHERE match_sets.id = ? ORDER BY created, m.run_id",
            (number,),
        )
        return MatchSet(
            number,
            head[0],
            SetKind(head[1]),
            tuple(
                SetPrompt(RowId(row), one_line(text), OutboxState(state), *state_and_times)
                for row, text, state, *state_and_times in prompts
            ),
            tuple(
                SetRun(run_id, None if row is None else RowId(row), None if status is None else Status(status), created)
                for run_id, row, status, created in runs
            ),
        )


def _is_as_found(recorded: MatchSet, found_set: FoundSet) -> bool:
    """Return whether a recorded set is the one that was found again."""
    if found_set.is_bound or found_set.kind is not recorded.kind or set(recorded.rows) != set(found_set.rows):
        return False
    run_ids = {run.row: run.run_id for run in recorded.runs}
    guesses = {row: run_ids.get(run) for row, run in found_set.likely}
    return set(run_ids) == set(found_set.runs) and guesses == {
        p.row: p.guess for p in recorded.prompts if p.guess is not None
    }
