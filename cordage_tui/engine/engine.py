"""The program without its screen: one profile, its store, its polling and its sending."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError
from cordage_tui.api.pacer import Pacer
from cordage_tui.domain.budget import BudgetView, CallClass, Priority
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.health import WebhookHealth
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.calls import Calls
from cordage_tui.engine.closeup import CloseUp
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import Event, Listeners, RunsChanged, StateChanged
from cordage_tui.engine.finishes import Finishes
from cordage_tui.engine.killer import Killer, KillReport
from cordage_tui.engine.poller import Poller
from cordage_tui.engine.sender import Sender
from cordage_tui.engine.standing import HealthBook
from cordage_tui.store.errors import StoreError
from cordage_tui.store.lock import Lock
from cordage_tui.store.store import Store

LOOK_EVERY_S: Final = 0.25
"""How often other processes' changes are looked for; one page read of SQLite's when there are none."""
GRACE_S: Final = 0.5
"""What calls under way are given when the program ends."""


class Engine:
    """Use-cases of one profile. All methods are called on one event loop.

    The process that gets the profile's lock polls and sends; the others follow the store and take over when it dies.
    """

    def __init__(
        self,
        profile: Profile,
        client: CordageClient,
        pacer: Pacer,
        store: Store,
        lock: Lock,
        clock: Clock,
        read_share: float = 0.9,
        rng: random.Random | None = None,
    ) -> None:
        self.profile = profile
        self.store = store
        self._pacer = pacer
        self._client = client
        self._lock = lock
        self._read_share = read_share
        self._calls = Calls()
        self._listeners = Listeners()
        self._health = HealthBook(profile.name, store, clock, lambda: self._tell(StateChanged()))
        rng = rng or random.Random()
        self._poller = Poller(
            profile.name, client, store, clock, self._calls, self._health, self._reads_a_minute, self._key_refused, rng
        )
        self._sender = Sender(
            profile.name, client, pacer, store, clock, self._calls, self._poller.hurry, self._key_refused, rng
        )
        self._killer = Killer(client, store, self._poller)
        self._closeup = CloseUp(self._poller, store)
        self._finishes = Finishes(profile.name, store, self._tell)
        self._refused: SafeText | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._leading: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begins to poll and send, or to follow the process that does."""
        self._undo = [
            self.store.changes.subscribe(self._rows_changed),
            self._pacer.subscribe(lambda: self._tell(StateChanged())),
        ]
        self._take_over()
        self._health.follow()
        self._tasks = [self._calls.spawn(self._look_around()), self._calls.spawn(self._closeup.run())]

    async def stop(self) -> None:
        """Lets go of everything within `GRACE_S`. What is queued stays queued on disk."""
        for undo in self._undo:
            undo()
        for task in self._tasks + self._leading:
            task.cancel()
        await self._calls.close(GRACE_S)
        self._lock.release()
        await self._client.aclose()

    def leads(self) -> bool:
        """True in the process that polls and sends."""
        return self._lock.held

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tells `listener` every event from now on; returns the call that ends it."""
        return self._listeners.subscribe(listener)

    def budgets(self) -> tuple[BudgetView, ...]:
        """Reads, triggers, kills: what is left of each now."""
        return self._pacer.views()

    def health(self, webhook_key: str) -> WebhookHealth:
        return self._health.of(webhook_key)

    @property
    def refused(self) -> SafeText | None:
        """Why the server refuses the key, in its words; None while it does not."""
        return self._refused

    def change_profile(self, profile: Profile) -> None:
        """Webhooks were added, renamed or removed."""
        self.profile = profile
        if self._lock.held:
            self._poller.watch([w.key for w in profile.webhooks])
        self._tell(StateChanged())

    def submit(self, webhook_key: str, inputs: Inputs) -> RowId:
        """Commits the submission to disk as `queued` and wakes the sender.

        Raises `StoreError` when it cannot be written down, `ReadOnlyProfile` when the profile refuses it; then nothing
        was and nothing will be sent.
        """
        self._refuse_if_read_only()
        row = self.store.outbox.submit(self.profile.name, webhook_key, inputs)
        self._sender.nudge()
        return row

    async def kill(self, row: RowId) -> KillReport:
        """Kills one run by the user's word and tells what became of it. Raises `ReadOnlyProfile`."""
        self._refuse_if_read_only()
        return await self._calls.detached(self._killer.kill(row))

    async def refresh(self, webhook_key: str | None) -> CordageError | None:
        """Reads one webhook now, or all of them, ahead of all polling. Returns what went wrong first, if anything."""
        keys = [webhook_key] if webhook_key else [w.key for w in self.profile.webhooks]
        reads = [self._calls.detached(self._poller.read(key, Priority.USER)) for key in keys]
        return next((error for error in await asyncio.gather(*reads) if error), None)

    def open_detail(self, row: RowId | None) -> None:
        """This row is what the user looks at: it is kept fresher than the rest, from the reserve."""
        self._closeup.look_at(row)

    def _refuse_if_read_only(self) -> None:
        if self.profile.read_only:
            raise ReadOnlyProfile(self.profile.name)

    def _reads_a_minute(self) -> float:
        reads = next(view for view in self._pacer.views() if view.call_class is CallClass.READ)
        return reads.limit * self._read_share

    def _key_refused(self, error: CordageError) -> None:
        """One refusal stops every call of the key: asking again would only be refused again."""
        self._refused = error.what
        self._stop_leading()
        self._sender.hold()
        self._health.all_refused([w.key for w in self.profile.webhooks], error.what)

    def _take_over(self) -> None:
        if self._lock.held or not self._lock.acquire():
            return
        self.store.outbox.recover(self.profile.name)
        self._poller.watch([w.key for w in self.profile.webhooks])
        self._leading = [self._calls.spawn(self._poller.run()), self._calls.spawn(self._sender.run())]
        self._tell(StateChanged())

    def _stop_leading(self) -> None:
        for task in self._leading:
            task.cancel()
        self._leading = []

    async def _look_around(self) -> None:
        """Sees what other processes wrote, and takes over within `LOOK_EVERY_S` of the polling process's death."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(StoreError):  # a lock held elsewhere, a disk gone for a moment: the next look will tell
                self.store.changes.poll_others()
                self._take_over()

    def _rows_changed(self, rows: frozenset[RowId]) -> None:
        if not self._lock.held:
            self._health.follow()
        if rows:
            self._sender.nudge()
            self._closeup.changed(rows)
            self._finishes.look(rows)
            self._tell(RunsChanged(rows))

    def _tell(self, event: Event) -> None:
        self._listeners.tell(event)
