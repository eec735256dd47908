"""Answer check: after a trigger without a usable answer nothing more is sent until a read of the server has succeeded.

The login page of a network, a redirect and a broken front server give each trigger the same useless answer. Every prompt
that meets it is uncertain, so a whole queue would be uncertain within minutes.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count, cycle
from typing import Final

from cordage_tui.api.errors import CordageError, Delivery
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.run import RemoteRun
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble, join_sentences
from cordage_tui.engine.events import StateChanged
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, WakeEvent, backoff_s
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

GOES_WHEN_READ: Final = "Will be sent when the server's run list can be read."
SUSPECT_AFTER: Final = 3
"""Prompts in a row without a usable answer, though the run list can be read: then the trigger itself is broken."""

_OTHER_RUN: Final = SafeText("the answer names a run of another prompt")
_UNUSABLE: Final = "An earlier prompt got no usable answer"
_HELD: Final = "Nothing more is sent until the server's run list can be read"
_SUSPECT: Final = (
    "The last {count} prompts got no usable answer ({what}), though the run list can be read. Each may be running and may be"
    " charged. Nothing more is sent until you resume."
)


class AnswerCheck:
    """Check of the server after a trigger without a usable answer, in the process that sends."""

    def __init__(self, context: EngineContext, reader: RunFetcher, poller: Poller, done: WakeEvent) -> None:
        """`done` is set when prompts may be sent again."""
        self.words: SafeText | None = None
        """Why nothing is sent; None: the server has been read since the last unusable answer."""
        self._context = context
        self._store = context.store
        self._poller = poller
        self._done = done
        self._since = float("-inf")
        self._in_a_row = 0
        self._task: asyncio.Task[None] | None = None
        reader.list_listeners.append(self._on_list)

    def record_start(self) -> None:
        """Start with sending. If an earlier process ended without a read after an unusable answer, the check is still
        due.

        Raises StoreError.
        """
        tries = self._store.uncertain.all(self._context.profile)
        newest = max(tries, key=lambda attempt: attempt.failed_at, default=None)
        reads = [health.ok_at for health in self._store.health.all(self._context.profile).values()]
        if newest is not None and all(read_at is None or read_at <= newest.failed_at for read_at in reads):
            self._begin(newest.webhook_key, "")

    def record_run(self, webhook_key: str, *, is_its_own: bool) -> None:
        """Record that a trigger was answered with a run; a run that is not its own is an old answer from a proxy."""
        if is_its_own:
            self._in_a_row = 0
        else:
            self._record_unusable(webhook_key, _OTHER_RUN)

    def record_error(self, webhook_key: str, error: CordageError) -> None:
        """Record the error of a trigger. A refusal in the API's JSON needs no check.

        A refusal by a proxy or portal does: the next prompt would be refused too.
        """
        if error.delivery is Delivery.UNCERTAIN:
            self._record_unusable(webhook_key, error.what)
        elif error.delivery is Delivery.ANSWERED:
            self._in_a_row = 0
            if not error.is_from_api:
                self._begin(webhook_key, error.what)

    def _record_unusable(self, webhook_key: str, message: SafeText) -> None:
        self._in_a_row += 1
        if self._in_a_row >= SUSPECT_AFTER:
            self._pause(message)
        self._begin(webhook_key, message)

    def _begin(self, webhook_key: str, message: str) -> None:
        self._since = self._context.clock.monotonic()
        self.words = join_sentences(f"{_UNUSABLE} ({message})" if message else _UNUSABLE, _HELD)
        if self._task is None or self._task.done():
            self._task = self._context.calls.spawn(self._check(webhook_key))
        self._context.events.publish(StateChanged())

    def _on_list(self, webhook_key: str, runs: Sequence[RemoteRun], asked_at: float) -> None:
        """End the check with a list that was asked for after the unusable answer, by whomever."""
        if self.words is not None and asked_at >= self._since:
            self.words = None
            self._done.set()
            self._context.events.publish(StateChanged())

    async def _check(self, webhook_key: str) -> None:
        """Read lists until one arrives: the webhook's own, then those of the others, in case it is gone."""
        webhooks = cycle(dict.fromkeys([webhook_key, *self._context.open_profile.webhook_keys]))
        for tries in count(1):
            trouble = await self._poller.refresh(next(webhooks))
            if self.words is None:
                return
            if trouble is not None:
                self._explain(trouble)
            await asyncio.sleep(backoff_s(tries, BACKOFF_CAP_S, self._context.rng) if trouble else 0)

    def _explain(self, trouble: Trouble) -> None:
        """Note on the next prompt why it waits, for every window and command."""
        with suppress(StoreError):
            next_prompt = self._store.outbox.next(self._context.profile)
            if next_prompt is not None:
                note = join_sentences(f"{_UNUSABLE}, and the run list cannot be read: {trouble.what}", GOES_WHEN_READ)
                self._store.outbox.annotate(next_prompt.row, note)

    def _pause(self, message: SafeText) -> None:
        control, profile = self._store.queue_control, self._context.profile
        with suppress(StoreError):  # then the check alone holds the queue
            if control.read(profile).paused is None:
                control.pause(profile, advised(_SUSPECT.format(count=self._in_a_row, what=message), "queue.resume"))
        self._in_a_row = 0
