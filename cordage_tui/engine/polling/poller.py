"""Polling loop, and the probe while the server is unreachable."""

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from cordage_tui.api.errors import AuthenticationFailed, CordageError, NotFound, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.domain.webhook import HealthStatus, PollPlan
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble, join_sentences
from cordage_tui.engine.history.estimates import DurationEstimates
from cordage_tui.engine.nonblocking_waits import WakeEvent
from cordage_tui.engine.polling.allocation import LifetimeForecasts
from cordage_tui.engine.polling.circuit_breaker import counts_as_outage, is_answer
from cordage_tui.engine.polling.health import HealthRegistry
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.polling.schedule import SLACK_S, PollSchedule, ReadSchedule, ReadTarget
from cordage_tui.store.errors import StoreError

# While the server is unreachable, or unknown after the machine's sleep, one probe replaces all reads.

_ONE_PROBE: Final = "Server unreachable; retrying with one webhook"


class OutageProbe:
    """Apply the breaker's rules (docs/dev/polling.md 5) to schedule and health."""

    def __init__(
        self,
        context: EngineContext,
        schedule: PollSchedule,
        health: HealthRegistry,
        on_screen: Callable[[], Collection[str]],
    ) -> None:
        """Set `on_screen()`, the webhooks of the rows on screen; they are read first once there is an answer."""
        self._clock = context.clock
        self._rng = context.rng
        self._breaker = context.breaker
        self._schedule = schedule
        self._health = health
        self._on_screen = on_screen
        self._suspended_at = float("-inf")

    @property
    def is_on(self) -> bool:
        """Return whether only the probe is read."""
        return self._breaker.is_open

    def wait_s(self) -> float | None:
        """Seconds until the next probe; None: one is under way."""
        wait = self._breaker.probe_at - self._clock.monotonic()
        return max(0.0, wait) if wait < float("inf") else None

    def probe(self) -> ReadTarget | None:
        """Target to probe now: the webhook not asked for longest. None: there is none."""
        if target := self._schedule.stalest():
            self._breaker.start_probe()
        return target

    def start_after_suspend(self) -> None:
        """Forget the state from before the machine slept, including requests on dead connections."""
        now = self._suspended_at = self._clock.monotonic()
        self._breaker.open_after_suspend(now)
        self._health.set_loading(dict.fromkeys(self._schedule.listed(), self._clock.wall()))

    def was_suspended_since(self, sent_at: float) -> bool:
        """Return whether a request of `sent_at`, monotonic seconds, was sent before the machine slept."""
        return sent_at < self._suspended_at

    def record_failure(self, webhook_key: str, error: CordageError) -> bool:
        """Record a failed read that counts. True: the server is unreachable, and all webhooks say so."""
        keys, now = self._schedule.listed(), self._clock.monotonic()
        if webhook_key not in keys:
            return False
        urgent = self._schedule.is_urgent()
        self._breaker.record_failure(webhook_key, alone=len(keys) == 1, urgent=urgent, now=now, rng=self._rng)
        if self._breaker.is_open:
            next_at = self._clock.wall() + self._breaker.probe_at - now
            message = advised(join_sentences(error.what, _ONE_PROBE), "runs.refresh")
            self._health.record_failure(keys, error.health, message, next_at)
        return self._breaker.is_open

    def record_answer(self, target: ReadTarget, reads_a_second: float) -> bool:
        """Record an answer. True: that ends the outage, and all others are read within W / R seconds."""
        if not self._breaker.record_answer():
            return False
        first = self._on_screen()
        order = sorted(
            (key for key in self._schedule.listed() if ReadTarget(key) != target), key=lambda key: key not in first
        )
        now = self._clock.monotonic()
        times = self._schedule.sweep(order, now, reads_a_second)
        self._health.set_loading({key: self._clock.wall() + at - now for key, at in times.items()})
        return True


# Keeps the store fresh: spends the background's reads where they shorten waiting most.

SOON_S: Final = 1.0
"""Seconds until a webhook is read after a run was started there."""
STEP_S: Final = 1.0
"""Longest interval of recomputing paces while runs are active: the nearer their ends, the closer the reads."""
AT_ONCE: Final = 8
"""Background reads on the wire together."""
OUTCOMES_EVERY: Final = {True: 2, False: 8}
"""While targets are due, one read in this many fetches a result: for rows on screen, or for others."""
_GONE: Final = "Cordage no longer knows this webhook key, so it is not read. Its runs are kept."


