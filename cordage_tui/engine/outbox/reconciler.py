"""Reconciler: find uncertain submissions in run lists."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cordage_tui.api.request import Timeouts
from cordage_tui.domain.match_set import FoundSet
from cordage_tui.domain.outbox import CLIENT_REF, OutboxState, UncertainSubmission
from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.engine.concurrency import WakeEvent
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.matching import CandidateRun, MatchResult, Rivals, match
from cordage_tui.engine.outbox.search_window import CreationWindow, window
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.store.errors import InvalidTransition, StoreError
from cordage_tui.store.uncertain import Unclaimed

# How long it takes until a list shows a run: the longest a lost answer's run may stay unseen (docs/triggering.md 5.1).

LEAST_S: Final = 120.0
"""Least time before a run counts as unseen, however fast lists have been."""
MOST_S: Final = 3600.0
MARGIN: Final = 1.5
"""Beyond the longest of the latest runs: of some hundreds that is their 99.9th percentile."""
SLEPT_S: Final = 120.0
"""After a longer gap between lists, the time until a run is seen is no sample: nothing was read."""


class ListingLatency:
    """Time until a list shows a run, learned from runs that this process sent and whose lists it reads."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._doubts = context.store.doubts
        self._awaited: dict[str, dict[str, tuple[RowId, float]]] = {}
        self._listed_at: dict[str, float] = {}

    def record_accepted(self, webhook_key: str, run_id: str, row: RowId, sent_at: float) -> None:
        """Record that the submission sent at `sent_at` (monotonic seconds) started that run."""
        awaited = self._awaited.get(webhook_key, {})
        recent = {other: found for other, found in awaited.items() if sent_at - found[1] < MOST_S}
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
                    self._doubts.listed(row, now - sent_at)

    def settle_s(self, webhook_key: str) -> float:
        """Seconds after which a list without the run speaks against it. Raises StoreError."""
        longest = max(self._doubts.settling_s(self._context.profile, webhook_key), default=0.0)
        return min(max(LEAST_S, MARGIN * longest), MOST_S)


# Searches every list that is read for uncertain submissions, and has lists read when they help
# (docs/triggering.md 5).
#
# Nothing here sends anything: the user decides about submissions that are not found.

AGAIN_S: Final = 60.0
"""Interval of searches where a list could not decide, or none was read."""
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
    """The same by the wall clock, as it goes now."""
    settle_s: float


