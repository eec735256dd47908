"""When to read which webhook: a pure function of what is known and now.

The honest simple version. Webhooks with active runs share the background budget evenly (FAULTS.md A2: equal webhooks,
τ = W / R), never faster than the vendor's own loop; idle ones are looked at slowly, to discover runs started elsewhere;
what fails backs off with full jitter (A5).
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PERIOD_MIN_S: Final = 2.0
"""τ_min: as polite as the vendor's own example."""
PERIOD_IDLE_S: Final = 30.0
"""A webhook with nothing active: two reads a minute."""
JITTER: Final = 0.1
"""±10 % costs 0.3 % of the mean delay (A1) and keeps clients from marching in step."""
BACKOFF_CAP_S: Final = 60.0
"""No failing webhook is read less often than this."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the schedule knows of one webhook. Times are monotonic seconds."""

    webhook_key: str
    active: int = 0
    """Runs the server may still change."""
    failures: int = 0
    """Reads that went wrong in a row."""
    due_at: float = 0.0
    """When it is to be read next."""
    stopped: bool = False
    """Gone (404): not read any more."""


def period_s(standing: Standing, busy_webhooks: int, reads_a_minute: float) -> float:
    """Seconds between two reads of this webhook, before jitter and back-off.

    `busy_webhooks` is how many have active runs, `reads_a_minute` the background share of the read budget.
    """
    if not standing.active:
        return PERIOD_IDLE_S
    return max(PERIOD_MIN_S, busy_webhooks * 60.0 / max(reads_a_minute, 1.0))


def next_due(standing: Standing, now: float, busy_webhooks: int, reads_a_minute: float, rng: random.Random) -> float:
    """When to read it again after an answer, good or bad, that came at `now`.

    After failures the period grows by a random part, of 2, 4, 8 … s at most, to `BACKOFF_CAP_S` in all.
    """
    period = period_s(standing, busy_webhooks, reads_a_minute) * rng.uniform(1 - JITTER, 1 + JITTER)
    return now + period + backoff_s(standing.failures, max(0.0, BACKOFF_CAP_S - period), rng)


def backoff_s(failures: int, cap_s: float, rng: random.Random) -> float:
    """Full jitter (FAULTS.md A5): seconds between nothing and 2, 4, 8 … `cap_s` after that many failures in a row."""
    return rng.uniform(0.0, min(cap_s, 2.0 ** min(failures, 16))) if failures else 0.0


def first_due(index: int, count: int, now: float, reads_a_minute: float) -> float:
    """Spreads the first look at `count` webhooks so that a start is never a burst; the first is read at once."""
    return now + index * min(1.0, PERIOD_IDLE_S / max(count, 1), 60.0 / max(reads_a_minute, 1.0))


def soonest(standings: Iterable[Standing]) -> Standing | None:
    """The webhook to read next, or None when none is to be read at all."""
    return min((s for s in standings if not s.stopped), key=lambda s: s.due_at, default=None)