class Poller:
    """Polling loop of one profile.

    The target is chosen only when there is budget for it. So nothing queues up, however slowly others with the same
    key let us read, and each read goes where it gains most.
    """

    def __init__(
        self, context: EngineContext, reader: RunFetcher, health: HealthRegistry, durations: DurationEstimates
    ) -> None:
        self.answer_listeners: list[Callable[[], None]] = []
        """Called after each good answer: the server is reachable and accepts the key."""
        self._context = context
        self._clock = context.clock
        self._reader = reader
        self._activity = reader.activity
        self._pending_results = reader.pending_results
        self._health = health
        self._durations = durations
        self._schedule = PollSchedule(reader.activity, LifetimeForecasts(durations), context.rng)
        self._outage = OutageProbe(context, self._schedule, health, reader.on_screen)
        self._busy: set[ReadTarget] = set()
        self._fetching = 0
        self._since_outcome = 0
        self._solved_at = float("-inf")
        self._wanted: dict[str, asyncio.Task[Trouble | None]] = {}
        self._wake = WakeEvent()

    def watch(self, webhook_keys: Sequence[str]) -> None:
        """Poll these webhooks from now on, and others as long as they have active runs; first reads are spread out."""
        self._activity.refresh()
        self._schedule.watch(webhook_keys, self._clock.monotonic(), self._rate)
        self._reschedule()

    def take_over(self, webhook_keys: Sequence[str]) -> None:
        """Poll these webhooks from now on, each soon: reads from before another process polled are outdated."""
        self._schedule.reset()
        self.watch(webhook_keys)

    def probe_after_suspend(self) -> None:
        """Send one probe after the machine slept; read the rest once that is answered."""
        self._busy.clear()  # answers on the wire from before the sleep come too late or never
        self._outage.start_after_suspend()
        self._reschedule()

    def on_rows_changed(self, rows: Collection[RowId]) -> None:
        """Update for changed rows. A webhook that became active is read soon, unless it is being read now."""
        for key in self._reader.on_rows_changed(rows):
            if ReadTarget(key) not in self._busy:
                self._schedule.request(key, self._clock.monotonic() + SOON_S)
        self._reschedule()

    def read_soon(self, webhook_key: str) -> None:
        """Read a webhook soon if something may have been started; an active one keeps its pace."""
        if not self._activity.of(webhook_key):
            self._schedule.request(webhook_key, self._clock.monotonic() + SOON_S)
        self._reschedule()

    def read_next(self, webhook_key: str) -> None:
        """Read a webhook's list next: somebody searches for a run in it."""
        self._schedule.request(webhook_key, self._clock.monotonic())
        self._reschedule()

    async def run(self) -> None:
        """Poll until cancelled."""
        granted = False
        while True:
            wait = self._wait_s()
            if wait is None or wait > 0:
                await self._wake.sleep(wait)
            elif granted:
                self._read_best()
                granted = False
            else:
                await self._context.rate_limiter.acquire(RateLimitClass.READ, Priority.BACKGROUND)
                granted = True

    async def refresh(self, webhook_key: str) -> Trouble | None:
        """Read one webhook now, ahead of all polling; concurrent callers share the read."""
        task = self._wanted.get(webhook_key)
        if task is None:
            task = self._start_read(ReadTarget(webhook_key), Priority.USER)
            self._wanted[webhook_key] = task
            task.add_done_callback(lambda _: self._wanted.pop(webhook_key))
        return await asyncio.shield(task)

    def plan(self, webhook_keys: Iterable[str]) -> tuple[PollPlan, ...]:
        """Poll plan of these webhooks. In a process that does not poll it is computed as if it did, with the `next_at`
        that the polling process stored."""
        self._activity.refresh()
        keys = list(webhook_keys)
        rates = self._schedule.rates(keys, self._clock.monotonic(), self._rate)
        plans = []
        for key in keys:
            health, turn = self._health.of(key), self._schedule.schedules.get(ReadTarget(key))
            pace = rates[ReadTarget(key)][0].pace
            plans.append(
                PollPlan(
                    key,
                    active=len(self._activity.of(key)),
                    next_at=self._due_wall(turn) if turn and not self._outage.is_on else health.next_at,
                    period_s=1 / pace if pace and health.health is not HealthStatus.GONE else None,
                    reads=1 + len(self._activity.not_in_list(key)),
                    learned=self._durations.of(key).learned(),
                    health=health,
                )
            )
        return tuple(plans)

    @property
    def _rate(self) -> float:
        return max(self._context.reads_a_minute, 1.0) / 60.0

    def _reschedule(self) -> None:
        self._solved_at = float("-inf")
        self._wake.set()

    def _wait_s(self) -> float | None:
        """Seconds until something is to be read; None: not before something changes."""
        if self._outage.is_on:
            return self._outage.wait_s()
        if len(self._busy) + self._fetching >= AT_ONCE:
            return None
        now = self._clock.monotonic()
        self._solve(now)
        wait = self._schedule.due_at(self._busy) - now
        if wait <= SLACK_S or self._pending_results.next(now):
            return 0.0
        return min(wait, STEP_S) if self._activity.webhooks() or len(self._pending_results) else wait

    def _solve(self, now: float) -> None:
        if now - self._solved_at >= STEP_S:
            self._activity.refresh()
            self._schedule.update_paces(now, self._rate)
            self._solved_at = now

    def _read_best(self) -> None:
        if self._outage.is_on:
            if probe := self._outage.probe():
                self._start_read(probe, Priority.BACKGROUND)
            return
        now = self._clock.monotonic()
        outcome, target = self._pending_results.next(now), self._schedule.best(now, self._busy, self._rate)
        self._since_outcome += 1
        if outcome and (
            not target or self._since_outcome >= OUTCOMES_EVERY[outcome.id in self._pending_results.preferred]
        ):
            self._since_outcome = 0
            self._pending_results.mark_fetching(outcome)
            self._fetching += 1
            self._context.calls.spawn(self._fetch_result(outcome))
        elif target:
            self._start_read(target, Priority.BACKGROUND)

    def _start_read(self, target: ReadTarget, priority: Priority) -> asyncio.Task[Trouble | None]:
        # Marked before the task's first step, or the loop would begin it again without ever giving it a turn.
        now = self._clock.monotonic()
        self._busy.add(target)
        self._schedule.mark_sent(target, now)
        return self._context.calls.spawn(self._read_target(target, priority, now))

    async def _read_target(self, target: ReadTarget, priority: Priority, sent_at: float) -> Trouble | None:
        try:
            trouble = await self._send_read(target, priority)
        finally:
            self._busy.discard(target)
            self._wake.set()  # paces are at most `STEP_S` old; rows that changed have them recomputed
        is_over = (trouble is None or is_answer(trouble)) and self._outage.record_answer(target, self._rate)
        if trouble is not None and not self._outage.was_suspended_since(sent_at):
            self._record_failure(target, trouble)
        elif trouble is None:
            self._schedule.mark_answered(target, sent_at)
            if target.run is None:
                self._health.record_success(target.webhook_key, self._next_at(target))
        if trouble is None or is_over:
            for listener in self.answer_listeners:
                listener()
        return trouble

    async def _send_read(self, target: ReadTarget, priority: Priority) -> Trouble | None:
        granted = priority is Priority.BACKGROUND
        if target.run is not None:
            run = self._activity.of(target.webhook_key).get(target.run)
            return await self._reader.get(run.run, priority, granted=granted) if run else None
        try:
            await self._reader.list(target.webhook_key, priority, granted=granted)
        except (CordageError, StoreError) as error:
            return error
        return None

    async def _fetch_result(self, outcome: ActiveRun) -> None:
        try:
            if await self._reader.get(outcome, Priority.BACKGROUND, granted=True):
                self._pending_results.mark_failed(outcome, self._clock.monotonic())
        finally:
            self._fetching -= 1
            self._reschedule()

    def _record_failure(self, target: ReadTarget, error: Trouble) -> None:
        if (
            isinstance(error, CordageError)
            and counts_as_outage(error)
            and self._outage.record_failure(target.webhook_key, error)
        ):
            return
        health = error.health if isinstance(error, CordageError) else HealthStatus.DISK
        message = error.what
        match error:
            case AuthenticationFailed():
                return  # the key guard has stopped everything and published it
            case NotFound() if target.run is not None:
                return  # the run is lost, and its row says so; or it is too young to be known everywhere
            case _ if self._schedule.is_gone(target.webhook_key) and not isinstance(error, NotFound):
                return  # the user's refresh has failed: the health still says that the webhook is not polled
            case NotFound():
                self._schedule.mark_gone(target.webhook_key)
                self._pending_results.forget(target.webhook_key)
                message = advised(join_sentences(_GONE), "runs.refresh")
            case RateLimited():
                pass  # the rate_limiter keeps the next read back; there is nothing to back off from
            case _:
                self._schedule.mark_failed(target, self._clock.monotonic())
        if target.run is None:
            self._health.record_failure([target.webhook_key], health, message, self._next_at(target))

    def _next_at(self, target: ReadTarget) -> float | None:
        """Time of the target's next read, epoch seconds; None: not before something changes."""
        self._solve(self._clock.monotonic())
        turn = self._schedule.schedules.get(target)
        return self._due_wall(turn) if turn else None

    def _due_wall(self, turn: ReadSchedule) -> float | None:
        """Time when the target is due, epoch seconds; None: not before something changes, as with a webhook that is gone."""
        due_at = turn.due_at
        return self._clock.wall() + due_at - self._clock.monotonic() if math.isfinite(due_at) else None
