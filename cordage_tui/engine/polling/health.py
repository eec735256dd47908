"""Health of each webhook: in memory in the polling process, read from the database by followers."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.events import StateChanged
from cordage_tui.engine.processes.process_locks import SilentHolder
from cordage_tui.store.errors import StoreError

RECORD_EVERY_S: Final = 5.0
"""Seconds between records of successful reads while all is well: followers show ages, not ticks.

Results of other webhooks' reads since the last record are stored in the same transaction.
"""


WAITING_AFTER_S: Final = 3.0
"""A request that has had no answer for so long is waited for before everybody's eyes: until then a slow network does that."""
_READS_WELL: Final = frozenset({HealthStatus.LOADING, HealthStatus.LIVE, HealthStatus.LIMITED})
"""Kinds of standing that say nothing of a server that does not answer now."""
_NO_ANSWER: Final = SafeText("A request has been sent; no response yet.")


class HealthRegistry:
    """Health of every webhook of one profile. It is shown from memory, so it does not depend on the disk."""

    def __init__(self, context: EngineContext) -> None:
        """`StateChanged` is published when a health's kind or words, or the time of a retry, changed."""
        self._profile = context.profile
        self._store = context.store
        self._clock = context.clock
        self._events = context.events
        self._healths: dict[str, WebhookHealth] = {}
        self._recorded: dict[str, float] = {}
        self._unrecorded: set[str] = set()
        self._waiting: dict[str, float] = {}
        self._stalled: SilentHolder | None = None

    def of(self, webhook_key: str) -> WebhookHealth:
        """Return the health of a webhook; `LOADING` if it was never read."""
        health = self._healths.get(webhook_key) or WebhookHealth(webhook_key)
        if self._stalled is not None and health.health is not HealthStatus.REFUSED:
            problem = join_sentences(
                f"Nothing is read: the process that reads for all windows, {self._stalled.words}.", self._stalled.advice
            )
            return replace(health, health=HealthStatus.STALLED, words=problem, next_at=None)
        since = self._waiting.get(webhook_key)
        if since is None or health.health not in _READS_WELL:
            return health
        return replace(health, health=HealthStatus.WAITING, words=_NO_ANSWER, next_at=since)

    def is_live(self, webhook_keys: Iterable[str]) -> bool:
        """Return whether the last answer about some of these webhooks was a good one."""
        return any(self.of(key).health is HealthStatus.LIVE for key in webhook_keys)

    @property
    def silent_reader(self) -> SilentHolder | None:
        """Process that should read for this one and gives no sign of life; None: there is none."""
        return self._stalled

    def set_silent_reader(self, silent: SilentHolder | None) -> None:
        """Set the process that should read and gives no sign of life; None: it does again, or another one reads."""
        self._stalled = silent
        self._events.publish(StateChanged())

    def set_unanswered(self, ages: Mapping[str, float]) -> None:
        """Set for how many seconds requests of these webhooks have been on the wire without an answer."""
        late = {key: age for key, age in ages.items() if age >= WAITING_AFTER_S}
        if late.keys() == self._waiting.keys():
            return
        turned = late.keys() ^ self._waiting.keys()
        now = self._clock.wall()
        self._waiting = {key: self._waiting.get(key, now - age) for key, age in late.items()}
        self._unrecorded |= turned
        if not self._record():
            self._events.publish(StateChanged())

    def refused(self) -> SafeText | None:
        """Reason why the key is refused, as the polling process stored it; None while it is accepted."""
        return next((h.words for h in self._healths.values() if h.health is HealthStatus.REFUSED), None)

    def follow(self) -> None:
        """Read the health that the polling process stored."""
        with suppress(StoreError):
            stored = self._store.health.all(self._profile)
            if stored != self._healths:
                self._healths = stored
                self._events.publish(StateChanged())

    def reset(self, webhook_keys: Iterable[str]) -> None:
        """Start reading in this process: all webhooks are `LOADING`; the time of the last good read is kept."""
        self._stalled = None
        self._unrecorded.clear()
        before = self._healths
        with suppress(StoreError):
            self._healths = self._store.health.all(self._profile)
        self._set_all(webhook_keys, HealthStatus.LOADING, None)
        if self._healths != before:  # not in between: the results of an earlier process are no longer trusted
            self._events.publish(StateChanged())

    def record_success(self, webhook_key: str, next_at: float | None) -> None:
        """Record a successful read; `next_at` is the time of the next one, epoch seconds."""
        self._put(WebhookHealth(webhook_key, HealthStatus.LIVE, None, self._clock.wall(), next_at))

    def record_failure(
        self, webhook_keys: Iterable[str], health: HealthStatus, message: SafeText, next_at: float | None = None
    ) -> None:
        """Record failed reads, keeping the time of the last good one. `next_at` is the time of the next try, epoch seconds."""
        self._put(*(replace(self.of(key), health=health, words=message, next_at=next_at) for key in webhook_keys))

    def set_loading(self, next_at: Mapping[str, float]) -> None:
        """Set all to `LOADING` after an outage or sleep; `next_at` is the time of each one's next read, epoch seconds."""
        self._put(
            *(replace(self.of(key), health=HealthStatus.LOADING, words=None, next_at=at) for key, at in next_at.items())
        )

    def set_disk_error(self, webhook_keys: Iterable[str], message: SafeText) -> None:
        """Record that nothing is read because of this machine's disk."""
        if any((h := self.of(key)).health is not HealthStatus.DISK or h.words != message for key in webhook_keys):
            self._set_all(webhook_keys, HealthStatus.DISK, message)
            self._events.publish(StateChanged())

    def retain(self, webhook_keys: Iterable[str]) -> None:
        """Forget webhooks that are no longer in the profile."""
        kept = set(webhook_keys)
        self._healths = {key: health for key, health in self._healths.items() if key in kept}
        self._unrecorded &= kept

    def _set_all(self, webhook_keys: Iterable[str], health: HealthStatus, message: SafeText | None) -> None:
        changed = (replace(self.of(key), health=health, words=message, next_at=None) for key in webhook_keys)
        self._healths |= {h.webhook_key: h for h in changed}

    def _put(self, *healths: WebhookHealth) -> None:
        """Store and publish changes once, however many webhooks change. A mere success is stored now and then only."""
        before = {health.webhook_key: self.of(health.webhook_key) for health in healths}
        self._healths |= {health.webhook_key: health for health in healths}
        self._unrecorded |= before.keys()
        for key in before:
            self._waiting.pop(key, None)
        turned = any(_shown(before[health.webhook_key]) != _shown(health) for health in healths)
        if (turned or any(map(self._is_due, before))) and self._record():
            return
        retried = any(h.health is not HealthStatus.LIVE and before[h.webhook_key].next_at != h.next_at for h in healths)
        if turned or retried:
            self._events.publish(StateChanged())

    def _is_due(self, webhook_key: str) -> bool:
        return self._clock.monotonic() - self._recorded.get(webhook_key, float("-inf")) >= RECORD_EVERY_S

    def _record(self) -> bool:
        """Store the healths not stored yet, which publishes `StateChanged`; False if the disk does not take them."""
        self._recorded |= dict.fromkeys(self._unrecorded, self._clock.monotonic())
        try:
            self._store.health.record(self._profile, *map(self.of, self._unrecorded))
        except StoreError:
            return False
        self._unrecorded.clear()
        return True


def _shown(health: WebhookHealth) -> tuple[HealthStatus, SafeText | None]:
    return health.health, health.words
