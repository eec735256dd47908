"""Outbox: submit prompts, claim the next one to send, recover after a crash, and drop prompts."""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs, digest, prompt_of
from cordage_tui.domain.outbox_states import SHOWN_AS, TRANSITIONS, OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.search_text import search_text
from cordage_tui.domain.submission import (
    AWAITS_APPROVAL,
    NO_LINEAGE,
    UNSENT,
    Author,
    AuthorRequest,
    ClaimedSubmission,
    Expected,
    Lineage,
    NextSubmission,
    StateChange,
)
from cordage_tui.store.drafts import remember, write_panel_state
from cordage_tui.store.errors import AlreadyRequested
from cordage_tui.store.file.copy_check import OLDER, DatabaseCopyCheck
from cordage_tui.store.file.database import AMONG, BEYOND_RUNS, Database, Transaction
from cordage_tui.store.file.repair_record import RepairRecord
from cordage_tui.store.outbox.open_questions import ASKED_ABOUT, HELD_S
from cordage_tui.store.outbox.outcomes import MAY_RUN, TryOutcomes
from cordage_tui.store.outbox.transitions import IS_OPEN, OutboxTransitions
from cordage_tui.store.runs.row_codecs import MAX_PROMPT, escaped, message_column, read_inputs, stored

# How a submission enters the database, alone or as one of many.


@dataclass(frozen=True, slots=True)
class SubmissionOwner:
    """Owner of a submission, its batch, and the run it was made from."""

    profile: str
    webhook: str
    lane: Lane = Lane.INTERACTIVE
    batch: RowId | None = None
    folded: bool = False
    lineage: Lineage = NO_LINEAGE
    author: Author | None = None
    over_limit: bool = False
    """Sent although a run limit is reached, as the user decided."""


def insert_submission(
    write: Transaction, transitions: OutboxTransitions, owner: SubmissionOwner, inputs: Inputs, now: float
) -> RowId:
    """Insert a prompt as `queued`, or `held` for approval, last in its lane, with its row in the table. `now`: epoch seconds."""
    owner_columns, author = {"profile": owner.profile, "webhook": owner.webhook}, owner.author
    is_held = author is not None and author.is_held
    state = OutboxState.HELD if is_held else OutboxState.QUEUED
    line = {**shown(inputs), "batch": owner.batch, "folded": int(owner.folded), "created_at": now}
    line |= {"status": SHOWN_AS[state].value, "author": None if author is None else author.name}
    row = RowId(write.insert("runs", owner_columns | line))
    write.insert(
        "details", {"id": row, "inputs": stored(inputs), "note": message_column(AWAITS_APPROVAL) if is_held else None}
    )
    marks = {"unapproved": int(is_held), "over_limit": int(owner.over_limit)}
    entry = {"state": state.value, "fingerprint": digest(inputs), "submitted_at": now, "place": row}
    write.insert("outbox", {"id": row, **owner_columns, **entry, "lane": owner.lane.value, **marks})
    if owner.lineage != NO_LINEAGE:
        write_lineage(write, row, owner.lineage.fitting(inputs))
    write.touch(row)
    transitions.update_duplicate_notes(write, row)
    return row


def write_lineage(write: Transaction, row: RowId, lineage: Lineage) -> None:
    """Record the run that a submission was made from, and the outputs that are its inputs, replacing earlier
    records."""
    write.update("runs", row, {"parent": lineage.parent, "parent_output": lineage.output})
    write.execute("DELETE FROM linked_inputs WHERE id = ?", (row,))
    for name, output in lineage.links.items():
        write.insert("linked_inputs", {"id": row, "name": name, "run": output.row, "number": output.number})
    if lineage.parent is not None:
        write.touch(lineage.parent)


def write_inputs(write: Transaction, transitions: OutboxTransitions, row: RowId, inputs: Inputs) -> None:
    """Give an unsent prompt other inputs."""
    write.update("runs", row, shown(inputs))
    write.update("details", row, {"inputs": stored(inputs)})
    transitions.update_duplicate_notes(write, row)
    write.update("outbox", row, {"fingerprint": digest(inputs)})
    transitions.update_duplicate_notes(write, row)
    write.touch(row)


