"""Reconciler: find uncertain submissions in run lists."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from math import inf
from typing import Final

from cordage_tui.api.request import Timeouts
from cordage_tui.api.responses import ClockSkew
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.client_reference import CLIENT_REF
from cordage_tui.domain.match_set import FoundSet
from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.domain.submission import AcceptedStamp, UncertainSubmission
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.nonblocking_waits import WakeEvent
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.run_matching import CandidateRun, Rivals, match
from cordage_tui.engine.outbox.search_window import CreationWindow, window
from cordage_tui.engine.outbox.stamp_offset import learned_offset
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.store.errors import StoreError
from cordage_tui.store.outbox.uncertain import Unclaimed

# How long it takes until a list shows a run: the longest a lost answer's run may stay unseen (docs/dev/triggering.md 5.1).

LEAST_S: Final = 120.0
"""Least time before a run counts as unseen, however fast lists have been."""
MOST_S: Final = 3600.0
MARGIN: Final = 1.5
"""Beyond the longest of the latest runs: of some hundreds that is their 99.9th percentile."""
SLEPT_S: Final = 120.0
"""After a longer gap between lists, the time until a run is seen is not a sample: no list was read."""


class ListingLatency:
    """Time until a list shows a run, learned from runs that this process sent and whose lists it reads."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._uncertain = context.store.uncertain
        self._awaited: dict[str, dict[str, tuple[RowId, float]]] = {}
        self._listed_at: dict[str, float] = {}

    def record_accepted(self, webhook_key: str, run_id: str, row: RowId, sent_at: float) -> None:
        """Record that the submission sent at `sent_at` (monotonic seconds) started that run."""
        awaited = self._awaited.get(webhook_key, {})
        recent = {run: start for run, start in awaited.items() if sent_at - start[1] < MOST_S}
        self._awaited[webhook_key] = {**recent, run_id: (row, sent_at)}

    def record_listed(self, webhook_key: str, run_ids: Collection[str]) -> None:
        """Record the run ids of a list that was just read."""
        now, before = self._context.clock.monotonic(), self._listed_at.get(webhook_key)
        self._listed_at[webhook_key] = now
        awaited = self._awaited.get(webhook_key, {})
        for run_id in [run_id for run_id in awaited if run_id in run_ids]:
            row, sent_at = awaited.pop(run_id)
            if now - (sent_at if before is None else max(before, sent_at)) <= SLEPT_S:
                with suppress(StoreError):  # one sample less
                    self._uncertain.listed(row, now - sent_at)

    def settle_s(self, webhook_key: str) -> float:
        """Seconds after which a list without the run speaks against it. Raises StoreError."""
        longest = max(self._uncertain.settling_s(self._context.profile, webhook_key), default=0.0)
        return min(max(LEAST_S, MARGIN * longest), MOST_S)


# Searches every list that is read for uncertain submissions, and has lists read when they help
# (docs/dev/triggering.md 5).
#
# Nothing here sends anything: the user decides about submissions that are not found.

AGAIN_S: Final = 60.0
"""Seconds between searches if a list could not decide, or none was read."""
OVERDUE_S: Final = 10.0
"""Time within which the answer to a check that is due arrives; later the note no longer names when it was due."""
LATER_S: Final = 1.0
"""Least delay of a check that is worth another note."""
SOON_S: Final = 0.05
"""Least interval of searches: the time left until a check may be below the clocks' resolution."""


@dataclass(frozen=True, slots=True)
class _ListResponse:
    """Response of one list call."""

    webhook_key: str
    runs: Sequence[RemoteRun]
    asked_mono: float
    """When it was asked for, monotonic seconds."""
    asked_at: float
    """The same by the present wall clock."""
    settle_s: float
    given_up: bool
    """Tries that the user has given up may have started runs of it."""