@dataclass(slots=True)
class _Search:
    """Search for the run of one attempt, by this process. Monotonic seconds."""

    since: float
    sent: float
    """When it was sent, by `Clock.boot`."""
    look_at: float
    """When the list is wanted next, whatever the poller does."""
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
        self._refused: dict[RowId, str] = {}
        self._searches: dict[tuple[RowId, float], _Search] = {}

    def record_refusal(self, row: RowId, words: str) -> None:
        """Record a refusal that does not rule out that the submission runs (409). Not found, it is rejected."""
        self._refused[row] = words

    async def run(self, polls: Callable[[], bool]) -> None:
        """Start searches, and have lists read when due, in the process that `polls()`; until cancelled."""
        while True:
            wait = None
            with suppress(StoreError):  # what cannot be written now is tried again
                wait = self._next_wait_s() if polls() else None
            await self.wake.sleep(AGAIN_S if wait is None else wait)

    def match_list(self, webhook_key: str, runs: Sequence[RemoteRun], asked_at: float) -> None:
        """Match a list asked for at `asked_at` (monotonic seconds), after it was stored. Raises StoreError."""
        self.latency.record_listed(webhook_key, {run.run_id for run in runs})
        doubts = [doubt for doubt in self._doubts() if doubt.webhook_key == webhook_key]
        if not doubts:
            return
        settle_s, skew = self.latency.settle_s(webhook_key), self._context.client.skew.estimate()
        windows = [window(doubt, self._sent_here(doubt), settle_s, skew) for doubt in doubts]
        echoes_refs = any(CLIENT_REF in run.raw for run in runs)
        matched = self._match(webhook_key, windows, echoes_refs=echoes_refs)
        for found in matched.matches:
            self._store.doubts.found(found.row, found.run, found.by)
        notes = [search_window.note_all_ran(found) for found in matched.sets]
        self._store.match_sets.record(self._context.profile, webhook_key, matched.sets, notes)
        look = _ListResponse(
            webhook_key, runs, asked_at, self._clock.wall() - self._clock.monotonic() + asked_at, settle_s
        )
        told = {found.row for found in matched.matches} | {row for found in matched.sets for row in found.rows}
        torn = {row: found for found in matched.open_sets for row in found.rows}
        for seen in windows:
            if seen.doubt.row in torn or seen.doubt.row not in told:
                self._record_not_found(seen, look, torn.get(seen.doubt.row))

    def _doubts(self) -> list[UncertainSubmission]:
        """Read the uncertain submissions. Since when each is known here is kept by the clock that nobody sets."""
        doubts, now = self._store.doubts.all(self._context.profile), self._clock.monotonic()
        ago = self._clock.wall() - self._clock.boot()
        tries = ((doubt.row, doubt.sent_at) for doubt in doubts)
        self._searches = {each: self._searches.get(each) or _Search(now, each[1] - ago, now) for each in tries}
        self._refused = {doubt.row: self._refused[doubt.row] for doubt in doubts if doubt.row in self._refused}
        return doubts

    def _next_wait_s(self) -> float | None:
        """Seconds until the next list is wanted; None: nothing is searched for."""
        waits = [self._search_wait_s(doubt) for doubt in self._doubts()]
        return min((wait for wait in waits if wait is not None), default=None)

    def _search_wait_s(self, doubt: UncertainSubmission) -> float | None:
        """Have the list read if it is due, and return the seconds until it is due again; None: the user decides.

        Most runs show within seconds, a few within minutes, so intervals double.
        """
        check = self._start_search(doubt) if search_window.is_new(doubt) else doubt.next_check
        if check is None:
            return None
        now, trace = self._clock.monotonic(), self._search(doubt)
        left = max(check - self._clock.wall(), 0.0)
        if check != trace.check:
            trace.check, trace.look_at = check, min(trace.look_at, now + left)
        if now >= trace.look_at:
            self._poller.read_next(doubt.webhook_key)
            trace.look_at = now + min(max(now - trace.since, 1.0), left or AGAIN_S, AGAIN_S)
        return max(trace.look_at - now, SOON_S)

    def _sent_here(self, doubt: UncertainSubmission) -> float:
        """Time of sending by the wall clock as it runs now; it may have been set since."""
        clock = self._clock
        return self._search(doubt).sent + clock.wall() - clock.boot()

    def _search(self, doubt: UncertainSubmission) -> _Search:
        return self._searches[doubt.row, doubt.sent_at]

    def _start_search(self, doubt: UncertainSubmission) -> float:
        until = self._clock.wall() + self.latency.settle_s(doubt.webhook_key)
        self._store.doubts.looked(doubt.row, 0, until, search_window.note_checking(doubt, until))
        return until

    def _match(self, webhook_key: str, windows: Sequence[CreationWindow], *, echoes_refs: bool) -> MatchResult:
        opens = min(min(seen.opens, seen.opens_here) for seen in windows)
        free = self._store.doubts.unclaimed(self._context.profile, webhook_key, opens)
        if not free:
            return MatchResult()
        skew = self._context.client.skew.estimate()
        ahead = skew.ahead_s if skew else 0.0
        # A run created while a submission is on the wire may be its run; its answer will decide that.
        sent = self._store.doubts.in_flight(self._context.profile, webhook_key)
        end = float("inf") if sent is None else sent + ahead - search_window.slack_s(skew)
        runs = [run for run in (_free(told, ahead) for told in free) if run.created < end]
        rivals = self._rivals(webhook_key, min(seen.opens_here for seen in windows))
        return match([seen.submission for seen in windows], runs, rivals, echoes_refs=echoes_refs)

    def _rivals(self, webhook_key: str, opens: float) -> Rivals:
        """Submissions that may own runs created after `opens`, by this machine's clock, besides the uncertain ones."""
        profile, doubts, skew = self._context.profile, self._store.doubts, self._context.client.skew.estimate()
        settle_s, ahead = self.latency.settle_s(webhook_key), skew.ahead_s if skew else 0.0
        since = opens - settle_s - Timeouts().trigger_total_s
        given_up = [
            window(doubt, doubt.sent_at, settle_s, skew).submission
            for doubt in doubts.given_up(profile, webhook_key, since)
        ]
        guessed = [
            (window(doubt, doubt.sent_at, settle_s, skew).submission, _free(told, ahead))
            for doubt, told in doubts.guessed(profile, webhook_key, since)
        ]
        return Rivals(given_up, guessed, self._store.match_sets.ruled_out(profile, webhook_key))

    def _record_not_found(self, seen: CreationWindow, look: _ListResponse, torn: FoundSet | None) -> None:
        """Note that a submission was not found in this list."""
        doubt, is_ripe = seen.doubt, self._is_conclusive(seen.doubt, look)
        if torn is not None and not search_window.is_new(doubt):
            until = None if is_ripe else doubt.next_check
            self._store.doubts.looked(doubt.row, doubt.checks, until, search_window.note_ambiguous(doubt, torn, until))
        elif is_ripe and self._reaches_back(seen, look):
            self._record_miss(doubt, look)
        elif is_ripe:
            again = look.asked_at + AGAIN_S
            self._store.doubts.looked(doubt.row, doubt.checks, again, search_window.note_too_short(doubt, again))

    def _is_conclusive(self, doubt: UncertainSubmission, look: _ListResponse) -> bool:
        """Return whether a list without the run speaks against it: the settle time is over by any clock, and the user
        was not asked yet, or said to wait until now."""
        has_settled = look.asked_mono - self._search(doubt).since >= look.settle_s
        if doubt.next_check is None:
            return has_settled and not search_window.is_new(doubt) and doubt.checks < search_window.ASK_AFTER
        return has_settled and look.asked_at >= doubt.next_check

    def _reaches_back(self, seen: CreationWindow, look: _ListResponse) -> bool:
        doubts, until = self._store.doubts, look.asked_at - look.settle_s
        known = doubts.neighbours(self._context.profile, look.webhook_key, seen.opens_here, until)
        return search_window.reaches_back(look.runs, seen, known)

    def _record_miss(self, doubt: UncertainSubmission, look: _ListResponse) -> None:
        checks = doubt.checks + 1
        if checks >= search_window.ASK_AFTER and doubt.row in self._refused:
            with suppress(InvalidTransition):  # found, or decided upon, in the meantime
                self._store.outbox.settle(doubt.row, OutboxState.REJECTED, self._refused[doubt.row])
            return
        next_check = look.asked_at + search_window.CHECK_EVERY_S if checks < search_window.ASK_AFTER else None
        self._store.doubts.looked(doubt.row, checks, next_check, search_window.note_not_seen(doubt, checks, next_check))


def _free(told: Unclaimed, ahead: float) -> CandidateRun:
    is_told = told.told_created is not None
    created = told.told_created if told.told_created is not None else told.seen_at + ahead
    return CandidateRun(told.row, created, told.inputs, told.ref, is_told)
