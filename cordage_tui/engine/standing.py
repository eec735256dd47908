"""How reading goes, webhook by webhook: kept here by the process that polls, on disk for those that follow."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.health import Health, WebhookHealth
from cordage_tui.domain.text import SafeText
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

RECORD_EVERY_S: Final = 5.0
"""While all is well the store learns at most this often that a read succeeded: followers show ages, not ticks."""


class HealthBook:
    """The health of every webhook of one profile."""

    def __init__(self, profile: str, store: Store, clock: Clock, changed: Callable[[], None]) -> None:
        self._profile = profile
        self._store = store
        self._clock = clock
        self._changed = changed
        self._healths: dict[str, WebhookHealth] = {}
        self._recorded: dict[str, float] = {}

    def of(self, webhook_key: str) -> WebhookHealth:
        return self._healths.get(webhook_key) or WebhookHealth(webhook_key)

    def follow(self) -> None:
        """Takes what the polling process has written down; for a process that does not poll."""
        stored = self._store.healths.all(self._profile)
        if stored != self._healths:
            self._healths = stored
            self._changed()

    def went_well(self, webhook_key: str) -> None:
        self._put(WebhookHealth(webhook_key, Health.LIVE, None, self._clock.wall()))

    def went_wrong(self, webhook_key: str, health: Health, words: SafeText) -> None:
        self._put(replace(self.of(webhook_key), health=health, words=words))

    def all_refused(self, webhook_keys: Iterable[str], words: SafeText) -> None:
        """The key was refused, so no webhook of it is being read."""
        for key in webhook_keys:
            self._put(replace(self.of(key), health=Health.REFUSED, words=words))

    def loading(self, webhook_key: str) -> None:
        """Something changed (a new key, a webhook added), so the next read will tell."""
        self._put(replace(self.of(webhook_key), health=Health.LOADING, words=None))

    def forget(self, webhook_key: str) -> None:
        self._healths.pop(webhook_key, None)

    def _put(self, health: WebhookHealth) -> None:
        before = self.of(health.webhook_key)
        self._healths[health.webhook_key] = health
        turned = (before.health, before.words) != (health.health, health.words)
        now = self._clock.monotonic()
        if turned or now - self._recorded.get(health.webhook_key, -RECORD_EVERY_S) >= RECORD_EVERY_S:
            self._recorded[health.webhook_key] = now
            with suppress(StoreError):  # what the screen of this process shows does not hang on the disk
                self._store.healths.record(self._profile, health)
        if turned:
            self._changed()