def shown(inputs: Inputs) -> dict[str, object]:
    """Return the columns of `runs` that follow from the inputs."""
    prompt = prompt_of(inputs)
    return {"prompt": one_line(prompt, MAX_PROMPT), "search": search_text(prompt, inputs=inputs)}


def write_request(write: Transaction, profile: str, request: AuthorRequest, rows: Sequence[RowId]) -> None:
    """Record the rows of a request, in its order. Raises AlreadyRequested if it is known, also to another process.

    Then the whole transaction is undone.
    """
    named = {"profile": profile, "author": request.author, "name": escaped(request.name), "digest": request.digest}
    try:
        for place, row in enumerate(rows):
            write.insert("requests", {"id": row, **named, "place": place})
    except sqlite3.IntegrityError as error:
        raise AlreadyRequested(request.name, "has been submitted before") from error


# The outbox: every prompt submitted here, and its way to the server (docs/dev/triggering.md 2).
#
# Intent is on disk before the first byte goes out. A process that crashes after that leaves a row in `sending`. The
# next holder of the sender's lock turns it into `uncertain`, never back into `queued`.

NO_LINKS: Final[Mapping[str, OutputRef]] = {}
NONE_FRESH: Final[Mapping[RowId, Mapping[str, OutputRef]]] = {}
_DROPPABLE: Final = frozenset(old for old, new in TRANSITIONS if new is OutboxState.DROPPED)