@dataclass(frozen=True, slots=True)
class _Clocks:
    """Knowledge of the clocks at both ends."""

    settle_s: float
    skew: ClockSkew | None
    stamps: Sequence[AcceptedStamp]

    def window(self, uncertain: UncertainSubmission, sent_here: float) -> CreationWindow:
        """Return the window of creation of the submission's run, sent at `sent_here` by this machine's present
        clock."""
        return window(uncertain, sent_here, self.settle_s, self.skew, self.stamps)

    def candidate(self, unclaimed: Unclaimed) -> CandidateRun:
        """Return the run in the form that `match` takes. If the server gives no time, use the latest that its stamp
        could be."""
        is_told = unclaimed.told_created is not None
        ahead = self.skew.ahead_s if self.skew else 0.0
        created = (
            unclaimed.told_created if unclaimed.told_created is not None else unclaimed.seen_at + ahead + self._most_s
        )
        return CandidateRun(unclaimed.row, created, unclaimed.inputs, unclaimed.ref, is_told)

    @property
    def _most_s(self) -> float:
        offset = learned_offset(self.stamps, "", by_date=self.skew is not None)
        return max(offset.most_s, 0.0) if offset else 0.0


@dataclass(slots=True)
class _Search:
    """Search for the run of one attempt, by this process. Monotonic seconds."""

    since: float
    sent: float
    """When it was sent, by `Clock.boot`."""
    look_at: float
    """When the list is needed next, independent of the poller."""
    check: float | None = None
    """The `next_check` that went into this."""


