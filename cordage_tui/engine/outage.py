"""While the server is not reached, or nobody knows yet after the machine's sleep, one probe stands in for all reading."""

from collections.abc import Callable, Collection
from typing import Final

from cordage_tui.api.errors import CordageError
from cordage_tui.engine.schedule.turn import ReadTarget
from cordage_tui.engine.session import EngineContext
from cordage_tui.engine.standing import HealthRegistry
from cordage_tui.engine.timetable import PollSchedule
from cordage_tui.engine.words import join_sentences

_ONE_PROBE: Final = "Nothing is reached, so one webhook is tried now and then in place of all; r tries now"


class OutageProbe:
    """Applies the breaker's rules (FAULTS.md A5) to timetable and health."""

    def __init__(
        self,
        session: EngineContext,
        timetable: PollSchedule,
        health: HealthRegistry,
        on_screen: Callable[[], Collection[str]],
    ) -> None:
        """`on_screen()`: the webhooks whose rows the user sees; they are read first once there is an answer."""
        self._clock = session.clock
        self._rng = session.rng
        self._breaker = session.breaker
        self._timetable = timetable
        self._health = health
        self._on_screen = on_screen
        self._doubted_at = float("-inf")

    @property
    def is_on(self) -> bool:
        """Nothing but the probe is read."""
        return self._breaker.is_open

    def wait_s(self) -> float | None:
        """Seconds until the next probe; None: one is under way."""
        wait = self._breaker.probe_at - self._clock.monotonic()
        return max(0.0, wait) if wait < float("inf") else None

    def probe(self) -> ReadTarget | None:
        """What to read now: of all webhooks the one that was not asked for longest. None: there is none."""
        if look := self._timetable.stalest():
            self._breaker.probes()
        return look

    def doubt(self) -> None:
        """The machine has slept: what was known, and whatever is still under way on a dead connection, tells nothing."""
        now = self._doubted_at = self._clock.monotonic()
        self._breaker.doubt(now)
        self._health.in_doubt(dict.fromkeys(self._timetable.listed(), self._clock.wall()))

    def has_doubted_since(self, sent_at: float) -> bool:
        """What went out at `sent_at`, monotonic seconds, did so before the machine slept."""
        return sent_at < self._doubted_at

    def failed(self, webhook_key: str, error: CordageError) -> bool:
        """A read has failed in a way that counts. True: nothing is reached, and all webhooks say so."""
        keys, now = self._timetable.listed(), self._clock.monotonic()
        if webhook_key not in keys:
            return False
        urgent = self._timetable.is_urgent()
        self._breaker.failed(webhook_key, alone=len(keys) == 1, urgent=urgent, now=now, rng=self._rng)
        if self._breaker.is_open:
            next_at = self._clock.wall() + self._breaker.probe_at - now
            self._health.unreached(keys, error.health, join_sentences(error.what, _ONE_PROBE), next_at)
        return self._breaker.is_open

    def answered(self, look: ReadTarget, reads_a_second: float) -> bool:
        """The server has answered that look. True: that ends what was on, and all others are read within W / R seconds."""
        if not self._breaker.answered():
            return False
        first = self._on_screen()
        order = sorted(
            (key for key in self._timetable.listed() if ReadTarget(key) != look), key=lambda key: key not in first
        )
        now = self._clock.monotonic()
        times = self._timetable.sweep(order, now, reads_a_second)
        self._health.in_doubt({key: self._clock.wall() + at - now for key, at in times.items()})
        return True
