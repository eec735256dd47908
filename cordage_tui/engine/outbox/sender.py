"""Sender: puts queued submissions on the wire, once.

For each submission, the sender first reads links that may have expired and waits for rate budget. Then it commits the
intent to disk, sends the request, and commits the outcome (docs/dev/triggering.md 2). If the program crashes before the
intent, the prompt was not sent; if it crashes after the intent, the prompt is uncertain. No prompt is sent twice. A
request is queued again only if it certainly did not reach the server or was refused by the rate limit.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery, InvalidRequest, RateLimited
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.client_reference import with_ref
from cordage_tui.domain.key_refusal import waits_for
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import ClaimedSubmission, NextSubmission
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.outbox.answer_check import AnswerCheck
from cordage_tui.engine.outbox.restore_check import HighWaterMark, RestoreCheck
from cordage_tui.engine.outbox.run_search import Reconciler
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.polling.url_refresher import UrlRefresher
from cordage_tui.store.errors import DatabaseLocked, InvalidTransition, StoreError

if TYPE_CHECKING:
    from cordage_tui.engine.outbox.fresh_links import FreshLinks

T = TypeVar("T")
REWRITE_EVERY_S: Final = 1.0
"""Seconds between tries to store an outcome. No other prompt is sent until it is stored."""
DOUBT_S: Final = 0.25
"""Seconds between checks, after the machine's sleep, whether the first read was answered.