class Outbox(OutboxTransitions):
    """Table of submissions. Each method is one transaction, on disk when it returns; all raise StoreError, and then
    nothing has changed."""

    def __init__(self, database: Database, clock: Clock, copy_check: DatabaseCopyCheck | None = None) -> None:
        super().__init__(database, clock)
        self._copy_check = copy_check or DatabaseCopyCheck(database)
        self._outcomes = TryOutcomes(database, clock)

    def submit(
        self,
        profile: str,
        webhook_key: str,
        inputs: Inputs,
        draft: Inputs | None = None,
        lane: Lane = Lane.INTERACTIVE,
        lineage: Lineage = NO_LINEAGE,
        author: Author | None = None,
        over_limit: bool = False,
        request: AuthorRequest | None = None,
    ) -> RowId:
        """Store a prompt as `insert_submission` does and return its row. Raises AlreadyRequested for a known
        `request`.

        `draft` is the text left in the prompt panel, if the prompt came from there.
        """
        with self._database.write() as write:
            owner = SubmissionOwner(profile, webhook_key, lane, lineage=lineage, author=author, over_limit=over_limit)
            row = insert_submission(write, self, owner, inputs, self._clock.wall())
            remember(write, profile, webhook_key, row, inputs)
            write_panel_state(write, profile, webhook_key, draft, lineage)
            if request is not None:
                write_request(write, profile, request, [row])
        return row

    def claim(
        self,
        profile: str,
        busy: Collection[str] = (),
        *,
        skew_s: float | None = None,
        within_s: float | None = None,
        ref: str | None = None,
        passed: Collection[RowId] = (),
        fresh: Mapping[RowId, Mapping[str, OutputRef]] = NONE_FRESH,
        closed: Callable[[], Collection[str]] = tuple,
    ) -> ClaimedSubmission | None:
        """Commit the intent to send the first queued prompt of the lowest lane, and return it; None when none may go.

        It skips the webhook keys in `busy`. It also skips a prompt if an equal one on the same webhook is being sent
        or uncertain. The run list could not distinguish the two (docs/dev/triggering.md 4). Only one process gets a row.
        Rows in `passed` wait.

        `skew_s` is the server's clock less ours, give or take `within_s`, in case the answer is lost. `ref` goes
        along with the inputs. Inputs that are outputs of other runs go with the URLs in `fresh`, which are stored
        with the intent; without them, None. `closed` returns the webhooks that have reached a run limit, as
        `SpendingTable.closed` does. It is called in the transaction of the claim, so that all processes together keep
        the limit.
        """
        if self._next_queued(profile, busy, passed) is None:
            return None
        if self._copy_check.is_older(profile):
            self.pause_older(profile)
            return None
        with self._database.write() as write:
            shut = closed()
            row = self._next_queued(profile, busy, passed, shut) if self._may_send(profile) else None
            if row is None or not self._put_urls(write, row, fresh.get(row, NO_LINKS)):
                return None
            if self._next_queued(profile, busy, passed, shut) != row:  # with its new URL it may equal another prompt
                return None
            generation = self._copy_check.sends(write, profile)
            claimed = write.execute(
                "UPDATE outbox SET state = 'sending', attempt = attempt + 1, intent = ?, sent_at = ?, skew = ?,"
                " skew_within = ?, ref = ?, checks = 0,"
                " next_check = NULL, known_until = (SELECT seq FROM sqlite_sequence WHERE name = 'runs') WHERE id = ? AND state = 'queued'",
                (generation, self._clock.wall(), skew_s, within_s, ref, row),
            )
            outgoing = self._outgoing(row)
            if claimed.rowcount != 1 or outgoing is None:
                raise self._database.damage("what it lists as queued is not")
            self.show(write, row, OutboxState.SENDING, note=None)
        self._copy_check.sent(profile, generation)
        return outgoing

    def _may_send(self, profile: str) -> bool:
        """Return whether the queue is not paused, and the database is neither repaired, a copy nor outdated.

        An outdated database, older than the one that sent the last prompt, would have sent prompts as queued.
        """
        paused = self._database.row("SELECT 1 FROM queues WHERE profile = ? AND paused IS NOT NULL", (profile,))
        if paused is not None or RepairRecord(self._database).unseen(profile) is not None:
            return False
        return self._copy_check.why_strange() is None and not self._copy_check.is_older(profile)

    def pause_older(self, profile: str) -> None:
        """Hold the queue of a database that knows of fewer prompts than were sent, until the user has looked."""
        with self._database.write() as write:
            write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
            write.execute(
                "UPDATE queues SET paused = ?, paused_at = ? WHERE profile = ?",
                (message_column(advised(OLDER, "queue.resume")), self._clock.wall(), profile),
            )
            write.touch(BEYOND_RUNS)
        self._copy_check.remember(profile)

    def next(
        self, profile: str, busy: Collection[str] = (), passed: Collection[RowId] = (), closed: Collection[str] = ()
    ) -> NextSubmission | None:
        """Return the prompt that `claim` would send now; None: none."""
        row = self._next_queued(profile, busy, passed, closed)
        sql = "SELECT outbox.webhook, batch FROM outbox JOIN runs USING (id) WHERE id = ?"
        webhook_and_batch = None if row is None else self._database.row(sql, (row,))
        return (
            None
            if row is None or webhook_and_batch is None
            else NextSubmission(row, webhook_and_batch[0], self.lineage(row).links, webhook_and_batch[1])
        )

    def _put_urls(self, write: Transaction, row: RowId, fresh: Mapping[str, OutputRef]) -> bool:
        """Put fresh URLs into the inputs of a prompt. False if its linked inputs have changed."""
        linked = self.lineage(row).links
        if {n: (o.row, o.number) for n, o in linked.items()} != {n: (o.row, o.number) for n, o in fresh.items()}:
            return False
        if linked != fresh:
            stored_inputs = self._database.row("SELECT inputs FROM details WHERE id = ?", (row,))
            inputs = (read_inputs(stored_inputs[0]) if stored_inputs else None) or {}
            write_inputs(write, self, row, {**inputs, **{n: o.url for n, o in fresh.items()}})
        return True

    def annotate(self, row: RowId, note: str) -> None:
        """Say why a queued prompt waits."""
        with self._database.write() as write:
            if self.state(row) is OutboxState.QUEUED:
                self.show(write, row, OutboxState.QUEUED, note)

    def release_held(self, profile: str) -> int:
        """Queue all held prompts, in the old order, because there is a new key. Returns how many.

        Prompts that are being edited stay held.
        """
        with self._database.write() as write:
            rows = self.releasable(profile)
            for row in rows:
                self.move(write, row, OutboxState.QUEUED, note=None)
                write.update("outbox", row, {"editor": None})
        return len(rows)

    def recover(self, profile: str) -> int:
        """Mark the prompts that a dead process was sending as `uncertain`, once the sender's lock is acquired.
        Returns how many."""
        with self._database.write() as write:
            rows = self.in_state(profile, OutboxState.SENDING)
            for row in rows:
                at = self._outcomes.sent_at(row)
                note = f"We sent this{at} but the program ended before it stored an answer. {MAY_RUN}"
                self._outcomes.leave(write, row, OutboxState.UNCERTAIN, note)
        return len(rows)

    def drop(self, row: RowId, expected: Expected = UNSENT) -> StateChange:
        """Drop a prompt, as the user decided, if its state is still as expected; its row leaves the table.

        Otherwise returns its state. Unless the user was asked about another state, only a queued prompt is dropped.
        """
        return self.drop_all({row: expected})[row]

    def drop_all(self, rows: Mapping[RowId, Expected]) -> Mapping[RowId, StateChange]:
        """`drop` for many in one transaction."""
        with self._database.write() as write:
            return {row: self._drop(write, row, expected) for row, expected in rows.items()}

    def _drop(self, write: Transaction, row: RowId, expected: Expected) -> StateChange:
        if expected.state not in _DROPPABLE or not self.still(row, expected):
            return self.outcome(row, done=False)
        self.remove(write, row)
        return self.outcome(row, done=True)

    def remove(self, write: Transaction, row: RowId) -> None:
        """Make it `dropped` and take it off the table, and with the last one of a batch its line. Raises InvalidTransition."""
        self.move(write, row, OutboxState.DROPPED, note=None)
        batch = self._database.row("SELECT batch FROM runs WHERE id = ?", (row,))
        write.execute("DELETE FROM runs WHERE id = ?", (row,))
        if batch and batch[0] is not None:
            write.touch(RowId(batch[0]))
            if not self._database.row("SELECT 1 FROM runs WHERE batch = ? LIMIT 1", batch):
                write.execute("DELETE FROM runs WHERE id = ?", batch)

    def _next_queued(
        self, profile: str, busy: Collection[str], passed: Collection[RowId] = (), closed: Collection[str] = ()
    ) -> RowId | None:
        # The database keeps counts: thousands that wait for one busy webhook are not scanned at every wake.
        sql = "SELECT webhook FROM tallies WHERE profile = ? AND status = ? AND n > 0"
        if set(self._database.column(sql, (profile, SHOWN_AS[OutboxState.QUEUED].value))) <= set(busy):
            return None
        now = self._clock.wall()
        first_row = self._database.row(
            f"""SELECT id FROM outbox AS mine WHERE profile = ? AND state = 'queued' AND {IS_OPEN}
            AND webhook NOT {AMONG} AND id NOT {AMONG}
            AND EXISTS (SELECT 1 FROM details WHERE details.id = mine.id AND inputs IS NOT NULL)
            AND (webhook NOT {AMONG} OR over_limit = 1) AND id NOT IN ({ASKED_ABOUT})
            AND NOT EXISTS (SELECT 1 FROM outbox AS twin WHERE twin.profile = mine.profile AND twin.webhook = mine.webhook
                AND twin.fingerprint = mine.fingerprint AND twin.state IN ('sending', 'uncertain'))
            ORDER BY lane, place LIMIT 1""",
            (profile, *(json.dumps([*keys]) for keys in (busy, passed, closed)), profile, now, now + HELD_S),
        )
        return RowId(first_row[0]) if first_row else None

    def _outgoing(self, row: RowId) -> ClaimedSubmission | None:
        submission = self._database.row(
            "SELECT webhook, inputs, attempt, ref, sent_at, intent, known_until FROM outbox JOIN details USING (id) WHERE id = ?",
            (row,),
        )
        return (
            ClaimedSubmission(row, submission[0], read_inputs(submission[1]) or {}, *submission[2:])
            if submission
            else None
        )
