"""What the engine knows of batches: what one costs in time before it is sent, and how long one under way will take."""

from typing import Final

from cordage_tui.domain.outbox import QueueEstimate
from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.batch.price import BatchEstimate, finish_s, price
from cordage_tui.engine.learned import DurationEstimates
from cordage_tui.engine.queueing import QueueService
from cordage_tui.engine.session import EngineContext

_UNSENT: Final = frozenset({Status.QUEUED, Status.SENDING})
_GOING_ON: Final = frozenset(status for status in Status if status.is_active)


class BatchService:
    """The batches of one profile. Methods raise StoreError."""

    def __init__(self, session: EngineContext, queue: QueueService, learning: DurationEstimates) -> None:
        self._session = session
        self._store = session.store
        self._queue = queue
        self._learning = learning

    def price(self, webhook_key: str, count: int, drain: QueueEstimate | None = None) -> BatchEstimate:
        """Of `count` more runs of that webhook; behind `drain`, or behind what is queued, as things stand now."""
        ahead = self._queue.drain() if drain is None else drain
        return price(count, ahead, self._learning.of(webhook_key), self._queue.control().max_active)

    def left_s(self, batch: RowId, webhook_key: str) -> float | None:
        """Seconds until the last run of the batch will probably have ended; None: too little history to say, it stands
        still, or all have ended."""
        going_on = self._store.picked.rows(self._store.batches.members(batch, _GOING_ON))
        progress = self._store.batches.progress(batch)
        unsent = sum(progress.counts.get(status, 0) for status in _UNSENT) if progress else 0
        outlooks = self._learning.outlooks(going_on, self._session.clock.wall())
        ends = [outlook.left_s for outlook in outlooks.values()]
        if len(ends) < len(going_on):
            return None
        if unsent:
            send_s = self._queue.drain().seconds
            rest = None if send_s is None else self._finish_s(webhook_key, unsent, send_s)
            if rest is None:
                return None
            ends.append(rest)
        return max(ends, default=None)

    def _finish_s(self, webhook_key: str, count: int, send_s: float) -> float | None:
        return finish_s(count, send_s, self._learning.of(webhook_key), self._queue.control().max_active)
