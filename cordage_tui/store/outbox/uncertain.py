"""Submissions whose outcome is unknown, and how the run list is matched against them (docs/dev/triggering.md 5)."""

from collections.abc import Sequence
from typing import Any, Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.client_reference import CLIENT_REF, ref_in
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RowId
from cordage_tui.domain.submission import AcceptedStamp, UncertainSubmission
from cordage_tui.store.file.database import Database
from cordage_tui.store.outbox.transitions import IS_OPEN, OutboxTransitions
from cordage_tui.store.runs.binding import link_existing_run
from cordage_tui.store.runs.query_plan import IN_OR_OUT
from cordage_tui.store.runs.row_codecs import message_column, read_inputs

_LAST: Final = 50
"""Number of runs before a moment that are read: a list without any of them does not reach back that far."""
_QUEUED_S: Final = 86_400.0
"""A prompt that waited longer than a day before it was sent is not expected in a list."""
_MOST_RUNS: Final = 500
"""Most runs read since a prompt was sent, earliest first: other clients of the webhook may start any number."""
_MOST_STAMPS: Final = 60
NO_ROW: Final = RowId(2**63 - 1)
"""Row of a run whose first row is deleted: it no longer shows that the run is older than a prompt."""


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A run from the server that belongs to none of our submissions (yet)."""

    row: RowId
    run_id: str
    told_created: float | None
    """By the server's clock, epoch seconds."""
    seen_at: float
    """When it was first shown here, by this machine's clock."""
    inputs: Inputs | None
    """As the server echoes them; None: it does not."""
    ref: str | None
    """The reference that came along with them (`CLIENT_REF`), if the server echoes that."""


@dataclass(frozen=True, slots=True)
class RunsAroundTime:
    """Runs of one webhook, by run id, that a list reaching back to some moment has to name."""

    before: frozenset[str]
    """The last ones from before it."""
    after: frozenset[str]
    """Those since then that are old enough to be listed."""
    is_ours_after: bool
    """Whether one of `after` was started here."""


