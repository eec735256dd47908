"""Forecast of the queue: when its prompts are sent, or what is in the way."""

from collections.abc import Iterable, Mapping

from cordage_tui.api.rate_budget import WINDOW_S
from cordage_tui.domain.outbox import BlockedBy, OutboxState, QueueEstimate, QueueStanding
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.leadership import Leadership
from cordage_tui.engine.outbox.sender import Sender
from cordage_tui.engine.polling.fetcher import ActiveRuns


class QueueForecast:
    """Forecast of the queue of one profile. Methods raise StoreError."""

    def __init__(self, context: EngineContext, activity: ActiveRuns, sender: Sender, leadership: Leadership) -> None:
        self._context = context
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
        a_minute = trigger.limit * 60.0 / WINDOW_S
        blocked_by, blocked = self._blocked(counts)
        seconds = None if blocked else trigger.wait_s + max(queued - 1, 0) * 60.0 / a_minute if queued else 0.0
        return QueueEstimate(queued, a_minute, seconds, blocked, blocked_by)

    def standings(self, rows: Iterable[RunRow]) -> Mapping[RowId, QueueStanding]:
        """Map those of `rows` that are queued to their positions, and when they are sent."""
        queued = [row.id for row in rows if row.status is Status.QUEUED]
        positions = self._store.queue.positions(self._profile, queued) if queued else {}
        drain = self.drain() if positions else None
        return {row: QueueStanding.of(position, drain) for row, position in positions.items() if drain}

    def _blocked(self, counts: Mapping[OutboxState, int]) -> tuple[BlockedBy | None, SafeText | None]:
        """Return why nothing is sent now, in a word and in a sentence; None: it is, or nothing waits."""
        control, active = self._store.queue_control.read(self._profile), self._activity.count()
        if control.paused is not None:
            return BlockedBy.PAUSE, control.paused
        if not counts.get(OutboxState.QUEUED):
            return None, None
        if (refused := self._leadership.refused) is not None:
            return BlockedBy.KEY, join_sentences(refused, "Nothing is sent until a working API key is entered")
        if (trouble := self._sender.trouble) is not None:
            return BlockedBy.DISK, trouble
        if self._context.breaker.is_open:
            words = "The server is unreachable; queued prompts are sent when it is reachable"
            return BlockedBy.SERVER, join_sentences(words)
        if control.max_active is not None and active >= control.max_active:
            words = f"Waiting until fewer than {control.max_active} runs are active ({active} active)"
            return BlockedBy.LIMIT, join_sentences(words)
        if self._store.queue_control.open_since(self._profile) is None:
            return BlockedBy.SENDER, join_sentences("No window or worker that may send is running")
        if not counts.get(OutboxState.SENDING) and not self._store.outbox.has_claimable(self._profile):
            words = "The remaining prompt is identical to an uncertain one and waits for it"
            return BlockedBy.TWIN, join_sentences(words)
        return None, None
