"""Forecast of the queue: when each prompt is sent, and what holds it up."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from cordage_tui.api.budget_state import LEAST_SHARE, WINDOW_S
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.key_refusal import is_unpaid
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import BlockedBy, QueueEstimate, QueueStanding
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import (
    WAITS_FOR_FIRST,
)
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import (
    join_sentences,
)
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.polling.active_runs import ActiveRuns
from cordage_tui.engine.processes.leadership import Leadership

if TYPE_CHECKING:
    from cordage_tui.engine.outbox.spending_limits import Spending


class QueueForecast:
    """Forecast of the queue of one profile. Methods raise StoreError."""

    def __init__(
        self,
        context: EngineContext,
        activity: ActiveRuns,
        sender: Sender,
        leadership: Leadership,
        spending: "Callable[[], Spending]",
    ) -> None:
        """`spending` returns the spending of the profile, which most windows never ask for."""
        self._context = context
        self._spending = spending
        self._profile = context.profile
        self._store = context.store
        self._activity = activity
        self._sender = sender
        self._leadership = leadership

    def drain(self) -> QueueEstimate:
        """Estimate the time to send the queue at the trigger budget's pace, or why it is blocked."""
        counts = self._store.queue.counts(self._profile)
        queued = counts.get(OutboxState.QUEUED, 0)
        trigger = self._context.rate_limiter.view(RateLimitClass.TRIGGER)
        left_by_others = max(trigger.limit - (trigger.others_a_minute or 0.0), trigger.limit * LEAST_SHARE)
        a_minute = left_by_others * 60.0 / WINDOW_S
        blocked_by, blocked = self._blocked(counts)
        seconds = None if blocked else trigger.wait_s + max(queued - 1, 0) * 60.0 / a_minute if queued else 0.0
        return QueueEstimate(queued, a_minute, seconds, blocked, blocked_by)

    def standings(self, rows: Iterable[RunRow]) -> Mapping[RowId, QueueStanding]:
        """Map those of `rows` that are queued to their positions, and when they are sent."""
        queued = {row.id: row.webhook_key for row in rows if row.status is Status.QUEUED}
        positions = self._store.queue.positions(self._profile, [*queued]) if queued else {}
        drain = self.drain() if positions else None
        standing_of = {row: QueueStanding.of(position, drain) for row, position in positions.items() if drain}
        if standing_of and self._context.open_profile.is_limited:
            spending = self._store.spending
            closed = spending.closed(self._context.open_profile)
            kept = [row for row in standing_of if queued[row] in closed and standing_of[row].blocked_by is None]
            kept_back = set(kept) - spending.exceeding(kept)
            standing_of |= {
                row: QueueStanding(standing_of[row].position, None, BlockedBy.SPENDING) for row in kept_back
            }
        return standing_of

    def _blocked(self, counts: Mapping[OutboxState, int]) -> tuple[BlockedBy | None, SafeText | None]:
        """Return why nothing is sent now, in a word and in a sentence; None: it is, or nothing waits."""
        control, active = self._store.queue_control.read(self._profile), self._activity.count()
        if control.paused is not None:
            return BlockedBy.PAUSE, control.paused
        if not counts.get(OutboxState.QUEUED):
            return None, None
        if (silent := self._leadership.silent_sender) is not None:
            words = f"Nothing is sent: the sending process, {silent.words}"
            return BlockedBy.STALLED, join_sentences(words, silent.advice)
        if (refused := self._leadership.refused) is not None:
            if is_unpaid(refused):
                reason = "Nothing is sent until the account is paid for, or another API key is entered"
                return BlockedBy.ACCOUNT, join_sentences(refused, reason)
            return BlockedBy.KEY, join_sentences(refused, "Nothing is sent until a working API key is entered")
        if (trouble := self._sender.trouble or self._leadership.trouble) is not None:
            return BlockedBy.DISK, trouble
        if self._context.breaker.is_open:
            reason = "The server is unreachable; queued prompts are sent when it is reachable"
            return BlockedBy.SERVER, join_sentences(reason)
        if (unusable := self._sender.answer_check.words) is not None:
            return BlockedBy.ANSWER, unusable
        if control.max_active is not None and active >= control.max_active:
            reason = f"Waiting: {counted(active, 'run is', 'runs are')} active, and the limit is {control.max_active}"
            return BlockedBy.LIMIT, join_sentences(reason)
        if (reached := self._at_limit()) is not None:
            return BlockedBy.SPENDING, reached
        if self._store.failure_stops.all_wait(self._profile, WAITS_FOR_FIRST):
            return BlockedBy.FIRST_RUNS, join_sentences(
                "The rest of a rerun waits until one of its first runs has completed"
            )
        if self._store.queue_control.open_since(self._profile) is None:
            return BlockedBy.SENDER, join_sentences("No window or worker that may send is running")
        if not counts.get(OutboxState.SENDING) and self._store.outbox.next(self._profile) is None:
            if self._store.questions.is_any_open(self._profile):
                return BlockedBy.QUESTION, join_sentences("Waiting for the answer to a dialog that is about them")
            reason = "The remaining prompt is identical to an uncertain one and waits for it"
            return BlockedBy.TWIN, join_sentences(reason)
        return None, None

    def _at_limit(self) -> SafeText | None:
        """Return in words which run limit keeps all that is queued from being sent; None: none does."""
        profile = self._context.open_profile
        if not profile.is_limited:
            return None
        closed = self._store.spending.closed(profile)
        if not closed or self._store.outbox.next(self._profile, closed=closed) is not None:
            return None
        return self._spending().reached()
