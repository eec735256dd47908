"""Deliberate faults in the worker that the harness must notice, so that its zeros mean something."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from cordage_tui.api.errors import CordageError, Delivery
from cordage_tui.domain.match_set import FoundSet
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.submission import UNCERTAIN, AcceptedStamp, ClaimedSubmission, NextSubmission
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.outbox import run_matching, run_search, search_window
from cordage_tui.engine.outbox.fresh_links import FreshLinks
from cordage_tui.engine.outbox.run_matching import Match, MatchResult
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.store.outbox import submit_and_claim
from cordage_tui.store.outbox.outcomes import TryOutcomes
from cordage_tui.store.outbox.spending_accounts import SpendingTable
from cordage_tui.store.outbox.submit_and_claim import Outbox
from tests.crash.tally import Tally


class Control(StrEnum):
    """The kinds of deliberate faults."""

    NAIVE_RETRY = "naive retry"
    """A trigger without an answer is sent again, as the SDKs of several vendors do."""
    NEVER_RESEND = "never resend"
    """An uncertain prompt counts as sent and is forgotten."""
    NO_SETTLE = "no settle wait"
    """A list that does not show the run is believed at once."""
    NO_LINEAGE = "no lineage"
    """A prompt that is made from a run is submitted without its lineage."""
    ANY_RUN = "any run"
    """An uncertain prompt gets any run that nobody has claimed, without a mark."""
    OLD_LINK = "old link"
    """Links to outputs are sent as they were when the prompt was submitted."""
    NO_LIMIT = "no limit"
    """No run limit is applied."""
    ONE_CLOCK = "one clock"
    """The stamp of a run counts as a time of the `Date` clock. A run with a stamp before the request belongs to nobody."""

    def shows(self, tally: Tally) -> bool:
        """Return whether the judge has noticed the fault."""
        match self:
            case Control.NEVER_RESEND:
                return bool(tally.lost and tally.dropped)
            case Control.NO_LINEAGE:
                return bool(tally.orphaned)
            case Control.ANY_RUN:
                return bool(tally.misbound)
            case Control.NO_LIMIT:
                return bool(tally.beyond_limit)
            case Control.OLD_LINK:
                return bool(tally.dead_links)
        return bool(tally.twice)


def spoil(control: Control) -> None:
    """Install this fault in this process."""
    _SPOILERS[control]()


def _naive_retry() -> None:
    settle = Sender._settle

    def settled(self: Sender, outgoing: ClaimedSubmission, error: CordageError) -> None:
        if error.delivery is Delivery.UNCERTAIN:
            self._outcomes.end(outgoing, OutboxState.QUEUED, "not answered")
        else:
            settle(self, outgoing, error)

    Sender._settle = settled  # type: ignore[method-assign]


def _never_resend() -> None:
    end, recover = TryOutcomes.end, Outbox.recover

    def ended(self: TryOutcomes, sent: ClaimedSubmission, state: OutboxState, note: str) -> None:
        end(self, sent, state, note)
        if state is OutboxState.UNCERTAIN:
            Outbox(self._database, self._clock).drop(sent.row, UNCERTAIN)

    def recovered(self: Outbox, profile: str) -> int:
        rows = self.in_state(profile, OutboxState.SENDING)
        count = recover(self, profile)
        for row in rows:
            self.drop(row, UNCERTAIN)
        return count

    TryOutcomes.end = ended  # type: ignore[method-assign]
    Outbox.recover = recovered  # type: ignore[method-assign]


def _no_settle() -> None:
    def at_once(self: Any, webhook_key: str) -> float:
        return 0.0

    run_search.ListingLatency.settle_s = at_once  # type: ignore[method-assign]
    search_window.ASK_AFTER = 1


def _any_run() -> None:
    def matched(sought: Any, free: Any, *_: Any, **__: Any) -> MatchResult:
        pairs = zip(reversed(list(sought)), list(free), strict=False)
        return MatchResult(tuple(Match(prompt.row, run.row) for prompt, run in pairs))

    run_search.match = matched


def _no_lineage() -> None:
    def forgotten(*_: Any) -> None:
        pass

    submit_and_claim.write_lineage = forgotten


def _no_limit() -> None:
    def nothing(self: SpendingTable, profile: Profile) -> Mapping[str, float]:
        return {}

    SpendingTable.closed = nothing  # type: ignore[method-assign]


def _old_link() -> None:
    def unread(self: FreshLinks, submission: NextSubmission) -> Mapping[str, OutputRef]:
        return submission.links

    FreshLinks.of = unread  # type: ignore[method-assign]


def _one_clock() -> None:
    look = run_search.window

    def window(uncertain: Any, sent_here: Any, settle_s: Any, skew: Any, stamps: Any) -> search_window.CreationWindow:
        return look(uncertain, sent_here, settle_s, skew, [AcceptedStamp(uncertain.webhook_key, 1.0, 0.0, 1.0)])

    def explained(self: Any, sets: Any, *_: Any) -> list[FoundSet]:
        return list(sets)

    run_search.window = window
    run_matching._Table.unexplained = explained  # type: ignore[method-assign]


_SPOILERS: Mapping[Control, Callable[[], None]] = {
    Control.NAIVE_RETRY: _naive_retry,
    Control.NEVER_RESEND: _never_resend,
    Control.NO_SETTLE: _no_settle,
    Control.NO_LINEAGE: _no_lineage,
    Control.ANY_RUN: _any_run,
    Control.NO_LIMIT: _no_limit,
    Control.OLD_LINK: _old_link,
    Control.ONE_CLOCK: _one_clock,
}