class UncertainSubmissions:
    """Reads and outcomes of uncertain submissions. All methods raise StoreError, and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._transitions = OutboxTransitions(database, clock)

    def all(self, profile: str) -> list[UncertainSubmission]:
        """List the uncertain submissions, in the order they were sent."""
        rows = self._database.rows(
            "SELECT id, webhook, inputs, sent_at, settled_at, skew, skew_within, ref, checks, next_check,"
            " coalesce(note, ''), known_until FROM outbox JOIN details"
            f" USING (id) WHERE profile = ? AND state = 'uncertain' AND {IS_OPEN} ORDER BY sent_at, id",
            (profile,),
        )
        return [
            UncertainSubmission(RowId(row), webhook, read_inputs(inputs) or {}, *columns)
            for row, webhook, inputs, *columns in rows
        ]

    def in_flight(self, profile: str, webhook_key: str) -> RowId | None:
        """Return the row after which a run may be that of a prompt now on the wire; None: there is none."""
        sql = (
            "SELECT min(coalesce(known_until, id)) FROM outbox WHERE profile = ? AND webhook = ? AND state = 'sending'"
            f" AND {IS_OPEN}"
        )
        first_row = self._database.row(sql, (profile, webhook_key))
        return first_row[0] if first_row else None

    def stamps(self, profile: str) -> list[AcceptedStamp]:
        """List how the server has stamped the runs that its answers named, the latest first."""
        rows = self._database.rows(
            "SELECT o.webhook, o.sent_at, o.skew, told_created, max(o.settled_at - o.sent_at, 0.0), coalesce(skew_within, 0.0)"
            " FROM outbox AS o JOIN runs USING (id) JOIN details USING (id)"
            " WHERE o.profile = ? AND o.sent_at IS NOT NULL AND o.state = 'accepted' AND matched IS NULL"
            " AND told_created IS NOT NULL ORDER BY o.sent_at DESC LIMIT ?",
            (profile, _MOST_STAMPS),
        )
        return [AcceptedStamp(*row) for row in rows]

    def first_seen_since(self, profile: str, webhook_key: str, after: RowId) -> list[Unclaimed]:
        """Return the unclaimed runs of a webhook that were first seen after the row `after`, in that order.

        It is like `unclaimed`, but independent of any clock.
        """
        return self._unclaimed("r.id > ?", "r.id", (profile, webhook_key, after))

    def unclaimed(self, profile: str, webhook_key: str, since: float) -> list[Unclaimed]:
        """Return the unclaimed runs of a webhook that appeared after `since`, oldest first.

        `since` is in epoch seconds, by either of the two clocks.
        """
        return self._unclaimed("r.created_at > ?", "r.created_at, r.id", (profile, webhook_key, since))

    def _unclaimed(self, condition: str, order: str, values: Sequence[object]) -> list[Unclaimed]:
        rows = self._database.rows(
            "SELECT r.id, r.run_id, d.told_created, r.created_at, d.inputs, d.raw FROM runs r JOIN details d ON d.id = r.id"
            f" WHERE r.profile = ? AND r.folded = 0 AND r.webhook = ? AND {condition} AND r.run_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = r.id)"
            " AND NOT EXISTS (SELECT 1 FROM match_set_runs AS m JOIN match_sets AS s ON s.id = m.set_id WHERE m.run_id = r.run_id"
            " AND s.profile = r.profile AND s.webhook = r.webhook AND m.claimed = 1)"
            " AND NOT EXISTS (SELECT 1 FROM given_up AS g WHERE g.profile = r.profile AND g.webhook = r.webhook"
            f" AND g.run_id = r.run_id) ORDER BY {order} LIMIT {_MOST_RUNS}",
            values,
        )
        return [
            Unclaimed(
                RowId(row),
                run_id,
                created,
                seen_at,
                read_inputs(inputs),
                ref=ref_in(read_inputs(raw) or {}) if CLIENT_REF in raw else None,
            )
            for row, run_id, created, seen_at, inputs, raw in rows
        ]

    def given_up(self, profile: str, webhook_key: str, since: float) -> list[UncertainSubmission]:
        """Return the tries sent after `since` (epoch seconds) that the user dropped or resent while their outcome was
        unknown.

        They may have run. Those with a known run are left out.
        """
        rows = self._database.rows(
            "SELECT row, webhook, inputs, sent_at, failed_at, skew, skew_within, ref, known_until FROM given_up"
            " JOIN details ON details.id = row"
            " WHERE profile = ? AND webhook = ? AND sent_at > ? AND run_id IS NULL ORDER BY sent_at, row",
            (profile, webhook_key, since),
        )
        return [_try_of(row) for row in rows]

    def guessed(self, profile: str, webhook_key: str, since: float) -> list[tuple[UncertainSubmission, Unclaimed]]:
        """Return the prompts sent after `since` (epoch seconds) that got a run by a guess, and that run."""
        rows = self._database.rows(
            "SELECT o.id, o.webhook, d.inputs, o.sent_at, settled_at, skew, skew_within, ref, known_until, r.run_id, told_created,"
            " seen_at"
            " FROM runs AS r JOIN outbox AS o USING (id) JOIN details AS d USING (id)"
            f" WHERE r.profile = ? AND {IN_OR_OUT} AND r.webhook = ? AND r.created_at > ? AND matched = ? AND o.sent_at > ?",
            (profile, webhook_key, since - _QUEUED_S, MatchedBy.GUESS.value, since),
        )
        return [
            (_try_of(row), Unclaimed(NO_ROW, run_id, created, seen_at or 0.0, None, None))
            for *row, run_id, created, seen_at in rows
        ]

    def neighbours(self, profile: str, webhook_key: str, after: RowId, since: float, until: float) -> RunsAroundTime:
        """Return the runs of a webhook around the time when a prompt was sent, without lost ones.

        Runs of others count as before or after by their rows, compared with `after`. Ours were sent before `since`,
        or from then until `until` (epoch seconds by this machine's clock).
        """
        runs = (
            "SELECT run_id, outbox.id IS NOT NULL FROM runs LEFT JOIN outbox USING (id) WHERE runs.profile = ?"
            f" AND {IN_OR_OUT} AND runs.webhook = ? AND run_id IS NOT NULL AND status <> 'lost'"
        )
        of_webhook = (profile, webhook_key)
        earlier = self._database.rows(
            f"{runs} AND iif(outbox.id IS NULL, runs.id <= ?, outbox.sent_at < ?) ORDER BY created_at DESC LIMIT ?",
            (*of_webhook, after, since, _LAST),
        )
        later = self._database.rows(
            f"{runs} AND created_at > ? AND iif(outbox.id IS NULL, runs.id > ? AND created_at <= ?,"
            " outbox.sent_at BETWEEN ? AND ?)",
            (*of_webhook, since - _QUEUED_S, after, until, since, until),
        )
        return RunsAroundTime(
            frozenset(run_id for run_id, _ in earlier),
            frozenset(run_id for run_id, _ in later),
            any(is_ours for _, is_ours in later),
        )

    def found(self, row: RowId, run: RowId) -> bool:
        """Bind an uncertain submission to the unclaimed run that the server says is its own: it takes over the run's row.
        False when either has changed since. Two submissions never get one run."""
        with self._database.write() as write:
            run_id = self._database.row(
                "SELECT run_id FROM runs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = runs.id)",
                (run,),
            )
            if run_id is None or self._transitions.state(row) is not OutboxState.UNCERTAIN:
                return False
            self._transitions.move(write, row, OutboxState.ACCEPTED, note=None)
            link_existing_run(self._database, write, row, run_id[0])
        return True

    def looked(self, row: RowId, checks: int, next_check: float | None, note: str) -> None:
        """Record a search without result: the number of checks so far, when the next is due, and a note for the
        user."""
        with self._database.write() as write:
            changed = write.execute(
                "UPDATE outbox SET checks = ?, next_check = ? WHERE id = ? AND state = 'uncertain'"
                " AND (checks IS NOT ? OR next_check IS NOT ?)",
                (checks, next_check, row, checks, next_check),
            ).rowcount
            noted = write.execute(
                "UPDATE details SET note = ? WHERE id = ? AND note IS NOT ?"
                " AND EXISTS (SELECT 1 FROM outbox WHERE outbox.id = details.id AND state = 'uncertain')",
                (message_column(note), row, message_column(note)),
            ).rowcount
            if changed or noted:
                write.touch(row)

    def listed(self, row: RowId, seconds: float) -> None:
        """Record the seconds from intent to the first list that showed this submission's run."""
        with self._database.write() as write:
            write.execute("UPDATE outbox SET listed_s = ? WHERE id = ? AND listed_s IS NULL", (seconds, row))

    def settling_s(self, profile: str, webhook_key: str, last: int = 200) -> list[float]:
        """List the recorded seconds from intent to the first list that showed the run, latest submissions first."""
        return [
            float(seconds)
            for seconds in self._database.column(
                "SELECT listed_s FROM (SELECT listed_s, id FROM outbox INDEXED BY outbox_like WHERE profile = ? AND webhook = ?"
                " AND listed_s IS NOT NULL ORDER BY id DESC LIMIT ?)",
                (profile, webhook_key, last),
            )
        ]


def _try_of(row: Sequence[Any]) -> UncertainSubmission:
    """Decode a try that is not searched for any more."""
    number, webhook, inputs, sent_at, failed_at, skew, skew_within, ref, known_until = row
    return UncertainSubmission(
        RowId(number),
        webhook,
        read_inputs(inputs) or {},
        sent_at,
        failed_at,
        skew,
        skew_within,
        ref,
        checks=0,
        next_check=None,
        note="",
        known_until=known_until,
    )
