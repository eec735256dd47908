"""Puts what is queued on the wire, once.

For each submission: budget first, then the intent is committed to disk, then the first byte, then the outcome is
committed (FAULTS.md B2). A crash before the intent means not sent; after it, uncertain. Nothing here sends twice: only what
surely did not reach the server, or met the rate limiter, goes back into the queue.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError, Delivery, KeyRefused, RateLimited
from cordage_tui.api.pacer import Pacer
from cordage_tui.domain.budget import CallClass, Priority
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import OutboxState, Outgoing
from cordage_tui.domain.text import one_line
from cordage_tui.engine.calls import Calls
from cordage_tui.engine.wake import Wake
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

BACKOFF_CAP_S: Final = 60.0
REWRITE_EVERY_S: Final = 1.0
"""How often an outcome that the disk would not take is tried again. Nothing else is sent meanwhile."""


class Sender:
    """One loop for one profile, run only by the process that holds the profile's lock."""

    def __init__(
        self,
        profile: str,
        client: CordageClient,
        pacer: Pacer,
        store: Store,
        clock: Clock,
        calls: Calls,
        started: Callable[[str], None],
        refused: Callable[[CordageError], None],
        rng: random.Random,
    ) -> None:
        self._profile = profile
        self._client = client
        self._pacer = pacer
        self._store = store
        self._clock = clock
        self._calls = calls
        self._started = started
        self._refused = refused
        self._rng = rng
        self._busy: set[str] = set()
        self._failures = 0
        self._not_before = 0.0
        self._held = False
        self._wake = Wake()

    def nudge(self) -> None:
        """Something may have been queued."""
        self._wake.now()

    def hold(self) -> None:
        """The key was refused: nothing is sent until `resume`."""
        self._held = True

    def resume(self) -> None:
        """There is a new key."""
        self._held = False
        self._not_before = 0.0
        self._wake.now()

    async def run(self) -> None:
        """Until cancelled. A submission claimed here is sent by a task of its own, which outlives this loop."""
        while True:
            wait = self._not_before - self._clock.monotonic()
            if self._held or wait > 0 or not self._store.outbox.has_claimable(self._profile, self._busy):
                await self._wake.sleep(None if self._held or wait <= 0 else wait)
                continue
            await self._pacer.acquire(CallClass.TRIGGER, Priority.USER)
            self._claim_and_send()

    def _claim_and_send(self) -> None:
        try:
            outgoing = self._store.outbox.claim(self._profile, self._busy)
        except StoreError:
            # Intent could not be committed, so nothing is sent; the row is still queued on disk.
            self._back_off()
            return
        if outgoing is not None:
            self._busy.add(outgoing.webhook_key)
            self._calls.spawn(self._send(outgoing))

    async def _send(self, outgoing: Outgoing) -> None:
        try:
            answer = await self._client.trigger(outgoing.webhook_key, outgoing.inputs)
        except CordageError as error:
            trouble = error
            await self._written(lambda: self._settle(outgoing, trouble))
        else:
            self._failures = 0
            await self._written(lambda: self._store.outbox.accept(outgoing.row, answer.run))
            self._started(outgoing.webhook_key)
        finally:
            self._busy.discard(outgoing.webhook_key)
            self._wake.now()

    def _settle(self, outgoing: Outgoing, error: CordageError) -> None:
        """FAULTS.md B3: what surely did not arrive, or met the limiter, waits again; what may have arrived is uncertain."""
        if error.delivery is Delivery.UNCERTAIN:
            self._store.outbox.settle(outgoing.row, OutboxState.UNCERTAIN, self._uncertain_words(error))
        elif isinstance(error, RateLimited):
            self._store.outbox.requeue(outgoing.row, note=f"{error.what} It waits and goes by itself.")
        elif isinstance(error, KeyRefused):
            self._store.outbox.settle(outgoing.row, OutboxState.HELD, f"{error.what} Not sent; it waits for a new key.")
            self._refused(error)
        elif error.delivery is Delivery.NOT_SENT:
            self._store.outbox.requeue(outgoing.row, note=f"{error.what} Not sent; it goes when the server is reached.")
            self._back_off()
        else:
            self._store.outbox.settle(outgoing.row, OutboxState.REJECTED, f"{error.what} Nothing runs. e edits it.")

    def _uncertain_words(self, error: CordageError) -> str:
        return one_line(
            f"We sent this but got no usable answer ({error.what}) It may be running and may be charged; it is not sent again "
            "by itself. Look for it in the list before you run it again."
        )

    def _back_off(self) -> None:
        """Full jitter (FAULTS.md A5): the next try within 1, 2, 4 … 60 s."""
        self._failures += 1
        delay = self._rng.uniform(0.2, min(BACKOFF_CAP_S, 2.0**self._failures))
        self._not_before = self._clock.monotonic() + delay

    async def _written(self, write: Callable[[], None]) -> None:
        """The outcome is kept in memory until the disk takes it (FAULTS.md C147)."""
        while True:
            try:
                write()
            except StoreError:
                await asyncio.sleep(REWRITE_EVERY_S)
            else:
                return
