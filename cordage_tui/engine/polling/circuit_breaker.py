"""Circuit breaker: while the server is unreachable, one probe replaces every webhook's back-off (docs/dev/polling.md 5).

Pure: every method gets `now`, monotonic seconds; nothing here waits or reads.
"""

import random
from typing import Final

from cordage_tui.api.errors import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    InvalidRequest,
    ReadOnlyError,
    RequestTimeout,
)

OFFLINE_AFTER: Final = 5
"""Failures in a row, of at least two webhooks if there are two."""
PROBE_GAP_S: Final = (15.0, 45.0)
"""Seconds between two probes while offline; the first ones follow sooner if an answer is urgent."""

_UNREACHED: Final = (ConnectFailed, RequestTimeout, ConnectionLost)
"""No whole answer came.

A 5xx or a page that is not the API's does not count. It stops only the reading of that webhook, because others may
still work.
"""
_UNHEARD: Final = (InvalidRequest, ReadOnlyError, AuthenticationFailed)
"""Nothing was sent, or all calls of the key have been stopped."""


class CircuitBreaker:
    """Circuit breaker of the reads, closed while the server is reachable.

    It is open after consecutive failures, and after suspend until the first good answer. While it is open, only one
    read at a time is sent, for any webhook.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._failures = 0
        self._probed = 0
        self._failing: set[str] = set()
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Return whether reads wait for `probe_at`."""
        return self._is_open

    @property
    def in_doubt(self) -> bool:
        """Return whether the first probe after suspend has not ended: other requests wait for it."""
        return self._is_open and not self._failures

    @property
    def probe_at(self) -> float:
        """Time of the next probe, while open; infinite while one is under way."""
        return self._probe_at

    def open_after_suspend(self, now: float) -> None:
        """Open after suspend, because nothing is known; one probe is sent at once."""
        self._is_open, self._failures, self._probed, self._probe_at = True, 0, 0, now
        self._failing.clear()

    def start_probe(self) -> None:
        """Record that a probe is sent: no other one is sent before its end."""
        self._probe_at = float("inf")

    def record_failure(
        self, webhook_key: str, *, alone: bool, urgent: bool = False, now: float, rng: random.Random
    ) -> None:
        """Record a failed read that `counts_as_outage`. `alone`: no other webhook is read, so a series of its failures is enough.
        `urgent`: there is nothing to show yet, or runs are active."""
        self._failures += 1
        self._failing.add(webhook_key)
        if self._failures >= OFFLINE_AFTER and (alone or len(self._failing) > 1):
            self._is_open = True
        if self._is_open:
            self._probed += 1
            self._probe_at = now + self._gap_s(rng, urgent)

    def record_answer(self) -> bool:
        """Record an answer, even a refusal. True when that closes the breaker: then all others are to be read."""
        was_open, self._is_open, self._failures, self._probed = self._is_open, False, 0, 0
        self._failing.clear()
        return was_open

    def _gap_s(self, rng: random.Random, urgent: bool) -> float:
        """Return the gap until the next probe in seconds. It doubles with each failure until it is the usual one.

        It doubles only after suspend, because a network takes seconds to return, and if it is `urgent`.
        """
        doublings = self._probed - 1 if urgent else self._failures
        if doublings >= OFFLINE_AFTER:
            return rng.uniform(*PROBE_GAP_S)
        return 1.0 + rng.uniform(0.0, 2.0**doublings)


def counts_as_outage(error: Exception) -> bool:
    """Return whether the error shows an unreachable server: no connection, a broken one, no whole answer in time."""
    return isinstance(error, _UNREACHED)


def is_answer(error: Exception) -> bool:
    """Return whether something has answered, even with a refusal; also when our disk did not take the answer."""
    return not isinstance(error, (*_UNREACHED, *_UNHEARD))
