"""Keeps the store fresh: reads every webhook on its schedule."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cordage_tui.api.errors import CordageError, KeyRefused, NotFound, RateLimited
from cordage_tui.domain.budget import Priority
from cordage_tui.domain.health import Health
from cordage_tui.engine.reader import Reader
from cordage_tui.engine.schedule import Standing, first_due, next_due, soonest
from cordage_tui.engine.session import Session
from cordage_tui.engine.standing import HealthBook
from cordage_tui.engine.wake import Wake
from cordage_tui.engine.words import sentences
from cordage_tui.store.errors import StoreError

Trouble = CordageError | StoreError
"""What may go wrong with a read; both have `what`."""

SOON_S: Final = 1.0
"""How soon a webhook is read where something has just been started."""
_GONE: Final = (
    "Cordage knows no webhook with this key any more, so it is not read. Its runs are kept; press r to try again."
)


class Poller:
    """One loop for one profile. It starts reads when they are due; the pacer decides when each may go."""

    def __init__(self, session: Session, reader: Reader, health: HealthBook) -> None:
        self.on_answer: Callable[[], None] = lambda: None
        """Called after each good answer: the server is there and takes the key."""
        self._session = session
        self._clock = session.clock
        self._reader = reader
        self._health = health
        self._webhooks: Collection[str] = ()
        self._standings: dict[str, Standing] = {}
        self._in_flight: set[str] = set()
        self._wanted: dict[str, asyncio.Task[Trouble | None]] = {}
        self._wake = Wake()

    def watch(self, webhook_keys: Sequence[str]) -> None:
        """From now on exactly these are read, and others as long as runs of theirs go on; spread, so that it is no burst."""
        now, rate = self._clock.monotonic(), self._session.reads_a_minute
        self._webhooks = webhook_keys
        active = self._active() or {}
        keys = list(dict.fromkeys((*webhook_keys, *(key for key, count in active.items() if count))))
        self._standings = {
            key: self._standings.get(key) or Standing(key, due_at=first_due(i, len(keys), now, rate))
            for i, key in enumerate(keys)
        }
        self._wake.now()

    def noticed(self) -> None:
        """Rows changed. A webhook that was idle and has an active run now is read at an active one's pace from here on,
        whoever started it."""
        if not self._standings:
            return
        for key, count in (self._active() or {}).items():
            standing = self._standings.get(key)
            if count and standing and not standing.active:
                self._standings[key] = replace(standing, active=count)
                self.hurry(key)

    def hurry(self, webhook_key: str) -> None:
        """Something may have been started there: it is read soon."""
        if standing := self._standings.get(webhook_key):
            due = min(standing.due_at, self._clock.monotonic() + SOON_S)
            self._standings[webhook_key] = replace(standing, due_at=due, stopped=False)
            self._wake.now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            standing = soonest(s for s in self._standings.values() if s.webhook_key not in self._in_flight)
            wait = None if standing is None else standing.due_at - self._clock.monotonic()
            if standing is None or (wait is not None and wait > 0):
                await self._wake.sleep(wait)
                continue
            # Before the task's first step, or this loop would start it again without ever giving it a turn.
            self._in_flight.add(standing.webhook_key)
            self._session.calls.spawn(self._read(standing.webhook_key, Priority.BACKGROUND))

    async def refresh(self, webhook_key: str) -> Trouble | None:
        """Reads one webhook now, ahead of all polling; whoever asks while that is under way gets the same answer."""
        task = self._wanted.get(webhook_key)
        if task is None:
            task = self._session.calls.spawn(self._read(webhook_key, Priority.USER))
            self._wanted[webhook_key] = task
            task.add_done_callback(lambda _: self._wanted.pop(webhook_key))
        return await asyncio.shield(task)

    async def _read(self, webhook_key: str, priority: Priority) -> Trouble | None:
        self._in_flight.add(webhook_key)
        try:
            await self._reader.list(webhook_key, priority)
        except (CordageError, StoreError) as error:
            self._went_wrong(webhook_key, error)
            return error
        finally:
            self._in_flight.discard(webhook_key)
            self._wake.now()
        self._health.went_well(webhook_key, self._reschedule(webhook_key, failures=0))
        self.on_answer()
        return None

    def _went_wrong(self, webhook_key: str, error: Trouble) -> None:
        standing = self._standings.get(webhook_key)
        failures = standing.failures if standing else 0
        match error:
            case KeyRefused():
                return  # whoever keeps the key has stopped everything and told everybody
            case NotFound():
                if standing:
                    active = (self._active() or {}).get(webhook_key, 0)
                    self._standings[webhook_key] = replace(standing, stopped=True, active=active)
                self._health.went_wrong(webhook_key, error.health, sentences(_GONE))
            case RateLimited():  # the pacer keeps the next read back; there is nothing to back off from
                self._health.went_wrong(webhook_key, error.health, error.what, self._reschedule(webhook_key, failures))
            case _:
                health = error.health if isinstance(error, CordageError) else Health.TROUBLE
                next_at = self._reschedule(webhook_key, failures + 1)
                self._health.went_wrong(webhook_key, health, error.what, next_at)

    def _reschedule(self, webhook_key: str, failures: int) -> float | None:
        """Sets when it is read next, and returns that in epoch seconds; None: it is not read any more."""
        standing = self._standings.get(webhook_key)
        if standing is None:
            return None
        active = self._active()
        if active is not None:
            standing = replace(standing, active=active.get(webhook_key, 0))
        if webhook_key not in self._webhooks and not standing.active:
            del self._standings[webhook_key]
            return None
        busy = sum(1 for key in self._standings if (active or {}).get(key))
        standing = replace(standing, failures=failures, stopped=False)
        now = self._clock.monotonic()
        due = next_due(standing, now, busy, self._session.reads_a_minute, self._session.rng)
        self._standings[webhook_key] = replace(standing, due_at=due)
        return self._clock.wall() + due - now

    def _active(self) -> Mapping[str, int] | None:
        """How many runs go on, by webhook. It comes from the store, so a restart or another window's submission counts
        too. None: the store cannot be read now."""
        try:
            tallies = self._session.store.query.tallies(self._session.profile)
        except StoreError:
            return None
        return {key: tally.active for key, tally in tallies.items()}
