"""Where one look stands between its last time and its next."""

import random
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RowId
from cordage_tui.engine.schedule.backoff import BACKOFF_CAP_S, backoff_s
from cordage_tui.engine.schedule.law import ReadRate

JITTER: Final = 0.1
"""±10 % costs 0.3 % of the mean delay (FAULTS.md A1) and keeps clients from marching in step."""
SPREAD_S: Final = 30.0
"""A start has looked at everything once within this, if the budget allows."""
OVERDUE_S: Final = 50.0
"""Active runs not seen for so long go first, however slowly others let us read: none is out of sight for a minute."""


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """One call that tells how runs stand: the list of a webhook, or one run that its list does not show."""

    webhook_key: str
    run: RowId | None = None
    """None: the list."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """Its next time has come when its pace, summed up since its last time, has reached the goal.

    So a pace that changes on the way counts as long as it held, and whoever's claim is furthest beyond its goal gains most
    by being looked at: with a constant claim √Λ that is the largest Λ·(seconds since)². Times are monotonic seconds.
    """

    looked_at: float
    """When its last look went out."""
    goal: float
    """1 ± `JITTER`."""
    pace: float = 0.0
    """Looks a second since `since`."""
    since: float = 0.0
    reached: float = 0.0
    """The sum up to `since`."""
    claim: float = 0.0
    """The pace that it would have but for its upper bound (`law.Share`)."""
    claimed: float = 0.0
    """Its sum up to `since`."""
    by: float = float("inf")
    """Wanted at that time at the latest."""
    not_before: float = float("-inf")
    """After failures, or at the start, which is spread."""
    failures: int = 0
    """Looks that went wrong in a row."""
    active: bool = False
    """It shows active runs."""
    answered: bool = False
    """It has been answered well since the start, or since the last outage."""

    @property
    def is_urgent(self) -> bool:
        """There is nothing to show of it yet, or it shows runs that go on."""
        return self.active or not self.answered

    @property
    def due_at(self) -> float:
        """When it is due, if the pace stays."""
        left = self.goal - self.reached
        at = self.since + left / self.pace if self.pace else float("inf")
        return max(min(at, self.by), self.not_before)

    def urgency(self, now: float) -> tuple[bool, float]:
        """The greater, the sooner it is to go among those that are due."""
        age = now - self.looked_at
        if self.active and age >= OVERDUE_S:
            return True, age
        return False, (self.claimed + self.claim * (now - self.since)) / self.goal

    def paced(self, share: ReadRate, now: float, *, active: bool) -> "ReadSchedule":
        """From `now` on it has this pace."""
        passed = now - self.since
        reached, claimed = self.reached + self.pace * passed, self.claimed + self.claim * passed
        return replace(
            self, pace=share.pace, claim=share.claim, since=now, reached=reached, claimed=claimed, active=active
        )

    def looked(self, now: float, rng: random.Random) -> "ReadSchedule":
        """Its look goes out now."""
        fresh = ReadSchedule(now, goal_of(rng), self.pace, now, claim=self.claim)
        return replace(fresh, failures=self.failures, active=self.active, answered=self.answered)

    def well(self) -> "ReadSchedule":
        """The look was answered well."""
        return replace(self, failures=0, answered=True)

    def forgiven(self) -> "ReadSchedule":
        """No failure counts any more."""
        return replace(self, failures=0)

    def wanted(self, by: float) -> "ReadSchedule":
        """It shall not wait longer than until then."""
        return replace(self, by=min(self.by, by))

    def failed(self, now: float, rng: random.Random) -> "ReadSchedule":
        """The look went wrong: it waits a random part of 2, 4, 8 … seconds, and where it is not urgent its period before
        that, `BACKOFF_CAP_S` in all at most."""
        failures = self.failures + 1
        period = min(self.goal / self.pace if self.pace and not self.is_urgent else 0.0, BACKOFF_CAP_S)
        wait = period + backoff_s(failures, BACKOFF_CAP_S - period, rng)
        return replace(self, failures=failures, not_before=now + wait, reached=self.goal, claimed=self.goal, since=now)


def goal_of(rng: random.Random) -> float:
    """Fixed periods with a small jitter, never random gaps: those would double the delay (FAULTS.md A1)."""
    return rng.uniform(1 - JITTER, 1 + JITTER)


def first_turn(now: float, rng: random.Random, not_before: float = float("-inf")) -> ReadSchedule:
    """Of what has never been looked at: due at once, or at `not_before`."""
    goal = goal_of(rng)
    return ReadSchedule(now, goal, since=now, reached=goal, claimed=goal, by=now, not_before=not_before)


def spread_s(count: int, rate: float) -> float:
    """Seconds between the first looks at `count` webhooks, so that a start is never a burst: `rate` a second at most, all of
    them within `SPREAD_S`."""
    return min(1.0, SPREAD_S / max(count, 1), 1.0 / rate)