class Reconciler:
    """Search for the runs of uncertain submissions in every list that is read."""

    def __init__(self, context: EngineContext, reader: RunFetcher, poller: Poller) -> None:
        self.wake = WakeEvent()
        """Set when a submission may have become uncertain."""
        self.latency = ListingLatency(context)
        self._context = context
        self._store = context.store
        self._clock = context.clock
        self._poller = poller
        reader.list_listeners.append(self.match_list)
        self._searches: dict[tuple[RowId, float], _Search] = {}

    async def run(self, polls: Callable[[], bool]) -> None:
        """Start searches, and have lists read when due, in the process that `polls()`; until cancelled."""
        while True:
            wait = None
            with suppress(StoreError):  # a failed write is tried again
                wait = self._next_wait_s() if polls() else None
            await self.wake.sleep(AGAIN_S if wait is None else wait)

    def match_list(self, webhook_key: str, runs: Sequence[RemoteRun], asked_at: float) -> None:
        """Match a list asked for at `asked_at` (monotonic seconds), after it was stored. Raises StoreError."""
        self.latency.record_listed(webhook_key, {run.run_id for run in runs})
        submissions = [uncertain for uncertain in self._uncertain_submissions() if uncertain.webhook_key == webhook_key]
        if not submissions:
            return
        clocks = self._clocks(webhook_key)
        windows = [clocks.window(uncertain, self._sent_here(uncertain)) for uncertain in submissions]
        free, withheld = self._free_runs(webhook_key, min(creation.uncertain.after for creation in windows), clocks)
        rivals = self._rivals(webhook_key, min(creation.opens_here for creation in windows), clocks)
        echoes_refs = any(CLIENT_REF in run.raw for run in runs)
        matched = match([creation.submission for creation in windows], free, rivals, echoes_refs=echoes_refs)
        for run_match in matched.matches:
            self._store.uncertain.found(run_match.row, run_match.run)
        notes = [search_window.note_all_ran(found_set) for found_set in matched.sets]
        self._store.match_sets.record(self._context.profile, webhook_key, matched.sets, notes)
        asked_wall = self._clock.wall() - self._clock.monotonic() + asked_at
        look = _ListResponse(webhook_key, runs, asked_at, asked_wall, clocks.settle_s, bool(rivals.given_up))
        matched_rows = {run_match.row for run_match in matched.matches} | {
            row for found_set in matched.sets for row in found_set.rows
        }
        torn = {row: found_set for found_set in matched.open_sets for row in found_set.rows}
        for creation in windows:
            row, waits = creation.uncertain.row, any(run > creation.uncertain.after for run in withheld)
            if row in torn or (row not in matched_rows and not waits):
                self._record_not_found(creation, look, torn.get(row))

    def _clocks(self, webhook_key: str) -> "_Clocks":
        """Return the current knowledge of the clocks at both ends. Raises StoreError."""
        settle_s, stamps = self.latency.settle_s(webhook_key), self._store.uncertain.stamps(self._context.profile)
        return _Clocks(settle_s, self._context.client.skew.estimate(), stamps)

    def _uncertain_submissions(self) -> list[UncertainSubmission]:
        """Read the uncertain submissions. The start of each search is kept by a clock that cannot be set."""
        submissions, now = self._store.uncertain.all(self._context.profile), self._clock.monotonic()
        ago = self._clock.wall() - self._clock.boot()
        tries = ((uncertain.row, uncertain.sent_at) for uncertain in submissions)
        self._searches = {
            attempt: self._searches.get(attempt) or _Search(now, attempt[1] - ago, now) for attempt in tries
        }
        return submissions

    def _next_wait_s(self) -> float | None:
        """Return the seconds until the next list is needed; None: nothing is searched for."""
        waits = [self._search_wait_s(uncertain) for uncertain in self._uncertain_submissions()]
        return min((wait for wait in waits if wait is not None), default=None)

    def _search_wait_s(self, uncertain: UncertainSubmission) -> float | None:
        """Have the list read if it is due, and return the seconds until it is due again; None: the user decides.

        Most runs show within seconds, a few within minutes, so intervals double.
        """
        check = self._start_search(uncertain) if search_window.is_new(uncertain) else uncertain.next_check
        if check is None:
            return None
        check = self._restate(uncertain, check)
        now, trace = self._clock.monotonic(), self._search(uncertain)
        left = max(check - self._clock.wall(), 0.0)
        if check != trace.check:
            trace.check, trace.look_at = check, min(trace.look_at, now + left)
        if now >= trace.look_at:
            self._poller.read_next(uncertain.webhook_key)
            trace.look_at = now + min(max(now - trace.since, 1.0), left or AGAIN_S, AGAIN_S)
        over = check + OVERDUE_S - self._clock.wall()
        return max(min(trace.look_at - now, over if over > 0 else inf), SOON_S)

    def _restate(self, uncertain: UncertainSubmission, check: float) -> float:
        """Update the note, and return when a list can decide, epoch seconds.

        A search that another process began must settle in this one again, so `check` may be too early. If `check` is
        over and no list was read, the next one decides.
        """
        now, trace = self._clock.wall(), self._search(uncertain)
        settled = now + self.latency.settle_s(uncertain.webhook_key) - (self._clock.monotonic() - trace.since)
        due = settled if settled > max(check, now) + LATER_S else check
        note = uncertain.note
        if due != check:
            note = search_window.note_at(note, due)
        elif check + OVERDUE_S <= now:
            note = search_window.note_at(note, None)
        if note != uncertain.note or due != check:
            with suppress(StoreError):  # only a note: the search continues without it
                self._store.uncertain.looked(uncertain.row, uncertain.checks, due, note)
        return due

    def _sent_here(self, uncertain: UncertainSubmission) -> float:
        """Time of sending by the wall clock as it runs now; it may have been set since."""
        clock = self._clock
        return self._search(uncertain).sent + clock.wall() - clock.boot()

    def _search(self, uncertain: UncertainSubmission) -> _Search:
        return self._searches[uncertain.row, uncertain.sent_at]

    def _start_search(self, uncertain: UncertainSubmission) -> float:
        until = self._clock.wall() + self.latency.settle_s(uncertain.webhook_key)
        self._store.uncertain.looked(uncertain.row, 0, until, search_window.note_checking(uncertain, until))
        return until

    def _free_runs(
        self, webhook_key: str, after: RowId, clocks: "_Clocks"
    ) -> tuple[list[CandidateRun], Sequence[RowId]]:
        """Return the unclaimed runs first seen after the row `after`, and the rows of those left out.

        A run first seen while a prompt is on the wire may be its run, and its answer will decide that.
        """
        profile, table = self._context.profile, self._store.uncertain
        runs = [clocks.candidate(unclaimed) for unclaimed in table.first_seen_since(profile, webhook_key, after)]
        sent = table.in_flight(profile, webhook_key) if runs else None
        if sent is None:
            return runs, ()
        return [run for run in runs if run.row <= sent], [run.row for run in runs if run.row > sent]

    def _rivals(self, webhook_key: str, opens: float, clocks: "_Clocks") -> Rivals:
        """Return the submissions, besides the uncertain ones, that may own runs created after `opens` by this
        machine's clock."""
        profile, table = self._context.profile, self._store.uncertain
        since = opens - clocks.settle_s - Timeouts().trigger_total_s
        given_up = [
            clocks.window(uncertain, uncertain.sent_at).submission
            for uncertain in table.given_up(profile, webhook_key, since)
        ]
        guessed = [
            (clocks.window(uncertain, uncertain.sent_at).submission, clocks.candidate(unclaimed))
            for uncertain, unclaimed in table.guessed(profile, webhook_key, since)
        ]
        return Rivals(given_up, guessed, self._store.match_sets.ruled_out(profile, webhook_key))

    def _record_not_found(self, creation: CreationWindow, look: _ListResponse, torn: FoundSet | None) -> None:
        """Note that a submission was not found in this list."""
        uncertain, is_ripe = creation.uncertain, self._is_conclusive(creation.uncertain, look)
        if torn is not None and not search_window.is_new(uncertain):
            until = None if is_ripe else uncertain.next_check
            self._store.uncertain.looked(
                uncertain.row,
                uncertain.checks,
                until,
                search_window.note_ambiguous(uncertain, torn, until, given_up=look.given_up),
            )
        elif is_ripe and self._reaches_back(creation, look):
            self._record_miss(uncertain, look)
        elif search_window.is_ambiguous(uncertain) and _is_asked(uncertain):  # those runs now belong to others
            note = search_window.note_not_seen(uncertain, uncertain.checks, None)
            self._store.uncertain.looked(uncertain.row, uncertain.checks, None, note)
        elif is_ripe:
            again = look.asked_at + AGAIN_S
            self._store.uncertain.looked(
                uncertain.row, uncertain.checks, again, search_window.note_too_short(uncertain, again)
            )

    def _is_conclusive(self, uncertain: UncertainSubmission, look: _ListResponse) -> bool:
        """Return whether a list without the run counts as evidence against it.

        The settle time must be over by any clock, and the user was not asked yet, or chose to wait until now.
        """
        has_settled = look.asked_mono - self._search(uncertain).since >= look.settle_s
        if uncertain.next_check is None:
            return has_settled and not search_window.is_new(uncertain) and uncertain.checks < search_window.ASK_AFTER
        return has_settled and look.asked_at >= uncertain.next_check

    def _reaches_back(self, creation: CreationWindow, look: _ListResponse) -> bool:
        table, until = self._store.uncertain, look.asked_at - look.settle_s
        sent = creation.opens_here
        neighbours = table.neighbours(self._context.profile, look.webhook_key, creation.uncertain.after, sent, until)
        return search_window.reaches_back(look.runs, creation, neighbours)

    def _record_miss(self, uncertain: UncertainSubmission, look: _ListResponse) -> None:
        checks = uncertain.checks + 1
        next_check = look.asked_at + search_window.CHECK_EVERY_S if checks < search_window.ASK_AFTER else None
        self._store.uncertain.looked(
            uncertain.row, checks, next_check, search_window.note_not_seen(uncertain, checks, next_check)
        )


def _is_asked(uncertain: UncertainSubmission) -> bool:
    """Return whether enough lists lacked the run that the user was asked."""
    return uncertain.next_check is None and uncertain.checks >= search_window.ASK_AFTER
