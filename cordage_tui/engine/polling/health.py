"""How reading goes, webhook by webhook: kept here by the process that polls, on disk for those that follow."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.lock_holder import SilentHolder
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

RECORD_EVERY_S: Final = 5.0
"""While all is well the store learns at most this often that a read succeeded: followers show ages, not ticks."""


WAITING_AFTER_S: Final = 3.0
"""A request that has had no answer for so long is waited for before everybody's eyes: until then a slow network does that."""
_READS_WELL: Final = frozenset({HealthStatus.LOADING, HealthStatus.LIVE, HealthStatus.LIMITED})
"""Kinds of standing that say nothing of a server that does not answer now."""
_NO_ANSWER: Final = SafeText("A request went out and has not been answered yet.")


class HealthRegistry:
    """The health of every webhook of one profile. What the screen of this process shows does not hang on the disk."""

    def __init__(self, profile: str, store: Store, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` is called when a health's kind or words, or the time of a next try after a failure, are others than before."""
        self._profile = profile
        self._store = store
        self._clock = clock
        self._changed = changed
        self._healths: dict[str, WebhookHealth] = {}
        self._recorded: dict[str, float] = {}
        self._waiting: dict[str, float] = {}
        self._stalled: SilentHolder | None = None

    def of(self, webhook_key: str) -> WebhookHealth:
        """How it stands; `LOADING` when nobody has ever read it."""
        known = self._healths.get(webhook_key) or WebhookHealth(webhook_key)
        if self._stalled is not None and known.health is not HealthStatus.REFUSED:
            words = join_sentences(
                f"Nothing is read: the program that reads for all windows, {self._stalled.words}.", self._stalled.cure
            )
            return replace(known, health=HealthStatus.STALLED, words=words, next_at=None)
        since = self._waiting.get(webhook_key)
        if since is None or known.health not in _READS_WELL:
            return known
        return replace(known, health=HealthStatus.WAITING, words=_NO_ANSWER, next_at=since)

    @property
    def silent_reader(self) -> SilentHolder | None:
        """The process that should read for this one and gives no sign of life; None: there is none."""
        return self._stalled

    def stalled(self, silent: SilentHolder | None) -> None:
        """The process that reads for this one gives no sign of life; None: it does again, or it is another one's turn."""
        self._stalled = silent
        self._changed()

    def unanswered(self, ages: Mapping[str, float]) -> None:
        """For so many seconds these webhooks' requests have been on the wire without an answer."""
        late = {key: age for key, age in ages.items() if age >= WAITING_AFTER_S}
        if late.keys() == self._waiting.keys():
            return
        turned = late.keys() ^ self._waiting.keys()
        now = self._clock.wall()
        self._waiting = {key: self._waiting.get(key, now - age) for key, age in late.items()}
        self._record(*map(self.of, turned))
        self._changed()

    def refused(self) -> SafeText | None:
        """Why the key is refused, as the process that polls has written it down; None while it is not."""
        return next((h.words for h in self._healths.values() if h.health is HealthStatus.REFUSED), None)

    def follow(self) -> None:
        """Takes what the polling process has written down; for a process that does not poll."""
        with suppress(StoreError):
            stored = self._store.healths.all(self._profile)
            if stored != self._healths:
                self._healths = stored
                self._changed()

    def reset(self, webhook_keys: Iterable[str]) -> None:
        """This process reads from now on. What was found before is history; only its age is kept."""
        self._stalled = None
        self.follow()
        self._set_all(webhook_keys, HealthStatus.LOADING, None)

    def went_well(self, webhook_key: str, next_at: float | None) -> None:
        """It was read just now. `next_at` is when it will be read again, epoch seconds."""
        self._put(WebhookHealth(webhook_key, HealthStatus.LIVE, None, self._clock.wall(), next_at))

    def went_wrong(self, webhook_key: str, health: HealthStatus, words: SafeText, next_at: float | None = None) -> None:
        """A read failed; the time of the last good one stays."""
        self._put(replace(self.of(webhook_key), health=health, words=words, next_at=next_at))

    def unreached(self, webhook_keys: Iterable[str], health: HealthStatus, words: SafeText, next_at: float) -> None:
        """None of them is reached; one of them is tried at `next_at`, epoch seconds."""
        self._put_all(replace(self.of(key), health=health, words=words, next_at=next_at) for key in webhook_keys)

    def in_doubt(self, next_at: Mapping[str, float]) -> None:
        """Nothing known before holds, and each is read at its time, epoch seconds: after an outage, or the machine's sleep."""
        self._put_all(
            replace(self.of(key), health=HealthStatus.LOADING, words=None, next_at=at) for key, at in next_at.items()
        )

    def all_refused(self, webhook_keys: Iterable[str], words: SafeText) -> None:
        """The key was refused, so no webhook of it is being read. Told once, however many there are."""
        self._put_all(
            replace(self.of(key), health=HealthStatus.REFUSED, words=words, next_at=None) for key in webhook_keys
        )

    def cannot_begin(self, webhook_keys: Iterable[str], words: SafeText) -> None:
        """Nothing is read because this machine's disk is in the way."""
        if any((h := self.of(key)).health is not HealthStatus.DISK or h.words != words for key in webhook_keys):
            self._set_all(webhook_keys, HealthStatus.DISK, words)
            self._changed()

    def retain(self, webhook_keys: Iterable[str]) -> None:
        """The others are no longer in the profile."""
        kept = set(webhook_keys)
        self._healths = {key: health for key, health in self._healths.items() if key in kept}

    def _set_all(self, webhook_keys: Iterable[str], health: HealthStatus, words: SafeText | None) -> None:
        changed = (replace(self.of(key), health=health, words=words, next_at=None) for key in webhook_keys)
        self._healths |= {h.webhook_key: h for h in changed}

    def _put_all(self, healths: Iterable[WebhookHealth]) -> None:
        """Told and written down once, however many they are; written seldom when all that turns is the time of the next read."""
        new = {health.webhook_key: health for health in healths}
        self._waiting = {key: since for key, since in self._waiting.items() if key not in new}
        if any(_shown(self.of(key)) != _shown(health) for key, health in new.items()) or any(map(self._is_due, new)):
            self._record(*new.values())
        self._healths |= new
        self._changed()

    def _put(self, health: WebhookHealth) -> None:
        before = self.of(health.webhook_key)
        self._waiting.pop(health.webhook_key, None)
        self._healths[health.webhook_key] = health
        turned = _shown(before) != _shown(health)
        retried = health.health is not HealthStatus.LIVE and before.next_at != health.next_at
        if turned or self._is_due(health.webhook_key):
            self._record(health)
        if turned or retried:
            self._changed()

    def _is_due(self, webhook_key: str) -> bool:
        return self._clock.monotonic() - self._recorded.get(webhook_key, float("-inf")) >= RECORD_EVERY_S

    def _record(self, *healths: WebhookHealth) -> None:
        now = self._clock.monotonic()
        self._recorded |= {health.webhook_key: now for health in healths}
        with suppress(StoreError):
            self._store.healths.record(self._profile, *healths)


def _shown(health: WebhookHealth) -> tuple[HealthStatus, SafeText | None]:
    return health.health, health.words