A prompt sent into a network that is not up yet may end up uncertain.
"""
RECHECK_S: Final = 60.0
"""Longest wait for a run limit to open, in seconds: the clock may be set during it."""
ASKED_S: Final = 0.5
"""Interval of looks whether a question about prompts has been answered, which holds them."""
WAITS_FOR_KEY: Final = "Not sent; waiting for {}."
GOES_BY_ITSELF: Final = "It will be sent automatically."
GOES_WHEN_REACHED: Final = "Will be sent when the server is reachable."
_UNKNOWN_FATE: Final = "It may be running and may be charged."
_NOTHING_RUNS: Final = "Nothing runs."


class Sender:
    """Sending loop of one profile, run only by the process that holds the sending lock."""

    def __init__(
        self,
        context: EngineContext,
        poller: Poller,
        reader: RunFetcher,
        reconciler: Reconciler,
        mark: HighWaterMark,
        urls: UrlRefresher,
    ) -> None:
        """`mark` is raised with each intent; `urls` reads links again that may have expired."""
        self.wake = WakeEvent()
        """Set when a submission may have been queued."""
        self.mark = mark
        self.restore_check = RestoreCheck(context, poller, self.wake)
        self.answer_check = AnswerCheck(context, reader, poller, self.wake)
        self._context = context
        self._poller = poller
        self._activity = reader.activity
        self._reconciler = reconciler
        self._outbox = context.store.outbox
        self._outcomes = context.store.outcomes
        self._queue = context.store.queue
        self._urls = urls
        self._busy: set[str] = set()
        self._waiting: set[RowId] = set()
        self.trouble: SafeText | None = None
        """Why this machine's disk keeps prompts from being sent; None: it does not."""
        self.unstored: dict[RowId, str] = {}
        """Ids of the runs that answers have named and that are not on disk yet, by prompt."""
        self.write_error: StoreError | None = None
        """Why the disk does not take an outcome; None: each one is stored."""
        self._unwritten = 0
        self._failures = 0
        self._not_before = 0.0
        self._looked_at_held = False

    @cached_property
    def _links(self) -> "FreshLinks":
        from cordage_tui.engine.outbox.fresh_links import FreshLinks  # the first screen sends nothing

        return FreshLinks(self._context, self._urls, self.wake, self._handle_error)

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is on the wire and every outcome is on disk."""
        return not self._busy

    @property
    def is_locked_out(self) -> bool:
        """Return whether an outcome waits until another program unlocks the database."""
        return bool(self._unwritten) and isinstance(self.write_error, DatabaseLocked)

    def on_reachable(self) -> None:
        """Send waiting prompts now, and queue those held for an earlier key: the server is reachable and accepts the
        key."""
        waited, self._failures, self._not_before = self._not_before > 0, 0, 0.0
        if not self._looked_at_held:
            waited = True
            with suppress(StoreError):
                if self._queue.has_held(self._context.profile):
                    self._outbox.release_held(self._context.profile)
                self._looked_at_held = True
        if waited:
            self.wake.set()

    async def run(self) -> None:
        """Send until cancelled. A claimed submission is sent by a task of its own, which outlives this loop."""
        while True:
            wait = self._wait_s()
            if wait is None or wait > 0:
                await self.wake.sleep(wait)
                continue
            await self._context.rate_limiter.acquire(RateLimitClass.TRIGGER, Priority.USER)
            if self._wait_s() != 0.0 or not self._claim_and_send():
                self._context.rate_limiter.refund(RateLimitClass.TRIGGER)

    @property
    def _stopped(self) -> bool:
        is_refused = self._context.client.key_guard.refused is not None
        return bool(self._unwritten) or is_refused or self.answer_check.words is not None

    def _wait_s(self) -> float | None:
        """Seconds until something may be sent; None: not before a wake-up."""
        if self._stopped:
            return None
        if self._context.breaker.in_doubt:
            return DOUBT_S
        left = self._not_before - self._context.clock.monotonic()
        if left > 0:
            return left
        try:
            closed = self._closed()
            if self._may_send() and self._next(closed) is not None:
                return 0.0
            opens_in = [at - self._context.clock.wall() for at in closed.values()]
            waits = [min(RECHECK_S, max(1.0, seconds)) for seconds in opens_in]
            waits += [ASKED_S] * self._context.store.questions.is_any_open(self._context.profile)
            return min([*waits, *filter(None, [self._links.wait_s()])], default=None)
        except StoreError as error:
            self.trouble = error.what  # otherwise the queue would stop without a message
            return self._back_off()

    def _next(self, closed: Collection[str]) -> tuple[NextSubmission, Mapping[str, OutputRef]] | None:
        """Return the next prompt and its current links; start reading the links of other prompts."""
        profile = self._context.profile
        self._waiting.clear()
        while (submission := self._outbox.next(profile, self._kept_back, self._passed, closed)) is not None:
            if submission.batch is not None and self._waits_for_batch(submission.row):
                continue
            if (links := self._links.of(submission)) is not None:
                return submission, links
        return None

    @property
    def _passed(self) -> Collection[RowId]:
        """Prompts that are passed over: their links are being read, or they wait for the first runs of their batch."""
        return [*self._links.passed(), *self._waiting]

    def _waits_for_batch(self, row: RowId) -> bool:
        """Return whether the rest of the batch of this prompt is held because its runs fail, or waits for the first of them."""
        from cordage_tui.engine.outbox.failure_stop import held_back  # late: most users send no batch

        rows = held_back(self._context.store, row)
        self._waiting.update(rows)
        return bool(rows)

    def _closed(self) -> Mapping[str, float]:
        """Return the webhooks that have reached a run limit, and when the next prompt may go there, epoch seconds."""
        profile = self._context.open_profile
        return self._context.store.spending.closed(profile) if profile.is_limited else {}

    def _may_send(self) -> bool:
        """Return whether the queue runs and its limit of active runs is not reached."""
        control = self._context.store.queue_control.read(self._context.profile)
        if control.paused is not None:
            return False
        return control.max_active is None or self._activity.count() + len(self._busy) < control.max_active

    @property
    def _kept_back(self) -> set[str]:
        """Return the webhooks that get no prompt now: a trigger is on its way there, or a list or a link must be read
        first."""
        return self._busy | self.restore_check.unread | self._links.busy()

    def _claim_and_send(self) -> bool:
        skew = self._context.client.skew.estimate()
        ref = str(uuid4()) if self._context.open_profile.client_ref else None
        try:
            ready = self._next(self._closed())
            if ready is None:
                return False
            outgoing = self._outbox.claim(
                self._context.profile,
                self._kept_back,
                skew_s=skew.ahead_s if skew else None,
                within_s=skew.within_s if skew else None,
                ref=ref,
                passed=self._passed,
                fresh={ready[0].row: ready[1]},
                closed=self._closed,
            )
        except StoreError as error:
            # Intent could not be committed, so nothing is sent; the row is still queued on disk.
            self.trouble = error.what
            self._back_off()
            return False
        self.trouble = None
        if outgoing is None:
            return False
        self._links.forget(outgoing.row)
        self.mark.write(outgoing.generation)
        self._busy.add(outgoing.webhook_key)
        self._context.calls.spawn(self._send(outgoing))
        return True

    async def _send(self, outgoing: ClaimedSubmission) -> None:
        sent_at = self._context.clock.monotonic()
        try:
            run = await self._context.client.trigger(outgoing.webhook_key, with_ref(outgoing.inputs, outgoing.ref))
        except CordageError as error:
            self._handle_error(error)
            self.answer_check.record_error(outgoing.webhook_key, error)
            trouble = error
            await self._written(lambda: self._settle(outgoing, trouble))
        else:
            self._failures = 0
            self.unstored[outgoing.row] = run.run_id
            is_its_run = await self._written(lambda: self._outcomes.accept(outgoing, run))
            del self.unstored[outgoing.row]
            self.answer_check.record_run(outgoing.webhook_key, is_its_own=is_its_run is not False)
            if is_its_run:
                self._reconciler.latency.record_accepted(outgoing.webhook_key, run.run_id, outgoing.row, sent_at)
            self._poller.read_soon(outgoing.webhook_key)
        finally:
            self._busy.discard(outgoing.webhook_key)
            self.wake.set()

    def _handle_error(self, error: CordageError) -> None:
        """Back off or stop after an error."""
        if error.health is HealthStatus.REFUSED:
            self._context.client.key_guard.refuse(error)
        if error.delivery is Delivery.NOT_SENT:
            self._back_off()
        else:
            self._failures = 0

    def _settle(self, outgoing: ClaimedSubmission, error: CordageError) -> None:
        """Store the outcome of an error (docs/dev/triggering.md 3): not sent or rate limited is queued again; possibly
        received is uncertain."""
        if error.delivery is Delivery.UNCERTAIN:
            at = time.strftime("%H:%M:%S", time.localtime(outgoing.sent_at))
            note = join_sentences(f"We sent this at {at} but got no usable answer: {error.what}", _UNKNOWN_FATE)
            self._outcomes.end(outgoing, OutboxState.UNCERTAIN, note)
            self._poller.read_soon(outgoing.webhook_key)
        elif isinstance(error, RateLimited):
            self._outcomes.end(outgoing, OutboxState.QUEUED, join_sentences(error.what, GOES_BY_ITSELF))
        elif isinstance(error, AuthenticationFailed | InvalidRequest):
            self._outcomes.end(
                outgoing, OutboxState.HELD, join_sentences(error.what, WAITS_FOR_KEY.format(waits_for(error.what)))
            )
        elif error.delivery is Delivery.NOT_SENT:
            self._outcomes.end(outgoing, OutboxState.QUEUED, join_sentences(error.what, GOES_WHEN_REACHED))
        else:
            note = advised(join_sentences(error.what, _NOTHING_RUNS), "run.edit")
            self._outcomes.end(outgoing, OutboxState.REJECTED, note)

    def _back_off(self) -> float:
        """Delay the next try by a random part of 2, 4, 8 … 60 s; returns the delay."""
        self._failures += 1
        wait = 0.2 + backoff_s(self._failures, BACKOFF_CAP_S - 0.2, self._context.rng)
        self._not_before = self._context.clock.monotonic() + wait
        return wait

    async def _written(self, write: Callable[[], T]) -> T | None:
        """Store an outcome, retrying until the disk takes it; it is kept in memory (docs/dev/faults.md 147). None: the database
        knows no such prompt."""
        self._unwritten += 1
        try:
            while True:
                try:
                    written = write()
                except InvalidTransition:
                    return None
                except StoreError as error:
                    self.trouble, self.write_error = error.what, error
                    await asyncio.sleep(REWRITE_EVERY_S)
                else:
                    self.trouble = self.write_error = None
                    return written
        finally:
            self._unwritten -= 1
