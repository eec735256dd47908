"""Service of batches: the time that a batch will take before it is sent, and the remaining time of one under way."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.queue import BlockedBy, QueueEstimate
from cordage_tui.domain.run import ActiveRun, RowId, Status
from cordage_tui.domain.statistics.duration_model import DurationModel
from cordage_tui.engine.batch.draft import BatchEstimate, estimate_batch
from cordage_tui.engine.batch.schedule import NOTHING_WAITS, ServerQueue, WaitingPrompts, slots_now, slots_of, split
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.history.estimates import FORESEEABLE, DurationEstimates
from cordage_tui.engine.outbox.queue_forecast import QueueForecast

if TYPE_CHECKING:
    from cordage_tui.engine.outbox.spending_limits import Spending

_GOING_ON: Final = frozenset(status for status in Status if status.is_active)


class BatchOutlook(NamedTuple):
    """Outlook of a batch under way."""

    left_s: float | None
    """Seconds until its last run has probably ended; None: unknown."""
    blocked_by: BlockedBy | None = None
    """Reason that keeps its prompts from being sent until something changes; None: none does."""


_UNKNOWN: Final = BatchOutlook(None)


class BatchService:
    """Estimates of batches of one profile. Methods raise StoreError."""

    def __init__(
        self,
        context: EngineContext,
        forecast: QueueForecast,
        durations: DurationEstimates,
        spending: "Callable[[], Spending]",
    ) -> None:
        """`spending` returns the spending of the profile; most set neither limits nor prices."""
        self._context = context
        self._spending = spending
        self._store = context.store
        self._forecast = forecast
        self._durations = durations

    def estimate(self, webhook_key: str, count: int, drain: QueueEstimate | None = None) -> BatchEstimate:
        """Estimate `count` more runs of a webhook, after `drain` or the present queue."""
        ahead = self._forecast.drain() if drain is None else drain
        at_once = self._at_once(self._slots(webhook_key, self._active(webhook_key)))
        batch_estimate = estimate_batch(count, ahead, self._durations.of(webhook_key), at_once)
        profile = self._context.open_profile
        if not profile.tells_spending:
            return batch_estimate
        spending = self._spending()
        return replace(batch_estimate, amount=spending.amount(webhook_key, count), left=spending.left(webhook_key))

    def left_s(self, batch: RowId, webhook_key: str) -> float | None:
        """Return `outlook.left_s`."""
        return self.outlook(batch, webhook_key).left_s

    def outlook(self, batch: RowId, webhook_key: str) -> BatchOutlook:
        """Estimate when the last run of a batch ends; unknown with too little history, and if all have ended.

        It counts the prompts queued before it here, at the pace of the rate limit, and the runs that wait at the
        server.
        """
        active_rows = set(self._store.batches.members(batch, _GOING_ON))
        queued = self._store.batches.queued_until(self._context.profile, batch)
        if not active_rows and not queued:
            return _UNKNOWN
        drain = self._forecast.drain()
        if queued and (blocked_by := self._blocked_by(drain, queued, webhook_key)) is not None:
            return BatchOutlook(None, blocked_by)
        model = self._durations.of(webhook_key)
        statuses = self._store.run_lookup.statuses(active_rows).values()
        if not model.is_learned or not FORESEEABLE.issuperset(statuses):
            return _UNKNOWN
        waiting = NOTHING_WAITS
        if queued:
            step_s = 60.0 / drain.a_minute * sum(queued.values()) / max(1, queued.get(webhook_key, 0))
            waiting = WaitingPrompts(queued.get(webhook_key, 0), drain.seconds_to(1) or 0.0, step_s)
        return BatchOutlook(self._last_end_s(active_rows, webhook_key, model, waiting))

    def _last_end_s(
        self, active_rows: set[RowId], webhook_key: str, model: DurationModel, waiting: WaitingPrompts
    ) -> float | None:
        """Return in how many seconds the last of these active runs and waiting prompts ends; None: unknown."""
        active, now = self._active(webhook_key), self._context.clock.wall()
        running, pending = split(active, now)
        slots = slots_now(self._slots(webhook_key, active), running, pending, now)
        span = model.running or model.total
        if slots == 0 or span is None:
            return None
        left = {run.id: span.left_s(max(0.0, now - (run.started_at or now))) for run in running}
        queue = ServerQueue(left.values(), self._at_once(slots), span.quantile(0.5))
        ends = [left_s for row, left_s in left.items() if row in active_rows]
        ends += [end for run in pending if (end := queue.end_of()) and run.id in active_rows]
        ends.append(queue.end_of_all(waiting))
        if slots is None and waiting.count:  # the slowest of these prompts decides
            last_s = waiting.first_s + (waiting.count - 1) * waiting.step_s
            ends.append(last_s + span.quantile(waiting.count / (waiting.count + 1)))
        return max(ends)

    def _blocked_by(self, drain: QueueEstimate, queued: dict[str, int], webhook_key: str) -> BlockedBy | None:
        """Return the reason that keeps some of the `queued` from being sent; a limit of active runs only slows them
        down."""
        if drain.blocked_by not in (None, BlockedBy.LIMIT):
            return drain.blocked_by
        profile = self._context.open_profile
        if not profile.is_limited:
            return None
        wanted = {None: sum(queued.values()), webhook_key: queued.get(webhook_key, 0)}
        accounts = self._store.spending.accounts(profile)
        over = any(account.left is not None and account.left < wanted.get(account.webhook, 0) for account in accounts)
        return BlockedBy.SPENDING if over else None

    def _active(self, webhook_key: str) -> list[ActiveRun]:
        """List the active runs of a webhook."""
        return [run for run in self._store.active_runs.all(self._context.profile) if run.webhook_key == webhook_key]

    def _slots(self, webhook_key: str, active: list[ActiveRun]) -> int | None:
        return slots_of(self._durations.past(webhook_key), active)

    def _at_once(self, slots: int | None) -> int | None:
        """Return how many runs can be active at once, by the server's slots and the user's limit; None: any number."""
        max_active = self._store.queue_control.read(self._context.profile).max_active
        return min((limit for limit in (slots, max_active) if limit is not None), default=None)
